#include "store/user.h"

#include "base/error.h"
#include "store/card.h"
#include "store/key.h"
#include "store/row.h"
#include "store/staff-address.h"

#define CARD "(ysssas)" /* version, login, name, language, addresses */

void
user_free(User *user)
{
	if (user == NULL)
		return;
	g_free(user->login);
	g_free(user->name);
	g_free(user->language);
	g_strfreev(user->addresses);
	g_free(user);
}

#define SELECT_USER                                                                                \
	"SELECT u.pid, u.key_id, u.card, s.state, s.until, EXISTS (SELECT 1 FROM user_state a "    \
	"WHERE a.user_id = u.id AND a.end_revision IS NULL AND a.state = 4) FROM user u "          \
	"LEFT JOIN user_state s ON s.user_id = u.id AND s.end_revision IS NULL AND s.state <> 4 "

static User *
user_from_row(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(User) user = g_new0(User, 1);
	g_autoptr(GVariant) card = NULL;
	guint8 version;

	user->id = db_id(stmt, 0);
	card = card_open(store, stmt, 1, 2, "user", &user->id, CARD, error);
	if (card == NULL)
		return NULL;
	g_variant_get(card, "(ysss^as)", &version, &user->login, &user->name, &user->language,
	    &user->addresses);
	user->state = db_is_null(stmt, 3) ? USER_LEFT : (UserState)db_int(stmt, 3);
	user->until = db_is_null(stmt, 4) ? 0 : db_int(stmt, 4);
	user->administrator = db_int(stmt, 5) != 0;
	return g_steal_pointer(&user);
}

User *
user_find(Store *store, const char *login, GError **error)
{
	static const char sql[] = SELECT_USER "WHERE u.login_hash = $hash";
	g_autofree char *folded = card_fold(login);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	KeyHash hash;

	if (stmt == NULL || !key_hash_text(store, KEY_LOGIN, folded, &hash, error))
		return NULL;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	return db_step(stmt, error) == DB_ROW ? user_from_row(store, stmt, error) : NULL;
}

User *
user_get(Store *store, const Id *id, GError **error)
{
	static const char sql[] = SELECT_USER "WHERE u.pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		return user_from_row(store, stmt, error);
	case DB_DONE:
		error_set(error, ERROR_NOT_FOUND, "There is no such user.");
		return NULL;
	default:
		return NULL;
	}
}

static int
by_login(gconstpointer a, gconstpointer b)
{
	const User *one = *(User *const *)a, *two = *(User *const *)b;

	return g_utf8_collate(one->login, two->login);
}

GPtrArray *
user_list(Store *store, GError **error)
{
	static const char sql[] = SELECT_USER;
	g_autoptr(GPtrArray) users = g_ptr_array_new_with_free_func((GDestroyNotify)user_free);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		User *user = user_from_row(store, stmt, error);

		if (user == NULL)
			return NULL;
		g_ptr_array_add(users, user);
	}
	g_ptr_array_sort(users, by_login);
	return step == DB_ERROR ? NULL : g_steal_pointer(&users);
}

bool
user_any(Store *store, bool *ret, GError **error)
{
	static const char sql[] = "SELECT 1 FROM user LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 any;

	if (stmt == NULL || !row_int(stmt, 0, &any, error))
		return false;
	*ret = any != 0;
	return true;
}

static GVariant *
card_of(const char *login, const char *name, const char *language, char *const *addresses)
{
	return g_variant_new(
	    "(ysss^as)", 1, login, name, language == NULL ? "" : language, addresses);
}

bool
user_add(
    StoreTx *tx, const char *login, const char *name, const char *language, Id *ret, GError **error)
{
	static const char sql[] = "INSERT INTO user (pid, hash_key, login_hash, key_id, card) "
				  "VALUES ($pid, $hash_key, $hash, $key, $card)";
	g_autofree char *folded = card_fold(login);
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GBytes) card = NULL;
	g_autoptr(User) other = NULL;
	g_autoptr(GError) why = NULL;
	char *none[] = {NULL};
	Id id = id_new();
	gint64 key = 0;
	KeyHash hash;

	other = user_find(tx->store, login, &why);
	if (other != NULL)
		return error_set(error, ERROR_CONFLICT, "There is a user of that login already.");
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	card = card_seal(tx, &key, "user", &id, card_of(login, name, language, none), error);
	if (card == NULL || !key_hash_text(tx->store, KEY_LOGIN, folded, &hash, error) ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$hash_key", hash.key);
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$card", card);
	if (!db_run(stmt, error) || !user_set_state(tx, &id, USER_ACTIVE, 0, error))
		return false;
	*ret = id;
	return true;
}

/* Replaces the card under the key that it has. */
static bool
save_card(StoreTx *tx, const Id *id, GVariant *value, GError **error)
{
	static const char sql_key[] = "SELECT key_id FROM user WHERE pid = $pid";
	static const char sql_save[] = "UPDATE user SET card = $card WHERE pid = $pid";
	g_autoptr(GVariant) own = g_variant_ref_sink(value);
	g_autoptr(GBytes) card = NULL;
	g_autoptr(DbStmt) find = db_stmt(tx->store, DB_RECORDS, sql_key, error), save = NULL;
	gint64 key;

	if (find == NULL)
		return false;
	db_bind_id(find, "$pid", id);
	if (!row_int(find, 0, &key, error) ||
	    (card = card_seal(tx, &key, "user", id, own, error)) == NULL ||
	    (save = db_stmt(tx->store, DB_RECORDS, sql_save, error)) == NULL)
		return false;
	db_bind_bytes(save, "$card", card);
	db_bind_id(save, "$pid", id);
	return db_run(save, error);
}

bool
user_rename(StoreTx *tx, const Id *id, const char *name, const char *language, GError **error)
{
	g_autoptr(User) user = user_get(tx->store, id, error);

	return user != NULL &&
	       save_card(tx, id,
		   card_of(user->login, name, language == NULL ? user->language : language,
		       user->addresses),
		   error);
}

/* Ends the present state (or role) rows of a user. */
static bool
end_states(StoreTx *tx, gint64 row, bool role, GError **error)
{
	static const char sql[] =
	    "UPDATE user_state SET end_revision = $revision WHERE user_id = $user "
	    "AND end_revision IS NULL AND (state = 4) = $role";
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$user", row);
	db_bind_int(stmt, "$role", role);
	return db_run(stmt, error);
}

static bool
begin_state(StoreTx *tx, gint64 row, UserState state, gint64 until, GError **error)
{
	static const char sql[] = "INSERT INTO user_state (user_id, state, until, begin_revision) "
				  "VALUES ($user, $state, $until, $revision)";
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$user", row);
	db_bind_int(stmt, "$state", state);
	row_bind_or_null(stmt, "$until", until);
	db_bind_int(stmt, "$revision", revision);
	return db_run(stmt, error);
}

bool
user_set_state(StoreTx *tx, const Id *id, UserState state, gint64 until, GError **error)
{
	gint64 row = row_get(tx->store, OBJECT_USER, id, error);

	g_assert(state >= USER_ACTIVE && state <= USER_LEFT);
	return row != 0 && end_states(tx, row, false, error) &&
	       begin_state(tx, row, state, until, error);
}

bool
user_set_administrator(StoreTx *tx, const Id *id, bool administrator, GError **error)
{
	gint64 row = row_get(tx->store, OBJECT_USER, id, error);

	return row != 0 && end_states(tx, row, true, error) &&
	       (!administrator || begin_state(tx, row, USER_ADMINISTRATOR, 0, error));
}

bool
user_set_password(StoreTx *tx, const Id *id, const char *hash, GError **error)
{
	static const char sql_set[] =
	    "INSERT INTO user_password (user_id, hash) VALUES ($user, $hash) "
	    "ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash";
	static const char sql_none[] = "DELETE FROM user_password WHERE user_id = $user";
	gint64 row = row_get(tx->store, OBJECT_USER, id, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (row == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, hash == NULL ? sql_none : sql_set,
			     error)) == NULL)
		return false;
	db_bind_int(stmt, "$user", row);
	if (hash != NULL)
		db_bind_text(stmt, "$hash", hash);
	return db_run(stmt, error);
}

char *
user_password(Store *store, const Id *id, GError **error)
{
	static const char sql[] = "SELECT p.hash FROM user_password p JOIN user u ON u.id = "
				  "p.user_id WHERE u.pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	return db_step(stmt, error) == DB_ROW ? g_strdup(db_text(stmt, 0)) : NULL;
}

bool
user_add_address(
    StoreTx *tx, const Id *id, const char *canonical, const char *written, GError **error)
{
	static const char sql[] = "INSERT INTO user_address (user_id, address_id, begin_revision) "
				  "VALUES ($owner, $address, $revision)";
	g_autoptr(User) user = user_get(tx->store, id, error);
	gint64 row = user == NULL ? 0 : row_get(tx->store, OBJECT_USER, id, error);
	g_auto(GStrv) addresses = user == NULL ? NULL : card_with(user->addresses, written);

	return row != 0 && staff_address_begin(tx, sql, row, canonical, error) &&
	       save_card(
		   tx, id, card_of(user->login, user->name, user->language, addresses), error);
}

bool
user_end_address(StoreTx *tx, const Id *id, const char *canonical, guint index, GError **error)
{
	static const char sql[] =
	    "UPDATE user_address SET end_revision = $revision WHERE user_id = "
	    "$owner AND address_id = $address AND end_revision IS NULL";
	g_autoptr(User) user = user_get(tx->store, id, error);
	gint64 row = user == NULL ? 0 : row_get(tx->store, OBJECT_USER, id, error);
	g_auto(GStrv) addresses = user == NULL ? NULL : card_without(user->addresses, index);

	return row != 0 && staff_address_end(tx, sql, row, canonical, error) &&
	       save_card(
		   tx, id, card_of(user->login, user->name, user->language, addresses), error);
}

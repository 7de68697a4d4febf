#include "store/user.h"

#include "base/error.h"
#include "store/card.h"
#include "store/key.h"
#include "store/named.h"
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

static gpointer
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

static const NamedKind users = {
    .table = "user",
    .purpose = KEY_LOGIN,
    .sql_find = SELECT_USER "WHERE u.login_hash = $hash",
    .sql_get = SELECT_USER "WHERE u.pid = $pid",
    .sql_list = SELECT_USER,
    .sql_add = "INSERT INTO user (pid, hash_key, login_hash, key_id, card) "
	       "VALUES ($pid, $hash_key, $hash, $key, $card)",
    .sql_key = "SELECT key_id FROM user WHERE pid = $pid",
    .sql_save =
	"UPDATE user SET hash_key = $hash_key, login_hash = $hash, card = $card WHERE pid = $pid",
    .missing = "There is no such user.",
    .taken = "There is a user of that login already.",
    .from_row = user_from_row,
    .free = (GDestroyNotify)user_free,
    .name = offsetof(User, login),
    .id = offsetof(User, id),
};

User *
user_find(Store *store, const char *login, GError **error)
{
	return named_find(store, &users, login, error);
}

User *
user_get(Store *store, const Id *id, GError **error)
{
	return named_get(store, &users, id, error);
}

GPtrArray *
user_list(Store *store, GError **error)
{
	return named_list(store, &users, error);
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
	char *none[] = {NULL};
	Id id;

	if (!named_add(tx, &users, login, card_of(login, name, language, none), &id, error) ||
	    !user_set_state(tx, &id, USER_ACTIVE, 0, error))
		return false;
	*ret = id;
	return true;
}

bool
user_rename(StoreTx *tx, const Id *id, const char *name, const char *language, GError **error)
{
	g_autoptr(User) user = user_get(tx->store, id, error);

	return user != NULL &&
	       named_save(tx, &users, id, user->login,
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
	       named_save(tx, &users, id, user->login,
		   card_of(user->login, user->name, user->language, addresses), error);
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
	       named_save(tx, &users, id, user->login,
		   card_of(user->login, user->name, user->language, addresses), error);
}

#include "store/team.h"

#include "base/error.h"
#include "store/card.h"
#include "store/key.h"
#include "store/row.h"
#include "store/staff-address.h"

#define CARD "(ysas)" /* version, name, addresses */

void
team_free(Team *team)
{
	if (team == NULL)
		return;
	g_free(team->name);
	g_strfreev(team->addresses);
	g_free(team);
}

#define SELECT_TEAM "SELECT pid, key_id, card FROM team "

static Team *
team_from_row(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(Team) team = g_new0(Team, 1);
	g_autoptr(GVariant) card = NULL;
	guint8 version;

	team->id = db_id(stmt, 0);
	card = card_open(store, stmt, 1, 2, "team", &team->id, CARD, error);
	if (card == NULL)
		return NULL;
	g_variant_get(card, "(ys^as)", &version, &team->name, &team->addresses);
	return g_steal_pointer(&team);
}

Team *
team_find(Store *store, const char *name, GError **error)
{
	static const char sql[] = SELECT_TEAM "WHERE name_hash = $hash";
	g_autofree char *folded = card_fold(name);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	KeyHash hash;

	if (stmt == NULL || !key_hash_text(store, KEY_NAME, folded, &hash, error))
		return NULL;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	return db_step(stmt, error) == DB_ROW ? team_from_row(store, stmt, error) : NULL;
}

Team *
team_get(Store *store, const Id *id, GError **error)
{
	static const char sql[] = SELECT_TEAM "WHERE pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		return team_from_row(store, stmt, error);
	case DB_DONE:
		error_set(error, ERROR_NOT_FOUND, "There is no such team.");
		return NULL;
	default:
		return NULL;
	}
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	const Team *one = *(Team *const *)a, *two = *(Team *const *)b;

	return g_utf8_collate(one->name, two->name);
}

GPtrArray *
team_list(Store *store, GError **error)
{
	static const char sql[] = SELECT_TEAM;
	g_autoptr(GPtrArray) teams = g_ptr_array_new_with_free_func((GDestroyNotify)team_free);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Team *team = team_from_row(store, stmt, error);

		if (team == NULL)
			return NULL;
		g_ptr_array_add(teams, team);
	}
	g_ptr_array_sort(teams, by_name);
	return step == DB_ERROR ? NULL : g_steal_pointer(&teams);
}

GArray *
team_members(Store *store, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT u.pid, m.until FROM team_member m JOIN user u ON u.id = m.user_id "
	    "JOIN team t ON t.id = m.team_id WHERE t.pid = $pid AND m.end_revision IS NULL "
	    "ORDER BY m.id";
	g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(TeamMember));
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		TeamMember member = {.user = db_id(stmt, 0)};

		if (!db_is_null(stmt, 1))
			member.until = db_int(stmt, 1);
		g_array_append_val(members, member);
	}
	return step == DB_ERROR ? NULL : g_steal_pointer(&members);
}

bool
team_add(StoreTx *tx, const char *name, Id *ret, GError **error)
{
	static const char sql[] = "INSERT INTO team (pid, hash_key, name_hash, key_id, card) "
				  "VALUES ($pid, $hash_key, $hash, $key, $card)";
	g_autofree char *folded = card_fold(name);
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GBytes) card = NULL;
	g_autoptr(Team) other = NULL;
	g_autoptr(GError) why = NULL;
	char *none[] = {NULL};
	Id id = id_new();
	gint64 key = 0;
	KeyHash hash;

	other = team_find(tx->store, name, &why);
	if (other != NULL)
		return error_set(error, ERROR_CONFLICT, "There is a team of that name already.");
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	card = card_seal(tx, &key, "team", &id, g_variant_new("(ys^as)", 1, name, none), error);
	if (card == NULL || !key_hash_text(tx->store, KEY_NAME, folded, &hash, error) ||
	    store_tx_revision(tx, error) == 0 ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$hash_key", hash.key);
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$card", card);
	if (!db_run(stmt, error))
		return false;
	*ret = id;
	return true;
}

/* Prepares a statement on a member: $team, $user, $revision. */
static DbStmt *
member_stmt(StoreTx *tx, const char *sql, const Id *id, const Id *user, GError **error)
{
	gint64 team = row_get(tx->store, OBJECT_TEAM, id, error);
	gint64 member = team == 0 ? 0 : row_get(tx->store, OBJECT_USER, user, error);
	gint64 revision = member == 0 ? 0 : store_tx_revision(tx, error);
	DbStmt *stmt = revision == 0 ? NULL : db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$team", team);
	db_bind_int(stmt, "$user", member);
	db_bind_int(stmt, "$revision", revision);
	return stmt;
}

bool
team_join(StoreTx *tx, const Id *id, const Id *user, gint64 until, GError **error)
{
	static const char sql[] =
	    "INSERT INTO team_member (team_id, user_id, until, begin_revision) "
	    "SELECT $team, $user, $until, $revision WHERE NOT EXISTS (SELECT 1 FROM team_member "
	    "WHERE team_id = $team AND user_id = $user AND end_revision IS NULL)";
	g_autoptr(DbStmt) stmt = member_stmt(tx, sql, id, user, error);

	if (stmt == NULL)
		return false;
	row_bind_or_null(stmt, "$until", until);
	if (!db_run(stmt, error))
		return false;
	if (db_changes(tx->store, DB_RECORDS) == 0)
		return error_set(error, ERROR_CONFLICT, "The user is a member already.");
	return true;
}

bool
team_leave(StoreTx *tx, const Id *id, const Id *user, GError **error)
{
	static const char sql[] = "UPDATE team_member SET end_revision = $revision WHERE team_id = "
				  "$team AND user_id = $user AND end_revision IS NULL";
	g_autoptr(DbStmt) stmt = member_stmt(tx, sql, id, user, error);

	return stmt != NULL && row_end(stmt, tx->store, "The user is no member.", error);
}

static bool
save_addresses(StoreTx *tx, const Team *team, gint64 row, char *const *addresses, GError **error)
{
	static const char sql_key[] = "SELECT key_id FROM team WHERE id = $id";
	static const char sql_save[] = "UPDATE team SET card = $card WHERE id = $id";
	g_autoptr(GBytes) card = NULL;
	g_autoptr(DbStmt) find = db_stmt(tx->store, DB_RECORDS, sql_key, error), save = NULL;
	gint64 key;

	if (find == NULL)
		return false;
	db_bind_int(find, "$id", row);
	if (!row_int(find, 0, &key, error) ||
	    (card = card_seal(tx, &key, "team", &team->id,
		 g_variant_new("(ys^as)", 1, team->name, addresses), error)) == NULL ||
	    (save = db_stmt(tx->store, DB_RECORDS, sql_save, error)) == NULL)
		return false;
	db_bind_bytes(save, "$card", card);
	db_bind_int(save, "$id", row);
	return db_run(save, error);
}

bool
team_add_address(
    StoreTx *tx, const Id *id, const char *canonical, const char *written, GError **error)
{
	static const char sql[] = "INSERT INTO team_address (team_id, address_id, begin_revision) "
				  "VALUES ($owner, $address, $revision)";
	g_autoptr(Team) team = team_get(tx->store, id, error);
	gint64 row = team == NULL ? 0 : row_get(tx->store, OBJECT_TEAM, id, error);
	g_auto(GStrv) addresses = team == NULL ? NULL : card_with(team->addresses, written);

	return row != 0 && staff_address_begin(tx, sql, row, canonical, error) &&
	       save_addresses(tx, team, row, addresses, error);
}

bool
team_end_address(StoreTx *tx, const Id *id, const char *canonical, guint index, GError **error)
{
	static const char sql[] =
	    "UPDATE team_address SET end_revision = $revision WHERE team_id = "
	    "$owner AND address_id = $address AND end_revision IS NULL";
	g_autoptr(Team) team = team_get(tx->store, id, error);
	gint64 row = team == NULL ? 0 : row_get(tx->store, OBJECT_TEAM, id, error);
	g_auto(GStrv) addresses = team == NULL ? NULL : card_without(team->addresses, index);

	return row != 0 && staff_address_end(tx, sql, row, canonical, error) &&
	       save_addresses(tx, team, row, addresses, error);
}

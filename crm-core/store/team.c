#include "store/team.h"

#include "base/error.h"
#include "store/card.h"
#include "store/key.h"
#include "store/named.h"
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

static gpointer
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

static const NamedKind teams = {
    .table = "team",
    .purpose = KEY_NAME,
    .sql_find = SELECT_TEAM "WHERE name_hash = $hash",
    .sql_get = SELECT_TEAM "WHERE pid = $pid",
    .sql_list = SELECT_TEAM,
    .sql_add = "INSERT INTO team (pid, hash_key, name_hash, key_id, card) "
	       "VALUES ($pid, $hash_key, $hash, $key, $card)",
    .sql_key = "SELECT key_id FROM team WHERE pid = $pid",
    .sql_save =
	"UPDATE team SET hash_key = $hash_key, name_hash = $hash, card = $card WHERE pid = $pid",
    .missing = "There is no such team.",
    .taken = "There is a team of that name already.",
    .from_row = team_from_row,
    .free = (GDestroyNotify)team_free,
    .name = offsetof(Team, name),
    .id = offsetof(Team, id),
};

Team *
team_find(Store *store, const char *name, GError **error)
{
	return named_find(store, &teams, name, error);
}

Team *
team_get(Store *store, const Id *id, GError **error)
{
	return named_get(store, &teams, id, error);
}

GPtrArray *
team_list(Store *store, GError **error)
{
	return named_list(store, &teams, error);
}

static void
member_from_row(DbStmt *stmt, gpointer ret)
{
	TeamMember *member = ret;

	member->user = db_id(stmt, 0);
	member->until = db_is_null(stmt, 1) ? 0 : db_int(stmt, 1);
}

GArray *
team_members(Store *store, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT u.pid, m.until FROM team_member m JOIN user u ON u.id = m.user_id "
	    "JOIN team t ON t.id = m.team_id WHERE t.pid = $pid AND m.end_revision IS NULL "
	    "ORDER BY m.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	return row_list(stmt, sizeof(TeamMember), member_from_row, error);
}

static GVariant *
card_of(const char *name, char *const *addresses)
{
	return g_variant_new("(ys^as)", 1, name, addresses);
}

bool
team_add(StoreTx *tx, const char *name, Id *ret, GError **error)
{
	char *none[] = {NULL};

	return named_add(tx, &teams, name, card_of(name, none), ret, error);
}

bool
team_join(StoreTx *tx, const Id *id, const Id *user, gint64 until, GError **error)
{
	static const char sql[] =
	    "INSERT INTO team_member (team_id, user_id, until, begin_revision) "
	    "SELECT $group, $user, $until, $revision WHERE NOT EXISTS (SELECT 1 FROM team_member "
	    "WHERE team_id = $group AND user_id = $user AND end_revision IS NULL)";
	g_autoptr(DbStmt) stmt = row_member_stmt(tx, sql, OBJECT_TEAM, id, user, error);

	return stmt != NULL &&
	       row_join(stmt, tx->store, until, "The user is a member already.", error);
}

bool
team_leave(StoreTx *tx, const Id *id, const Id *user, GError **error)
{
	static const char sql[] = "UPDATE team_member SET end_revision = $revision WHERE team_id = "
				  "$group AND user_id = $user AND end_revision IS NULL";
	g_autoptr(DbStmt) stmt = row_member_stmt(tx, sql, OBJECT_TEAM, id, user, error);

	return stmt != NULL && row_end(stmt, tx->store, "The user is no member.", error);
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
	       named_save(tx, &teams, id, team->name, card_of(team->name, addresses), error);
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
	       named_save(tx, &teams, id, team->name, card_of(team->name, addresses), error);
}

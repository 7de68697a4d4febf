#include "store/staff-address.h"

#include "base/error.h"
#include "store/address.h"
#include "store/row.h"

static DbStmt *
prepare(StoreTx *tx, const char *sql, gint64 owner, gint64 address, GError **error)
{
	gint64 revision = store_tx_revision(tx, error);
	DbStmt *stmt = revision == 0 ? NULL : db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$owner", owner);
	db_bind_int(stmt, "$address", address);
	db_bind_int(stmt, "$revision", revision);
	return stmt;
}

bool
staff_address_begin(
    StoreTx *tx, const char *sql_insert, gint64 owner, const char *canonical, GError **error)
{
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GArray) owners = NULL;
	gint64 address = address_claim(tx, canonical, error);

	if (address < 0 || (owners = address_staff(tx->store, address, error)) == NULL)
		return false;
	if (owners->len > 0)
		return error_set(error, ERROR_CONFLICT,
		    "The address belongs to another user or team: take it away there first.");
	stmt = prepare(tx, sql_insert, owner, address, error);
	return stmt != NULL && db_run(stmt, error);
}

bool
staff_address_end(
    StoreTx *tx, const char *sql_end, gint64 owner, const char *canonical, GError **error)
{
	g_autoptr(DbStmt) stmt = NULL;
	gint64 address = address_find(tx->store, canonical, error);

	if (address < 0)
		return false;
	stmt = prepare(tx, sql_end, owner, address, error);
	return stmt != NULL && row_end(stmt, tx->store, "The address isn't there.", error);
}

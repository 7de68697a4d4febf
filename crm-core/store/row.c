#include "store/row.h"

#include "base/error.h"

static const struct {
	const char *sql, *missing;
} kinds[] = {
    [OBJECT_MESSAGE] = {"SELECT id FROM message WHERE pid = $pid", "There is no such message."},
    [OBJECT_CONTACT] = {"SELECT id FROM contact WHERE pid = $pid", "There is no such contact."},
    [OBJECT_BOOK] = {"SELECT id FROM book WHERE pid = $pid", "There is no such address book."},
    [OBJECT_USER] = {"SELECT id FROM user WHERE pid = $pid", "There is no such user."},
    [OBJECT_TEAM] = {"SELECT id FROM team WHERE pid = $pid", "There is no such team."},
    [OBJECT_GRANT] = {"SELECT id FROM book_grant WHERE pid = $pid", "There is no such grant."},
    [OBJECT_CIRCLE] = {"SELECT id FROM circle WHERE pid = $pid", "There is no such circle."},
    [OBJECT_HANDOVER] = {"SELECT id FROM handover WHERE pid = $pid", "There is no such hand-over."},
};

bool
row_int(DbStmt *stmt, gint64 missing, gint64 *ret, GError **error)
{
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_is_null(stmt, 0) ? missing : db_int(stmt, 0);
		return true;
	case DB_DONE:
		*ret = missing;
		return true;
	default:
		return false;
	}
}

gint64
row_get(Store *store, ObjectKind kind, const Id *id, GError **error)
{
	g_autoptr(DbStmt) stmt = NULL;
	gint64 row = 0;

	g_assert((gsize)kind < G_N_ELEMENTS(kinds) && kinds[kind].sql != NULL);
	stmt = db_stmt(store, DB_RECORDS, kinds[kind].sql, error);
	if (stmt == NULL)
		return 0;
	db_bind_id(stmt, "$pid", id);
	if (row_int(stmt, 0, &row, error) && row == 0)
		error_set(error, ERROR_NOT_FOUND, "%s", kinds[kind].missing);
	return row;
}

GArray *
row_list(DbStmt *stmt, gsize size, RowRead read, GError **error)
{
	g_autoptr(GArray) list = g_array_new(FALSE, TRUE, (guint)size);
	DbStep step;

	while ((step = db_step(stmt, error)) == DB_ROW) {
		g_array_set_size(list, list->len + 1);
		read(stmt, list->data + (list->len - 1) * size);
	}
	return step == DB_ERROR ? NULL : g_steal_pointer(&list);
}

void
row_bind_at(DbStmt *stmt, gint64 revision)
{
	db_bind_int(stmt, "$revision", revision == 0 ? G_MAXINT64 : revision);
}

void
row_bind_or_null(DbStmt *stmt, const char *name, gint64 value)
{
	if (value == 0)
		db_bind_null(stmt, name);
	else
		db_bind_int(stmt, name, value);
}

bool
row_end(DbStmt *stmt, Store *store, const char *missing, GError **error)
{
	if (!db_run(stmt, error))
		return false;
	if (db_changes(store, DB_RECORDS) == 0)
		return error_set(error, ERROR_NOT_FOUND, "%s", missing);
	return true;
}

bool
row_join(DbStmt *stmt, Store *store, gint64 until, const char *there, GError **error)
{
	row_bind_or_null(stmt, "$until", until);
	if (!db_run(stmt, error))
		return false;
	if (db_changes(store, DB_RECORDS) == 0)
		return error_set(error, ERROR_CONFLICT, "%s", there);
	return true;
}

bool
row_end_by_id(StoreTx *tx, const char *sql, const Id *id, const char *missing, GError **error)
{
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$revision", revision);
	db_bind_id(stmt, "$pid", id);
	return row_end(stmt, tx->store, missing, error);
}

DbStmt *
row_member_stmt(
    StoreTx *tx, const char *sql, ObjectKind kind, const Id *group, const Id *user, GError **error)
{
	gint64 row = row_get(tx->store, kind, group, error);
	gint64 member = row == 0 ? 0 : row_get(tx->store, OBJECT_USER, user, error);
	gint64 revision = member == 0 ? 0 : store_tx_revision(tx, error);
	DbStmt *stmt = revision == 0 ? NULL : db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$group", row);
	db_bind_int(stmt, "$user", member);
	db_bind_int(stmt, "$revision", revision);
	return stmt;
}

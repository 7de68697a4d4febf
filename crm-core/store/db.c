#include "store/db-file.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <string.h>

struct DbStmt {
	Store *store;
	DbFile file;
	sqlite3_stmt *stmt;
	char **names; /* of its parameters, in SQLite's order */
	guint count;
	guint turn; /* the one that is probably bound next */
	bool busy;
	DbStmt *next; /* another statement of the same text */
};

void
db_file_free_statements(gpointer statements)
{
	for (DbStmt *stmt = statements, *next; stmt != NULL; stmt = next) {
		next = stmt->next;
		sqlite3_finalize(stmt->stmt);
		g_strfreev(stmt->names);
		g_free(stmt);
	}
}

bool
db_error(Store *store, DbFile file, GError **error)
{
	return db_file_error(
	    sqlite3_extended_errcode(store->files[file]->handle), db_name(file), error);
}

/* The first statement of that text, or NULL. Comparing a text is cheaper than hashing it. */
static DbStmt *
find(Db *db, const char *sql)
{
	DbStmt *first = g_hash_table_lookup(db->by_address, sql);

	if (first != NULL && strcmp(sqlite3_sql(first->stmt), sql) == 0)
		return first;
	first = g_hash_table_lookup(db->statements, sql);
	if (first != NULL)
		g_hash_table_insert(db->by_address, (gpointer)sql, first);
	return first;
}

/* Copies: SQLite's own go when it prepares the statement again. */
static void
read_names(DbStmt *stmt)
{
	stmt->count = (guint)sqlite3_bind_parameter_count(stmt->stmt);
	stmt->names = g_new0(char *, stmt->count + 1);
	for (guint i = 0; i < stmt->count; i++)
		stmt->names[i] = g_strdup(sqlite3_bind_parameter_name(stmt->stmt, (int)i + 1));
}

static DbStmt *
prepare(Store *store, DbFile file, const char *sql, DbStmt *first, GError **error)
{
	Db *db = store->files[file];
	sqlite3_stmt *prepared;
	DbStmt *stmt;

	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL) !=
	    SQLITE_OK) {
		db_error(store, file, error);
		return NULL;
	}
	stmt = g_new0(DbStmt, 1);
	stmt->store = store;
	stmt->file = file;
	stmt->stmt = prepared;
	read_names(stmt);
	if (first != NULL) {
		stmt->next = first->next;
		first->next = stmt;
	} else {
		g_hash_table_insert(db->statements, g_strdup(sql), stmt);
	}
	return stmt;
}

DbStmt *
db_stmt(Store *store, DbFile file, const char *sql, GError **error)
{
	DbStmt *stmt, *first;

	if (!db_file_open(store, file, error))
		return NULL;
	first = find(store->files[file], sql);
	for (stmt = first; stmt != NULL && stmt->busy; stmt = stmt->next)
		;
	if (stmt == NULL)
		stmt = prepare(store, file, sql, first, error);
	if (stmt != NULL)
		stmt->busy = true;
	return stmt;
}

void
db_stmt_release(DbStmt *stmt)
{
	if (stmt == NULL)
		return;
	sqlite3_reset(stmt->stmt);
	sqlite3_clear_bindings(stmt->stmt);
	stmt->turn = 0;
	stmt->busy = false;
}

/* SQLite's number of a parameter, 0 when the statement has none of that name. They are mostly bound in SQLite's order. */
static int
find_place(DbStmt *stmt, const char *name)
{
	for (guint tried = 0, i = stmt->turn; tried < stmt->count; tried++, i++) {
		if (i >= stmt->count)
			i = 0;
		if (strcmp(stmt->names[i], name) != 0)
			continue;
		stmt->turn = i + 1;
		return (int)i + 1;
	}
	return 0;
}

static int
place(DbStmt *stmt, const char *name)
{
	int index = find_place(stmt, name);

	if (index == 0)
		g_error("The statement has no %s: %s", name, sqlite3_sql(stmt->stmt));
	return index;
}

bool
db_has(DbStmt *stmt, const char *name)
{
	return find_place(stmt, name) != 0;
}

void
db_bind_int(DbStmt *stmt, const char *name, gint64 value)
{
	sqlite3_bind_int64(stmt->stmt, place(stmt, name), value);
}

void
db_bind_null(DbStmt *stmt, const char *name)
{
	sqlite3_bind_null(stmt->stmt, place(stmt, name));
}

void
db_bind_text(DbStmt *stmt, const char *name, const char *value)
{
	sqlite3_bind_text(stmt->stmt, place(stmt, name), value, -1, SQLITE_STATIC);
}

void
db_bind_blob(DbStmt *stmt, const char *name, const void *data, gsize size)
{
	/* Empty and NULL are two things: an empty blob needs an address. */
	sqlite3_bind_blob64(stmt->stmt, place(stmt, name), data, size, SQLITE_STATIC);
}

void
db_bind_bytes(DbStmt *stmt, const char *name, GBytes *value)
{
	gsize size = 0;
	const void *data = value != NULL ? g_bytes_get_data(value, &size) : NULL;

	db_bind_blob(stmt, name, value != NULL && data == NULL ? "" : data, size);
}

void
db_bind_id(DbStmt *stmt, const char *name, const Id *id)
{
	if (id == NULL || id_is_zero(id))
		db_bind_null(stmt, name);
	else
		db_bind_blob(stmt, name, id->bytes, sizeof id->bytes);
}

DbStep
db_step(DbStmt *stmt, GError **error)
{
	if (fault_point("db-step") != 0) {
		error_set_errno(
		    error, ERROR_TEMPORARY, errno, "%s can't be used", db_name(stmt->file));
		return DB_ERROR;
	}
	switch (sqlite3_step(stmt->stmt)) {
	case SQLITE_ROW:
		return DB_ROW;
	case SQLITE_DONE:
		return DB_DONE;
	default:
		db_error(stmt->store, stmt->file, error);
		return DB_ERROR;
	}
}

bool
db_run(DbStmt *stmt, GError **error)
{
	DbStep step;

	while ((step = db_step(stmt, error)) == DB_ROW)
		;
	return step == DB_DONE;
}

void
db_reset(DbStmt *stmt)
{
	sqlite3_reset(stmt->stmt);
}

bool
db_exec(Store *store, DbFile file, const char *sql, GError **error)
{
	return db_file_open(store, file, error) &&
	       (sqlite3_exec(store->files[file]->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
		   db_error(store, file, error));
}

gint64
db_int(DbStmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->stmt, column);
}

bool
db_is_null(DbStmt *stmt, int column)
{
	return sqlite3_column_type(stmt->stmt, column) == SQLITE_NULL;
}

const char *
db_text(DbStmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt->stmt, column);
}

const guint8 *
db_blob(DbStmt *stmt, int column, gsize *ret_size)
{
	const guint8 *data = sqlite3_column_blob(stmt->stmt, column);

	*ret_size = (gsize)sqlite3_column_bytes(stmt->stmt, column);
	return data;
}

GBytes *
db_bytes(DbStmt *stmt, int column)
{
	gsize size;
	const guint8 *data = db_blob(stmt, column, &size);

	return g_bytes_new(data, size);
}

Id
db_id(DbStmt *stmt, int column)
{
	Id id = {0};
	gsize size;
	const guint8 *data = db_blob(stmt, column, &size);

	if (size == sizeof id.bytes)
		memcpy(id.bytes, data, size);
	return id;
}

gint64
db_last_id(Store *store, DbFile file)
{
	return sqlite3_last_insert_rowid(store->files[file]->handle);
}

gint64
db_changes(Store *store, DbFile file)
{
	return sqlite3_changes64(store->files[file]->handle);
}

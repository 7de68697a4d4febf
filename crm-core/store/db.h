/*
 * db: SQLite. db*.c alone include sqlite3.h, and store/ alone includes this (a lint test says so).
 *
 * SQL stands in the file that uses it as "static const char sql_...[]" beside its only function.
 * Parameters are named ($name) and bound by name; statements are prepared once per Store and kept.
 * SQL stays in the subset that PostgreSQL shares (RETURNING, ON CONFLICT with its target, integer
 * times); FTS5 is touched in search*.c alone.
 */
#pragma once

#include "store/store.h"

typedef enum {
	DB_RECORDS, /* kartoteka.db */
	DB_KEYS,    /* keys.db */
	DB_ACCESS,  /* access.db */
	DB_SEARCH,  /* search.db */
	DB_COUNT
} DbFile;

/* A prepared statement, lent by the Store: reset and unbound when it goes out of scope, so that
 *
 *	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_find, error);
 *
 *	if (stmt == NULL)
 *		return NULL;
 *	db_bind_int(stmt, "$id", id);
 *	switch (db_step(stmt, error)) { case DB_ROW: ... case DB_DONE: ... case DB_ERROR: ... }
 *
 * The same SQL text may be in use twice at the same time (recursion): each gets a statement of its
 *own. */
typedef struct DbStmt DbStmt;

DbStmt *db_stmt(Store *store, DbFile file, const char *sql, GError **error);
void db_stmt_release(DbStmt *stmt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbStmt, db_stmt_release)

/* Binding copies nothing for text, blob and bytes: the value must live until the statement is
 * released. A name that the SQL doesn't have is a bug (g_assert). NULL text and zero-length-NULL
 * blobs bind NULL. */
bool db_has(DbStmt *stmt, const char *name); /* has the SQL a parameter of that name? */
void db_bind_int(DbStmt *stmt, const char *name, gint64 value);
void db_bind_null(DbStmt *stmt, const char *name);
void db_bind_text(DbStmt *stmt, const char *name, const char *value);
void db_bind_blob(DbStmt *stmt, const char *name, const void *data, gsize size);
void db_bind_bytes(DbStmt *stmt, const char *name, GBytes *value);
void db_bind_id(DbStmt *stmt, const char *name, const Id *id); /* zero id: NULL */

typedef enum { DB_ROW, DB_DONE, DB_ERROR } DbStep;

DbStep db_step(DbStmt *stmt, GError **error);
bool db_run(DbStmt *stmt, GError **error); /* steps to the end, rows are thrown away */
void db_reset(DbStmt *stmt);               /* to run it again; bound values stay */
bool db_exec(
    Store *store, DbFile file, const char *sql, GError **error); /* without parameters or rows */

gint64 db_int(DbStmt *stmt, int column);
bool db_is_null(DbStmt *stmt, int column);
const char *db_text(DbStmt *stmt, int column); /* until the next step */
const guint8 *db_blob(DbStmt *stmt, int column, gsize *ret_size);
GBytes *db_bytes(DbStmt *stmt, int column); /* a copy */
Id db_id(DbStmt *stmt, int column);         /* zero when NULL or of another size */

gint64 db_last_id(Store *store, DbFile file);
gint64 db_changes(Store *store, DbFile file);

/* A write transaction on one file alone, under its lock, for what is not kartoteka.db (that is
 * StoreTx): search.db, access.db, keys.db. Rolls back unless committed (g_auto(DbTx) tx =
 * DB_TX_INIT). Mind the order of the locks: keys, records, access, search; never take one while a later one is held. */
typedef struct {
	Store *store;
	DbFile file;
	bool open;
} DbTx;

#define DB_TX_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}

bool db_tx_begin(DbTx *tx, Store *store, DbFile file, GError **error);
bool db_tx_commit(DbTx *tx, GError **error);
void db_tx_clear(DbTx *tx);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DbTx, db_tx_clear)

/* Throws search.db away, damaged or not, and makes an empty one; no statement on it may be in use. Other
 * programs notice at their next transaction on it. */
bool db_remake(Store *store, DbFile file, GError **error);

/* Copies the write-ahead log into the file, under its lock. truncate: all of it, and the log is
 * emptied, so that nothing deleted is left in it; waits half a second for readers, ERROR_TEMPORARY when
 * they stay. */
bool db_checkpoint(Store *store, DbFile file, bool truncate, GError **error);

/* Pages in the write-ahead log after the last commit of ours. */
int db_log_pages(Store *store, DbFile file);

/* Copies the file as it is at one moment to path, which must not be there yet, while others write. */
typedef void (*DbProgress)(gint64 done, gint64 total, gpointer data); /* in pages; may be NULL */
bool db_copy(Store *store, DbFile file, const char *path, DbProgress progress, gpointer data,
    GError **error);

/* Looks for damage in the file, or in a copy that nobody has open: a sentence for each to problems. */
bool db_inspect(Store *store, DbFile file, GPtrArray *problems, GError **error);
bool db_inspect_copy(const char *path, GPtrArray *problems, GError **error);

/* The path of the file, owned by the Store; "kartoteka.db" and its like. */
const char *db_path(const Store *store, DbFile file);
const char *db_name(DbFile file);

/* SQLite's answer as one of our errors: BUSY and FULL become ERROR_TEMPORARY, CONSTRAINT_UNIQUE
 * ERROR_CONFLICT, CORRUPT ERROR_INTERNAL; never with values in the text. */
bool db_error(Store *store, DbFile file, GError **error);

/*
 * db-file: one open SQLite file. Beside db*.c nobody needs it, and nobody else includes sqlite3.h.
 */
#pragma once

#include "store/core.h"

#include <sqlite3.h>
#include <sys/types.h>

struct Db {
	sqlite3 *handle;
	GHashTable *statements; /* SQL (owned) -> DbStmt, a list */
	GHashTable
	    *by_address; /* the same by the address of the SQL, which is static in most cases */
	ino_t inode;     /* when it was opened */
	int log_pages;   /* in the write-ahead log after our last commit */
};

/* Opens the file, or makes it when it is search.db: that one is derived, and a tmpfs is empty after
 * a restart. */
bool db_file_open(Store *store, DbFile file, GError **error);

/* A connection of its own, set up as all of ours are; flags: SQLITE_OPEN_CREATE, or 0. */
void db_file_close(Db *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_file_close)
Db *db_file_connect(Store *store, DbFile file, int flags, GError **error);

/* Statements without parameters and results; the form that the file has (PRAGMA user_version). */
bool db_file_run(Db *db, DbFile file, const char *sql, GError **error);
bool db_file_version(Db *db, DbFile file, int *ret, GError **error);

/* A form that this program can open or raise: ERROR_INTERNAL for none at all, ERROR_CONFLICT for a newer one. */
bool db_file_check_version(DbFile file, int version, GError **error);

/* One of our errors for SQLite's extended code. */
bool db_file_error(int code, const char *name, GError **error);

/* Frees a list of statements. */
void db_file_free_statements(gpointer statements);

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
	ino_t inode;            /* when it was opened */
	int log_pages;   /* in the write-ahead log after our last commit */
};

/* Opens the file, or makes it when it is search.db: that one is derived, and a tmpfs is empty after
 * a restart. */
bool db_file_open(Store *store, DbFile file, GError **error);

/* One of our errors for SQLite's extended code. */
bool db_file_error(int code, const char *name, GError **error);

/* Frees a list of statements. */
void db_file_free_statements(gpointer statements);

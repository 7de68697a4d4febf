/*
 * row: what many statements have in common: public ids to internal ones, rows to lists. For store/ alone.
 */
#pragma once

#include "store/access.h"
#include "store/db.h"

/* The internal id of a message, contact, book, user, team, grant, circle or hand-over; 0 and
 * ERROR_NOT_FOUND when there is none. Says nothing about who may see it. */
gint64 row_get(Store *store, ObjectKind kind, const Id *id, GError **error);

/* The first column of the only row, missing when there is none; false on error. */
bool row_int(DbStmt *stmt, gint64 missing, gint64 *ret, GError **error);

/* Reads a row into an element of zeros. */
typedef void (*RowRead)(DbStmt *stmt, gpointer ret);

/* All rows, as an array of elements of this size. */
GArray *row_list(DbStmt *stmt, gsize size, RowRead read, GError **error);

/* Binds $revision; 0: now. */
void row_bind_at(DbStmt *stmt, gint64 revision);

/* Binds 0 as NULL. */
void row_bind_or_null(DbStmt *stmt, const char *name, gint64 value);

/* Runs a statement that ends rows; ERROR_NOT_FOUND with this text when it changed none. */
bool row_end(DbStmt *stmt, Store *store, const char *missing, GError **error);

/* Runs the INSERT of a member unless he is one already (ERROR_CONFLICT with that sentence); binds $until, 0 being NULL. */
bool row_join(DbStmt *stmt, Store *store, gint64 until, const char *there, GError **error);

/* Ends the row of that public id: sql has $pid and $revision. */
bool row_end_by_id(StoreTx *tx, const char *sql, const Id *id, const char *missing, GError **error);

/* A statement on a member of a team or a circle: $group, $user and $revision are bound. */
DbStmt *row_member_stmt(
    StoreTx *tx, const char *sql, ObjectKind kind, const Id *group, const Id *user, GError **error);

/*
 * named: what users, teams and address books have in common: a row with a public id, the keyed hash of a name
 * that no other one has, and a sealed card that holds the name. For store/ alone.
 */
#pragma once

#include "store/store.h"

struct DbStmt;

typedef struct {
	const char *table;   /* of the row, for its seal */
	const char *purpose; /* of the name's hash: KEY_NAME ... */
	/* The columns of from_row: by $hash, by $pid, all of them. */
	const char *sql_find, *sql_get, *sql_list;
	const char *sql_add;            /* $pid, $hash_key, $hash, $key, $card */
	const char *sql_key, *sql_save; /* its key_id by $pid; $hash_key, $hash, $card by $pid */
	const char *missing, *taken;    /* sentences */
	gpointer (*from_row)(Store *store, struct DbStmt *stmt, GError **error);
	GDestroyNotify free;
	gsize name; /* offset of the name in what from_row makes */
	gsize id;   /* and of its Id */
} NamedKind;

/* find: NULL without an error when there is none; get: ERROR_NOT_FOUND. */
gpointer named_find(Store *store, const NamedKind *kind, const char *name, GError **error);
gpointer named_get(Store *store, const NamedKind *kind, const Id *id, GError **error);

/* All of them in the order of their names; GPtrArray. */
GPtrArray *named_list(Store *store, const NamedKind *kind, GError **error);

/* ERROR_CONFLICT when another one has that name. save keeps the key. card is taken when floating. */
bool named_add(
    StoreTx *tx, const NamedKind *kind, const char *name, GVariant *card, Id *ret, GError **error);
bool named_save(StoreTx *tx, const NamedKind *kind, const Id *id, const char *name, GVariant *card,
    GError **error);

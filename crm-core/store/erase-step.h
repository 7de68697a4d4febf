/*
 * erase-step: what erase.c, erase-step.c and erase-ledger.c share.
 */
#pragma once

#include "store/db.h"
#include "store/erase.h"

/* OBJECT_MESSAGE as SQL can say it. */
#define ERASE_OBJECT_MESSAGE 1
G_STATIC_ASSERT(ERASE_OBJECT_MESSAGE == OBJECT_MESSAGE);

/* Columns "step": what has been done. */
enum {
	ERASE_HIDDEN = 1,
	ERASE_FORGOTTEN,
	ERASE_KEYS_GONE,
	ERASE_DONE,
};

/* Step 1 under a given public id: of a line in the ledger, or a new one. */
bool erase_begin(StoreTx *tx, const Id *pid, ErasureKind kind, const GArray *messages,
    const GArray *keys, GError **error);

/* Deletes keys (gint64) out of keys.db, and empties its log. */
bool erase_delete_keys(Store *store, const GArray *keys, GError **error);

/* The numbers (gint64) that a query with $id gives. */
GArray *erase_numbers(Store *store, const char *sql, gint64 id, GError **error);

/* A line for each of these erasures, durably. */
bool erase_ledger_add(Store *store, const GArray *erasures, GError **error);

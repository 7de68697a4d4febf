/*
 * counter: named numbers in the table "counter" of kartoteka.db and access.db. For store/ alone.
 */
#pragma once

#include "store/db.h"

/* Since when the poller knows of more than the records (store/numbers.h). */
#define COUNTER_REWIND_DUE "rewind-due"

/* missing: what it is when there is none. */
bool counter_get(
    Store *store, DbFile file, const char *name, gint64 missing, gint64 *ret, GError **error);
bool counter_set(Store *store, DbFile file, const char *name, gint64 value, GError **error);

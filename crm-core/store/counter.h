/*
 * counter: named numbers in the table "counter" of kartoteka.db and access.db. For store/ alone.
 */
#pragma once

#include "store/db.h"

/* missing: what it is when there is none. */
bool counter_get(
    Store *store, DbFile file, const char *name, gint64 missing, gint64 *ret, GError **error);
bool counter_set(Store *store, DbFile file, const char *name, gint64 value, GError **error);

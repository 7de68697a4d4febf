/*
 * exclusion: addresses and domains whose mail stays away: kartotekad publishes them for the milter,
 * the filer asks them for whatever comes in another way.
 */
#pragma once

#include "store/store.h"

typedef struct {
	Id id;
	char *pattern; /* canonical address, or "@" and a canonical domain */
} Exclusion;

void exclusion_free(Exclusion *exclusion);

/* Those that hold now (GPtrArray of Exclusion). For filing, publishing and the administrator. */
GPtrArray *exclusion_list(Store *store, GError **error);

/* ERROR_CONFLICT when it is there already. */
bool exclusion_add(StoreTx *tx, const char *pattern, Id *ret, GError **error);

/* ERROR_NOT_FOUND when it isn't there. */
bool exclusion_end(StoreTx *tx, const char *pattern, Id *ret, GError **error);

/* The key of the published list (32 bytes); outside a transaction. */
bool exclusion_published_key(Store *store, guint8 ret[static 32], GError **error);

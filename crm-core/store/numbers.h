/*
 * numbers: how the store is, for "kartoteka status": counts and times, nothing about anybody.
 */
#pragma once

#include "store/item.h"

typedef struct {
	gint64 items[ITEM_N_STATES];
	gint64 last_taken;    /* ms, by our clock; 0: never */
	gint64 last_revision; /* ms; 0: none */
	gint64 keys_ahead;
	gint64 search_lag; /* messages */
} Numbers;

bool numbers_read(Store *store, Numbers *ret, GError **error);

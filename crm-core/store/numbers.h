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
	gint64 erasures;   /* that are done: the ledger of erasures has a line for each */
	gint64 rewind_due; /* ms: since when the poller must be told what the records hold; 0: it knows */
} Numbers;

bool numbers_read(Store *store, Numbers *ret, GError **error);

/* since: ms, or 0 once it has been done (rules/rewind.h). It stands in a file of its own in the data directory, so that what
 * was restored is as it was in the backup, byte by byte. */
bool numbers_set_rewind_due(Store *store, gint64 since, GError **error);

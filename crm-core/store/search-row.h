/*
 * search-row: one message or contact into and out of the index, within a transaction on search.db.
 * For search-index.c alone.
 */
#pragma once

#include "store/search-index.h"

/* Brings the row up to what the records say now: added, replaced or taken away. */
bool search_row_message(Store *store, const SearchTexts *texts, gint64 id, GError **error);
bool search_row_contact(Store *store, const SearchTexts *texts, gint64 id, GError **error);

/* Takes the row away; no row is fine. *ret_clean (may be NULL) becomes false when the text that was
 * indexed can't be made again, so that the index must be made anew; it is left alone otherwise. */
bool search_row_remove_message(
    Store *store, const SearchTexts *texts, gint64 id, bool *ret_clean, GError **error);
bool search_row_remove_contact(Store *store, gint64 id, GError **error);

/*
 * search-row: one message or contact into and out of the index, within a transaction on search.db.
 * For search-index.c alone.
 */
#pragma once

#include "store/search-index.h"

/* Brings the row up to what the records say now: added, replaced or taken away. */
bool search_row_message(Store *store, const SearchTexts *texts, gint64 id, GError **error);
bool search_row_contact(Store *store, const SearchTexts *texts, gint64 id, GError **error);

/* Takes the row away; no row is fine. A message whose texts can't be made again leaves the index marked:
 * the progress "text" becomes -1, and all of it must be made anew. */
bool search_row_remove_message(Store *store, const SearchTexts *texts, gint64 id, GError **error);
bool search_row_remove_contact(Store *store, gint64 id, GError **error);

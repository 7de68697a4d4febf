/*
 * query-date: the dates of the query language.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* "2024", "2024-05", "2024-05-01", "1.5.2024", "today", "yesterday", "today-7", "dnes", "včera", "dnes-7": the span that it
 * names in seconds, begin inclusive, end exclusive, in local time. now: ms. False when it is none of these. */
bool query_date_parse(const char *text, gint64 now, gint64 *begin, gint64 *end);

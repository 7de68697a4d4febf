/*
 * csv: rows of a comma-, semicolon- or tab-separated file as other programs write it (RFC 4180 and its
 * neighbours): quotes, line breaks in quotes, UTF-8 with or without mark, UTF-16, windows-1250. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define CSV_COLUMNS_MAX 500

typedef struct {
	guint line; /* at which it begins, from 1 */
	char **cells;
} CsvRow;

/* separator 0: whichever of "," ";" tab "|" stands most often in the first row. GPtrArray of CsvRow;
 * empty rows are left out. ERROR_INVALID names the line. */
GPtrArray *csv_read(GBytes *bytes, char separator, GError **error);

/* The file's text as UTF-8, new. */
char *csv_text(GBytes *bytes);

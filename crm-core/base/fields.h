/*
 * fields: lines of small state files, fields with TABs between them; in a field "%", control characters and DEL are %XX.
 *
 * Not for secrets (base/wish.h wipes its own), and not for spool files.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Appends a field, and the TAB before it when the line at the end of text has one already. NULL is "". */
void fields_append(GString *text, const char *value);
void fields_append_number(GString *text, gint64 value);
void fields_end(GString *text);

/* The fields of a line without its LF, unescaped (g_strfreev); NULL when it is broken, or no UTF-8. */
char **fields_split(const char *line);

/* A number of digits alone, from min to max. */
bool fields_number(const char *field, gint64 min, gint64 max, gint64 *ret);

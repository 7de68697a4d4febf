/*
 * id: the public id of a record: 16 random bytes, the only id that ever leaves the program.
 *
 * Internal ids (gint64, AUTOINCREMENT) stay inside store/. On pages, command lines and in logs a public id is
 * 32 lower-case hex digits; a prefix of one is never accepted.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define ID_TEXT_SIZE 33 /* 32 digits and the NUL */

typedef struct {
	guint8 bytes[16];
} Id;

Id id_new(void);				  /* from getrandom(2) */
bool id_equal(const Id *a, const Id *b);
bool id_is_zero(const Id *id);			  /* all zero: "none" */
void id_to_text(const Id *id, char text[static ID_TEXT_SIZE]);
char *id_text(const Id *id);			  /* the same, newly allocated */
bool id_parse(const char *text, Id *ret, GError **error); /* ERROR_INVALID */

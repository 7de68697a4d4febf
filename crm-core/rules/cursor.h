/*
 * cursor: where the next page of a list begins, as an opaque text that leaves the program.
 *
 * A place is a time and a message's public id; the text binds it to the viewer and to the list (a
 * contact's history, one query) by a keyed hash, so that somebody else's cursor, or one of another
 * list, is refused with one sentence and tells nothing. It shows no number of the database.
 */
#pragma once

#include "rules/session.h"

typedef struct {
	gint64 time; /* of the last row shown, ms */
	Id id;       /* its message or contact */
} Cursor;

/* list: what the page is a list of ("history:ID", the query's text ...). New. NULL: error. */
char *cursor_write(Session *session, const char *list, const Cursor *cursor, GError **error);

/* ERROR_INVALID when it isn't one that cursor_write() made for this viewer and list. */
bool cursor_read(Session *session, const char *list, const char *text, Cursor *ret, GError **error);

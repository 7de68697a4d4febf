/*
 * maillog: the queue ids of mail that an MTA accepted, out of its log. Only that proves that nothing went past the
 * milter.
 *
 * Postfix: lines of cleanup with a message-id; Sendmail: lines with "from=<...>, size=". What was refused, held
 * back before the end, or belongs to another program isn't counted.
 */
#pragma once

#include <glib.h>

/* GPtrArray of char *, each once. ERROR_NOT_FOUND. */
GPtrArray *maillog_read(const char *path, GError **error);

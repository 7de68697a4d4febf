/*
 * letter-out: hands a letter of the program's own to sendmail.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* text: header, empty line, body, with LF; who it is for stands in its To. Waits until sendmail has taken it, a minute at
 * most. ERROR_TEMPORARY: it hasn't. program: an absolute path, of sendmail or what behaves like it. */
bool letter_out_send(const char *program, const char *text, gsize length, GError **error);

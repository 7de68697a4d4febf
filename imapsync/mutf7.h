/*
 * mutf7: folder names in IMAP's modified UTF-7 (RFC 3501, 5.1.3) and UTF-8.
 */
#pragma once

#include <glib.h>

/* The name in UTF-8, newly allocated. NULL when raw isn't valid modified UTF-7 (raw UTF-8 is none either: ask
 * g_utf8_validate). Lone surrogates and NUL are invalid. */
char *mutf7_decode(const char *raw);

/* The name in modified UTF-7, newly allocated. utf8 must be valid UTF-8. */
char *mutf7_encode(const char *utf8);

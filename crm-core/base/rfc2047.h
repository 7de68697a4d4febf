/*
 * rfc2047: encoded words ("=?utf-8?Q?...?=") of one header field to UTF-8.
 *
 * Only for the subject mark of the milter, which must not see a MIME parser; mail/ has GMime. Small
 * on purpose: a broken word stays as it is, an unknown charset too, broken bytes become U+FFFD.
 */
#pragma once

#include <glib.h>

/* The value unfolded and decoded; white space between two encoded words is dropped (RFC 2047, 6.2).
 * Raw 8-bit that is no UTF-8 is taken for Latin-1. Newly allocated, valid UTF-8. */
char *rfc2047_decode(const char *value);

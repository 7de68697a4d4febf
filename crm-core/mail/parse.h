/*
 * parse: the bytes of a message become a Mail. The only door to GMime (libparse.a).
 *
 * Only kartoteka-parse, fuzzers and tests link this: hostile bytes meet GMime in a child that has
 * no files, no network and no database (prog/kartoteka-parse.c). Everybody else asks prog/parser.h
 * and gets the Mail.
 *
 * RFC 5322, 2045-2049, 2231, 6532, 3676, 3464, 8098, 8601; broken mail is read as well as it goes,
 * with MailDefects. Only limits make it fail.
 */
#pragma once

#include "mail/mail.h"

/* Starts GMime, and opens the converters of the charsets that mail uses most, so that a sandbox
 * may forbid openat() later. Once per process, before the first parse_mail(). */
void parse_warm_up(void);

/* The charsets which the mail names and glibc has, but for which this process has no converter
 * open and (sandboxed) can open none: lower case, separated by blanks, at most PARSE_CHARSETS
 * bytes. NULL: none; parse away. */
#define PARSE_CHARSETS 200
char *parse_lacking_charsets(GBytes *raw);

/* Limits are checked by an own scan before GMime sees a byte. ERROR_TOO_BIG names the limit that is
 * broken; no other error comes. The Mail borrows nothing from raw. */
Mail *parse_mail(GBytes *raw, const MailLimits *limits, GError **error);

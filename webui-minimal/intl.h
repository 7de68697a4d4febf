/*
 * intl: the language of a page: texts by gettext, dates, sizes and numbers as that language writes
 * them.
 *
 * English is the language of the sources and needs no catalogue: nothing is opened for it. For
 * others LANGUAGE is set and the locale C.UTF-8 used, which every machine has, so no locale need be
 * installed. Times are shown in the server's time zone. One language per process.
 */
#pragma once

#include <glib.h>
#include <libintl.h>
#include <stdbool.h>

#define _(text) gettext(text)
#define N_(text) (text)
/* With a context, for words that are translated differently in different places. */
#define pgettext(context, text) intl_context(context "\004" text, text)

extern const char *const intl_languages[]; /* "en", "cs", NULL */

/* One of intl_languages; another one counts as English. The first call decides, also for the sentences of errors
 * (base/error.h) that po/local.mk takes from. */
void intl_open(const char *language);
const char *intl_language(void); /* for <html lang>; "en" before intl_open() */

const char *intl_context(const char *key, const char *text);

/* "Today", "Yesterday", "Wednesday 18 November" (of this week), "November 2026": the heading that a
 * moment stands under in a list. now and when in ms. New. */
char *intl_heading(gint64 when, gint64 now);

/* "14:05" (today), "18 Nov 14:05", "18 Nov 2024": for a line. New. */
char *intl_short(gint64 when, gint64 now);

/* "Wednesday 18 November 2026, 14:05". New. */
char *intl_full(gint64 when);

/* For <time datetime>: "2026-11-18T14:05:00+01:00". New. */
char *intl_machine(gint64 when);

/* "812 B", "14 KB", "1.2 MB" ("1,2 MB"). New. */
char *intl_size(guint64 bytes);

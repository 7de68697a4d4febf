/*
 * query: what a person types into the search field becomes a bounded, harmless query.
 *
 *	word  "a phrase"  pref*  -not  this OR that
 *	from:  to:  subject:  filename:  contact:  has:attachment  before:  after:  on:
 *
 * Everything must match unless OR stands between. Dates: 2024, 2024-05, 2024-05-01, today,
 * yesterday, today-7 (days); before: excludes the day, after: includes it. Case and diacritics
 *don't count. Text never becomes a syntax error: what isn't an operator is searched for as words;
 *every word goes quoted into the index's language. Limits: QUERY_BYTES, QUERY_TERMS, prefixes of at
 *least QUERY_PREFIX letters.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define QUERY_BYTES 1000
#define QUERY_TERMS 24
#define QUERY_PREFIX 2

typedef struct {
	char *mail; /* FTS5 expression over mail_text; NULL: no words (dates or flags alone) */
	char *
	    contacts; /* FTS5 expression over contact_text; NULL: nothing to look for in contacts */
	char *flags;  /* FTS5 expression over the flag column, or NULL */
	char *contact;    /* words of contact:, as an expression over contact_text, or NULL */
	gint64 after;     /* seconds, inclusive; G_MININT64: open */
	gint64 before;    /* seconds, exclusive; G_MAXINT64: open */
	GPtrArray *words; /* char *, folded words and word beginnings (ending in '*') to mark in a
			     snippet */
} Query;

/* now in ms, for "today" (by local time). ERROR_INVALID with one sentence: nothing to look for, a
 * date that is none, too long, too many words. */
Query *query_parse(const char *text, gint64 now, GError **error);
void query_free(Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_free)

/* A text as the index sees it: lower case without diacritics, one blank between words. For
 * comparing and for snippets. New. */
char *query_fold(const char *text);

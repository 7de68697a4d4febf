/*
 * query: what a person types into the search field becomes a bounded, harmless query.
 *
 *	word  "a phrase"  pref*  -not  this OR that
 *	from:  to:  subject:  filename:  contact:  has:attachment  before:  after:  on:
 *	od:  komu:  předmět:  soubor:  kontakt:  má:přílohu  před:  po:  dne:  (the same in Czech)
 *
 * Everything must match unless OR stands between. Dates: 2024, 2024-05, 2024-05-01, 1.5.2024, today,
 * yesterday, today-7 (days), dnes, včera, dnes-7; before: excludes the day, after: includes it. Case and diacritics
 *don't count. Text never becomes a syntax error: what isn't an operator is searched for as words;
 *every word goes quoted into the index's language. Limits: QUERY_BYTES, QUERY_TERMS, prefixes of at
 *least QUERY_PREFIX letters.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define QUERY_BYTES 1000
#define QUERY_TERMS 24
#define QUERY_PREFIXES 4 /* each goes through the whole index */
#define QUERY_PREFIX 3   /* letters before "*" (a shorter one is taken for the word) */

typedef struct {
	char *mail;         /* FTS5 expression over mail_text; NULL: dates alone, or -words alone */
	char *mail_without; /* what must not match, or NULL */
	bool in_contacts;   /* contacts are asked, too: nothing in it is about mail alone */
	char *contacts;     /* FTS5 expression over contact_text, or NULL */
	char *contacts_without; /* or NULL */
	char *contact; /* what contact: asks for, an expression over contact_text, or NULL */
	gint64 after;  /* seconds, inclusive; 0: open */
	gint64 before; /* seconds, exclusive; G_MAXINT64: open */
	bool prefix;   /* asks for the beginning of a word */
	GPtrArray
	    *words; /* char *: folded words, word beginnings end in "*"; to mark in a snippet */
} Query;

/* now in ms, for "today" (days of local time). ERROR_INVALID with one sentence: nothing to look for, a
 * date that is none, too long, too many words. */
Query *query_parse(const char *text, gint64 now, GError **error);
void query_free(Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_free)

/* The same words without their endings, which differ from case to case: of "nabídka pramic" "nabíd* pram*". NULL: it has
 * operators, or no word that is long enough. New. */
char *query_beginnings(const char *text);

/* A letter as the index sees it: lower case without diacritics; 0 for a combining mark. */
gunichar query_fold(gunichar letter);
/* The same of a whole text; new. */
char *query_folded(const char *text);

/* Is it part of a word for the index (unicode61)? Private-use letters are not: they mark our own
 * tokens and are taken out of texts. */
bool query_is_word(gunichar letter);

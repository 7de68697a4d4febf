/*
 * search: mail and contacts that match what a person typed, as far as he may see them.
 *
 * The index is asked with the viewer's tokens first, then kartoteka.db decides on each hit, so that
 * the answer, its number and its time are those of somebody for whom the rest doesn't exist. No
 * exact number is ever given: SearchPage.more says "50+". Newest first. Snippets are made from what
 * the viewer may see. Each search is a row of the access record, the words sealed in it; when it
 * can't be written, nothing comes back.
 */
#pragma once

#include "rules/history.h"
#include "rules/query.h"
#include "rules/snippet.h"

#define SEARCH_PAGE 50  /* rows of a page at most */
#define SEARCH_LINES 25 /* when nobody says otherwise */

typedef struct {
	HistoryLine *line; /* as in a history; no filing of a contact that the viewer can't see */
	char *snippet;     /* around the words found; plain text */
	GArray *marks;     /* SnippetMark within snippet, in order */
} SearchHit;

typedef struct {
	Id id;
	char *name, *organisation, *address; /* never NULL, may be "" */
	guint rights; /* mask of 1 << Right, the viewer's: from search_contacts_named() alone */
} SearchContact;

typedef struct {
	GPtrArray *mail;     /* SearchHit */
	GPtrArray *contacts; /* SearchContact; on the first page alone */
	bool more;           /* there are more mails */
	bool more_contacts;
	char *next; /* cursor of the next page, or NULL */
	gint64 lag; /* mails that are filed but not indexed yet, of anybody: 0, or 1 for "some" */
} SearchPage;

/* cursor: SearchPage.next of the page before, or NULL. limit: 1 to SEARCH_PAGE. ERROR_INVALID says
 * what is wrong with the query or the cursor. Writes the access record's row. */
SearchPage *search_all(
    Session *session, const char *query, const char *cursor, guint limit, GError **error);

void search_page_free(SearchPage *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SearchPage, search_page_free)

/* Contacts that are called so, whatever the diacritics and capitals: a few SearchContact, new, so that nobody adds somebody
 * who is there already. Not whom the viewer doesn't see, nor whom the index hasn't come to yet. A search like the others:
 * writes the access record's row. */
GPtrArray *search_contacts_named(Session *session, const char *name, GError **error);

typedef struct {
	const char *words; /* NULL or "": all */
	const Id *book; /* in this one; NULL: in any. One that the viewer doesn't see is empty. */
	guint roles;    /* mask of 1 << ContactRole: with one of these; 0: any */
} SearchContacts;

/* Contacts alone, in the order of the language; cursor, limit, errors and record as with search_all(). */
SearchPage *search_contacts(Session *session, const SearchContacts *wanted, const char *cursor,
    guint limit, GError **error);

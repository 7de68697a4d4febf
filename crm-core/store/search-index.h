/*
 * search-index: feeds search.db, which is derived, in plain text and rebuilt at any time.
 *
 * For rules/index.c (which knows what a stored mail and a card say) alone. Nothing here is shown to
 * anybody. What changed is found in two ways: messages and contacts with an id above what is
 * indexed, and the rows of search_stale, which whoever changes a filing, a participant, a book's
 * contact, a circle or a card adds in his transaction by search_index_stale().
 *
 * Each row of the index has tokens of whoever may see it, so that a match filters by the viewer
 * first; kartoteka.db decides (search-match.h). Tokens begin with U+E000, which the unicode61
 * tokenizer takes for a letter, and which is taken out of every text and query: no text can
 * counterfeit one.
 *
 * Contentless FTS5 of SQLite 3.40 deletes only with the identical text in hand: it is made again
 * from the stored form by the same callbacks. When these change what they make, SearchTexts.version
 * must rise: an index of another version is made again.
 */
#pragma once

#include "store/access.h"
#include "store/store.h"

/* U+E000. Words of "flag" begin with it as well. */
#define SEARCH_MARK "\xee\x80\x80"

/* The columns of a mail that its stored form gives; NULL is empty. Never anything of Bcc. */
typedef struct {
	char *subject, *sender, *recipient, *body, *attachment;
} SearchMailText;

typedef struct SearchFresh SearchFresh; /* search-fresh.h */

typedef struct {
	GBytes *sort_key; /* made by the collation of the company's language */
	char *name, *organisation, *address, *other;
} SearchContactText;

void search_index_mail_clear(SearchMailText *text);
void search_index_contact_clear(SearchContactText *text);

/* How rules/ turns what is stored into texts. The callbacks' results belong to the caller, all of
 * them empty when they fail; what fails is indexed with empty texts, so that one damaged row
 * doesn't stop the index. */
typedef struct {
	gint64 version;
	bool (*mail)(GBytes *stored, guint64 raw_size, SearchMailText *ret, GError **error);
	char *(*flag)(guint32 flags); /* words that begin with SEARCH_MARK, never NULL */
	bool (*contact)(const char *card, gsize length, SearchContactText *ret, GError **error);
	SearchFresh *fresh; /* lent: where mail's texts may be had already; NULL: nowhere */
} SearchTexts;

/* In the transaction that changes what somebody may see or find: index this message or contact
 * again. For a new message or contact it isn't needed. */
bool search_index_stale(StoreTx *tx, ObjectKind kind, gint64 object_id, GError **error);

/* The same for every message filed under a contact: it came into or left a book or circle. */
bool search_index_stale_filed(StoreTx *tx, gint64 contact_id, GError **error);

/* Indexes what is new or stale, for about budget_ms, and commits. *ret_more: there was more to do. Pauses between two
 * rows while a page is made (base/foreground.h).
 * An index that was lost, is of another version or is newer than kartoteka.db is begun anew. */
bool search_index_catch_up(
    Store *store, const SearchTexts *texts, gint64 budget_ms, bool *ret_more, GError **error);

/* How many messages wait to be indexed (0: all is found). */
bool search_index_lag(Store *store, gint64 *ret, GError **error);

/* One small step of merging; *ret_more: there is more to merge. For idle moments. */
bool search_index_merge(Store *store, bool *ret_more, GError **error);

/* Takes messages and contacts (AccessObject's ids are internal here: pairs of kind and id) out,
 * leaving no remnant: delete, optimize, TRUNCATE. Needs their texts, so comes before their keys are
 * destroyed. Harmless to repeat. ERROR_TEMPORARY: a reader keeps the log; do it again. */
typedef struct {
	ObjectKind kind;
	gint64 id;
} SearchObject;

bool search_index_erase(Store *store, const SearchTexts *texts, const SearchObject *objects,
    gsize n_objects, GError **error);

/* Begins the index anew. search_index_catch_up() then fills it. */
bool search_index_reset(Store *store, GError **error);

/*
 * letter: messages as lines of a correspondence: a contact's history, the hits of a search, versions of
 * one letter, a thread. All of it as far as a Viewer may see it.
 *
 * Of versions of a letter (equal letter keys) a history shows the newest whole one that is filed there (else the newest header); the row
 * names the others.
 */
#pragma once

#include "store/message.h"
#include "store/search-match.h"

/* A message under a contact that the viewer may see. */
typedef struct {
	Id contact;
	FilingReason reason;
	int role; /* MailRole, or FILING_NO_ROLE */
	gint64 open_from;
} LetterFiling;

typedef struct {
	gint64 row; /* for store/ alone, and to be handed back */
	Id id;
	gint64 time, size;
	guint32 flags;
	SenderProof proof; /* the best one of its copies; of letter_find() alone */
	GBytes *summary;   /* as rules/summary.h wrote it; NULL once destroyed */
	bool has_versions; /* for store/ alone: also such as the viewer may not see */
	GArray *versions;  /* Id: the others of its letter that are visible */
	GArray *filings;   /* LetterFiling: of a history's row that one alone; otherwise by
			       letter_add_filings() */
} LetterRow;

void letter_row_free(LetterRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterRow, letter_row_free)

/* Where a list goes on: behind the message with this time (ms) and id. */
typedef struct {
	gint64 time;
	Id id;
} LetterPlace;

/* A contact's correspondence, newest first: at most limit rows (LetterRow) behind place (NULL: from
 * the newest). ERROR_NOT_FOUND when the contact isn't visible. *ret_more: there are more. */
GPtrArray *letter_history(Store *store, const Viewer *viewer, const Id *contact,
    const LetterPlace *place, guint limit, bool *ret_more, GError **error);

/* Hits of a search in the same way. */
GPtrArray *letter_search(Store *store, const Viewer *viewer, const SearchAsk *ask,
    const LetterPlace *place, guint limit, bool *ret_more, GError **error);

/* One of them; NULL without an error when it isn't visible. */
LetterRow *letter_find(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* The thread of a message: what carries one of these Message-IDs or refers to one (texts without <>), as
 * far as visible, oldest first, at most limit. GPtrArray of LetterRow; may hold the message itself. */
GPtrArray *letter_thread(Store *store, const Viewer *viewer, char *const *message_ids, guint limit,
    bool *ret_more, GError **error);

/* Which of these rows belong together by answering each other: ret_thread[i] is the index of the first
 * row of i's thread. */
bool letter_group(Store *store, GPtrArray *rows, guint *ret_thread, GError **error);

/* Where at most 64 of these rows are filed, as far as the viewer sees the contacts. */
bool letter_add_filings(Store *store, const Viewer *viewer, GPtrArray *rows, GError **error);

/* Does the viewer take part as the sender, so that Bcc may be shown? Asked apart: few mails have a Bcc. */
bool letter_sender_side(
    Store *store, const Viewer *viewer, const LetterRow *row, bool *ret, GError **error);

/* The stored record (mail/record.h reads it) of a row that was given out; NULL without an error once it is
 * destroyed. */
GBytes *letter_parsed(Store *store, const LetterRow *row, GError **error);

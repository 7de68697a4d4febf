/*
 * file-job: one item on its way, and the Filer. For file*.c, prepare.c and report.c alone.
 */
#pragma once

#include "rules/file.h"
#include "rules/fingerprint.h"
#include "rules/match.h"
#include "store/hasher.h"

struct FilePreparer {
	Hasher *hasher;
};

struct Filer {
	Session *session;
	Matcher *matcher;
	SearchFresh *fresh; /* lent, or NULL */
	FilePreparer preparer;
};

struct FileJob {
	SpoolEntry *entry;
	Mail *mail;         /* NULL: not a mail, or quarantined */
	MessageDraft draft; /* of a mail */
	ItemDetail *detail;
	GPtrArray *bcc; /* char *: in the envelope, in no header */
	GBytes *header; /* header block, for a further sighting */
	bool has_place;
	MessageHash place;
	ItemReason quarantine;        /* ITEM_REASON_NONE: a mail, a private record or a start */
	GBytes *whole;                /* spool file of what goes to quarantine */
	const ItemQuarantined *retry; /* lent: this item stands there already, in quarantine */
	ItemRow again;                /* row not 0: this item stands there already and is set anew */
	MessageRow message;           /* that it made; row 0: none */
	FileResult result;
};

/* Contacts by way of the mail that a report is about (report.c): adds to match->contacts, and makes the
 * report as closed as that mail. *closed: the filings found are open to participants alone. tx NULL: for a preview,
 * without a trace. */
bool report_find(
    Filer *filer, StoreTx *tx, FileJob *job, Match *match, bool *closed, GError **error);

/* Files message under what match found, as open as it may be. *added (may be NULL) counts. Contacts that
 * somebody took it back from are passed over. */
bool file_under(StoreTx *tx, const MessageRow *message, const Match *match, bool closed,
    guint *added, GError **error);

/* The state that a message's items have with the filings that it has now. */
bool file_state(Store *store, const MessageRow *message, ItemState *state, ItemReason *reason,
    guint *filed, GError **error);

/* Matches a stored message again, with all its sightings. Added contacts are left in match->contacts
 * alone. NULL without an error when it is destroyed. */
Match *file_match_again(
    Matcher *matcher, StoreTx *tx, Store *store, const MessageRow *message, GError **error);

/* Took a person (not the program) this message back from the contact? filings: filing_list_row(). */
bool file_taken_back(const GArray *filings, const Id *contact);

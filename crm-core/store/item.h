/*
 * item: one copy from one source, in exactly one state. The account of everything ever taken in.
 *
 * An item's key is (source, start, n); an item that is already there is never written twice. See
 * design.md "Conservation of mail" and base/spool.h.
 */
#pragma once

#include "store/message.h"

typedef enum { /* stored: never renumber */
	ITEM_FILED = 0,
	ITEM_WAITING,
	ITEM_EXCLUDED,
	ITEM_QUARANTINED,
	ITEM_ERASED,
	ITEM_VANISHED,
} ItemState;
#define ITEM_N_STATES 6

typedef enum { /* stored: never renumber */
	ITEM_REASON_NONE = 0,
	/* excluded */
	ITEM_REASON_INTERNAL,     /* nobody outside the company stands in it */
	ITEM_REASON_LISTED,       /* the exclusion list */
	ITEM_REASON_PRIVATE,      /* marked private by staff */
	ITEM_REASON_PRIVATE_COPY, /* a later copy of such mail */
	ITEM_REASON_TAKEN_BACK,   /* by hand (unfile) */
	ITEM_REASON_WAITED,       /* no contact came within waiting-days */
	ITEM_REASON_DESTROYED,    /* a further copy of mail that was destroyed */
	ITEM_REASON_POSTURE,      /* of a mailbox of which only mail with contacts is kept */
	/* quarantined */
	ITEM_REASON_LIMIT = 32, /* over a limit of the parser */
	ITEM_REASON_TIMEOUT,
	ITEM_REASON_CRASH,
	ITEM_REASON_RECORD,  /* what the parser said was no record */
	ITEM_REASON_DAMAGED, /* the spool file itself */
	ITEM_REASON_TOO_BIG,
	ITEM_REASON_DEFECT,    /* filing it failed: a defect of ours */
	ITEM_REASON_UNFETCHED, /* its server lists it and doesn't give it out */
} ItemReason;

/* What is sealed of an item. Strings may be NULL. */
typedef struct {
	char *key;         /* queue id, or path of an import */
	guint8 sha256[32]; /* of the raw bytes */
	bool has_sha256;
	char *sender;          /* envelope */
	GPtrArray *recipients; /* char *, envelope; never NULL */
	char *login;
	char *client;
	char *owner; /* login of the mailbox owner */
	char *folder;
	char *note; /* why excluded or quarantined, in words */
	GBytes
	    *header; /* header block of a further sighting (the first one's is in the raw bytes) */
} ItemDetail;

/* An IMAP copy's key, which names it for people and says which UIDs of a folder are accounted for (RFC 5092's form):
 * "petr/INBOX;UIDVALIDITY=1700000000/;UID=42". parse: false when it is none; the folder stands in the detail. */
char *item_imap_key(const char *owner, const char *folder, gint64 validity, gint64 uid);
bool item_imap_key_parse(const char *key, gint64 *ret_validity, gint64 *ret_uid);

ItemDetail *item_detail_new(void);
void item_detail_free(ItemDetail *detail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ItemDetail, item_detail_free)

typedef struct {
	char source[33];
	int kind; /* SpoolVia of base/spool.h */
	gint64 start, n;
	gint64 hash_key; /* of place */
	bool has_place;
	MessageHash place; /* of the path, or of mailbox, UIDVALIDITY and UID */
	ItemState state;
	ItemReason reason;
	SenderProof proof;
	int verdict; /* MailVerdict as far as trusted */
	const ItemDetail *detail;
} ItemNew;

typedef struct {
	gint64 row; /* for store/ alone */
	Id id;
} ItemRow;

/* Is that number or that place of the source there already? Raises the start's highest number. */
bool item_is_there(StoreTx *tx, const ItemNew *item, bool *ret, GError **error);

/* The item of that place of the source, when it is where it is for that reason; row 0: there is none such. */
bool item_there_for(
    StoreTx *tx, const ItemNew *item, ItemReason reason, ItemRow *ret, GError **error);

/* Adds an item that isn't there; message may be NULL. */
bool item_add(
    StoreTx *tx, const ItemNew *item, const MessageRow *message, ItemRow *ret, GError **error);

/* After a retry, or when it comes once more: everything but its key and the time of intake is set anew. */
bool item_replace(StoreTx *tx, const ItemRow *row, const ItemNew *item, const MessageRow *message,
    GError **error);

/* All items of a message get this state. */
bool item_set_all(
    StoreTx *tx, const MessageRow *message, ItemState state, ItemReason reason, GError **error);

/* Is that place of the source taken in already? For an import that goes on. */
bool item_has_place(
    Store *store, const char *source, const MessageHash *place, bool *ret, GError **error);

/* A start of a source: names the last durable number of the start before. */
bool item_add_start(StoreTx *tx, const char *source, int kind, gint64 start, gint64 previous,
    gint64 previous_last, GError **error);

/* How a message was seen. */
typedef struct {
	int kind; /* SpoolVia */
	ItemDetail *detail;
} ItemSighting;

void item_sighting_free(ItemSighting *sighting);

/* All sightings of a message whose detail is still there, whoever asks (GPtrArray of ItemSighting). */
GPtrArray *item_sightings(Store *store, const MessageRow *message, GError **error);

/* Messages (rows, gint64) whose items wait and were taken in before that moment, at most max. */
GArray *item_waiting(Store *store, gint64 before, guint max, GError **error);

/* --- Quarantine -------------------------------------------------------------------------------------- */

/* Keeps the whole spool file (lines and bytes), sealed. */
bool item_quarantine(StoreTx *tx, const ItemRow *item, GBytes *entry, GError **error);
/* One more try that failed. */
bool item_quarantine_again(StoreTx *tx, const ItemRow *item, ItemReason reason, GError **error);
/* After a retry that worked: takes the entry away. */
bool item_quarantine_end(StoreTx *tx, const ItemRow *item, GError **error);

typedef struct {
	ItemRow item;
	char source[33];
	gint64 start, n;
	ItemReason reason;
	gint64 taken, last;
	int tries;
} ItemQuarantined;

/* For the administrator: numbers and reasons, no content. GArray of ItemQuarantined. */
GArray *item_quarantine_list(Store *store, GError **error);
/* The spool file again, for a retry by the program itself. */
GBytes *item_quarantine_entry(Store *store, const ItemQuarantined *item, GError **error);

/* --- The account ---------------------------------------------------------------------------------------- */

/* One line of the ledger. Borrowed until the callback returns. */
typedef struct {
	Id id;
	const char *source;
	int kind;
	gint64 start, n, taken;
	ItemState state;
	ItemReason reason;
	SenderProof proof;
	const ItemDetail *detail; /* NULL once erased */
	MessageRow message;       /* row 0: none */
} ItemLine;

/* Every item in order of intake, with what system reads for reconcile and ledger. The callback
 * returns false to stop. */
typedef bool (*ItemEach)(const ItemLine *line, gpointer data, GError **error);
bool item_each(Store *store, const Viewer *viewer, ItemEach each, gpointer data, GError **error);

typedef struct {
	char source[33];
	int kind;
	gint64 day; /* days since 1970, UTC, of intake */
	gint64 counts[ITEM_N_STATES];
} ItemDay;

/* Counts per source and day (ItemDay). */
GArray *item_days(Store *store, GError **error);

typedef struct {
	char source[33];
	int kind;
	gint64 start, previous, previous_last, highest;
	gint64 count; /* items of this start that are there */
} ItemStart;

/* All starts (ItemStart), per source in order. */
GArray *item_starts(Store *store, GError **error);

/* The numbers of a start that are missing, as pairs first, last (gint64). */
GArray *item_gaps(Store *store, const ItemStart *start, gint64 last, GError **error);

/* Totals per state, for status. */
bool item_totals(Store *store, gint64 counts[static ITEM_N_STATES], GError **error);

const char *item_state_name(ItemState state);
const char *item_reason_name(ItemReason reason);
const char *item_proof_name(SenderProof proof);

/*
 * message: what the items show, one row per content key; its parsed form, raw bytes and attachments.
 *
 * Stored form: a small sealed summary (rules/summary.h: one line of a history) and the sealed body, both under
 * message.key_id. The body is one zstd frame (store/compress.h) of the raw bytes and of the parsed form (mail/record's
 * RECORD_STORED), so that no page parses MIME. In the raw bytes base64 attachments whose re-encoding is byte-identical
 * are holes: the attachment is stored once for all messages by its keyed digest. rules/raw.h makes and fills the
 * holes. Of a large mail (MESSAGE_BODY_MOST) the parsed form stands apart, so that a page needn't read all of it, and
 * the raw bytes are sealed under a key of their own; so is what was filed before version 3 of kartoteka.db.
 *
 * Reading functions take a Viewer and answer ERROR_NOT_FOUND for what it may not see, as if it
 * didn't exist. Hashes are keyed and of HASH size (the lookup hashes of the store). Writing is for
 * rules/file.c and rules/refile.c.
 */
#pragma once

#include "store/store.h"
#include "store/visible.h"

/* Flags beside MAIL_FLAG_* (bits 0 to 15) in message.flags. Stored: never renumber. */
typedef enum {
	MESSAGE_PRIVATE = 1 << 16,    /* answers private mail: open to its participants alone
					 (VISIBLE_PRIVATE of store/visible.h) */
	MESSAGE_OUTGOING = 1 << 17,   /* From is staff, with proof */
	MESSAGE_VERIFIED = 1 << 18,   /* From is proved: login, network, Sent folder or DMARC */
	MESSAGE_UNVERIFIED = 1 << 19, /* From says staff, without proof: never shown as outgoing */
	MESSAGE_FAILED = 1 << 20,     /* a trusted verdict says that From is forged */
	MESSAGE_HINT = 1 << 21,       /* a list rewrote From: the author is a hint */
	MESSAGE_DATE_FAR =
	    1 << 22, /* time is the arrival's; Date says something else and is shown */
	MESSAGE_BY_OWNER = 1 << 23,    /* known only from personal mailboxes fetched afterwards */
	MESSAGE_DESTROYED = 1 << 24,   /* erased, or about to be: only the hashes count */
	MESSAGE_HEADER_ONLY = 1 << 25, /* its mailbox's posture lets only the header be taken */
} MessageFlags;

typedef enum { /* stored: how From was proved, best first; PROOF_NONE is the worst */
	PROOF_NONE = 0,
	PROOF_LOGIN,
	PROOF_NETWORK,
	PROOF_SENT_FOLDER,
	PROOF_DMARC,
} SenderProof;

typedef enum {              /* stored: why a message is filed under a contact */
	FILING_ADDRESS = 1, /* the contact's address stands in it */
	FILING_DOMAIN,      /* the organisation's domain, of an address that is nobody's */
	FILING_HINT,        /* a list rewrote From; the author is in Reply-To or Cc */
	FILING_DSN,         /* reports on mail that is filed there */
	FILING_BY_HAND,
} FilingReason;

/* filing.open_from: open to "history" on the contact's books from that moment (ms) on. */
#define FILING_OPEN_ALWAYS G_GINT64_CONSTANT(0)
#define FILING_OPEN_NEVER G_MAXINT64 /* to its participants alone, until one of them opens it */
#define FILING_NO_ROLE 255           /* filing.role where no address stood */

#define MESSAGE_HASH_SIZE 16

typedef struct {
	guint8 bytes[MESSAGE_HASH_SIZE];
} MessageHash;

/* --- Reading ---------------------------------------------------------------------------------------- */

typedef struct {
	Id id;
	gint64 time;
	gint64 size;
	guint32 flags;
	SenderProof proof; /* the best one of its sightings */
	GBytes *summary;   /* as rules/summary.h wrote it; NULL once destroyed */
	bool sender_side;  /* the viewer takes part as the sender: Bcc may be shown */
} Message;

void message_free(Message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

Message *message_get(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* For store/ alone (history, search): a sealed summary as it stands in message.summary. NULL without an
 * error when it is NULL (destroyed). */
GBytes *message_open_summary(
    Store *store, const Id *pid, gint64 key_id, GBytes *sealed, GError **error);

/* The stored record (mail/record.h reads it); its raw_size is Message.size. */
GBytes *message_parsed(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* For store/ alone (the search index): the same by row, whoever asks; NULL without an error when it
 * is destroyed. */
GBytes *message_parsed_row(Store *store, gint64 row, GError **error);

/* The raw bytes with holes, as rules/raw.h packed them: raw_read() there gives the exact bytes. */
GBytes *message_raw(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* The decoded bytes of a part that is a hole in the raw bytes; ERROR_NOT_FOUND when it isn't one. */
GBytes *message_attachment(
    Store *store, const Viewer *viewer, const Id *id, guint part, GError **error);

/* The other messages with the same letter key that the viewer may see (Id), oldest first. */
GArray *message_versions(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* --- Writing ---------------------------------------------------------------------------------------- */

/* A hole's attachment: sealed and stored once. */
typedef struct {
	guint part;
	MessageHash digest; /* keyed digest of the decoded bytes */
	gint64 size;        /* of the decoded bytes */
	GBytes *bytes;      /* as stored: first byte 0: plain, 1: zstd */
} MessageAttachment;

/* Everything that can be made outside the transaction. Owned by the maker. */
typedef struct {
	gint64 hash_key; /* of all hashes here */
	MessageHash letter, content, mid;
	bool has_mid;
	gint64 time;
	gint64 size;
	guint32 flags;
	GBytes *summary;     /* summary_write() */
	GBytes *body;        /* message_draft_pack() */
	GBytes *parsed;      /* the same; NULL: it stands in body */
	GArray *references;  /* MessageHash */
	GArray *attachments; /* MessageAttachment */
} MessageDraft;

/* Packs body and parsed form of a draft. raw: with holes, as rules/raw.h packed it; record: RECORD_STORED. */
#define MESSAGE_BODY_MOST (256 * 1024) /* raw bytes of a body that holds the parsed form, too */
void message_draft_pack(MessageDraft *draft, GBytes *raw, GBytes *record);

/* A message within a write transaction. row is for store/ alone. */
typedef struct {
	gint64 row;
	Id id;
	gint64 time;
	gint64 size;
	guint32 flags;
	bool destroyed; /* only the hashes are left */
	bool fresh;     /* made in this transaction */
	gint64 key;     /* of a fresh one: what it is sealed under */
} MessageRow;

/* By content key: row = 0 when there is none. */
bool message_find(Store *store, const MessageHash *content, MessageRow *ret, GError **error);

bool message_add(StoreTx *tx, const MessageDraft *draft, MessageRow *ret, GError **error);

/* A further sighting may bring proof, never take it away: ors flags in, takes without out. */
bool message_set_flags(
    StoreTx *tx, MessageRow *message, guint32 with, guint32 without, GError **error);

/* The summary at hand, whoever asks; NULL without an error when it is destroyed. */
GBytes *message_summary_row(Store *store, const MessageRow *message, GError **error);

/* The summary again, when a sighting adds blind recipients. */
bool message_set_summary(StoreTx *tx, const MessageRow *message, GBytes *summary, GError **error);

/* An address that stands in a message. */
typedef struct {
	gint64 address; /* row of store/address.h */
	gint64 message; /* row */
	int role;       /* MailRole */
} MessageAddress;

/* Those of all messages of a transaction, sorted here into the order in which they lie on disk. Doubles are no error. */
bool message_add_addresses(StoreTx *tx, GArray *addresses, GError **error);

/* Messages (MessageRow) that carry this Message-ID, at most max. */
GArray *message_by_mid(Store *store, const MessageHash *mid, guint max, GError **error);

/* By public id, whoever asks; ERROR_NOT_FOUND. */
bool message_find_id(Store *store, const Id *id, MessageRow *ret, GError **error);

/* Messages (MessageRow) after a row (0: from the first) that have an address, or any address below a
 * canonical domain, in order, at most max. */
GArray *message_with_address(
    Store *store, gint64 address_row, gint64 after, guint max, GError **error);
GArray *message_with_domain(
    Store *store, const MessageHash *domain, gint64 after, guint max, GError **error);

/* The next messages (MessageRow) after a row that aren't destroyed, at most max. */
GArray *message_next(Store *store, gint64 after, guint max, GError **error);

/* --- Participants ------------------------------------------------------------------------------------ */

typedef enum { /* stored */
	PARTICIPANT_SENDER = 1,
	PARTICIPANT_RECIPIENT,
	PARTICIPANT_OWNER, /* of the mailbox that holds a copy */
} ParticipantSide;

/* Exactly one of user and team isn't zero. Doubles are no error (of a fresh message the caller
 * avoids them). */
bool message_add_participant(StoreTx *tx, const MessageRow *message, const Id *user, const Id *team,
    ParticipantSide side, GError **error);

/* --- Private mail ------------------------------------------------------------------------------------- */

/* Message-IDs (hashes) of private mail. */
bool message_mark_private(StoreTx *tx, gint64 hash_key, const MessageHash *mid, GError **error);
bool message_is_private(StoreTx *tx, const MessageHash *mid, bool *ret, GError **error);

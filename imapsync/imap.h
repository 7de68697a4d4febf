/*
 * imap: one connection to an IMAP server, read only.
 *
 *	imap_new → imap_connect → imap_login → imap_list → imap_examine → imap_search_all → imap_fetch_sizes
 *	→ imap_fetch → ... → imap_idle → ... → imap_logout → imap_free
 *
 * Nothing here changes a mailbox: folders are opened by EXAMINE, bodies come by BODY.PEEK. libetpan parses the
 * dialogue behind these functions and nowhere else; its types don't leave. What the server says is hostile until it
 * was looked at: guard.h limits it before libetpan sees a byte. Not for deciding what to fetch, when, or where it goes.
 *
 * One thread at a time uses an Imap; only imap_cancel() and imap_wake() may be called from others.
 *
 * ERRORS. TEMPORARY: the network or the server failed, come again later. DENIED: the server refuses this log-in, or
 * this user this folder. NOT_FOUND: no such folder. INVALID: the server talks nonsense, its certificate isn't right, or
 * a setting can't be. TOO_BIG: over a limit. After a failure imap_alive() tells whether the connection may still be
 * used (the server said "no") or must be freed. Messages are one sentence and hold what the server said, escaped and
 * cut at 200 characters.
 */
#pragma once

#include "imapsync/uidset.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Imap Imap;

/* Connection and log-in
 * --------------------------------------------------------------------------------------------------------
 */

typedef enum {
	IMAP_TLS_IMPLICIT, /* TLS from the first byte (RFC 8314): the default */
	IMAP_TLS_STARTTLS, /* a server that doesn't offer it is refused */
	IMAP_TLS_NONE,     /* only to a loopback address; anything else is ERROR_INVALID */
} ImapTls;

typedef struct {
	const char *host; /* a name or a numeric address: the certificate must be for it */
	guint16 port;     /* 0: 993, without implicit TLS 143 */
	ImapTls tls;
	const char *
	    ca_file; /* PEM; these certificates are trusted INSTEAD of the system's. NULL: the system's */
	guint
	    connect_timeout; /* seconds for each address of the host, and for the handshake; 0: 30 */
	guint timeout;       /* seconds of silence until a server counts as dead; 0: 60 */
	guint64
	    message_limit; /* bytes; a larger message is reported as a failure of its own; 0: 256 MB */
} ImapServer;

/* Copies the settings, does nothing yet. */
Imap *imap_new(const ImapServer *server);
/* Closes at once, without LOGOUT. NULL is fine. */
void imap_free(Imap *imap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Imap, imap_free)

/* TCP (all addresses in turn), TLS 1.2 or newer with chain and name verified, greeting, STARTTLS. No byte of a
 * credential is sent before all that is right. Once per Imap. */
bool imap_connect(Imap *imap, GError **error);

typedef enum {
	IMAP_LOGIN_PASSWORD, /* AUTHENTICATE PLAIN, else LOGIN, else SCRAM: the first that the server offers */
	IMAP_LOGIN_PLAIN,
	IMAP_LOGIN_LOGIN,
	IMAP_LOGIN_SCRAM_SHA_256,
	IMAP_LOGIN_SCRAM_SHA_1,
	IMAP_LOGIN_XOAUTH2, /* secret is the access token: oauth.h */
} ImapLoginMethod;

typedef struct {
	ImapLoginMethod method;
	const char *user; /* whose mailbox */
	/* The account that may read everybody's mailboxes, or NULL: user's own. Goes as the authenticating identity with
	 * user as authorization identity (SASL; Cyrus: proxyservers or admins, Dovecot: a master passdb). */
	const char *master;
	/* Not NULL: the one name user + separator + master is used instead ("*" for Dovecot), also with LOGIN. */
	const char *master_separator;
	const char
	    *secret; /* password or access token, UTF-8; used, wiped from buffers and not kept */
} ImapLogin;

/* Logs in, asks for capabilities again, and ENABLEs what helps (CONDSTORE, QRESYNC, UTF8=ACCEPT). ERROR_DENIED: wrong
 * password, no such user; TEMPORARY when the server says that it can't check now (RFC 5530 UNAVAILABLE, INUSE, LIMIT)
 * or the connection failed; INVALID when the server offers no usable method. */
bool imap_login(Imap *imap, const ImapLogin *login, GError **error);

typedef enum {
	IMAP_CAN_IDLE = 1 << 0,
	IMAP_CAN_CONDSTORE = 1 << 1, /* statuses have a highestmodseq */
	IMAP_CAN_QRESYNC = 1 << 2,   /* imap_examine() can tell what has vanished */
	IMAP_CAN_ESEARCH = 1 << 3,
	IMAP_CAN_SPECIAL_USE = 1 << 4, /* imap_list() knows Sent, Drafts, Trash, Junk */
	IMAP_CAN_LIST_STATUS = 1 << 5,
	IMAP_CAN_UTF8 = 1 << 6,
	IMAP_CAN_GMAIL = 1 << 7, /* X-GM-EXT-1: gm_msgid and gm_labels */
	IMAP_CAN_SASL_IR = 1 << 8,
	IMAP_CAN_LITERAL_PLUS = 1 << 9,
} ImapCapability;

/* After imap_login(): the capabilities of this session, ORed. */
guint imap_capabilities(const Imap *imap);

/* False: nothing more can be done with it but imap_free(). */
bool imap_alive(const Imap *imap);

/* From any thread, at any time between imap_new() and imap_free(): whatever waits ends with ERROR_TEMPORARY within
 * moments (a DNS lookup that has begun ends by itself first), and everything after it, too. */
void imap_cancel(Imap *imap);

/* From any thread: an imap_idle() that is waiting (or the next one) returns IMAP_IDLE_WOKEN; nothing else is touched. */
void imap_wake(Imap *imap);

/* LOGOUT, waits at most 5 seconds for the answer. */
void imap_logout(Imap *imap);

typedef struct {
	guint64 received, sent; /* bytes on the wire, TLS included */
	guint
	    round_trips; /* times that we waited for an answer to something sent, TCP and TLS handshakes included */
} ImapCounters;

ImapCounters imap_counters(const Imap *imap);

/* Folders
 * --------------------------------------------------------------------------------------------------------
 */

typedef enum {
	IMAP_USE_NONE,
	IMAP_USE_INBOX,
	IMAP_USE_SENT,
	IMAP_USE_DRAFTS,
	IMAP_USE_TRASH,
	IMAP_USE_JUNK,
	IMAP_USE_ARCHIVE,
	IMAP_USE_ALL,     /* Gmail's "All Mail" */
	IMAP_USE_FLAGGED, /* a view of other folders */
} ImapUse;

typedef struct {
	guint32 uidvalidity;   /* 0: the server didn't say */
	guint32 uidnext;       /* 0: the server didn't say */
	guint32 exists;        /* messages */
	guint64 highestmodseq; /* 0: none */
} ImapStatus;

typedef struct {
	char *
	    name; /* for people and rules: UTF-8; a raw name that can't be decoded stands here escaped */
	char *raw;      /* as the server writes it: for every command */
	char separator; /* of levels in name and raw; '\0': flat */
	ImapUse
	    use; /* by SPECIAL-USE (RFC 6154), INBOX by its name; never guessed from other names */
	bool selectable; /* not \Noselect or \NonExistent, and it can be named */
	bool unnamable;  /* its name holds a line break or NUL, or couldn't be read: no command can have it */
	bool
	    has_status; /* false: not asked, not selectable, or the server refused this one folder */
	ImapStatus status;
} ImapFolder;

void imap_folder_free(ImapFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapFolder, imap_folder_free)

/* All folders as ImapFolder (free with g_ptr_array_unref), with_status with their state: one round trip where
 * LIST-STATUS is offered, otherwise one more for all STATUS commands together. At most 10,000 folders (TOO_BIG). */
GPtrArray *imap_list(Imap *imap, bool with_status, GError **error);

/* The state of these folders (ImapFolder; from imap_list(), now or earlier) again, in one round trip; a folder that the
 * server refuses gets has_status false, which is no failure. Don't ask for the folder that is examined right now. */
bool imap_status(Imap *imap, GPtrArray *folders, GError **error);

/* What a folder was like at an earlier visit. */
typedef struct {
	guint32 uidvalidity;
	guint64 highestmodseq;
	guint32 first; /* of what has a lower UID nobody needs to hear; 1: of all */
} ImapSince;

/* Opens the folder read-only. With since, QRESYNC and an unchanged uidvalidity, vanished gets the UIDs that have gone since
 * then (RFC 7162; a server that has forgotten may name others that aren't there); otherwise it isn't touched. since and
 * vanished may be NULL, both. ret has uidvalidity != 0 or the call fails with ERROR_INVALID. ERROR_NOT_FOUND,
 * ERROR_DENIED, ERROR_TEMPORARY for this folder leave the connection alive. */
bool imap_examine(Imap *imap, const char *raw, const ImapSince *since, ImapStatus *ret,
    UidSet *vanished, GError **error);

/* Messages of the examined folder
 * --------------------------------------------------------------------------------------------------------
 */

/* Adds the UIDs that the server lists from first on (1: all). */
bool imap_search_all(Imap *imap, guint32 first, UidSet *ret, GError **error);

/* Adds the UIDs of mails with one of these addresses in From, To, Cc, Bcc, Sender or Reply-To. A server looks for a
 * part of the header's text, so more may come than fits (never less): look at the mail itself. ERROR_INVALID for an
 * address with control characters. */
bool imap_search_addresses(Imap *imap, char *const *addresses, UidSet *ret, GError **error);

typedef struct {
	guint32 uid;
	guint32 size;         /* RFC822.SIZE; some servers say a wrong one */
	gint64 internal_date; /* ms since the epoch; 0: the server said none or nonsense */
	guint64 gm_msgid;     /* Gmail's id of the message in all its folders; 0: none */
	char **gm_labels;     /* Gmail, or NULL: UTF-8, system labels like "\\Sent" */
} ImapMessage;

void imap_message_clear(ImapMessage *message);

/* Appends an ImapMessage for each of these UIDs that (still) exists, ascending. A UID that isn't answered has gone, or
 * the server keeps it back: imap_search_all() tells. ret: imap_messages_new(). */
bool imap_fetch_sizes(Imap *imap, const UidSet *uids, GArray *ret, GError **error);

/* A GArray of ImapMessage with its clear function. */
GArray *imap_messages_new(void);

typedef enum {
	IMAP_FETCH_HEADER = 1 << 0, /* the header only, up to and including the empty line */
	/* Each message alone and in pieces, whatever its size is said to be: after ERROR_TOO_BIG, when a server lies. */
	IMAP_FETCH_PIECES = 1 << 1,
} ImapFetchFlags;

typedef struct {
	guint32 uid;
	guint64 offset; /* of these bytes in the message; 0 begins a message */
	const guint8 *bytes;
	gsize length;
	bool last; /* with these bytes (maybe none) the message is complete */
	/* Not NULL: this one message can't be had now (NIL, over message_limit), what came of it is void; the others
	 * go on. TOO_BIG, TEMPORARY, INVALID. */
	const GError *failure;
} ImapPiece;

/* False, with error set, ends the fetch, and the connection with it. */
typedef bool (*ImapPieceFunc)(const ImapPiece *piece, gpointer data, GError **error);

/* Fetches the messages (ImapMessage, of imap_fetch_sizes()) in this order: commands of at most 50 messages and 4 MB, the
 * next one on its way while one is answered; messages above 2 MB alone, in pieces of 1 MB. take is called with the bytes
 * of one message at a time, never of two interleaved. A message that take never hears "last" or "failure" of has
 * gone meanwhile. On false, what was completed stays completed. ERROR_TOO_BIG: a message was larger than it was said
 * to be; the connection is dead; connect again and fetch those that are missing with IMAP_FETCH_PIECES. */
bool imap_fetch(Imap *imap, const GArray *messages, guint flags, ImapPieceFunc take, gpointer data,
    GError **error);

/* Waiting
 * --------------------------------------------------------------------------------------------------------
 */

typedef enum {
	IMAP_IDLE_NOTHING, /* the time is over */
	IMAP_IDLE_NEWS,    /* something came or went in the examined folder */
	IMAP_IDLE_WOKEN,   /* imap_wake() */
} ImapIdle;

/* Waits up to seconds (at most 28 minutes are used of it: RFC 2177) for news of the examined folder. Without IDLE it
 * asks by NOOP each 60 seconds. */
bool imap_idle(Imap *imap, guint seconds, ImapIdle *ret, GError **error);

/* Asks whether there is news, and keeps the connection alive. */
bool imap_noop(Imap *imap, bool *ret_news, GError **error);

/*
 * spool: the one way in for everything from outside.
 *
 * SPOOL/SOURCE/ belongs to one source (one milter, the poller, an import, a form) and to nobody
 *else:
 *
 *	tmp/0 ... tmp/f		files being written; emptied at each start
 *	new/2026112317/		live mail, a folder per hour (UTC)
 *	backlog/2026112317/	imports and back-fills: taken up when no live mail waits
 *	last			the newest start and its last number; its flock says that the source
 *is running
 *
 * A spool file is "Key: value" lines (values in UTF-8; control characters and "%" as %XX), an empty
 *line and the untouched bytes of the message. It is written in tmp/, made durable (fsync), renamed
 *to its final name, and the folder made durable; only then is the sender told yes. A reader
 *therefore never sees half a file.
 *
 * An item's key is (source, start, n). A start is the time (ms) at which the source began to run,
 *higher than that of the start before. n is drawn with the rename and stands in the file's name
 *"START.N" (the name is what is authoritative; a failed rename uses up no number, so a missing
 *number is a loss). Each start spools an entry of kind "start" with n = 0 that names the start
 *before and its last durable number: items begin at 1.
 *
 * A file of the backlog may be a pack of up to 64 items, because a file for each small mail costs more than its bytes:
 * "START.17+64" holds the numbers 17 to 80, one such text behind the other, and a table before them (spool_pack.h).
 * Each item is checked, filed and quarantined by itself; the file is removed when the last one is accounted for. One
 * that was filed in part when the reader was killed is read again, and what is there already is passed over.
 *
 * Folders are made group-accessible and keep their group (set-gid): SPOOL/SOURCE is set up as
 *SOURCE's user, group kartoteka, 2770, so that kartotekad can read and unlink and no source can
 *read another's.
 *
 * Not for: parsing mail, deciding what happens to it, watching folders (prog/kartotekad.c does, by
 *inotify).
 */
#pragma once

#include "base/conf.h"

#include <glib.h>
#include <stdbool.h>

#define SPOOL_PACK_ITEMS 64 /* of a pack, at most */
#define SPOOL_ID_SIZE 80 /* "mx1.19d3a5b7c21.17" and the NUL */

typedef enum { SPOOL_LIVE, SPOOL_BACKLOG } SpoolLane;

typedef enum {
	SPOOL_MAIL,    /* bytes of a message follow */
	SPOOL_PRIVATE, /* private mail: number, rule, Message-ID, queue id; no byte, no address */
	SPOOL_START,   /* a source began to run: previous_start, previous_number; no item */
	/* IMAP lists it; no byte, but owner, folder, uid_validity and uid */
	SPOOL_VANISHED,  /* it was expunged before it was fetched */
	SPOOL_UNFETCHED, /* it can't be had: rule says why, in a sentence */
} SpoolKind;

typedef enum { SPOOL_SMTP, SPOOL_IMAP, SPOOL_IMPORT, SPOOL_FORM } SpoolVia;

typedef struct {
	char source[33]; /* a letter, then letters, digits and "-": lower case */
	gint64 start;    /* ms since the epoch */
	gint64 n;
} SpoolKey;

/* "mx1.19d3a5b7c21.17" (start in hex): the spool id of logs. */
void spool_key_text(const SpoolKey *key, char text[static SPOOL_ID_SIZE]);
bool spool_key_parse(const char *text, SpoolKey *ret, GError **error);
bool spool_source_is_valid(const char *source);

typedef struct {
	char *address; /* without "<" ">" */
	char *params;  /* ESMTP parameters, blank-separated, or NULL */
} SpoolRecipient;

/* Strings are valid UTF-8, NULL when unknown. Made zeroed by spool_entry_new(); members are set by
 * hand. */
typedef struct {
	SpoolKind kind;
	SpoolVia via;
	SpoolKey key;
	SpoolLane lane;
	gint64 time; /* ms, our clock, when the bytes were complete */
	gint64 size; /* of the bytes */

	/* SMTP */
	char *sender; /* without "<" ">"; "" is the null sender, NULL is unknown (not SMTP) */
	char *sender_params;   /* ESMTP */
	GPtrArray *recipients; /* of SpoolRecipient, in the order of RCPT; never NULL */
	char *login;           /* SASL login */
	char *login_type;      /* SASL mechanism */
	char *client_address;  /* numeric */
	char *client_name;
	char *helo;
	char *queue_id;      /* at most 63 bytes */
	char **authserv_ids; /* trusted for this listener; never NULL */

	/* IMAP and import */
	char *owner; /* login name of the user whose mailbox it is */
	char *folder;
	char *path;               /* an import's file; "file#offset" in an mbox */
	gint64 uid_validity, uid; /* 0: none */
	gint64 internal_date;     /* ms, 0: none */
	char *special_use; /* of the folder, by RFC 6154, in lower case without "\\": "sent" */
	char *
	    posture; /* of the mailbox, when it isn't "full": "headers" (the bytes are a header block alone), "known"
			  (kept only when a contact matches) */
	gint64
	    wished; /* 1: looked for and fetched on purpose (base/wish.h): it may come a second time */

	/* private */
	char *rule;       /* "header", "subject", "list:WORD"; of SPOOL_UNFETCHED: why */
	char *message_id; /* with "<" ">" */

	/* start */
	gint64 previous_start; /* 0: none is known */
	gint64 previous_number;
} SpoolEntry;

SpoolEntry *spool_entry_new(SpoolKind kind, SpoolVia via);
void spool_entry_add_recipient(SpoolEntry *entry, const char *address, const char *params);
void spool_entry_free(SpoolEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpoolEntry, spool_entry_free)

/* Writing
 * --------------------------------------------------------------------------------------------------------
 */

typedef struct Spool Spool;
typedef struct SpoolFile SpoolFile;

/* Begins a start of that source, all of whose items come by that way: makes its folders, takes its lock (ERROR_CONFLICT when it is
 * running already), empties tmp/ and spools the start entry. All functions below may be called from
 * several threads. */
Spool *spool_open(const char *directory, const char *source, SpoolVia via, GError **error);
void spool_free(Spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_free)

/* The start of this run, and the last number that it has made durable. */
SpoolKey spool_last_key(Spool *spool);

/* ERROR_TEMPORARY when the file system has less room than the mark. */
bool spool_has_room(Spool *spool, const ConfSpace *minimum, GError **error);

/* Counts a mail that was accepted although it couldn't be spooled ("missed" in the source's folder; made when the source
 * is opened, so that a full disk doesn't matter). Never fails: the caller logs the alarm anyway. */
void spool_note_missed(Spool *spool);

/* A file in tmp/ with the Key lines of entry (all but key, time, size and queue_id, which are
 * filled in later). Freed without a commit it is gone. Not thread-safe by itself: one file, one
 * thread at a time. What is small is held in memory in the backlog's lane, until its commit. */
SpoolFile *spool_file_new(Spool *spool, const SpoolEntry *entry, SpoolLane lane, GError **error);
bool spool_file_write(SpoolFile *file, const void *data, gsize length, GError **error);
void spool_file_free(SpoolFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpoolFile, spool_file_free)

/* fsync, rename, fsync of the folder. On true the item is durable under *ret. On false the sender
 * must be told no; when only the last fsync failed the item stays (it is real, its sender will
 * repeat it, and both are one message). queue_id may be NULL. */
bool spool_file_commit(SpoolFile *file, const char *queue_id, SpoolKey *ret, GError **error);

/* The same for many files (GPtrArray of SpoolFile), numbered in their order: what is small and of the backlog comes
 * into packs, and many share a sync. On false some may be in the spool already: those are marked committed, see
 * spool_file_key(). */
bool spool_commit_all(Spool *spool, GPtrArray *files, GError **error);

/* The key of a committed file; NULL when it isn't committed. */
const SpoolKey *spool_file_key(const SpoolFile *file);

/* Spools an entry without bytes (kind SPOOL_PRIVATE, SPOOL_VANISHED), durably. */
bool spool_record(Spool *spool, const SpoolEntry *entry, SpoolKey *ret, GError **error);

/* Reading
 * --------------------------------------------------------------------------------------------------------
 */

/* One file that waits in the spool, not opened yet: a pack of one item, or of several whose numbers follow each other. */
typedef struct {
	SpoolKey first;
	guint count;
	SpoolLane lane;
	char *path;
} SpoolPack;

void spool_pack_free(SpoolPack *pack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpoolPack, spool_pack_free)

/* The key of the item at place (0 is the first). */
SpoolKey spool_pack_key(const SpoolPack *pack, guint place);

/* What waits in one lane of all sources (SpoolPack), oldest hour first and by number within a source, no more once
 * there are max items (0: all). Names that are no spool file's are left alone, and added to *strange when it is not
 * NULL. */
GPtrArray *spool_scan(
    const char *directory, SpoolLane lane, guint max, guint *strange, GError **error);

/* How many items these (SpoolPack) hold. */
guint spool_count(const GPtrArray *packs);

/* The file at one path, as inotify names it (SPOOL/SOURCE/new/HOUR/START.N). ERROR_INVALID: no
 * spool file's. */
SpoolPack *spool_pack_new(const char *directory, const char *path, GError **error);

/* A file that was read, once for all its items. It comes from a program that faces strangers: everything is checked,
 * links and special files are refused. */
typedef struct SpoolData SpoolData;

/* pack is lent and must outlive it; of a mail with far more than max_bytes (0: no limit) only the beginning is read.
 * ERROR_NOT_FOUND: gone since; ERROR_INVALID: damaged, all of it; ERROR_TEMPORARY: can't be read now. */
SpoolData *spool_load(const SpoolPack *pack, gint64 max_bytes, GError **error);
void spool_data_free(SpoolData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpoolData, spool_data_free)

/* The item at place. *bytes: the message, an empty one for other kinds; it keeps the memory of the whole file.
 * ERROR_TOO_BIG with more than max_bytes, *entry is then set all the same so that the item can be quarantined by name,
 * *bytes is NULL. ERROR_INVALID: damaged. */
bool spool_read(
    const SpoolData *data, guint place, SpoolEntry **entry, GBytes **bytes, GError **error);

/* The item at place as it is, lines and bytes, for the quarantine of one that can't be filed; empty when the file is a
 * link or a special file. Of a pack whose table is damaged the first item gives the whole file, the others nothing.
 * ERROR_NOT_FOUND, ERROR_TEMPORARY as above, with more than 1 GB too. */
GBytes *spool_read_whole(const SpoolPack *pack, guint place, GError **error);

/* One item from memory: what spool_read does after reading. For the fuzzer. Sets *entry and *offset
 * of the bytes. */
bool spool_parse(const char *data, gsize length, SpoolEntry **entry, gsize *offset, GError **error);

/* After the state of all its items is committed. A file that is gone already is fine. */
bool spool_unlink(const SpoolPack *pack, GError **error);

/* Removes the folders of past hours that are empty. */
void spool_tidy(const char *directory);

/* The source's folder of a lane (".../SOURCE/new"), for a watcher. Newly allocated. */
char *spool_lane_path(const char *directory, const char *source, SpoolLane lane);

/* How many mails the source has ever accepted without spooling them, and when the last one was (ms; 0: never). */
gint64 spool_missed(const char *directory, const char *source, gint64 *last);

/* Whether whoever runs the program may list and empty every folder of the spool: ERROR_DENIED names one that is closed.
 * A scan passes over such a folder, as if there were nothing in it. */
bool spool_check(const char *directory, GError **error);

/* The names of the sources that have a folder. */
char **spool_sources(const char *directory, GError **error);

/*
 * file: mail becomes part of the records: matched, attached, accounted for.
 *
 * Two steps, so that a backlog runs on all processors: file_prepare() makes, without a Store and in
 * any thread, what needs no transaction (fingerprints, summary, compressed and holed forms);
 * file_batch() writes many of them in one transaction. Every item ends in exactly one
 * state; an item that is there already is passed over, so that handing it in again after a crash
 * does no harm. The spool file is the caller's to unlink, after file_batch() has returned true.
 */
#pragma once

#include "base/spool.h"
#include "mail/mail.h"
#include "rules/session.h"
#include "store/item.h"
#include "store/search-fresh.h"

#define FILE_BATCH 64 /* mails of a transaction that others must wait for */
#define FILE_MOST 1000

typedef struct Filer Filer;

/* Caches and settings for many batches by one thread. fresh, lent: where the texts of what was filed are left for the
 * index (rules/index.h); NULL: nowhere. */
Filer *filer_new(Session *session, SearchFresh *fresh, GError **error);
void filer_free(Filer *filer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Filer, filer_free)

/* One item on its way. */
typedef struct FileJob FileJob;

/* What file_prepare() needs of a Filer: may be used by other threads while the Filer lives. */
typedef struct FilePreparer FilePreparer;
const FilePreparer *filer_preparer(const Filer *filer);

/* The place of an import's or an IMAP mailbox's copy, which is taken in once (item_has_place). False: it has
 * none. */
bool file_place(const FilePreparer *preparer, const SpoolEntry *entry, MessageHash *ret);

/* Takes entry over. mail (taken over) and raw for mail; both NULL for private records and starts. */
FileJob *file_prepare(const FilePreparer *preparer, SpoolEntry *entry, GBytes *raw, Mail *mail);

/* An item that can't be filed: reason is one of ITEM_REASON_LIMIT and following, why in words
 * without personal data, whole the spool file (lines and bytes) as it was. */
FileJob *file_prepare_quarantine(const FilePreparer *preparer, SpoolEntry *entry, GBytes *whole,
    ItemReason reason, const char *why);
/* Turns a job that can't be filed into one of those. whole: as above. */
void file_job_quarantine(FileJob *job, GBytes *whole, ItemReason reason, const char *why);

void file_job_free(FileJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileJob, file_job_free)

/* What became of it, for the log. */
typedef struct {
	bool already; /* was there: nothing written */
	bool merged;  /* a further sighting of a message */
	ItemState state;
	ItemReason reason;
	guint contacts;
	Id message;
} FileResult;

const SpoolEntry *file_job_entry(const FileJob *job);
const FileResult *file_job_result(const FileJob *job); /* after file_batch() */
const char *file_job_note(const FileJob *job);	       /* a sentence about the reason, or "" */

/* Files jobs in one transaction, as many as it takes; *ret_filed: how many from the first on. On false nothing is
 * written: ERROR_TEMPORARY (full disk, locked, no key left) is for trying again later.
 *
 * The more mails, the less each costs: a page of an index is written once for all. But it gives way: the transaction
 * ends after FILE_MOST, when it has lasted 10 ms and another program waits for the database, and when is_urgent(data)
 * (NULL: never) says that there is something else to file first. With is_urgent it is a backlog, and pauses between two
 * mails while a page is made (base/foreground.h), until one of these ends the transaction. */
typedef bool (*FileIsUrgent)(gpointer data);
bool file_some(Filer *filer, FileJob *const *jobs, guint count, FileIsUrgent is_urgent,
    gpointer data, guint *ret_filed, GError **error);

/* All of them (FileJob). On false those that come last aren't filed. */
bool file_batch(Filer *filer, GPtrArray *jobs, GError **error);

/* The same for one that was in quarantine: job is file_prepare() or file_prepare_quarantine() of its
 * entry (item_quarantine_entry). */
bool file_retry(Filer *filer, const ItemQuarantined *item, FileJob *job, GError **error);

/* For the changes of contacts, within their transaction: these canonical addresses or domains
 * (NULL-terminated, either may be NULL) belong to a contact from now on: mail that has them is filed
 * there, open to its participants alone. What is more than a transaction should hold is left for
 * kartotekad, see file_pending(). */
bool file_waiting(Session *session, StoreTx *tx, const char *const *addresses,
    const char *const *domains, GError **error);

/* Goes on with what file_waiting() left: one transaction. *more: there is still some. */
bool file_pending(Session *session, bool *more, GError **error);

/* Destroys mail that waited longer than waiting-days (one transaction of at most 64). */
bool file_expire(Session *session, bool *more, GError **error);

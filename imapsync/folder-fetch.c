#include "imapsync/folder-fetch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/log.h"

#include <errno.h>

#define BATCH (2 * SPOOL_PACK_ITEMS) /* files that go to the writer together */
#define BATCH_BYTES (4 << 20)        /* or so many bytes */
#define BATCHES 3                    /* that may wait for the writer */
#define SKEW_MS (600 * CLOCK_SECOND) /* the server's clock may be so far from ours */

struct FolderFetch {
	FolderWork *work;
	CursorFolder *known;
	SpoolEntry
	    *entry; /* what all items of the folder have in common, and those of the one at hand */
	guint32 uidvalidity;
	const GArray *messages; /* ImapMessage of the window */

	bool ours;        /* what failed is the spool, not the server */
	SpoolFile *file;  /* of the message at hand */
	guint32 uid;      /* the last one that was begun */
	UidSet *answered; /* of the window: complete, or failed */
	GPtrArray *files; /* SpoolFile of the batch */
	UidSet *uids;     /* of the batch */
	gsize bytes;

	GMutex lock; /* all below */
	GCond done;
	guint waiting;  /* batches at the writer */
	GError *failed; /* the first failure of the writer */
};

typedef struct {
	FolderFetch *fetch;
	UidSet *uids;
} Handed;

static const char *const use_names[] = {
    [IMAP_USE_NONE] = NULL,
    [IMAP_USE_INBOX] = "inbox",
    [IMAP_USE_SENT] = "sent",
    [IMAP_USE_DRAFTS] = "drafts",
    [IMAP_USE_TRASH] = "trash",
    [IMAP_USE_JUNK] = "junk",
    [IMAP_USE_ARCHIVE] = "archive",
    [IMAP_USE_ALL] = "all",
    [IMAP_USE_FLAGGED] = "flagged",
};

static SpoolEntry *
new_entry(const FolderWork *work, const ImapFolder *folder, const CursorFolder *known, bool wished)
{
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, SPOOL_IMAP);

	entry->owner = g_strdup(work->account->login);
	entry->folder = g_strdup(folder->name);
	entry->special_use = g_strdup(use_names[folder->use]);
	entry->posture = work->posture == POSTURE_HEADERS ? g_strdup("headers")
			 : work->posture == POSTURE_KNOWN ? g_strdup("known")
							  : NULL;
	entry->uid_validity = known->uidvalidity;
	entry->wished = wished;
	return entry;
}

FolderFetch *
folder_fetch_new(FolderWork *work, const ImapFolder *folder, CursorFolder *known, bool wished)
{
	FolderFetch *fetch = g_new0(FolderFetch, 1);

	fetch->work = work;
	fetch->known = known;
	fetch->uidvalidity = known->uidvalidity;
	fetch->entry = new_entry(work, folder, known, wished);
	fetch->answered = uidset_new();
	fetch->files = g_ptr_array_new_with_free_func((GDestroyNotify)spool_file_free);
	fetch->uids = uidset_new();
	g_mutex_init(&fetch->lock);
	g_cond_init(&fetch->done);
	return fetch;
}

static void
wait_below(FolderFetch *fetch, guint batches)
{
	g_mutex_lock(&fetch->lock);
	while (fetch->waiting >= batches)
		g_cond_wait(&fetch->done, &fetch->lock);
	g_mutex_unlock(&fetch->lock);
}

void
folder_fetch_free(FolderFetch *fetch)
{
	if (fetch == NULL)
		return;
	wait_below(fetch, 1);
	spool_file_free(fetch->file);
	spool_entry_free(fetch->entry);
	uidset_free(fetch->answered);
	g_ptr_array_unref(fetch->files);
	uidset_free(fetch->uids);
	g_clear_error(&fetch->failed);
	g_cond_clear(&fetch->done);
	g_mutex_clear(&fetch->lock);
	g_free(fetch);
}

/* --- Batches ---------------------------------------------------------------------------------------- */

/* In the writer's thread. */
static void
batch_done(const GError *error, gpointer data)
{
	Handed *handed = data;
	FolderFetch *fetch = handed->fetch;
	FolderWork *work = fetch->work;

	if (error == NULL) {
		g_mutex_lock(work->lock);
		/* a wish may have made the folder begin anew meanwhile */
		if (fetch->known->uidvalidity == fetch->uidvalidity)
			cursor_resolve(work->cursor, fetch->known, handed->uids);
		g_mutex_unlock(work->lock);
		g_atomic_int_add(&work->taken, (gint)uidset_count(handed->uids));
		fault_point("folder-resolved");
	}
	uidset_free(handed->uids);
	g_free(handed);
	g_mutex_lock(&fetch->lock);
	if (error != NULL && fetch->failed == NULL)
		fetch->failed = g_error_copy(error);
	fetch->waiting--;
	g_cond_signal(&fetch->done);
	g_mutex_unlock(&fetch->lock);
}

/* Hands the batch to the writer, and waits while that one is behind. */
static void
hand_over(FolderFetch *fetch)
{
	Handed *handed;

	if (fetch->files->len == 0)
		return;
	fault_point("folder-batch");
	handed = g_new0(Handed, 1);
	handed->fetch = fetch;
	handed->uids = g_steal_pointer(&fetch->uids);
	fetch->uids = uidset_new();
	g_mutex_lock(&fetch->lock);
	fetch->waiting++;
	g_mutex_unlock(&fetch->lock);
	writer_put(fetch->work->writer, g_steal_pointer(&fetch->files), batch_done, handed);
	fetch->files = g_ptr_array_new_with_free_func((GDestroyNotify)spool_file_free);
	fetch->bytes = 0;
	wait_below(fetch, BATCHES);
}

static void
keep(FolderFetch *fetch, SpoolFile *file, guint32 uid)
{
	g_ptr_array_add(fetch->files, file);
	uidset_add(fetch->uids, uid);
	g_atomic_int_add(&fetch->work->left, -1);
	if (fetch->files->len >= BATCH || fetch->bytes >= BATCH_BYTES)
		hand_over(fetch);
}

static bool
writer_is_well(FolderFetch *fetch, GError **error)
{
	bool well;

	g_mutex_lock(&fetch->lock);
	well = fetch->failed == NULL;
	if (!well && error != NULL)
		*error = g_error_copy(fetch->failed);
	g_mutex_unlock(&fetch->lock);
	return well;
}

bool
folder_fetch_finish(FolderFetch *fetch, GError **error)
{
	hand_over(fetch);
	wait_below(fetch, 1);
	return writer_is_well(fetch, error);
}

/* --- Messages ----------------------------------------------------------------------------------------- */

/* A record in place of bytes. why: for what can't be had. */
static bool
put_record(FolderFetch *fetch, SpoolKind kind, guint32 uid, const char *why, GError **error)
{
	SpoolEntry *entry = fetch->entry;
	SpoolFile *file;

	entry->kind = kind;
	entry->uid = uid;
	entry->internal_date = 0;
	entry->rule = g_strdup(why);
	file = spool_file_new(fetch->work->spool, entry, SPOOL_BACKLOG, error);
	entry->kind = SPOOL_MAIL;
	g_clear_pointer(&entry->rule, g_free);
	if (file == NULL)
		return false;
	keep(fetch, file, uid);
	return true;
}

/* One more try failed: later again, or never. hopeless: it would fail each time, and the cursor needn't know of it. */
static bool
fail_message(FolderFetch *fetch, guint32 uid, const GError *why, bool hopeless, GError **error)
{
	FolderWork *work = fetch->work;
	g_autofree char *folder = log_quote(fetch->entry->folder);
	g_autofree char *text = log_quote(why->message);
	gint64 count = 1;

	if (!hopeless) {
		g_mutex_lock(work->lock);
		count = cursor_fail(work->cursor, fetch->known, uid, clock_ms());
		g_mutex_unlock(work->lock);
	}
	uidset_add(fetch->answered, uid);
	log_warning("message-failed",
	    "mailbox=%s folder=%s uid=%u tries=%" G_GINT64_FORMAT " error=%s text=%s",
	    work->account->login, folder, uid, count, error_name(error_code(why)), text);
	if (!hopeless && count < work->conf->imap.tries)
		return true;
	log_error(
	    "message-given-up", "mailbox=%s folder=%s uid=%u", work->account->login, folder, uid);
	g_mutex_lock(work->lock);
	work->cursor->quarantined++;
	g_mutex_unlock(work->lock);
	return put_record(fetch, SPOOL_UNFETCHED, uid, why->message, error);
}

static const ImapMessage *
find_message(const FolderFetch *fetch, guint32 uid)
{
	for (guint i = 0; i < fetch->messages->len; i++)
		if (g_array_index(fetch->messages, ImapMessage, i).uid == uid)
			return &g_array_index(fetch->messages, ImapMessage, i);
	return NULL;
}

/* What was there before we first looked, or was moved here from where it was, is back-fill: its participants' alone until
 * they open it. */
static SpoolLane
lane_of(const FolderFetch *fetch, const ImapMessage *message)
{
	return fetch->entry->wished || message->uid < fetch->known->live_from ||
		       message->internal_date < fetch->work->cursor->since - SKEW_MS
		   ? SPOOL_BACKLOG
		   : SPOOL_LIVE;
}

static bool
begin_message(FolderFetch *fetch, guint32 uid, GError **error)
{
	const ImapMessage *message = find_message(fetch, uid);

	if (message == NULL)
		return error_set(error, ERROR_INVALID,
		    "The server answers with a message that wasn't asked for.");
	g_clear_pointer(&fetch->file, spool_file_free);
	fetch->uid = uid;
	fetch->entry->uid = uid;
	fetch->entry->internal_date = message->internal_date;
	fetch->file =
	    spool_file_new(fetch->work->spool, fetch->entry, lane_of(fetch, message), error);
	fetch->ours = fetch->file == NULL;
	return !fetch->ours;
}

static bool
take(const ImapPiece *piece, gpointer data, GError **error)
{
	FolderFetch *fetch = data;

	if (fault_point("folder-piece") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "The mail can't be taken now");
	server_account(fetch->work->server, piece->length);
	if (piece->failure != NULL) {
		g_clear_pointer(&fetch->file, spool_file_free);
		return fail_message(fetch, piece->uid, piece->failure,
		    g_error_matches(piece->failure, ERROR_DOMAIN, ERROR_TOO_BIG), error);
	}
	if (piece->offset == 0 && !begin_message(fetch, piece->uid, error))
		return false;
	if (fetch->file == NULL || fetch->uid != piece->uid)
		return error_set(
		    error, ERROR_INVALID, "The server answers with pieces of several messages.");
	fetch->ours = !spool_file_write(fetch->file, piece->bytes, piece->length, error);
	if (fetch->ours)
		return false;
	fetch->bytes += piece->length;
	if (!piece->last)
		return true;
	uidset_add(fetch->answered, piece->uid);
	keep(fetch, g_steal_pointer(&fetch->file), piece->uid);
	return writer_is_well(fetch, error);
}

bool
folder_fetch_vanished(FolderFetch *fetch, const UidSet *uids, GError **error)
{
	guint count;
	const UidRange *ranges = uidset_ranges(uids, &count);

	for (guint i = 0; i < count; i++)
		for (guint64 uid = ranges[i].first; uid <= ranges[i].last; uid++)
			if (!put_record(fetch, SPOOL_VANISHED, (guint32)uid, NULL, error))
				return false;
	return true;
}

/* UIDs that nobody answered: gone, when the server no longer lists them. */
static bool
settle_missing(FolderFetch *fetch, const UidSet *uids, GError **error)
{
	g_autoptr(UidSet) missing = uidset_copy(uids), listed = uidset_new(), gone = NULL;
	g_autoptr(GError) kept = NULL;
	const UidRange *ranges;
	guint count;

	uidset_remove_set(missing, fetch->answered);
	if (uidset_is_empty(missing))
		return true;
	if (!imap_search_all(fetch->work->imap, uidset_min(missing), listed, error))
		return false;
	gone = uidset_copy(missing);
	uidset_remove_set(gone, listed);
	if (!folder_fetch_vanished(fetch, gone, error))
		return false;
	uidset_remove_set(missing, gone);
	ranges = uidset_ranges(missing, &count);
	error_set(&kept, ERROR_TEMPORARY, "The server lists the message and doesn't give it out.");
	for (guint i = 0; i < count; i++)
		for (guint64 uid = ranges[i].first; uid <= ranges[i].last; uid++)
			if (!fail_message(fetch, (guint32)uid, kept, false, error))
				return false;
	return true;
}

static void
reverse(GArray *messages)
{
	for (guint i = 0, j = messages->len; i + 1 < j; i++) {
		ImapMessage *a = &g_array_index(messages, ImapMessage, i);
		ImapMessage *b = &g_array_index(messages, ImapMessage, --j);
		ImapMessage kept = *a;

		*a = *b;
		*b = kept;
	}
}

/* The connection ended in the middle: whose bytes were coming, or would have come next, may be why. */
static void
suspect(FolderFetch *fetch, const GError *why)
{
	guint32 uid = fetch->file != NULL ? fetch->uid : 0;

	for (guint i = 0; i < fetch->messages->len && uid == 0; i++) {
		const ImapMessage *message = &g_array_index(fetch->messages, ImapMessage, i);

		if (!uidset_contains(fetch->answered, message->uid))
			uid = message->uid;
	}
	g_clear_pointer(&fetch->file, spool_file_free);
	/* With several on their way it may be another one: next time each comes alone. */
	if (uid != 0 && fetch->work->pieces)
		fail_message(fetch, uid, why, false, NULL);
	fetch->work->pieces = true;
}

bool
folder_fetch_window(FolderFetch *fetch, const UidSet *uids, bool newest_first, GError **error)
{
	FolderWork *work = fetch->work;
	g_autoptr(GArray) messages = imap_messages_new();
	g_autoptr(GError) failed = NULL;
	guint flags = (work->posture == POSTURE_HEADERS ? IMAP_FETCH_HEADER : 0) |
		      (work->pieces ? IMAP_FETCH_PIECES : 0);
	bool ok;

	uidset_clear(fetch->answered);
	if (!imap_fetch_sizes(work->imap, uids, messages, error))
		return false;
	fault_point("folder-sizes");
	if (newest_first)
		reverse(messages);
	fetch->messages = messages;
	ok = messages->len == 0 || imap_fetch(work->imap, messages, flags, take, fetch, &failed);
	if (ok) {
		g_clear_pointer(&fetch->file, spool_file_free);
		ok = settle_missing(fetch, uids, &failed);
		work->pieces = false;
	} else if (!imap_alive(work->imap) && !fetch->ours && writer_is_well(fetch, NULL))
		suspect(fetch, failed);
	fetch->messages = NULL;
	if (!ok)
		g_propagate_error(error, g_steal_pointer(&failed));
	return ok;
}

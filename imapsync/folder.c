#include "imapsync/folder-fetch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/log.h"

#include <string.h>

#define WINDOW 500     /* messages between two looks at what is urgent */
#define URGENT_MS 2000 /* not more often */
/* So many may have come and gone between two visits; a server that says more is not believed. */
#define VANISHED_MAX 10000

typedef struct {
	FolderWork *work;
	const ImapFolder *folder;
	CursorFolder *known;
	ImapStatus status; /* of EXAMINE */
	bool first_walk;   /* newest first */
	gint64 looked;     /* clock_monotonic_ms(): at urgent things */
	guint64 unlisted;  /* the folder has so many more than the server lists */
	UidSet *pending;
	UidSet *listed;   /* by the server, whatever it is to us */
	UidSet *vanished; /* since the last visit, as the server says */
} Walk;

static bool
is_unchanged(const ImapFolder *folder, const CursorFolder *known, gint64 now)
{
	return folder->has_status && known->uidnext != 0 && folder->status.uidnext != 0 &&
	       folder->status.uidvalidity == known->uidvalidity &&
	       folder->status.uidnext == known->uidnext && known->checked <= now &&
	       known->checked > now - CLOCK_DAY && !cursor_is_due(known, now) &&
	       (known->failures->len == 0 || folder->status.highestmodseq == known->modseq);
}

/* What is of interest begins with the lowest UID that isn't resolved. */
static ImapSince
since_last_visit(const CursorFolder *known)
{
	ImapSince since = {known->uidvalidity, known->modseq, known->uidnext};

	for (guint i = 0; i < known->failures->len; i++)
		since.first = MIN(
		    since.first, g_array_index(known->failures, CursorFailure, i).uid);
	return since;
}

static bool
examine(Walk *walk, GError **error)
{
	FolderWork *work = walk->work;
	CursorFolder *known = walk->known;
	g_autofree char *name = log_quote(walk->folder->name);
	ImapSince since;

	g_mutex_lock(work->lock);
	since = since_last_visit(known);
	g_mutex_unlock(work->lock);
	if (!imap_examine(work->imap, walk->folder->raw, since.first != 0 ? &since : NULL,
		&walk->status, walk->vanished, error))
		return false;
	g_mutex_lock(work->lock);
	if (known->uidvalidity != walk->status.uidvalidity) {
		if (known->uidvalidity != 0)
			log_warning("uidvalidity-changed", "mailbox=%s folder=%s from=%u to=%u",
			    work->account->login, name, known->uidvalidity,
			    walk->status.uidvalidity);
		cursor_reset(work->cursor, known, walk->status.uidvalidity);
	}
	g_mutex_unlock(work->lock);
	return true;
}

/* Adds what the server lists from first on and isn't resolved to what is pending. */
static bool
list(Walk *walk, guint32 first, GError **error)
{
	g_autoptr(UidSet) listed = uidset_new();

	if (!imap_search_all(walk->work->imap, first, listed, error))
		return false;
	fault_point("folder-listed");
	uidset_add_set(walk->listed, listed);
	if (first <= 1)
		walk->unlisted = walk->status.exists - MIN(uidset_count(listed), walk->status.exists);
	g_mutex_lock(walk->work->lock);
	uidset_remove_set(listed, walk->known->resolved);
	cursor_hold_back(walk->known, listed, clock_ms());
	g_mutex_unlock(walk->work->lock);
	uidset_add_set(walk->pending, listed);
	g_atomic_int_set(&walk->work->left, (gint)MIN(uidset_count(walk->pending), G_MAXINT));
	return true;
}

/* When fewer are listed than there are, some have gone meanwhile, or the server keeps them back. */
static bool
list_all(Walk *walk, GError **error)
{
	return list(walk, 1, error) &&
	       (walk->unlisted == 0 || (examine(walk, error) && list(walk, 1, error)));
}

/* From where on to list: what hasn't been compared, and what failed and is said to have gone. */
static guint32
first_to_list(Walk *walk)
{
	const CursorFolder *known = walk->known;
	guint32 first = known->uidnext;

	g_mutex_lock(walk->work->lock);
	for (guint i = 0; i < known->failures->len; i++) {
		guint32 uid = g_array_index(known->failures, CursorFailure, i).uid;

		if (uidset_contains(walk->vanished, uid))
			first = MIN(first, uid);
	}
	g_mutex_unlock(walk->work->lock);
	return first;
}

/* What has gone unfetched: had failed, or came and went since the last visit. */
static bool
account_vanished(Walk *walk, FolderFetch *fetch, GError **error)
{
	const CursorFolder *known = walk->known;
	g_autoptr(UidSet) missed = uidset_new();
	guint32 end = MAX(walk->status.uidnext, uidset_max(walk->listed) + 1);

	g_mutex_lock(walk->work->lock);
	for (guint i = 0; i < known->failures->len; i++)
		uidset_add(missed, g_array_index(known->failures, CursorFailure, i).uid);
	if (known->uidnext != 0 && end > known->uidnext)
		uidset_add_range(missed, known->uidnext, end - 1);
	uidset_remove_set(missed, known->resolved);
	g_mutex_unlock(walk->work->lock);
	uidset_intersect(missed, walk->vanished);
	uidset_remove_set(missed, walk->listed);
	if (uidset_count(missed) > VANISHED_MAX) {
		log_warning("vanished-unlikely", "mailbox=%s messages=%" G_GUINT64_FORMAT,
		    walk->work->account->login, uidset_count(missed));
		return true;
	}
	return folder_fetch_vanished(fetch, missed, error);
}

/* Those that failed and may be tried again now, of what lies below what is listed this time. */
static void
add_due(Walk *walk, gint64 now)
{
	g_autoptr(UidSet) due = uidset_new();

	g_mutex_lock(walk->work->lock);
	for (guint i = 0; i < walk->known->failures->len; i++)
		uidset_add(due, g_array_index(walk->known->failures, CursorFailure, i).uid);
	cursor_hold_back(walk->known, due, now);
	g_mutex_unlock(walk->work->lock);
	uidset_add_set(walk->pending, due);
}

static bool
save(FolderWork *work, bool forced, GError **error)
{
	bool ok;

	g_mutex_lock(work->lock);
	ok = cursor_save(work->cursor, forced, error);
	g_mutex_unlock(work->lock);
	return ok;
}

/* Between two windows: must this folder wait? Is there something new in it? It goes first, having the highest UIDs. */
static bool
look_around(Walk *walk, bool *urgent, GError **error)
{
	FolderWork *work = walk->work;
	gint64 now = clock_monotonic_ms();

	if (now - walk->looked < URGENT_MS)
		return true;
	walk->looked = now;
	*urgent = work->urgent != NULL && work->urgent(work->data);
	return *urgent || list(walk, uidset_max(walk->listed) + 1, error);
}

static bool
fetch_pending(Walk *walk, FolderFetch *fetch, bool *urgent, GError **error)
{
	FolderWork *work = walk->work;

	*urgent = false;
	while (!uidset_is_empty(walk->pending) && !*urgent) {
		g_autoptr(UidSet) window = walk->first_walk
					       ? uidset_take_last(walk->pending, WINDOW)
					       : uidset_take_first(walk->pending, WINDOW);

		if (!spool_has_room(work->spool, &work->conf->imap.free_space_minimum, error) ||
		    !folder_fetch_window(fetch, window, walk->first_walk, error) ||
		    !save(work, false, error) ||
		    (!uidset_is_empty(walk->pending) && !look_around(walk, urgent, error)))
			return false;
	}
	return true;
}

/* All that was listed is resolved, or has failed and is noted as such. */
static void
note_complete(Walk *walk, bool all, gint64 now)
{
	CursorFolder *known = walk->known;
	guint32 uidnext = MAX(walk->status.uidnext, uidset_max(walk->listed) + 1);

	g_mutex_lock(walk->work->lock);
	if (known->uidvalidity == walk->status.uidvalidity) {
		known->uidnext = all ? uidnext : MAX(known->uidnext, uidnext);
		known->modseq = walk->status.highestmodseq;
		if (all)
			known->checked = now;
		walk->work->cursor->dirty = true;
	}
	g_mutex_unlock(walk->work->lock);
}

/* What has a UID below it was there when the folder was looked at first. */
static void
note_first(Walk *walk)
{
	g_mutex_lock(walk->work->lock);
	if (walk->known->live_from == 0) {
		walk->known->live_from = MAX(walk->status.uidnext, uidset_max(walk->listed) + 1);
		walk->work->cursor->dirty = true;
	}
	g_mutex_unlock(walk->work->lock);
}

static bool
walk_folder(Walk *walk, FolderEnd *ret, GError **error)
{
	FolderWork *work = walk->work;
	CursorFolder *known = walk->known;
	gint64 now = clock_ms();
	g_autoptr(FolderFetch) fetch = NULL;
	bool all, urgent, ok;

	if (!examine(walk, error))
		return false;
	all = known->uidnext == 0 || known->checked > now || known->checked <= now - CLOCK_DAY ||
	      (walk->status.uidnext != 0 && walk->status.uidnext < known->uidnext);
	walk->first_walk = known->uidnext == 0;
	walk->looked = clock_monotonic_ms();
	if (!(all ? list_all(walk, error) : list(walk, first_to_list(walk), error)))
		return false;
	add_due(walk, now);
	note_first(walk);
	fetch = folder_fetch_new(work, walk->folder, known, false);
	ok = account_vanished(walk, fetch, error) && fetch_pending(walk, fetch, &urgent, error);
	/* what was fetched before a failure counts all the same */
	if (!folder_fetch_finish(fetch, ok ? error : NULL) || !ok) {
		save(work, true, NULL);
		return false;
	}
	if (!urgent && walk->unlisted == 0)
		note_complete(walk, all, now);
	*ret = urgent ? FOLDER_URGENT : FOLDER_COMPLETE;
	fault_point("folder-complete");
	if (!save(work, true, error))
		return false;
	return walk->unlisted == 0 || urgent ||
	       error_set(error, ERROR_INVALID,
		   "The server says that the folder has %u mails, and lists %" G_GUINT64_FORMAT
		   " fewer.",
		   walk->status.exists, walk->unlisted);
}

bool
folder_take(FolderWork *work, const ImapFolder *folder, FolderEnd *ret, GError **error)
{
	g_autoptr(UidSet) pending = uidset_new(), listed = uidset_new(), vanished = uidset_new();
	Walk walk = {work, folder, .pending = pending, .listed = listed, .vanished = vanished};
	gint64 now = clock_ms();
	bool unchanged;

	g_mutex_lock(work->lock);
	walk.known = cursor_folder(work->cursor, folder->name);
	if (strcmp(walk.known->raw, folder->raw) != 0) {
		g_free(walk.known->raw);
		walk.known->raw = g_strdup(folder->raw);
		work->cursor->dirty = true;
	}
	unchanged = is_unchanged(folder, walk.known, now);
	g_mutex_unlock(work->lock);
	g_atomic_int_set(&work->left, 0);
	if (unchanged) {
		*ret = FOLDER_UNCHANGED;
		return true;
	}
	return walk_folder(&walk, ret, error);
}

bool
folder_take_again(FolderWork *work, const ImapFolder *folder, const UidSet *uids, GError **error)
{
	g_autoptr(UidSet) pending = uidset_copy(uids);
	g_autoptr(FolderFetch) fetch = NULL;
	g_autoptr(UidSet) listed = uidset_new(), vanished = uidset_new();
	Walk walk = {work, folder, .pending = pending, .listed = listed, .vanished = vanished};
	bool urgent;

	g_mutex_lock(work->lock);
	walk.known = cursor_folder(work->cursor, folder->name);
	g_mutex_unlock(work->lock);
	if (!examine(&walk, error))
		return false;
	fetch = folder_fetch_new(work, folder, walk.known, true);
	walk.looked = G_MAXINT64;
	return fetch_pending(&walk, fetch, &urgent, error) && folder_fetch_finish(fetch, error);
}

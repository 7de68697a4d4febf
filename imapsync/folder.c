#include "imapsync/folder-fetch.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/log.h"

#include <string.h>

#define WINDOW 500     /* messages between two looks at what is urgent */
#define URGENT_MS 2000 /* not more often */

typedef struct {
	FolderWork *work;
	const ImapFolder *folder;
	CursorFolder *known;
	ImapStatus status; /* of EXAMINE */
	bool first_walk;   /* newest first */
	gint64 looked;     /* clock_monotonic_ms(): at urgent things */
	guint32 top;       /* the highest UID that was listed */
	UidSet *pending;
} Walk;

static bool
is_unchanged(const ImapFolder *folder, const CursorFolder *known, gint64 now)
{
	return folder->has_status && known->uidnext != 0 && folder->status.uidnext != 0 &&
	       folder->status.uidvalidity == known->uidvalidity &&
	       folder->status.uidnext == known->uidnext && known->checked <= now &&
	       known->checked > now - CLOCK_DAY && !cursor_is_due(known, now);
}

static bool
examine(Walk *walk, GError **error)
{
	FolderWork *work = walk->work;
	CursorFolder *known = walk->known;
	g_autofree char *name = log_quote(walk->folder->name);

	if (!imap_examine(work->imap, walk->folder->raw, NULL, &walk->status, NULL, NULL, error))
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
	walk->top = MAX(walk->top, uidset_max(listed));
	g_mutex_lock(walk->work->lock);
	uidset_remove_set(listed, walk->known->resolved);
	cursor_hold_back(walk->known, listed, clock_ms());
	g_mutex_unlock(walk->work->lock);
	uidset_add_set(walk->pending, listed);
	g_atomic_int_set(&walk->work->left, (gint)MIN(uidset_count(walk->pending), G_MAXINT));
	return true;
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
	return *urgent || list(walk, walk->top + 1, error);
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
	guint32 uidnext = MAX(walk->status.uidnext, walk->top + 1);

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
		walk->known->live_from = MAX(walk->status.uidnext, walk->top + 1);
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
	if (!list(walk, all ? 1 : known->uidnext, error))
		return false;
	add_due(walk, now);
	note_first(walk);
	fetch = folder_fetch_new(work, walk->folder, known, false);
	ok = fetch_pending(walk, fetch, &urgent, error);
	/* what was fetched before a failure counts all the same */
	if (!folder_fetch_finish(fetch, ok ? error : NULL) || !ok) {
		save(work, true, NULL);
		return false;
	}
	if (!urgent)
		note_complete(walk, all, now);
	*ret = urgent ? FOLDER_URGENT : FOLDER_COMPLETE;
	fault_point("folder-complete");
	return save(work, true, error);
}

bool
folder_take(FolderWork *work, const ImapFolder *folder, FolderEnd *ret, GError **error)
{
	g_autoptr(UidSet) pending = uidset_new();
	Walk walk = {.work = work, .folder = folder, .pending = pending};
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
	Walk walk = {.work = work, .folder = folder, .pending = pending};
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

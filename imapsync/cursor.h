/*
 * cursor: what has been taken from a mailbox, durably: per folder its UIDVALIDITY, the UIDs that are resolved, how far the
 * server's list was compared, and what failed.
 *
 * A UID is resolved when it is durably in the spool, as mail or as a record that it vanished or can't be had. The file may
 * lag behind the spool, never run ahead: what a crash loses of it is spooled again, and the core passes over what it has
 * (owner, folder, UIDVALIDITY, UID).
 *
 *	kartoteka-cursor 1
 *	mailbox	LOGIN SINCE LAST-SUCCESS QUARANTINED
 *	folder	NAME UIDVALIDITY UIDNEXT MODSEQ LIVE-FROM CHECKED RESOLVED RAW
 *	failure	UID COUNT NEXT				of the folder above it
 *	end
 *
 * Not safe for several threads at once: mailbox.h holds a lock over it, and never while it waits for a server.
 */
#pragma once

#include "imapsync/uidset.h"

#include <glib.h>
#include <stdbool.h>

typedef struct {
	guint32 uid;
	gint64 count; /* tries that failed */
	gint64 next;  /* ms since the epoch: not before */
} CursorFailure;

typedef struct {
	char *name; /* UTF-8, as the server has it */
	char *raw;  /* as commands want it, at the last look; "": not known */
	guint32 uidvalidity;
	guint32 uidnext;   /* everything listed below is resolved or in failures; 0: not so yet */
	guint64 modseq;    /* of the last complete look */
	guint32 live_from; /* what has a lower UID was there before the first look: back-fill */
	gint64 checked;    /* ms: when all of the server's list was compared last */
	UidSet *resolved;
	GArray *failures; /* of CursorFailure */
} CursorFolder;

typedef struct {
	char *path, *login;
	gint64 since;        /* ms: when this mailbox was looked at first */
	gint64 last_success; /* ms */
	gint64 quarantined;
	GPtrArray *folders; /* of CursorFolder */
	bool dirty;
	gint64 saved, cost; /* ms, clock_monotonic_ms(): when, and how long it took */
} Cursor;

/* Reads DIRECTORY/LOGIN.cursor; an empty one when there is none. A damaged file is put aside (".damaged", *damaged says
 * so) and everything walked again. */
Cursor *cursor_open(const char *directory, const char *login, bool *damaged, GError **error);
void cursor_free(Cursor *cursor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cursor, cursor_free)

/* Made when it isn't there; owned by the cursor. */
CursorFolder *cursor_folder(Cursor *cursor, const char *name);
/* NULL when it isn't there. */
CursorFolder *cursor_find(Cursor *cursor, const char *name);

/* Another UIDVALIDITY: nothing that was known of the UIDs holds any more. */
void cursor_reset(Cursor *cursor, CursorFolder *folder, guint32 uidvalidity);

/* One more try failed. Returns how many have. */
gint64 cursor_fail(Cursor *cursor, CursorFolder *folder, guint32 uid, gint64 now);
void cursor_resolve(Cursor *cursor, CursorFolder *folder, const UidSet *uids);

/* Takes out what failed and isn't to be tried before a later time; when any is due now it stays. NULL-safe for none. */
void cursor_hold_back(const CursorFolder *folder, UidSet *uids, gint64 now);
/* Is there a failed one to be tried again now? */
bool cursor_is_due(const CursorFolder *folder, gint64 now);

/* Durably, when something changed; gently: unless forced, saving takes at most a tenth of the time. */
bool cursor_save(Cursor *cursor, bool forced, GError **error);

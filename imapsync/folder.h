/*
 * folder: takes in what one folder has and the cursor hasn't: lists, fetches, spools, resolves.
 *
 * What the server lists from the cursor's uidnext on (once a day: all of it) is compared with what is resolved; the rest is
 * fetched in windows, newest first in a folder's first walk, handed to the writer in batches while the next ones come,
 * and resolved when they are durable. A UID that was listed and has gone is spooled as vanished, and so is one that came and
 * went between two visits, when the server can tell (QRESYNC, RFC 7162); one that can't be had is tried again later and
 * in the end spooled as such, so that nothing stops at it.
 *
 * A server that lists fewer mails than it says the folder has is not believed: what it lists is taken, the folder fails, and
 * all of it is listed again at the next visit.
 *
 * Not for choosing folders, waiting for news or trying again: mailbox.c.
 */
#pragma once

#include "imapsync/account.h"
#include "imapsync/cursor.h"
#include "imapsync/imap.h"
#include "imapsync/posture.h"
#include "imapsync/server.h"
#include "imapsync/writer.h"

/* What the folders of one mailbox have in common. */
typedef struct {
	const Conf *conf;
	const Account *account;
	Server *server;
	Spool *spool;
	Writer *writer;
	Cursor *cursor;
	GMutex *lock; /* over cursor: never held while a server is waited for */
	Imap *imap;
	Posture posture;
	bool
	    pieces; /* the last fetch ended in the middle: message by message, until a window is through */
	gint left;  /* atomic: messages of this folder still to be fetched */
	gint taken; /* atomic: messages made durable since the start */
	/* Is something else to be done first? Asked between two windows; folder_take() then returns early. May be NULL. */
	bool (*urgent)(gpointer data);
	gpointer data;
} FolderWork;

typedef enum {
	FOLDER_UNCHANGED, /* nothing was asked: its status says that all is there */
	FOLDER_COMPLETE,  /* all that was listed is resolved, or waits for its next try */
	FOLDER_URGENT,    /* something else is to be done first; come again */
} FolderEnd;

/* Takes in the folder. Its has_status tells whether its status is fresh. error: as imap_fetch() and spool_commit_all();
 * what was completed before is resolved all the same. */
bool folder_take(FolderWork *work, const ImapFolder *folder, FolderEnd *ret, GError **error);

/* Spools these UIDs of the folder, marked as wished, whether they were spooled before or not. */
bool folder_take_again(
    FolderWork *work, const ImapFolder *folder, const UidSet *uids, GError **error);

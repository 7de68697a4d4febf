/*
 * mailbox-own: what a Mailbox is made of, for mailbox*.c alone.
 */
#pragma once

#include "imapsync/mailbox.h"
#include "imapsync/session.h"

struct Mailbox {
	const MailboxShare *share;
	const Account *account;
	Server *server;
	Session *session;
	Cursor *cursor; /* with lock */
	FolderWork work;
	GThread *thread, *watcher;
	gint64 started; /* ms */

	GMutex lock; /* all below, and cursor; never held while a server is waited for */
	GCond changed;
	bool stopping, ended, success;
	Posture posture;
	Imap *imap, *watching; /* NULL: not connected */
	char *sent;            /* raw name of the folder that the watcher waits at */
	bool sent_news;        /* it heard something */
	bool again;            /* walk again: something was forgotten, or the posture changed */
	PollerState state;
	GError *trouble;     /* of the last try */
	GPtrArray *failing;  /* of MailboxFailing */
	guint waiting;       /* messages that failed and are tried again, after the last walk */
	gint64 later;        /* estimate: messages of the folders behind the one at hand */
	gint64 taken_before; /* in folders before */
};

/* A folder that fails while the others go on. */
typedef struct {
	char *name;
	gint64 failures;
	GError *error;
} MailboxFailing;

void mailbox_failing_free(gpointer failing);

/* Waits so long, or until it shall stop, or again is set. False: it shall stop. */
bool mailbox_pause(Mailbox *mailbox, gint64 ms);
bool mailbox_is_stopping(Mailbox *mailbox);
void mailbox_set_state(Mailbox *mailbox, PollerState state);

/* Once through all folders over mailbox->work.imap. *folders (ImapFolder, all) and *chosen are the caller's. */
bool mailbox_walk(Mailbox *mailbox, GPtrArray **folders, GPtrArray **chosen, GError **error);

/* Waits for news at chosen[0] for about an interval, and takes them in. */
bool mailbox_watch(Mailbox *mailbox, GPtrArray *folders, GPtrArray *chosen, GError **error);

/* The watcher's thread. */
gpointer mailbox_run_watcher(gpointer mailbox);

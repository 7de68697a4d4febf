/*
 * mailbox: one mailbox, kept up with by threads of its own: connects, walks its folders, waits for news, tries again.
 *
 * One connection walks all folders and then waits at INBOX (Gmail: All Mail); where the server has room for it, a second
 * one waits at the folder of sent mail and wakes the first. Where the server hasn't room for one of each mailbox, they take
 * turns. Failures make it wait, longer each time and never exactly alike.
 */
#pragma once

#include "base/poller-status.h"
#include "base/wish.h"
#include "imapsync/folder.h"
#include "imapsync/turns.h"

typedef struct Mailbox Mailbox;

/* What all mailboxes share; must outlive them. */
typedef struct {
	const Conf *conf;
	Spool *spool;
	Writer *writer;
	Turns *turns; /* so many walk at once */
	bool
	    once; /* one walk and no waiting; the process gets a SIGUSR1 as each comes to its end */
} MailboxShare;

/* Opens the cursor. server: the account's. */
Mailbox *mailbox_new(
    const MailboxShare *share, const Account *account, Server *server, GError **error);
/* After mailbox_join(). */
void mailbox_free(Mailbox *mailbox);

const Account *mailbox_account(const Mailbox *mailbox);

void mailbox_start(Mailbox *mailbox);
/* Lets all that waits end at once; may be called before mailbox_join() of others. */
void mailbox_stop(Mailbox *mailbox);
/* Waits for its threads, and saves the cursor. */
void mailbox_join(Mailbox *mailbox);

/* With once: has it come to its end? And was all taken in? */
bool mailbox_has_ended(Mailbox *mailbox, bool *ret_success);

/* How much of it may be captured from now on. Off ends its connections. */
void mailbox_set_posture(Mailbox *mailbox, Posture posture);

/* Adds how it is. */
void mailbox_report(Mailbox *mailbox, PollerStatus *status);
/* For a progress bar: messages made durable since the start, and those that are left as far as is known. */
void mailbox_progress(Mailbox *mailbox, gint64 *taken, gint64 *left);

/* Wishes, from another thread. found is called for each folder that has such mail; false ends it. */
typedef bool (*MailboxFound)(const char *folder, gint64 count, gpointer data);
bool mailbox_search(Mailbox *mailbox, const Wish *wish, MailboxFound found, gpointer data,
    gint64 *ret_sum, GError **error);
/* Does its server take this password? */
bool mailbox_check(Mailbox *mailbox, const char *password, bool *ret, GError **error);
/* *ret: how many UIDs were forgotten. folder "" forgets all. */
bool mailbox_rewind(Mailbox *mailbox, const char *folder, gint64 uid_validity, const char *uids,
    gint64 *ret, GError **error);

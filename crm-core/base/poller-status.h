/*
 * poller-status: how kartoteka-imapsync is, in the file [imap] status-file: numbers, times, folders and sentences, nothing
 * that stands in a mail.
 *
 * The poller replaces the file by rename every few seconds; "kartoteka status", "kartoteka doctor" and kartotekad's alarms
 * read it. It is text, fields separated by TABs, in a field "%" and control characters are %XX:
 *
 *	kartoteka-poller-status 1
 *	poller	WRITTEN PID STARTED
 *	mailbox	LOGIN SERVER STATE LAST-SUCCESS SINCE BACKLOG QUARANTINED TOKEN-EXPIRES CODE SENTENCE
 *	folder	NAME FAILURES CODE SENTENCE		of the mailbox above it
 *	end
 *
 * Times are ms since the epoch, 0: never.
 */
#pragma once

#include "base/error.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef enum {
	POLLER_WAITS,    /* for its first turn, or its next one */
	POLLER_CONNECTS, /* and logs in */
	POLLER_WALKS,    /* fetches */
	POLLER_WATCHES,  /* all is there; news is filed within seconds */
	POLLER_FAILED,   /* tries again later */
	POLLER_OFF,      /* its posture is off: nothing is read */
} PollerState;

typedef struct {
	char *name;
	gint64 failures; /* in a row */
	ErrorCode code;
	char *trouble; /* one sentence */
} PollerFolder;

typedef struct {
	char *login, *server;
	PollerState state;
	gint64 last_success; /* when all its folders were found to be taken in */
	gint64
	    since; /* when the poller began to try: a mailbox without success is measured from then */
	gint64 backlog;       /* messages that are listed and not spooled yet */
	gint64 quarantined;   /* messages that couldn't be had, ever */
	gint64 token_expires; /* when the admin must authorize again; 0: not known, or no token */
	ErrorCode code;       /* of trouble */
	char *trouble;        /* why the last try failed; NULL: it didn't */
	GPtrArray *folders;   /* of PollerFolder: those that fail; never NULL */
} PollerMailbox;

typedef struct {
	gint64 written; /* more than a minute ago: it doesn't run, or hangs */
	gint64 pid, started;
	GPtrArray *mailboxes; /* of PollerMailbox; never NULL */
} PollerStatus;

PollerStatus *poller_status_new(void);
void poller_status_free(PollerStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PollerStatus, poller_status_free)

/* Adds one and returns it; strings are set by hand. */
PollerMailbox *poller_status_add_mailbox(
    PollerStatus *status, const char *login, const char *server);
PollerFolder *poller_status_add_folder(PollerMailbox *mailbox, const char *name);

/* By rename, not made durable: after a crash it is of no worth. */
bool poller_status_write(const PollerStatus *status, const char *path, mode_t mode, GError **error);

/* ERROR_NOT_FOUND: the poller never ran here. ERROR_INVALID. */
PollerStatus *poller_status_read(const char *path, GError **error);

/* "waits", "connects", ... */
const char *poller_status_state_name(PollerState state);

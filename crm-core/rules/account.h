/*
 * account: the proof that no mail escapes.
 *
 * The ledger has a line per item ever taken in; reconcile shows per source and day (of mailboxes: per
 * mailbox, folder and day, too) that what came in is the sum of the states, finds gaps in a milter's numbers, and compares queue ids with the MTA's
 * log. For the administrator: keys (queue ids, paths), states, public ids, no content. It is
 * recorded like any read.
 */
#pragma once

#include "rules/account-mailbox.h"

/* Borrowed until the callback returns. */
typedef struct {
	const ItemLine *item;
	GPtrArray *contacts;      /* char *: UIDs of the persons that it is filed under */
	GPtrArray *organisations; /* char *: UIDs */
	GPtrArray *reasons;       /* char *: "address from", "domain to", "hint reply-to" ... */
} AccountLine;

/* Calls line for each item. */
bool account_ledger(Session *session, void (*line)(const AccountLine *line, gpointer),
    gpointer data, GError **error);

typedef struct {
	GArray *days;         /* ItemDay */
	GPtrArray *folders;   /* AccountFolderDay: what came out of mailboxes; NULL: nothing did */
	GPtrArray *mailboxes; /* AccountMailbox, or NULL */
	GPtrArray *gaps;      /* char *: one sentence each */
	GPtrArray *missed;    /* char *: queue ids of the MTA's log that no item has */
	guint compared;       /* queue ids of the log */
	guint spooled;        /* what waits in the spool right now */
	gint64 taken;         /* items in all */
	bool sound;           /* no gap, nothing missed, every item in one state */
} Account;

void account_free(Account *account);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Account, account_free)

/* maillog: path of the log of a Postfix or Sendmail, or NULL. */
Account *account_reconcile(Session *session, const char *maillog, GError **error);

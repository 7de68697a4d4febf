/*
 * account: the proof that no mail escapes.
 *
 * The ledger has a line per item ever taken in; reconcile shows per source and day that what came in
 * is the sum of the states, finds gaps in a milter's numbers, and compares queue ids with the MTA's
 * log. For the administrator: keys (queue ids, paths), states, public ids, no content. It is
 * recorded like any read.
 */
#pragma once

#include "rules/session.h"
#include "store/item.h"

/* Calls line for each item with one line of JSON (without line break): source, key, sha256, state,
 * message, contacts, organisations, reasons. */
bool account_ledger(
    Session *session, void (*line)(const char *json, gpointer), gpointer data, GError **error);

typedef struct {
	GArray *days;      /* ItemDay */
	GPtrArray *gaps;   /* char *: one sentence each */
	GPtrArray *missed; /* char *: queue ids of the MTA's log that no item has */
	guint compared;    /* queue ids found in the log */
	gint64 spooled;    /* what waits in the spool right now */
	bool sound;        /* no gap, nothing missed */
} Account;

void account_free(Account *account);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Account, account_free)

/* maillog: path of the MTA's log, or NULL. */
Account *account_reconcile(Session *session, const char *maillog, GError **error);

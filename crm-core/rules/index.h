/*
 * index: keeps the full-text index up with the records. See store/search-index.h.
 *
 * For kartotekad (in a thread with a Store of its own, so that filing doesn't wait), for the
 * command line ("search rebuild") and for erasure. All of it may be interrupted at any time.
 */
#pragma once

#include "mail/mail.h"
#include "rules/session.h"
#include "store/search-fresh.h"

/* What the index shows of a mail; moved out of it. */
void index_mail_texts(Mail *mail, SearchMailText *ret);

/* Indexes for about budget_ms what is new or has changed. Call it after filing, and again while
 * *ret_more. The session is the daemon's or the command line's; nothing is shown.
 * fresh: where the texts of what was just filed are (see file.h), or NULL. */
bool index_catch_up(
    Session *session, SearchFresh *fresh, gint64 budget_ms, bool *ret_more, GError **error);

/* How many messages aren't in the index yet, or have changed since. */
bool index_lag(Session *session, gint64 *ret, GError **error);

/* When nothing waits: one small step of merging. */
bool index_idle(Session *session, bool *ret_more, GError **error);

/* Makes the whole index again; progress (may be NULL) hears how many of how many messages are done.
 */
bool index_rebuild(Session *session, void (*progress)(gint64 done, gint64 total, gpointer data),
    gpointer data, GError **error);

/* Step 2 of an erasure: takes these out without a remnant. */
bool index_erase(Session *session, const SearchObject *objects, gsize n_objects, GError **error);

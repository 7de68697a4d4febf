/*
 * poller: all mailboxes, and what they share: the spool, the writer, the servers.
 */
#pragma once

#include "imapsync/mailbox.h"

typedef struct Poller Poller;

/* accounts (of account_list()) and conf must outlive it. only: the login of the one mailbox to read, or NULL. Opens the
 * spool: ERROR_CONFLICT when the poller runs already. */
Poller *poller_new(
    const Conf *conf, const GPtrArray *accounts, const char *only, bool once, GError **error);
/* After poller_stop(). */
void poller_free(Poller *poller);

void poller_start(Poller *poller);
/* Ends all threads. False: some didn't come to their end within the time (a name server that doesn't answer); what they
 * hold must not be freed. */
bool poller_stop(Poller *poller, gint64 ms);

/* Once a second or so: postures, status file. */
void poller_tick(Poller *poller);

/* With once: has all come to its end, and how many mailboxes failed? */
bool poller_has_ended(Poller *poller, guint *ret_failed);

void poller_progress(Poller *poller, gint64 *taken, gint64 *left);
SpoolKey poller_last_key(Poller *poller);

/* Of the mailboxes that are read. */
GPtrArray *poller_mailboxes(Poller *poller);
Mailbox *poller_find(Poller *poller, const char *login);

/*
 * session: the way into one mailbox: its settings, its secret or its token; and connections that are logged in.
 *
 * A Session lives as long as its mailbox and may be used by several threads; a connection belongs to one.
 */
#pragma once

#include "imapsync/account.h"
#include "imapsync/imap.h"
#include "imapsync/oauth.h"

typedef struct Session Session;

/* conf and account must outlive it. */
Session *session_new(const Conf *conf, const Account *account);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/* A connection that isn't connected yet, so that another thread may cancel it. */
Imap *session_imap(const Session *session);

/* Connects it, gets the secret and logs in. ERROR_DENIED: the server refuses it, nobody may read the secret, or the admin
 * must authorize again. */
bool session_begin(Session *session, Imap *imap, GError **error);

/* Does the server take this password for this mailbox? Without the master user. Nothing is kept. */
bool session_check(const Session *session, const char *password, bool *ret, GError **error);

/* When the admin must authorize again (ms since the epoch); 0: not known, or no token. */
gint64 session_expires(Session *session);

/* Walks the admin through the device flow, or the code flow with this one's terminal, and keeps the token. */
bool session_authorize(Session *session, OauthTell tell, gpointer data, GError **error);

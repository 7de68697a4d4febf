/*
 * session: a connection of one account, from its settings to the open mailbox.
 */
#pragma once

#include "imapsync/account.h"
#include "imapsync/imap.h"

/* Not connected yet, so that another thread may cancel it. */
Imap *session_new(const Conf *conf, const Account *account);

/* Connects, gets the secret and logs in. ERROR_DENIED: the server refuses it, or nobody may read the secret. */
bool session_begin(Imap *imap, const Account *account, GError **error);

/* Does the server take this password for this mailbox? Without the master user. Nothing is kept. */
bool session_check(
    const Conf *conf, const Account *account, const char *password, bool *ret, GError **error);

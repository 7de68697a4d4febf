/*
 * account: the mailboxes that are read, as the configuration has them: whose, where, with which secret, which folders.
 *
 * Not for logging in (mailbox.c does) and not for what may be captured of a mailbox (posture.h).
 */
#pragma once

#include "base/conf.h"

typedef struct {
	const ConfImapServer *server; /* lent by the Conf */
	char *login;                  /* of the user of Kartoteka */
	char *user_name;              /* at the server */
	/* Of the mailbox, or of the master user, or of all mailboxes of the server; lent, "": not that way. */
	const char *secret_file, *secret_command;
	bool master; /* log in as the server's master user */
	/* lent; private: both the server's and the mailbox's, the latter may be NULL */
	char *const *take, *const *leave, *const *private[2];
} Account;

/* All of them (GPtrArray of Account), those of mailboxes-file included. ERROR_INVALID names what is wrong: a server that
 * isn't there, a mailbox without a secret, one that stands there twice. The Conf must outlive them. */
GPtrArray *account_list(const Conf *conf, GError **error);

/* NULL: there is no mailbox of that login. */
const Account *account_find(const GPtrArray *accounts, const char *login);

/* How many mailboxes that server has. */
guint account_count(const GPtrArray *accounts, const ConfImapServer *server);

/*
 * retro: the past of a contact that was added today: its mail in the mailboxes, looked for and fetched by the poller.
 *
 * How much mail of somebody lies in whose mailbox tells who corresponds with whom. So everybody may look into his own
 * mailbox, and only the administrator, with a reason, into everybody's. What is fetched is filed, but open only to its
 * participants until one of them opens it (rules/file.h). Each look and each fetch is a row of the access record, written
 * before the poller is asked. Postures hold here, too: the poller doesn't look into a mailbox that is off.
 *
 * ERROR_TEMPORARY: the poller doesn't run. What the poller calls an error is one.
 */
#pragma once

#include "base/wish.h"
#include "rules/session.h"

typedef struct {
	bool everybody;     /* all mailboxes instead of one's own */
	const char *reason; /* of a look into everybody's */
	char *const *addresses; /* at least one */
} RetroAsk;

/* How much there is, per mailbox and folder; nothing is fetched. */
WishReply *retro_count(Session *session, const RetroAsk *ask, GError **error);

/* Has it fetched for that contact; when it returns, all is in the spool. */
WishReply *retro_fetch(Session *session, const RetroAsk *ask, const Id *contact, GError **error);

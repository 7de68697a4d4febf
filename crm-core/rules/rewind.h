/*
 * rewind: after a restore the poller knows of more mail than the records do: it is told what they hold of each mailbox,
 * folder and UIDVALIDITY, and takes in again whatever else its servers have.
 *
 * What it brings a second time, because an item's place can't be read any more, is known by the hash of its place and passed
 * over. A restore makes it due (store/numbers.h says since when); it stays due until the poller has heard all of it.
 */
#pragma once

#include "rules/session.h"

typedef struct {
	guint folders;    /* that the poller was told of */
	gint64 kept;      /* UIDs that the records hold */
	gint64 forgotten; /* UIDs that the poller forgot: they come again, as far as they are still there */
} RewindResult;

/* For the administrator, or the machine's own. Recorded. ERROR_TEMPORARY: the poller doesn't run; it stays due. */
bool rewind_poller(Session *session, RewindResult *ret, GError **error);

/*
 * sighting: the copies by which a message came in, as far as a Viewer may know of them.
 */
#pragma once

#include "store/message.h"

typedef struct {
	gint64 taken; /* ms, our clock */
	char source[33];
	int kind; /* SpoolVia of base/spool.h */
	SenderProof proof;
	bool login;            /* it was sent with a log-in */
	GPtrArray *recipients; /* char *: of the envelope; empty for all but the sender's side */
	/* Of a copy in a mailbox: whose it is, for himself and the sender's side (for others it would name a blind
	 * recipient), and its folder, for himself; else NULL. */
	char *owner, *folder;
} Sighting;

void sighting_free(Sighting *sighting);

/* Oldest first (Sighting). Empty when the message isn't visible. sender_side: what Message says of this
 * viewer. */
GPtrArray *sighting_list(
    Store *store, const Viewer *viewer, const Id *message, bool sender_side, GError **error);

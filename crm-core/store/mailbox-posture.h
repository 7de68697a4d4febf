/*
 * mailbox-posture: what the poller may take from a user's mailbox: begun and ended by revisions, never changed, so that
 * it can be told what held when a mail was taken in. Who may decide it is for rules/posture.h to say.
 */
#pragma once

#include "store/store.h"

typedef enum { /* stored: never renumber */
	POSTURE_OFF = 0, /* the mailbox isn't read; also who has none */
	POSTURE_HEADERS, /* the header of each mail alone */
	POSTURE_KNOWN,   /* mail that concerns a contact; of the rest nothing is kept */
	POSTURE_FULL,
} Posture;
#define POSTURE_LAST POSTURE_FULL

typedef struct {
	Id user;
	Posture posture;
	gint64 begun;          /* ms */
	gint64 begin_revision; /* who decided it and why */
} MailboxPosture;

/* Ends the one that holds and begins this one. ERROR_CONFLICT when it holds already. */
bool mailbox_posture_set(StoreTx *tx, const Id *user, Posture posture, GError **error);

/* The key of the published list (32 bytes); outside a transaction. */
bool mailbox_posture_published_key(Store *store, guint8 ret[static 32], GError **error);

/* Those that hold at a revision (0: now): GArray of MailboxPosture, one a user. */
GArray *mailbox_posture_list(Store *store, gint64 revision, GError **error);

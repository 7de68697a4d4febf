/*
 * filing: a message under a contact, with the reason. Only begun and ended, never changed.
 *
 * Roles are the numbers of MailRole (mail/mail.h), which store/ doesn't see; FILING_NO_ROLE where no
 * address stood.
 */
#pragma once

#include "store/message.h"

typedef struct {
	Id contact;
	bool organisation;
	FilingReason reason;
	int role;
	gint64 address_row; /* for store/ alone; 0: none */
	gint64 open_from;
	gint64 begun; /* time of the revision */
	gint64 ended; /* 0: still filed */
	ActorKind by; /* who filed it */
	ActorKind ended_by;
} Filing;

/* All filings of a message (Filing), ended ones too, in order. For whoever may see the message:
 * contacts that the viewer doesn't see are left out. */
GArray *filing_list(Store *store, const Viewer *viewer, const Id *message, GError **error);

/* The same within filing itself, whoever asks. */
GArray *filing_list_row(Store *store, const MessageRow *message, GError **error);

/* Adds one unless the contact has one already; a wider open_from replaces a narrower one. *added (may be
 * NULL) says whether anything was written. ERROR_NOT_FOUND when the contact is gone. */
bool filing_add(
    StoreTx *tx, const MessageRow *message, const Filing *filing, bool *added, GError **error);

/* Ends it. *ended (may be NULL): whether there was one. */
bool filing_end(
    StoreTx *tx, const MessageRow *message, const Id *contact, bool *ended, GError **error);

/* Opens a filing from a moment on; ERROR_NOT_FOUND when there is none. */
bool filing_open(
    StoreTx *tx, const MessageRow *message, const Id *contact, gint64 open_from, GError **error);

/* How many contacts it is filed under now. */
bool filing_count(Store *store, const MessageRow *message, guint *ret, GError **error);

const char *filing_reason_name(FilingReason reason); /* "address", "domain" ...: for JSON and why */

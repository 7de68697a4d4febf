/*
 * refile: why is it filed there, take it back, file it by hand, what would today's contacts give?
 *
 * What a person took back stays taken back, what a person filed stays filed: refiling changes only
 * what the rules did. Changes act for the session's user and are recorded.
 */
#pragma once

#include "rules/session.h"
#include "store/filing.h"

typedef struct {
	Id contact;
	char *name;    /* of the contact, or its UID; NULL when the viewer may not see it */
	char *address; /* that stood in the mail, NULL when it is not known any more */
	char *text;    /* one sentence: why */
	Filing filing;
} RefileWhy;

void refile_why_free(RefileWhy *why);

/* What a person names: a public id, or the queue id or path under which an item came. ERROR_NOT_FOUND, also
 * when the session may not see it. */
bool refile_find(Session *session, const char *text, Id *ret, GError **error);

/* Every filing of a message with its reason (GPtrArray of RefileWhy), ended ones too. */
GPtrArray *refile_why(Session *session, const Id *message, GError **error);

/* Takes a message back from a contact; with the last filing its items are excluded ("taken back"). */
bool refile_unfile(
    Session *session, const Id *message, const Id *contact, const char *reason, GError **error);

/* Files it under a contact by hand. Needs "edit" on one of the contact's books. */
bool refile_by_hand(
    Session *session, const Id *message, const Id *contact, const char *reason, GError **error);

/* Opens a filing that is closed to all but the participants; for a participant alone. */
bool refile_open(
    Session *session, const Id *message, const Id *contact, const char *reason, GError **error);

typedef struct {
	Id message;
	gint64 time;
	Id contact;
	bool add; /* else: would be ended */
	FilingReason reason;
} RefileChange;

/* For the administrator: what the contacts of today would give for all mail that is there: changes against the filings
 * (GArray of RefileChange). dry_run false: makes them as well, in transactions of 64. */
GArray *refile_all(Session *session, bool dry_run, GError **error);

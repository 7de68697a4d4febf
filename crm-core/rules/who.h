/*
 * who: who can see an object, now or at a past moment, and why.
 *
 * For the administrator (any contact or message by its id: the answer names staff only, nothing of the
 * object) and for those who see the object themselves. They learn every name, but of the reasons only those that
 * come from an address book in which they see the object, too: others are withheld.
 */
#pragma once

#include "rules/session.h"
#include "store/reason.h"

/* One reason in parts, for whoever speaks another language. Absent texts are NULL, times 0. */
typedef struct {
	ReasonKind kind;
	Right right;         /* REASON_GRANT */
	char *book, *team;   /* names; team: through which */
	char *other;         /* REASON_HANDOVER: log-in of whose correspondence it was */
	gint64 since, until; /* ms; since when, and the planned end */
	char *words;         /* what was given as the reason when it began */
	bool withheld;       /* it comes from an address book that isn't open to the asker */
} WhoReason;

typedef struct {
	Id user;
	char *login, *name;
	GPtrArray *parts; /* WhoReason */
	char **reasons; /* the same as sentences: "history on the address book Customers, by ..." */
} WhoEntry;

/* kind: OBJECT_CONTACT, OBJECT_MESSAGE or OBJECT_BOOK; time 0: now. GPtrArray of WhoEntry by login. */
GPtrArray *who_can_see(
    Session *session, ObjectKind kind, const Id *id, gint64 time, GError **error);

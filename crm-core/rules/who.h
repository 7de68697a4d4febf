/*
 * who: who can see an object, now or at a past moment, and why.
 *
 * For the administrator (any contact or message by its id: the answer names staff only, nothing of the
 * object) and for those who see the object themselves.
 */
#pragma once

#include "rules/session.h"

typedef struct {
	Id user;
	char *login, *name;
	char **reasons; /* sentences: "history on the book Customers through the team Sales, ..." */
} WhoEntry;

/* kind: OBJECT_CONTACT, OBJECT_MESSAGE or OBJECT_BOOK; time 0: now. GPtrArray of WhoEntry by login. */
GPtrArray *who_can_see(
    Session *session, ObjectKind kind, const Id *id, gint64 time, GError **error);

/*
 * book: making address books and granting rights on them.
 */
#pragma once

#include "rules/session.h"
#include "store/book.h"
#include "store/grant.h"

/* The administrator. */
bool book_create(
    Session *session, const char *name, const char *description, Id *ret, GError **error);
bool book_change_name(
    Session *session, const Id *id, const char *name, const char *description, GError **error);

/* Books that the session may know of: all for the administrator, otherwise those with any right.
 * GPtrArray of Book, by name. */
GPtrArray *book_shown(Session *session, GError **error);
/* Those on which the session has that right. GPtrArray of Book, by name. */
GPtrArray *book_with_right(Session *session, Right right, GError **error);
/* By name or id, as far as shown: ERROR_NOT_FOUND. */
Book *book_resolve(Session *session, const char *name_or_id, GError **error);

/* A grant in force, with who has it and why. */
typedef struct {
	Grant grant;
	char *holder; /* name of the user or team */
	gint64 since; /* ms */
	char *reason; /* never NULL */
} BookGrant;

/* The administrator or who has "manage". GPtrArray of BookGrant by holder, then by right. */
GPtrArray *book_shown_grants(Session *session, const Id *book, GError **error);

/* The administrator or who has "manage"; nobody grants to himself or to a team that he is in. */
bool book_grant(Session *session, const Id *book, const Id *holder, bool team, Right right,
    gint64 until, const char *reason, Id *ret, GError **error);
bool book_revoke(Session *session, const Id *grant, const char *reason, GError **error);

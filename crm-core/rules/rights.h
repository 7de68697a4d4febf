/*
 * rights: one place that says no. Resolves a user into a Viewer, and refuses what a Session may not do.
 *
 * What one may not even know of is ERROR_NOT_FOUND, what one may see but not do ERROR_DENIED. Reading
 * needs no call from here: store/ shows a Viewer only what is visible.
 */
#pragma once

#include "rules/session.h"

/* The only makers of a Viewer. revision 0: now; time 0: the revision's. */
Viewer *rights_viewer(Store *store, const Id *user, gint64 revision, gint64 time, GError **error);
Viewer *rights_viewer_daemon(Store *store, GError **error);

/* A right on a book. */
bool rights_require(Session *session, const Id *book, Right right, GError **error);

/* A right on one of the books that the contact is in. */
bool rights_require_contact(Session *session, const Id *contact, Right right, GError **error);

/* Users, teams, books, grants, hand-overs. */
bool rights_require_administrator(Session *session, GError **error);

/* The administrator, or who has "manage" on the book. */
bool rights_require_manager(Session *session, const Id *book, GError **error);

/* A change needs a reason that is more than blanks. */
bool rights_require_reason(const char *reason, GError **error);

/*
 * circle: closing contacts and mail off: what is in a circle doesn't exist for anybody outside, whatever
 * rights he has. Circles belong to their members: they alone know of them and let others in; the
 * administrator doesn't.
 */
#pragma once

#include "rules/session.h"
#include "store/circle.h"

/* Its maker is the first member. */
bool circle_create(Session *session, const char *name, Id *ret, GError **error);

/* By a member. The last one can't go: what is inside would be lost to everybody. */
bool circle_invite(Session *session, const Id *id, const Id *user, gint64 until, const char *reason,
    GError **error);
bool circle_dismiss(
    Session *session, const Id *id, const Id *user, const char *reason, GError **error);

/* By a member: a contact needs "manage" on one of its books (it goes away from all colleagues), a message
 * that one takes part in it. kind: OBJECT_CONTACT or OBJECT_MESSAGE. */
bool circle_enclose(Session *session, const Id *id, ObjectKind kind, const Id *object,
    const char *reason, GError **error);
bool circle_release(Session *session, const Id *id, ObjectKind kind, const Id *object,
    const char *reason, GError **error);

/* Those that the session's user is in: GPtrArray of Circle. */
GPtrArray *circle_shown(Session *session, GError **error);

/* Those of them that a contact or message is in, which the session must see. Notes it and them in the session. */
GPtrArray *circle_shown_around(Session *session, ObjectKind kind, const Id *object, GError **error);

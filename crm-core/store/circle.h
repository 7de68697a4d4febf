/*
 * circle: a closed set of users; contacts and mail in it don't exist for anybody outside. An object in
 * several circles is seen only by those who are in all of them.
 */
#pragma once

#include "store/access.h"
#include "store/message.h"
#include "store/store.h"
#include "store/visible.h"

typedef struct {
	Id id;
	char *name;
	GArray *members; /* of Id: present members */
} Circle;

void circle_free(Circle *circle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Circle, circle_free)

/* Those that the viewer is in. GPtrArray of Circle. */
GPtrArray *circle_list(Store *store, const Viewer *viewer, GError **error);

/* Of those, the ones that the object is in. kind: OBJECT_CONTACT or OBJECT_MESSAGE; ERROR_NOT_FOUND unless the viewer
 * may see it. */
GPtrArray *circle_list_around(
    Store *store, const Viewer *viewer, ObjectKind kind, const Id *object, GError **error);

/* Is the user the only member of a circle that has something in it? */
bool circle_depends_on(Store *store, const Id *user, bool *ret, GError **error);

/* The circle's creator is its first member. */
bool circle_add(StoreTx *tx, const char *name, const Id *creator, Id *ret, GError **error);
bool circle_join(StoreTx *tx, const Id *id, const Id *user, gint64 until, GError **error);
bool circle_leave(StoreTx *tx, const Id *id, const Id *user, GError **error);

/* kind: OBJECT_CONTACT or OBJECT_MESSAGE, visible to the viewer, who must be a member. */
bool circle_put(StoreTx *tx, const Viewer *viewer, const Id *id, ObjectKind kind, const Id *object,
    GError **error);
bool circle_take(StoreTx *tx, const Viewer *viewer, const Id *id, ObjectKind kind, const Id *object,
    GError **error);

/* Is the message, which an address of enclosed brings, confidential to a circle that enclosed is in and contact isn't:
 * does nobody on the staff take part in it who isn't a member? */
bool circle_keeps(StoreTx *tx, const MessageRow *message, const Id *enclosed, const Id *contact,
    bool *ret, GError **error);

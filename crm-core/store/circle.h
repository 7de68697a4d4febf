/*
 * circle: a closed set of users; contacts and mail in it don't exist for anybody outside. An object in
 * several circles is seen only by those who are in all of them.
 */
#pragma once

#include "store/access.h"
#include "store/store.h"
#include "store/visible.h"

/* The circle's creator is its first member. */
bool circle_add(StoreTx *tx, const char *name, const Id *creator, Id *ret, GError **error);
bool circle_join(StoreTx *tx, const Id *id, const Id *user, gint64 until, GError **error);
bool circle_leave(StoreTx *tx, const Id *id, const Id *user, GError **error);

/* kind: OBJECT_CONTACT or OBJECT_MESSAGE, visible to the viewer, who must be a member. */
bool circle_put(StoreTx *tx, const Viewer *viewer, const Id *id, ObjectKind kind, const Id *object,
    GError **error);
bool circle_take(StoreTx *tx, const Viewer *viewer, const Id *id, ObjectKind kind, const Id *object,
    GError **error);

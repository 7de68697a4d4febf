/*
 * grant: one right on one book for one user or team, optionally until a date. Begun and ended by
 * revisions whose reason says why; never changed.
 */
#pragma once

#include "store/store.h"
#include "store/visible.h"

typedef struct {
	Id id, book;
	Id holder; /* user or team */
	bool team;
	Right right;
	gint64 until;          /* planned end, ms; 0: none */
	gint64 begin_revision; /* see store/revision.h for time, actor and reason */
} Grant;

/* ERROR_CONFLICT when the same right is granted already (end that one first). */
bool grant_add(StoreTx *tx, const Id *book, const Id *holder, bool team, Right right, gint64 until,
    Id *ret, GError **error);
bool grant_end(
    StoreTx *tx, const Id *id, GError **error); /* NOT_FOUND when there is none or it has ended */

/* In force at a revision (0: now; a passed "until" included, see Grant.until), of one book or of all
 * (NULL). GArray of Grant. */
GArray *grant_list(Store *store, const Id *book, gint64 revision, GError **error);
bool grant_get(Store *store, const Id *id, Grant *ret, GError **error);
/* The ERROR_NOT_FOUND of grant_end() and grant_get(), for one that somebody may not know of. Returns false. */
bool grant_set_missing(GError **error);

/* "see" ... and back; right_parse: ERROR_INVALID names the six. */
const char *grant_right_name(Right right);
bool grant_right_parse(const char *text, Right *ret, GError **error);

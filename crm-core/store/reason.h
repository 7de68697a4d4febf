/*
 * reason: by what each member of staff could see an object at a moment. For rules/who.c, which asks
 * visible.h who really may: what narrows (circles, private marks) isn't looked at here.
 */
#pragma once

#include "store/access.h"
#include "store/store.h"

typedef enum {
	REASON_GRANT,   /* a right on a book: see (contact), history (message), any (book) */
	REASON_PART,    /* takes part in the message */
	REASON_TEAM,    /* a role address of his team takes part */
	REASON_HANDOVER /* the correspondence of other was handed over to him */
} ReasonKind;

typedef struct {
	ReasonKind kind;
	Id user;
	int right;       /* REASON_GRANT */
	Id book, team;   /* zero: none; team: through which he has it */
	Id other;        /* REASON_HANDOVER: from whom */
	gint64 until;    /* planned end, 0: none */
	gint64 revision; /* that began it: time and reason stand there */
} Reason;

/* kind: OBJECT_CONTACT, OBJECT_MESSAGE or OBJECT_BOOK. GArray of Reason, by user. ERROR_NOT_FOUND. */
GArray *reason_list(
    Store *store, ObjectKind kind, const Id *id, gint64 revision, gint64 time, GError **error);

/*
 * review: people whom staff write to and who are in no book. Nothing makes contacts by itself; they
 * stand in the review list of their correspondent until he makes a contact of them.
 */
#pragma once

#include "rules/session.h"

typedef struct {
	char *address, *name; /* name: "" when unknown */
	guint messages;       /* that the viewer may see */
	gint64 last;          /* ms */
	Id message;           /* the newest of them */
} ReviewEntry;

void review_entry_free(ReviewEntry *entry);

/* The session user's own list, newest first, at most limit. GPtrArray of ReviewEntry. */
GPtrArray *review_list(Session *session, guint limit, GError **error);

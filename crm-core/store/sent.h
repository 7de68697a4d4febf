/*
 * sent: the newest mail that a viewer sent himself (as a proved member of staff), for the review of whom
 * he writes to.
 */
#pragma once

#include "store/message.h"

typedef struct {
	Id message;
	gint64 time;
	GBytes *summary; /* as rules/summary.h wrote it */
} Sent;

void sent_free(Sent *sent);

/* Newest first, at most max. GPtrArray of Sent. */
GPtrArray *sent_list(Store *store, const Viewer *viewer, guint max, GError **error);

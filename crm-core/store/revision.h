/*
 * revision: the numbered moments by which rights begin and end. Made by store_tx_revision(); read
 * here.
 */
#pragma once

#include "store/store.h"

typedef struct {
	gint64 id, time; /* ms */
	ActorKind actor_kind;
	Id actor;     /* zero: none */
	char *reason; /* NULL when none was given */
} Revision;

void revision_free(Revision *revision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Revision, revision_free)

Revision *revision_get(Store *store, gint64 id, GError **error);

/* The last revision at or before a time; 0 when there was none yet, -1 on error. */
gint64 revision_at(Store *store, gint64 time, GError **error);

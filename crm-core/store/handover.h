/*
 * handover: a leaver's or absent person's correspondence, opened to a successor: whole or only what
 * is filed under one book's contacts, optionally until a date, with a reason (the revision's). Private
 * mail stays closed. Nobody ever logs in as somebody else.
 */
#pragma once

#include "store/store.h"

typedef struct {
	Id id, from;
	Id to; /* user or team */
	bool team;
	Id book;      /* zero: all */
	gint64 until; /* ms, 0: none */
	gint64 begin_revision;
} Handover;

bool handover_add(StoreTx *tx, const Handover *handover, Id *ret, GError **error);
bool handover_end(StoreTx *tx, const Id *id, GError **error);
/* In force at a revision (0: now): GArray of Handover. */
GArray *handover_list(Store *store, gint64 revision, GError **error);

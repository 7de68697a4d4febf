/*
 * search-match: asks the full-text index, always with the viewer's tokens first.
 *
 * What comes back are candidates as internal ids, for store/letter.c and contacts alone: kartoteka.db
 * decides on each. Expressions are FTS5's, made by rules/query.c of quoted words alone.
 */
#pragma once

#include "store/search-index.h"
#include "store/visible.h"

typedef struct {
	const char *match;      /* or NULL */
	const char *without;    /* or NULL */
	const GArray *contacts; /* gint64: filed under one of these; NULL: any */
	gint64 after, before;   /* seconds, inclusive and exclusive; 0 and G_MAXINT64: open */
} SearchAsk;

typedef struct {
	gint64 row; /* place in the index: time and low bits of the id */
	gint64 message;
} SearchFound;

/* The place of a message with that time (ms) and internal id. */
gint64 search_match_place(gint64 time, gint64 message);

/* At most limit candidates (SearchFound) below that place (G_MAXINT64: from the newest), newest first. */
GArray *search_match_mail(Store *store, const Viewer *viewer, const SearchAsk *ask, gint64 below,
    guint limit, GError **error);

typedef struct {
	const char *match, *without; /* or NULL: all */
	const Id *book;              /* in this one; NULL: any */
	guint roles;                 /* mask of 1 << ContactRole: with one of these; 0: any */
} SearchContactAsk;

/* Contacts by name, at most limit, after the contact "after" (NULL: from the first). GArray of Id; what the viewer may
 * not see is left out. *ret_more: there are more. ERROR_INVALID: "after" is in the index no longer. */
GArray *search_match_contacts(Store *store, const Viewer *viewer, const SearchContactAsk *ask,
    const Id *after, guint limit, bool *ret_more, GError **error);

/* Internal ids (gint64) of at most limit contacts that the viewer sees, for SearchAsk.contacts. */
GArray *search_match_contact_rows(
    Store *store, const Viewer *viewer, const char *match, guint limit, GError **error);

/*
 * book: address books, the unit that contacts stand in and rights are granted on.
 *
 * Names are unique without regard to case. What a viewer may do with a book: visible_book_rights() of
 * store/visible.h.
 */
#pragma once

#include "store/store.h"
#include "store/visible.h"

typedef struct {
	Id id;
	char *name, *description; /* never NULL */
	gint64 row;               /* internal, for store/ */
	guint rights;             /* the viewer's; from book_shown() and book_resolve() alone */
} Book;

void book_free(Book *book);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Book, book_free)

Book *book_find(Store *store, const char *name, GError **error); /* NULL, no error: none */
Book *book_get(Store *store, const Id *id, GError **error);
GPtrArray *book_list(Store *store, GError **error); /* all of them, by name */

bool book_add(StoreTx *tx, const char *name, const char *description, Id *ret, GError **error);
bool book_rename(
    StoreTx *tx, const Id *id, const char *name, const char *description, GError **error);

/* The log of changes that devices will be told. */
typedef enum { /* stored */ BOOK_ADDED = 1, BOOK_CHANGED, BOOK_REMOVED } BookChange;

/*
 * search-who: the tokens by which the index filters: who may see a row (written beside it), and what a
 * viewer asks for.
 *
 * Both sides stand here, so that they agree. A token begins with SEARCH_MARK; then c<circle> when the
 * message is in a circle, d<circle> when the contact that opens it is; then u<user>, t<team> or b<book>.
 * k<contact> names the contacts that it is filed under; it opens nothing. The tokens may let pass more
 * than is visible (several circles, a hand-over limited to a book), never less: kartoteka.db decides.
 */
#pragma once

#include "store/search-index.h"
#include "store/visible.h"

/* What a message's row needs besides its texts. */
typedef struct {
	Id pid;
	gint64 time; /* ms */
	guint32 flags;
	guint64 size;
	gint64 key;      /* that it is sealed under */
	bool alive;      /* it is there and not destroyed */
	GString *who;    /* tokens, never NULL once read */
	gint64 opens_at; /* next time (ms) at which one of its filings opens; 0: none */
} SearchWho;

void search_who_clear(SearchWho *who);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SearchWho, search_who_clear)

/* As it is now. ret zeroed; alive is false when there is no such message. */
bool search_who_message(
    Store *store, gint64 message_id, gint64 now, SearchWho *ret, GError **error);

/* Tokens of the books and the circle of a contact; "" when it is deleted. */
char *search_who_contact(Store *store, gint64 contact_id, GError **error);

/* FTS5 expressions of what a viewer may ask for: NULL when that is nothing at all. Newly allocated. */
bool search_who_mail_expression(Store *store, const Viewer *viewer, char **ret, GError **error);
bool search_who_contact_expression(Store *store, const Viewer *viewer, char **ret, GError **error);

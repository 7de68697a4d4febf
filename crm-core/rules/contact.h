/*
 * contact: what may be done with contacts, by whom. Reads and checks cards, keeps the rows beside them,
 * writes the access record, and hands new addresses and domains to filing.
 *
 * The card is the truth: EMAIL gives the addresses, X-KARTOTEKA-DOMAIN an organisation's mail domains,
 * X-KARTOTEKA-ROLE the roles, X-KARTOTEKA-EMPLOYER (UID of an organisation) the employers.
 */
#pragma once

#include "rules/session.h"
#include "rules/vcard.h"
#include "store/contact.h"

/* A contact as pages and commands show it. Strings are never NULL unless said; arrays neither. */
typedef struct {
	Id id;
	ContactKind kind;
	char *name, *organisation, *title, *note;
	char **addresses, **phones; /* as written */
	char **domains;             /* of an organisation */
	guint roles;                /* mask of 1 << ContactRole */
	Vcard *card;
} ContactView;

void contact_view_free(ContactView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactView, contact_view_free)

/* From a row of store/, for lists and the search index; ERROR_INTERNAL when the card is damaged. */
ContactView *contact_view_new(const Contact *contact, GError **error);

/* ERROR_NOT_FOUND when hidden. Notes the contact in the session (session_note). */
ContactView *contact_show(Session *session, const Id *id, GError **error);

/* What stands around it, as far as visible: GPtrArray of Book, of ContactView. */
GPtrArray *contact_shown_books(Session *session, const Id *id, GError **error);
GPtrArray *contact_shown_employers(Session *session, const Id *id, GError **error);
GPtrArray *contact_shown_people(Session *session, const Id *id, GError **error);

/* GPtrArray of ContactView; each is noted in the session. */
GPtrArray *contact_browse(Session *session, const ContactQuery *query, GError **error);

/* "edit" on the book. card is checked and completed (UID, FN, REV); ERROR_CONFLICT when the UID is
 * taken. */
bool contact_create(Session *session, const Id *book, Vcard *card, Id *ret, GError **error);

/* "edit" on one of its books. The whole card is replaced. */
bool contact_change(Session *session, const Id *id, Vcard *card, GError **error);

/* "edit" on both books; and on all of its books to delete it. */
bool contact_put_in(Session *session, const Id *id, const Id *book, GError **error);
bool contact_take_out(Session *session, const Id *id, const Id *book, GError **error);
bool contact_move(Session *session, const Id *id, const Id *from, const Id *to, GError **error);
bool contact_remove(Session *session, const Id *id, GError **error);

/* "export" on a book that each is in: vCards, version 30 or 40; recorded as an export. */
char *contact_export(
    Session *session, const ContactQuery *query, int version, guint *ret_count, GError **error);

const char *contact_role_name(ContactRole role);
/* "customer", "former-employee" ...; ERROR_INVALID names them all. */
bool contact_role_parse(const char *text, ContactRole *ret, GError **error);

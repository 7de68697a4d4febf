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
	guint rights; /* mask of 1 << Right, the viewer's: from contact_show() alone */
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

/* What of a card is wrong. */
typedef enum {
	CONTACT_WRONG_NAME,
	CONTACT_WRONG_ADDRESS,
	CONTACT_WRONG_DOMAIN,
	CONTACT_WRONG_ROLE,
	CONTACT_WRONG_EMPLOYER,
} ContactWrongKind;
typedef struct {
	ContactWrongKind kind;
	guint index; /* which of them, from 0 */
} ContactWrong;

/* Would contact_create() (before NULL) or contact_change() take the card? ERROR_INVALID says what is wrong, and *wrong
 * where. Completes the card. */
bool contact_check(
    Session *session, Vcard *card, const ContactView *before, ContactWrong *wrong, GError **error);

/* "edit" on the book. card is checked and completed (UID, FN, REV); ERROR_CONFLICT when the UID is
 * taken. */
bool contact_create(Session *session, const Id *book, Vcard *card, Id *ret, GError **error);

/* What a card says, as a short text that is another one after each change: for contact_change(). New. */
char *contact_version(const ContactView *view);

/* "edit" on one of its books. The whole card is replaced; an employer that this session doesn't see stays when it was
 * there before. version: of the card as it was read, so that nobody overwrites what somebody else saved meanwhile
 * (ERROR_CONFLICT); or NULL. */
bool contact_change(
    Session *session, const Id *id, Vcard *card, const char *version, GError **error);

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

/*
 * contact: persons and organisations in address books.
 *
 * What identifies one is its sealed card, a vCard 4.0 that rules/vcard.h reads; what is looked up
 * (UID, addresses, mail domains, roles, employers) stands beside it as hashes and rows and is taken
 * from the card by rules/contact.c, which calls contact_save() with both. A contact is always in at
 * least one book until it is deleted, which keeps the row and the history.
 *
 * Each change writes the book_change log of the books that it is in and marks what must be indexed
 * again.
 */
#pragma once

#include "store/store.h"
#include "store/visible.h"

typedef enum { /* stored */ CONTACT_PERSON = 1, CONTACT_ORGANISATION } ContactKind;

typedef enum { /* stored; a set of them is the mask of 1 << role */
	CONTACT_CUSTOMER = 1,
	CONTACT_SUPPLIER,
	CONTACT_PARTNER,
	CONTACT_COLLEAGUE,
	CONTACT_FORMER_EMPLOYEE,
} ContactRole;
#define CONTACT_ROLE_LAST CONTACT_FORMER_EMPLOYEE

typedef struct {
	Id id;
	ContactKind kind;
	char *card;  /* vCard 4.0 text */
	guint roles; /* mask */
	gint64 row;  /* internal, for store/ */
} Contact;

void contact_free(Contact *contact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Contact, contact_free)

/* What the viewer may see. get: ERROR_NOT_FOUND, also when it is hidden. */
Contact *contact_get(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* By vCard UID; NULL without an error when there is none or it is hidden. */
Contact *contact_find_uid(Store *store, const Viewer *viewer, const char *uid, GError **error);

/* By canonical address. GPtrArray of Contact. */
GPtrArray *contact_find_address(
    Store *store, const Viewer *viewer, const char *canonical, GError **error);

/* In the order of their making, after the contact "after" (NULL: from the first), at most limit.
 * book NULL: any; roles 0: any, otherwise with one of these; kind 0: both. GPtrArray of Contact. */
typedef struct {
	const Id *book;
	guint roles;
	int kind;
	const Id *after;
	guint limit;
} ContactQuery;
GPtrArray *contact_list(
    Store *store, const Viewer *viewer, const ContactQuery *query, GError **error);

/* Employers of a person, or people of an organisation, as far as visible: GPtrArray of Contact. */
GPtrArray *contact_employers(Store *store, const Viewer *viewer, const Id *id, GError **error);
GPtrArray *contact_people(Store *store, const Viewer *viewer, const Id *id, GError **error);

/* The whole state to save; what was there and isn't in it any more is ended. */
typedef struct {
	ContactKind kind;
	const char *uid, *card;
	char *const *addresses; /* canonical, no doubles; NULL: none */
	char *const *domains;   /* canonical, for an organisation; NULL: none */
	guint roles;            /* mask */
	const Id *employers;    /* organisations */
	guint n_employers;
} ContactRecord;

/* ret_new_addresses, ret_new_domains (may be NULL): those that the contact didn't have before, for
 * file_waiting(); GPtrArray of char, new. since: see address.h; normally tx->now. */
bool contact_add(StoreTx *tx, const ContactRecord *record, const Id *book, Id *ret, GError **error);
bool contact_save(StoreTx *tx, const Id *id, const ContactRecord *record,
    GPtrArray **ret_new_addresses, GPtrArray **ret_new_domains, GError **error);

bool contact_enter_book(StoreTx *tx, const Id *id, const Id *book, GError **error);
/* ERROR_CONFLICT when it is its only book. */
bool contact_leave_book(StoreTx *tx, const Id *id, const Id *book, GError **error);

/* Takes it out of all books and ends its addresses; the history stays, its UID is free again. */
bool contact_delete(StoreTx *tx, const Id *id, GError **error);

/* UID known, also of a hidden contact (for import: a second one is refused). */
bool contact_has_uid(Store *store, const char *uid, bool *ret, GError **error);

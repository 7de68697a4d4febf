/*
 * contact-record: from a card to the rows that stand beside it. For rules/contact*.c alone.
 */
#pragma once

#include "rules/contact.h"

typedef struct {
	ContactRecord record; /* points into the rest */
	char *uid, *card;
	GPtrArray *addresses, *domains; /* canonical, NULL-terminated */
	GArray *employers;              /* of Id */
	guint unusable;                 /* mail addresses that match nothing */
} ContactWork;

/* Checks the card and completes it (UID, FN, KIND, REV). strict: an unusable mail address, role or
 * domain is ERROR_INVALID; otherwise it stands in the card and matches nothing. */
ContactWork *contact_work_new(Session *session, Vcard *card, bool strict, GError **error);
void contact_work_free(ContactWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactWork, contact_work_free)

/* Adds it within a transaction, and hands its addresses to filing. */
bool contact_work_add(Session *session, StoreTx *tx, const ContactWork *work, const Id *book,
    Id *ret, GError **error);

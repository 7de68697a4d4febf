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

/* How a card is read that a person has written: an unusable mail address, role, domain or employer is ERROR_INVALID,
 * unless the card that was there before had it. */
typedef struct {
	const Vcard *before; /* NULL: none */
	ContactWrong wrong;  /* result of a refusal */
} ContactStrict;

/* Checks the card and completes it (UID, FN, KIND, REV). present: the contact whose card it will be, NULL for a
 * new one; its employers that this session may not see stay. strict NULL: what is unusable stands in the card and
 * matches nothing. */
ContactWork *contact_work_new(
    Session *session, Vcard *card, const Id *present, ContactStrict *strict, GError **error);
void contact_work_free(ContactWork *work);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactWork, contact_work_free)

/* Within a transaction: adds it to a book, or saves it as what the contact is from now on; hands new addresses and
 * domains to filing. */
bool contact_work_add(Session *session, StoreTx *tx, const ContactWork *work, const Id *book,
    Id *ret, GError **error);
bool contact_work_save(
    Session *session, StoreTx *tx, const ContactWork *work, const Id *id, GError **error);

/* Within a transaction: takes it out of every book that the session knows it to be in, each of which needs
 * "edit". Where it stands in another one, it goes on there, and nothing tells so. */
bool contact_work_remove(Session *session, StoreTx *tx, const Id *id, GError **error);

/*
 * contact-edit: what somebody changes of a card, by a form or by options. Everything else of the card stays as it is,
 * also what this program doesn't know.
 */
#pragma once

#include "rules/contact.h"

/* NULL (kind 0, roles -1): as it is. "" and an empty list remove. */
typedef struct {
	int kind;                   /* ContactKind */
	const char *name;           /* FN */
	const char *given, *family; /* of N */
	const char *organisation, *title, *note;
	char *const *addresses,
	    *const *phones, *const *domains; /* "" keeps its place free: see vcard_set_all() */
	char *const *employers;              /* UIDs */
	int roles;                           /* mask of 1 << ContactRole */
} ContactEdit;

#define CONTACT_EDIT_INIT                                                                          \
	{                                                                                          \
		.roles = -1                                                                        \
	}

/* ERROR_INVALID when the name is too long. */
bool contact_edit_apply(const ContactEdit *edit, Vcard *card, GError **error);

/* The organisation that somebody means: by its id, UID, mail address, mail domain or whole name. ERROR_NOT_FOUND,
 * ERROR_CONFLICT when it may be several. */
ContactView *contact_edit_find_employer(Session *session, const char *words, GError **error);

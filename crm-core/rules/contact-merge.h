/*
 * contact-merge: adds what one card says to another one of the same contact. Pure.
 *
 * Nothing is overwritten: of what a contact has one of (name, title, note, birthday ...) its own value stays,
 * and what it lacks is filled in; of what it may have several of (mail addresses, telephones, organisations,
 * roles, properties that nobody knows ...) the missing ones are added. The same mail address in another
 * spelling, or the same telephone with other blanks or without its country, isn't missing.
 */
#pragma once

#include "rules/vcard.h"

typedef struct {
	char *adds;  /* what was added: "mail address, telephone"; "" when nothing */
	char *keeps; /* what differs and was kept as it was: "name, title"; "" when nothing */
} ContactMerge;

void contact_merge_clear(ContactMerge *merge);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ContactMerge, contact_merge_clear)
#define CONTACT_MERGE_INIT                                                                         \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

/* import: marks what is added for that import's undo (contact-mark.h); NULL: unmarked. *ret is overwritten. */
void contact_merge(Vcard *card, const Vcard *other, const char *import, ContactMerge *ret);

/* The names have a word in common, or one of the cards has no name of its own: a mail address that people of
 * quite different names share (info@) makes nobody the same person. */
bool contact_merge_may_be_same(const Vcard *card, const Vcard *other);

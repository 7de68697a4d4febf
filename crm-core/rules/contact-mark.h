/*
 * contact-mark: what an import leaves on a card, for its undo.
 *
 * The property X-KARTOTEKA-IMPORT holds the import's id and, as the parameter STATE, what became of the
 * contact since. Each property that a merge added has the id as a parameter of that name, so that the undo
 * of one import takes back what it added and nothing else. None of it leaves the house: an export clears it,
 * and what comes in is cleared of it. Pure.
 */
#pragma once

#include "rules/vcard.h"

typedef enum {
	CONTACT_MARK_NONE,   /* not of this import */
	CONTACT_MARK_NEW,    /* made by it */
	CONTACT_MARK_MERGED, /* it was there, the import added to it */
	CONTACT_MARK_EDITED, /* either of the two, and somebody has changed it since */
} ContactMark;

/* import: id_text() of the import, here and below. */
void contact_mark_set(Vcard *card, const char *import, ContactMark mark);
ContactMark contact_mark_find(const Vcard *card, const char *import);

/* Another import has added to it, too. */
bool contact_mark_has_other(const Vcard *card, const char *import);

/* A property that a merge added; without the properties of that import and its mark. */
void contact_mark_property(VcardProperty *property, const char *import);
void contact_mark_take_back(Vcard *card, const char *import);

/* card is what somebody makes of present: the marks go over as edited. */
void contact_mark_edit(Vcard *card, const Vcard *present);

void contact_mark_clear(Vcard *card);

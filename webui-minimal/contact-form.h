/*
 * contact-form: the fields of a contact on a page: from its card, from what was sent, and back into a card.
 *
 * Nothing of what somebody typed is lost: a form that was refused is written again with it, the sentence that says why
 * beside the field, and, when somebody else has saved meanwhile, what is stored now below each field that differs.
 */
#pragma once

#include "rules/contact-edit.h"
#include "webui-minimal/page.h"

typedef struct {
	int kind; /* ContactKind */
	char *name, *given, *family, *organisation, *title, *note;
	char **addresses, **phones, **domains;
	guint roles;
	char **
	    employers; /* UIDs of those that stay; of all that the card has, when it comes from a card */
	char *employer; /* the name of another one */
	char *version;  /* of the card that it began with; NULL: a new contact */
	/* why it was refused, or NULL; and which field */
	char *problem;
	bool beside; /* wrong says where; otherwise it stands on top */
	ContactWrong wrong;
} ContactForm;

ContactForm *contact_form_new(int kind);
ContactForm *contact_form_of(const ContactView *contact);
ContactForm *contact_form_read(const Cgi *cgi);
void contact_form_free(ContactForm *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContactForm, contact_form_free)

/* The contact of the page's address, new: ERROR_NOT_FOUND when the viewer doesn't see it, ERROR_DENIED when he may not
 * change it. */
ContactView *contact_form_open(Page *page, GError **error);
/* When all is done: the reply leads to the contact's page. */
void contact_form_leave(Page *page, const Id *contact);

/* Puts the fields into the card of present (NULL: into a new one) and checks it. shown: its employers that stood in
 * the form (ContactView); others stay. NULL: see problem; or error, when something else failed. */
Vcard *contact_form_card(Session *session, ContactForm *form, const ContactView *present,
    const GPtrArray *shown, GError **error);

/* Takes the sentence of an error that somebody can do something about (INVALID, CONFLICT, NOT_FOUND, TOO_BIG); gives
 * others back. */
bool contact_form_refuse(ContactForm *form, GError *problem, GError **error);

/* The fields, within a form. stored: what is there now, where it differs from what somebody began with; or NULL. */
void contact_form_write(
    Page *page, const ContactForm *form, const ContactForm *stored, const GPtrArray *shown);

/* Contacts as pages and commands show them. */
#include "rules/contact.h"

#include "base/error.h"
#include "store/book.h"

#include <string.h>

static const char *const role_names[] = {
    [CONTACT_CUSTOMER] = "customer",
    [CONTACT_SUPPLIER] = "supplier",
    [CONTACT_PARTNER] = "partner",
    [CONTACT_COLLEAGUE] = "colleague",
    [CONTACT_FORMER_EMPLOYEE] = "former-employee",
};

const char *
contact_role_name(ContactRole role)
{
	g_assert(role >= CONTACT_CUSTOMER && role <= CONTACT_ROLE_LAST);
	return role_names[role];
}

bool
contact_role_parse(const char *text, ContactRole *ret, GError **error)
{
	for (int role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++)
		if (g_ascii_strcasecmp(text, role_names[role]) == 0) {
			*ret = (ContactRole)role;
			return true;
		}
	return error_set(error, ERROR_INVALID,
	    "There is no such role: it is one of customer, "
	    "supplier, partner, colleague, former-employee.");
}

void
contact_view_free(ContactView *view)
{
	if (view == NULL)
		return;
	g_free(view->name);
	g_free(view->organisation);
	g_free(view->title);
	g_free(view->note);
	g_strfreev(view->addresses);
	g_strfreev(view->phones);
	g_strfreev(view->domains);
	vcard_free(view->card);
	g_free(view);
}

static char *
or_empty(char *text)
{
	return text == NULL ? g_strdup("") : text;
}

ContactView *
contact_view_new(const Contact *contact, GError **error)
{
	g_autoptr(ContactView) view = g_new0(ContactView, 1);
	const VcardProperty *org;

	view->card = vcard_parse(contact->card, NULL);
	if (view->card == NULL) {
		error_set(error, ERROR_INTERNAL,
		    "A contact's card is damaged: run \"kartoteka db check\".");
		return NULL;
	}
	view->id = contact->id;
	view->kind = contact->kind;
	view->roles = contact->roles;
	view->name = or_empty(vcard_name(view->card));
	org = vcard_find(view->card, "ORG");
	view->organisation = or_empty(org == NULL ? NULL : vcard_field(org, 0));
	view->title = or_empty(vcard_get(view->card, "TITLE"));
	view->note = or_empty(vcard_get(view->card, "NOTE"));
	view->addresses = vcard_all(view->card, "EMAIL");
	view->phones = vcard_all(view->card, "TEL");
	view->domains = vcard_all(view->card, "X-KARTOTEKA-DOMAIN");
	return g_steal_pointer(&view);
}

ContactView *
contact_show(Session *session, const Id *id, GError **error)
{
	g_autoptr(Contact) contact = contact_get(session->store, session->viewer, id, error);

	g_autoptr(ContactView) view = NULL;

	if (contact == NULL)
		return NULL;
	session_note(session, OBJECT_CONTACT, id);
	view = contact_view_new(contact, error);
	if (view == NULL ||
	    !visible_contact_rights(session->store, session->viewer, id, &view->rights, error))
		return NULL;
	return g_steal_pointer(&view);
}

char *
contact_version(const ContactView *view)
{
	g_autofree char *card = vcard_write(view->card, 40);

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, card, -1);
}

/* Takes contacts. */
static GPtrArray *
views_of(Session *session, GPtrArray *contacts, GError **error)
{
	g_autoptr(GPtrArray) views =
	    g_ptr_array_new_with_free_func((GDestroyNotify)contact_view_free);
	g_autoptr(GPtrArray) own = contacts;

	if (own == NULL)
		return NULL;
	for (guint i = 0; i < own->len; i++) {
		ContactView *view = contact_view_new(own->pdata[i], error);

		if (view == NULL)
			return NULL;
		g_ptr_array_add(views, view);
		session_note(session, OBJECT_CONTACT, &view->id);
	}
	return g_steal_pointer(&views);
}

GPtrArray *
contact_browse(Session *session, const ContactQuery *query, GError **error)
{
	return views_of(
	    session, contact_list(session->store, session->viewer, query, error), error);
}

GPtrArray *
contact_shown_employers(Session *session, const Id *id, GError **error)
{
	return views_of(
	    session, contact_employers(session->store, session->viewer, id, error), error);
}

GPtrArray *
contact_shown_people(Session *session, const Id *id, GError **error)
{
	return views_of(session, contact_people(session->store, session->viewer, id, error), error);
}

GPtrArray *
contact_shown_books(Session *session, const Id *id, GError **error)
{
	g_autoptr(GArray) ids = visible_contact_books(session->store, session->viewer, id, error);
	g_autoptr(GPtrArray) books = g_ptr_array_new_with_free_func((GDestroyNotify)book_free);

	if (ids == NULL)
		return NULL;
	for (guint i = 0; i < ids->len; i++) {
		Book *book = book_get(session->store, &g_array_index(ids, Id, i), error);

		if (book == NULL)
			return NULL;
		g_ptr_array_add(books, book);
	}
	return g_steal_pointer(&books);
}

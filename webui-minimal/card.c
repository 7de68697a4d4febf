#include "config.h"

#include "webui-minimal/card.h"

#include "rules/book.h"
#include "webui-minimal/staff.h"

#include <string.h>

const char *
card_role(ContactRole role)
{
	switch (role) {
	case CONTACT_CUSTOMER:
		return _("Customer");
	case CONTACT_SUPPLIER:
		return _("Supplier");
	case CONTACT_PARTNER:
		return _("Partner");
	case CONTACT_COLLEAGUE:
		return _("Colleague");
	default:
		return _("Former employee");
	}
}

static void
write_roles(Html *h, guint roles)
{
	for (int role = 1; role <= (int)CONTACT_ROLE_LAST; role++)
		if ((roles & (1u << role)) != 0)
			html_element(h, "span", "tag role", card_role((ContactRole)role));
}

/* The parts that aren't empty, with a dot between them. */
static void
write_dotted(Html *h, const char *const *texts, gsize n)
{
	bool first = true;

	for (gsize i = 0; i < n; i++) {
		if (texts[i] == NULL || texts[i][0] == '\0')
			continue;
		if (!first)
			html_text(h, " \302\267 ");
		html_foreign(h, texts[i]);
		first = false;
	}
}

static void
write_row(Page *page, const Id *id, const char *name, bool organisation, const char *const *texts,
    gsize n_texts, guint roles)
{
	Html *h = page->h;
	char id_digits[ID_TEXT_SIZE];
	g_autofree char *path = NULL;

	id_to_text(id, id_digits);
	path = page_path(page, "/contact/%s", id_digits);
	html_open(h, "li", NULL);
	page_avatar(page, name, organisation, "");
	html_open(h, "div", "class", "text", NULL);
	html_open(h, "p", NULL);
	html_open(h, "a", "class", "cover", "href", path, NULL);
	if (name[0] != '\0')
		html_foreign(h, name);
	else
		html_text(h, _("(no name)"));
	html_close(h);
	html_close(h);
	html_open(h, "p", "class", "soft small", NULL);
	write_dotted(h, texts, n_texts);
	html_close(h);
	html_close(h);
	write_roles(h, roles);
	html_close(h);
}

void
card_row(Page *page, const ContactView *contact)
{
	const char *texts[] = {contact->title,
	    contact->kind == CONTACT_PERSON ? contact->organisation : NULL, contact->addresses[0]};

	write_row(page, &contact->id, contact->name, contact->kind == CONTACT_ORGANISATION, texts,
	    G_N_ELEMENTS(texts), contact->roles);
}

void
card_found_row(Page *page, const SearchContact *contact)
{
	bool is_firm = strcmp(contact->organisation, contact->name) == 0;
	const char *texts[] = {is_firm ? NULL : contact->organisation, contact->address};

	write_row(page, &contact->id, contact->name, is_firm, texts, G_N_ELEMENTS(texts), 0);
}

/* <dt> and a <dd> for each text; scheme: "mailto:" or "tel:" for a link, or NULL. */
static void
write_facts(Page *page, const char *name, char *const *texts, const char *scheme)
{
	Html *h = page->h;

	if (texts[0] == NULL)
		return;
	html_element(h, "dt", NULL, name);
	for (; *texts != NULL; texts++) {
		html_open(h, "dd", NULL);
		if (scheme != NULL) {
			g_autofree char *escaped = g_uri_escape_string(*texts, "@+", FALSE);

			html_open(h, "a", NULL);
			html_attrf(h, "href", "%s%s", scheme, escaped);
			html_foreign(h, *texts);
			html_close(h);
		} else
			html_foreign(h, *texts);
		html_close(h);
	}
}

static void
write_linked(Page *page, const char *name, const GPtrArray *contacts)
{
	Html *h = page->h;

	if (contacts == NULL || contacts->len == 0)
		return;
	html_element(h, "dt", NULL, name);
	for (guint i = 0; i < contacts->len; i++) {
		const ContactView *contact = g_ptr_array_index(contacts, i);
		g_autofree char *id = id_text(&contact->id);
		g_autofree char *path = page_path(page, "/contact/%s", id);

		html_open(h, "dd", NULL);
		html_open(h, "a", "href", path, NULL);
		html_foreign(h, contact->name);
		html_close(h);
		if (contact->kind == CONTACT_PERSON && contact->title[0] != '\0') {
			html_open(h, "span", "class", "soft", NULL);
			html_text(h, ", ");
			html_foreign(h, contact->title);
			html_close(h);
		}
		html_close(h);
	}
}

void
card_book_choice(Page *page, const char *field, const GPtrArray *books, const Id *chosen)
{
	Html *h = page->h;

	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", field, NULL);
	html_text(h, _("Address book"));
	html_close(h);
	html_open(h, "select", "name", "book", "id", field, NULL);
	for (guint i = 0; i < books->len; i++) {
		const Book *book = g_ptr_array_index(books, i);
		g_autofree char *id = id_text(&book->id);

		html_open(h, "option", "value", id, "selected",
		    chosen != NULL && id_equal(chosen, &book->id) ? "" : NULL, NULL);
		html_text(h, book->name);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static void
write_books(Page *page, const GPtrArray *books)
{
	Html *h = page->h;

	if (books == NULL || books->len == 0)
		return;
	html_element(h, "dt", NULL, _("In the address books"));
	for (guint i = 0; i < books->len; i++) {
		const Book *book = g_ptr_array_index(books, i);
		g_autofree char *id = id_text(&book->id);
		g_autofree char *path = page_path(page, "/contacts?book=%s", id);

		html_open(h, "dd", NULL);
		html_open(h, "a", "href", path, NULL);
		html_foreign(h, book->name);
		html_close(h);
		html_close(h);
	}
}

static void
write_card_head(Page *page, const ContactView *contact)
{
	Html *h = page->h;
	bool organisation = contact->kind == CONTACT_ORGANISATION;

	html_open(h, "div", "class", "person-head", NULL);
	page_avatar(page, contact->name, organisation, "big");
	html_open(h, "div", NULL);
	html_open(h, "h1", NULL);
	if (contact->name[0] != '\0')
		html_foreign(h, contact->name);
	else
		html_text(h, _("(no name)"));
	html_close(h);
	html_open(h, "p", NULL);
	if (organisation)
		html_text(h, _("Organisation"));
	else {
		const char *texts[] = {contact->title, contact->organisation};

		write_dotted(h, texts, G_N_ELEMENTS(texts));
	}
	html_close(h);
	html_close(h);
	html_close(h);
}

void
card_write(Page *page, const ContactView *contact, const GPtrArray *employers,
    const GPtrArray *people, const GPtrArray *books, const GPtrArray *circles)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&contact->id);
	g_autofree char *circles_path = g_strdup_printf("/contact/%s/circles", id);

	html_open(h, "section", "class", "box", "aria-label", _("Card"), NULL);
	write_card_head(page, contact);
	if (contact->roles != 0) {
		html_open(h, "p", "class", "tags", NULL);
		write_roles(h, contact->roles);
		html_close(h);
	}
	html_open(h, "dl", "class", "facts", NULL);
	write_facts(page, _("E-mail"), contact->addresses, "mailto:");
	write_facts(page, _("Telephone"), contact->phones, "tel:");
	write_facts(page, _("Mail domains"), contact->domains, NULL);
	write_linked(page, _("Works for"), employers);
	write_linked(page, _("People"), people);
	if (contact->note[0] != '\0') {
		html_element(h, "dt", NULL, _("Note"));
		html_element(h, "dd", "note-text", contact->note);
	}
	write_books(page, books);
	html_close(h);
	staff_write_circles(page, circles, circles_path);
	html_open(h, "p", "class", "card-foot split", NULL);
	page_link(page, "i i-eye", _("Who can see this"), "/contact/%s/who", id);
	if ((contact->rights & 1u << RIGHT_EDIT) != 0)
		page_link(page, NULL, _("Edit"), "/contact/%s/edit", id);
	html_close(h);
	html_close(h);
}

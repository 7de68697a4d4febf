/* Adding and changing a contact. */
#include "config.h"

#include "rules/book.h"
#include "rules/search.h"
#include "rules/view.h"
#include "webui-minimal/card.h"
#include "webui-minimal/contact-form.h"
#include "webui-minimal/pages.h"

#include <string.h>

/* What the form of a contact is written from. */
typedef struct {
	ContactForm *form;
	ContactView *present; /* NULL: a new contact */
	GPtrArray *employers; /* ContactView, those that the viewer sees */
	GPtrArray *books;     /* Book, those that he may put contacts into */
	const char *chosen;   /* id of the book of a new contact, or NULL */
	ContactForm *stored;  /* what somebody else has saved meanwhile, or NULL */
	GPtrArray *same;      /* SearchContact of the new one's name, or NULL */
	char *called;         /* that name, which may be made of its parts */
} Edit;

static void
edit_clear(Edit *edit)
{
	contact_form_free(edit->form);
	contact_view_free(edit->present);
	g_clear_pointer(&edit->employers, g_ptr_array_unref);
	g_clear_pointer(&edit->books, g_ptr_array_unref);
	contact_form_free(edit->stored);
	g_clear_pointer(&edit->same, g_ptr_array_unref);
	g_free(edit->called);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Edit, edit_clear)

static void
write_warning(Page *page, const char *class, const char *text)
{
	Html *h = page->h;

	html_open(h, "div", "class", class, "role", "alert", NULL);
	html_element(h, "p", NULL, text);
	html_close(h);
}

/* The first that was typed, or "". */
static const char *
first_address(const ContactForm *form)
{
	for (char **address = form->addresses; *address != NULL; address++)
		if (**address != '\0')
			return *address;
	return "";
}

/* Who is called so already, each with the way to add the address there. */
static void
write_same(Page *page, const Edit *edit)
{
	Html *h = page->h;
	g_autofree char *part = html_url_part(first_address(edit->form));

	html_open(h, "div", "class", "note warn", "role", "alert", NULL);
	html_element(h, "p", NULL,
	    _("There is a contact of this name already. If it is the same one, add what is new there; if it is "
	      "another one, add the contact all the same."));
	html_open(h, "ul", NULL);
	for (guint i = 0; i < edit->same->len; i++) {
		const SearchContact *contact = g_ptr_array_index(edit->same, i);
		g_autofree char *id = id_text(&contact->id), *path = page_path(page, "/contact/%s", id);

		html_open(h, "li", NULL);
		html_open(h, "a", "href", path, NULL);
		html_foreign(h, contact->name);
		html_close(h);
		html_text(h, " ");
		html_foreign(h, contact->address[0] != '\0' ? contact->address : contact->organisation);
		if (part[0] != '\0' && (contact->rights & 1u << RIGHT_EDIT) != 0) {
			html_text(h, " \302\267 ");
			page_link(page, NULL, _("Add the address to it"), "/contact/%s/edit?address=%s", id, part);
		}
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static void
write_notes(Page *page, const Edit *edit)
{
	if (edit->same != NULL)
		write_same(page, edit);
	else if (edit->stored != NULL)
		write_warning(page, "note warn",
		    _("Somebody else has saved this contact meanwhile. What you typed stands in "
		      "the "
		      "fields, what is stored now below those that differ. Look through it and "
		      "save "
		      "again."));
	else if (edit->form->problem != NULL && edit->form->beside)
		write_warning(page, "note bad", _("Nothing has been saved yet: see below."));
	else if (edit->form->problem != NULL)
		write_warning(page, "note bad", edit->form->problem);
}

static void
write_form(Page *page, const Edit *edit, const char *id)
{
	Html *h = page->h;
	Id chosen;

	if (edit->present != NULL)
		page_form(page, "box edit", "/contact/%s/edit", id);
	else
		page_form(page, "box edit", "/contacts/new");
	if (edit->present == NULL)
		card_book_choice(page, "book", edit->books,
		    edit->chosen != NULL && id_parse(edit->chosen, &chosen, NULL) ? &chosen : NULL);
	if (edit->same != NULL)
		html_hidden(h, "another", edit->called);
	contact_form_write(page, edit->form, edit->stored, edit->employers);
	html_open(h, "p", "class", "buttons", NULL);
	html_open(h, "button", "class", "primary", "name", "do", "value", "save", NULL);
	html_text(h, edit->present != NULL ? _("Save") : _("Add the contact"));
	html_close(h);
	html_open(h, "button", "name", "do", "value", "more", NULL);
	html_text(h, _("More lines"));
	html_close(h);
	if (edit->present != NULL)
		page_link(page, NULL, _("Cancel"), "/contact/%s", id);
	else
		page_link(page, NULL, _("Cancel"), "/contacts");
	html_close(h);
	html_close(h);
}

/* Pages of their own, so that nothing of what stands in the fields is lost by what is done there. */
static void
write_more(Page *page, const char *id)
{
	Html *h = page->h;

	html_open(h, "p", "class", "more below", NULL);
	page_link(page, NULL, _("Its address books"), "/contact/%s/books", id);
	page_link(page, "danger", _("Delete this contact"), "/contact/%s/delete", id);
	html_close(h);
}

/* status: of the reply. */
static bool
show(Page *page, const Edit *edit, int status, GError **error)
{
	Html *h = page->h;
	g_autofree char *id = edit->present != NULL ? id_text(&edit->present->id) : NULL;
	g_autofree char *back =
	    id != NULL ? g_strdup_printf("/contact/%s", id) : g_strdup("/contacts");
	const char *title = edit->present != NULL ? _("Edit the contact") : _("Add a contact");

	page_begin(page, title, PAGE_TAB_CONTACTS, NULL);
	page_column(
	    page, id != NULL ? _("Back to the contact") : _("Contacts"), back, title, false, NULL);
	write_notes(page, edit);
	write_form(page, edit, id);
	if (id != NULL)
		write_more(page, id);
	html_close(h);
	if (!session_record(page->session, PURPOSE_READ, "contact form", error))
		return false;
	reply_status(page->reply, status);
	page_end(page);
	return true;
}

/* Only "More lines": nothing is checked or saved. */
static bool
wants_more(const Page *page)
{
	return g_strcmp0(cgi_form(page->cgi, "do"), "more") == 0;
}

/* Sent by a form of another session: it is looked through once more. */
static bool
show_stale(Page *page, Edit *edit, GError **error)
{
	edit->form->problem =
	    g_strdup(_("Nothing has been saved yet, for you have signed in anew since this "
		       "form was opened. Look through it and save again."));
	return show(page, edit, 403, error);
}

static int
status_of(const GError *problem)
{
	return error_code(problem) == ERROR_CONFLICT ? 409 : error_http_status(error_code(problem));
}

/* A form that was refused is shown again; other errors are the page's. */
static bool
refuse(Page *page, Edit *edit, GError *problem, GError **error)
{
	int status = status_of(problem);

	return contact_form_refuse(edit->form, problem, error) && show(page, edit, status, error);
}

static bool
add(Page *page, Edit *edit, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(Vcard) card = NULL;
	Id book, contact;

	edit->form = contact_form_read(page->cgi);
	edit->chosen = cgi_form(page->cgi, "book");
	if (page->stale)
		return show_stale(page, edit, error);
	if (wants_more(page))
		return show(page, edit, 200, error);
	card = contact_form_card(page->session, edit->form, NULL, NULL, error);
	if (card == NULL)
		return edit->form->problem != NULL && show(page, edit, 400, error);
	if (!id_parse(edit->chosen != NULL ? edit->chosen : "", &book, error))
		return false;
	edit->called = vcard_name(card);
	if (g_strcmp0(cgi_form(page->cgi, "another"), edit->called) != 0) {
		edit->same = search_contacts_named(page->session, edit->called, error);
		if (edit->same == NULL)
			return false;
		if (edit->same->len > 0)
			return show(page, edit, 409, error);
	}
	if (!contact_create(page->session, &book, card, &contact, &problem))
		return refuse(page, edit, g_steal_pointer(&problem), error);
	contact_form_leave(page, &contact);
	return true;
}

/* One more, when it isn't there; A@x is a@x. */
static void
add_address(ContactForm *form, const char *address)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	for (char **present = form->addresses; *present != NULL; present++)
		if (g_ascii_strcasecmp(*present, address) == 0)
			return;
	g_strv_builder_addv(all, (const char **)form->addresses);
	g_strv_builder_add(all, address);
	g_strfreev(form->addresses);
	form->addresses = g_strv_builder_end(all);
}

/* Its author, as the mail names him. */
static bool
fill_from_message(Page *page, ContactForm *form, GError **error)
{
	g_autoptr(View) view = NULL;
	Id message;

	if (!id_parse(cgi_query(page->cgi, "message"), &message, error) ||
	    (view = view_open(page->session, &message, error)) == NULL)
		return false;
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = g_ptr_array_index(view->people, i);

		if (person->role != MAIL_FROM || !id_is_zero(&person->contact))
			continue;
		g_free(form->name);
		form->name = g_strdup(person->name != NULL ? person->name : "");
		g_strfreev(form->addresses);
		form->addresses = g_strsplit(person->address, "\n", 1);
		return true;
	}
	return true;
}

bool
pages_contact_new(Page *page, GError **error)
{
	g_auto(Edit) edit = {.books = book_with_right(page->session, RIGHT_EDIT, error)};

	if (edit.books == NULL)
		return false;
	if (edit.books->len == 0)
		return error_set(error, ERROR_DENIED,
		    "This needs the right to change contacts of an address book");
	if (page->cgi->method == CGI_POST)
		return add(page, &edit, error);
	edit.form = contact_form_new(CONTACT_PERSON);
	edit.chosen = cgi_query(page->cgi, "book");
	if (cgi_query(page->cgi, "message") != NULL && !fill_from_message(page, edit.form, error))
		return false;
	return show(page, &edit, 200, error);
}

static bool
open_contact(Page *page, Edit *edit, GError **error)
{
	edit->present = contact_form_open(page, error);
	if (edit->present == NULL)
		return false;
	edit->employers = contact_shown_employers(page->session, &page->id, error);
	return edit->employers != NULL;
}

/* Somebody else was faster: both stand on the page, and saving it again is a decision. */
static bool
show_conflict(Page *page, Edit *edit, GError **error)
{
	edit->stored = contact_form_of(edit->present);
	return show(page, edit, 409, error);
}

static bool
is_changed(const Edit *edit)
{
	g_autofree char *version = contact_version(edit->present);

	return g_strcmp0(edit->form->version, version) != 0;
}

static bool
change(Page *page, Edit *edit, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(Vcard) card = NULL;

	edit->form = contact_form_read(page->cgi);
	if (is_changed(edit))
		return show_conflict(page, edit, error);
	if (page->stale)
		return show_stale(page, edit, error);
	if (wants_more(page))
		return show(page, edit, 200, error);
	card = contact_form_card(page->session, edit->form, edit->present, edit->employers, error);
	if (card == NULL)
		return edit->form->problem != NULL && show(page, edit, 400, error);
	if (contact_change(page->session, &page->id, card, edit->form->version, &problem)) {
		contact_form_leave(page, &page->id);
		return true;
	}
	if (error_code(problem) != ERROR_CONFLICT)
		return refuse(page, edit, g_steal_pointer(&problem), error);
	/* within the last moment */
	g_clear_pointer(&edit->present, contact_view_free);
	edit->present = contact_show(page->session, &page->id, error);
	return edit->present != NULL && show_conflict(page, edit, error);
}

bool
pages_contact_edit(Page *page, GError **error)
{
	g_auto(Edit) edit = {0};

	if (!open_contact(page, &edit, error))
		return false;
	if (page->cgi->method == CGI_POST)
		return change(page, &edit, error);
	edit.form = contact_form_of(edit.present);
	if (cgi_query(page->cgi, "address") != NULL)
		add_address(edit.form, cgi_query(page->cgi, "address"));
	return show(page, &edit, 200, error);
}

/* Moving a contact between address books, and deleting it. */
#include "config.h"

#include "rules/book.h"
#include "webui-minimal/contact-form.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/staff.h"

static bool
is_in(const GPtrArray *books, const Id *id)
{
	for (guint i = 0; i < books->len; i++)
		if (id_equal(&((const Book *)g_ptr_array_index(books, i))->id, id))
			return true;
	return false;
}

static void
write_books(Page *page, const GPtrArray *books, const GPtrArray *present, const char *id)
{
	Html *h = page->h;

	page_form(page, "box edit", "/contact/%s/books", id);
	html_open(h, "fieldset", "class", "picks", NULL);
	html_element(h, "legend", NULL, _("In the address books"));
	for (guint i = 0; i < books->len; i++) {
		const Book *book = g_ptr_array_index(books, i);
		g_autofree char *book_id = id_text(&book->id);

		html_open(h, "label", NULL);
		html_open(h, "input", "type", "checkbox", "name", "book", "value", book_id,
		    "checked", is_in(present, &book->id) ? "" : NULL, NULL);
		html_close(h);
		html_text(h, " ");
		html_foreign(h, book->name);
		html_close(h);
	}
	html_close(h);
	html_element(h, "p", "hint",
	    _("Who may see it follows from this. A contact stands in one address book at least."));
	html_open(h, "p", "class", "buttons", NULL);
	html_element(h, "button", "primary", _("Save"));
	page_link(page, NULL, _("Cancel"), "/contact/%s/edit", id);
	html_close(h);
	html_close(h);
}

/* The frame of the pages about one contact that aren't its fields. */
static void
begin(Page *page, const char *title, const char *name, const char *id)
{
	Html *h = page->h;
	g_autofree char *back = g_strdup_printf("/contact/%s", id);

	page_begin(page, title, PAGE_TAB_CONTACTS, NULL);
	page_column(page, _("Back to the contact"), back, title, false, NULL);
	html_open(h, "p", "class", "page-head", NULL);
	html_foreign(h, name);
	html_close(h);
}

/* books: those that the viewer may put contacts into; present: those that it is in. */
static bool
show_books(Page *page, const ContactView *contact, const GPtrArray *books, const GPtrArray *present,
    const char *problem, GError **error)
{
	g_autofree char *id = id_text(&page->id);

	if (!session_record(page->session, PURPOSE_READ, "contact form", error))
		return false;
	begin(page, _("Its address books"), contact->name, id);
	staff_write_problem(page, problem);
	write_books(page, books, present, id);
	html_close(page->h);
	page_end(page);
	return true;
}

/* First in, then out, so that it is always in one; one of each is a move. */
static bool
change_books(Page *page, const GArray *in, const GArray *out, GError **error)
{
	if (in->len == 1 && out->len == 1)
		return contact_move(page->session, &page->id, &g_array_index(out, Id, 0),
		    &g_array_index(in, Id, 0), error);
	for (guint i = 0; i < in->len; i++)
		if (!contact_put_in(page->session, &page->id, &g_array_index(in, Id, i), error))
			return false;
	for (guint i = 0; i < out->len; i++)
		if (!contact_take_out(page->session, &page->id, &g_array_index(out, Id, i), error))
			return false;
	return true;
}

static bool
save_books(Page *page, const GPtrArray *books, const GPtrArray *present, GError **error)
{
	g_auto(GStrv) wanted = cgi_form_all(page->cgi, "book");
	g_autoptr(GArray) in = g_array_new(FALSE, FALSE, sizeof(Id));
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(Id));

	for (guint i = 0; i < books->len; i++) {
		const Book *book = g_ptr_array_index(books, i);
		g_autofree char *text = id_text(&book->id);
		bool chosen = g_strv_contains((const char *const *)wanted, text);

		if (chosen != is_in(present, &book->id))
			g_array_append_val(chosen ? in : out, book->id);
	}
	return change_books(page, in, out, error);
}

bool
pages_contact_books(Page *page, GError **error)
{
	g_autoptr(ContactView) contact = contact_form_open(page, error);
	g_autoptr(GPtrArray) books = NULL, present = NULL;
	g_autoptr(GError) problem = NULL;

	if (contact == NULL ||
	    (books = book_with_right(page->session, RIGHT_EDIT, error)) == NULL ||
	    (present = contact_shown_books(page->session, &page->id, error)) == NULL)
		return false;
	if (page->cgi->method != CGI_POST)
		return show_books(page, contact, books, present, NULL, error);
	if (save_books(page, books, present, &problem)) {
		contact_form_leave(page, &page->id);
		return true;
	}
	if (staff_can_mend(page, problem))
		return show_books(page, contact, books, present, problem->message, error);
	g_propagate_error(error, g_steal_pointer(&problem));
	return false;
}

bool
pages_contact_delete(Page *page, GError **error)
{
	Html *h = page->h;
	g_autoptr(ContactView) contact = contact_form_open(page, error);
	g_autofree char *id = id_text(&page->id), *path = page_path(page, "/contacts");

	if (contact == NULL)
		return false;
	if (page->cgi->method == CGI_POST) {
		if (!contact_remove(page->session, &page->id, error))
			return false;
		reply_redirect(page->reply, path);
		return true;
	}
	if (!session_record(page->session, PURPOSE_READ, "contact form", error))
		return false;
	begin(page, _("Delete this contact"), contact->name, id);
	page_form(page, "box edit", "/contact/%s/delete", id);
	html_element(h, "p", NULL,
	    _("It is taken out of all address books that you see it in. Mail that was filed under "
	      "it stays for those who took part; new mail is no longer filed here."));
	html_open(h, "p", "class", "buttons", NULL);
	html_element(h, "button", "danger", _("Delete it"));
	page_link(page, NULL, _("Cancel"), "/contact/%s/edit", id);
	html_close(h);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

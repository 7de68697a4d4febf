/* People whom the reader wrote to or heard from and who are in no address book. */
#include "config.h"

#include "rules/book.h"
#include "rules/review.h"
#include "webui-minimal/card.h"
#include "webui-minimal/pages.h"

#define SHOWN 100

static void
write_entry_form(Page *page, const ReviewEntry *entry, guint number, const GPtrArray *books)
{
	Html *h = page->h;
	g_autofree char *book_field = g_strdup_printf("book-%u", number);

	page_form(page, "fields", "/contacts/new");
	html_hidden(h, "address", entry->address);
	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", NULL);
	html_attrf(h, "for", "name-%u", number);
	html_text(h, _("Name"));
	html_close(h);
	html_open(h, "input", "name", "name", "value", entry->name, "required", "", "maxlength",
	    "200", NULL);
	html_attrf(h, "id", "name-%u", number);
	html_close(h);
	html_close(h);
	card_book_choice(page, book_field, books, NULL);
	html_element(h, "button", NULL, _("Make a contact"));
	html_close(h);
}

static void
write_entry(Page *page, const ReviewEntry *entry, guint number, const GPtrArray *books)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&entry->message);
	g_autofree char *path = page_path(page, "/message/%s", id);
	const char *name = entry->name[0] ? entry->name : entry->address;

	html_open(h, "li", "class", "box", NULL);
	html_open(h, "div", "class", "person-head", NULL);
	page_avatar(page, name, false, "");
	html_open(h, "div", NULL);
	html_open(h, "h2", NULL);
	html_foreign(h, name);
	html_close(h);
	html_open(h, "p", "class", "small", NULL);
	if (entry->name[0] != '\0') {
		html_foreign(h, entry->address);
		html_text(h, " \302\267 ");
	}
	html_textf(h, ngettext("%u mail", "%u mails", entry->messages), entry->messages);
	html_text(h, ", ");
	html_open(h, "a", "href", path, NULL);
	html_text(h, _("the newest one"));
	html_close(h);
	html_text(h, " ");
	page_time(page, entry->last);
	html_close(h);
	html_close(h);
	html_close(h);
	if (books->len > 0)
		write_entry_form(page, entry, number, books);
	html_close(h);
}

bool
pages_review(Page *page, GError **error)
{
	Html *h = page->h;
	g_autoptr(GPtrArray) entries = review_list(page->session, SHOWN, error);
	g_autoptr(GPtrArray) books = NULL;

	if (entries == NULL)
		return false;
	books = book_with_right(page->session, RIGHT_EDIT, error);
	if (books == NULL)
		return false;
	page_begin(page, _("To review"), PAGE_TAB_REVIEW, NULL);
	html_open(h, "div", "class", "narrow", NULL);
	html_open(h, "div", "class", "page-head", NULL);
	html_element(h, "h1", NULL, _("To review"));
	html_element(h, "p", NULL,
	    _("You exchange mail with these people, but they are in no address book. Make "
	      "contacts of those whose correspondence belongs to the company; their mail is then "
	      "filed by itself. Nobody else sees this list."));
	html_close(h);
	if (entries->len == 0)
		page_empty(page, _("Nothing to review"),
		    _("Everybody you have written to is in an address book. Who wrote to you "
		      "without an answer is found by the search; each mail offers to make a "
		      "contact of its sender."));
	else if (books->len == 0) {
		html_open(h, "div", "class", "note warn", NULL);
		html_element(h, "p", NULL,
		    _("To make a contact you need the right to change contacts of an address "
		      "book. Ask its manager."));
		html_close(h);
	}
	html_open(h, "ul", "class", "cards", NULL);
	for (guint i = 0; i < entries->len; i++)
		write_entry(page, g_ptr_array_index(entries, i), i, books);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

/* The contacts, all or of one book or role. */
#include "config.h"

#include "rules/book.h"
#include "rules/contact.h"
#include "rules/search.h"
#include "webui-minimal/card.h"
#include "webui-minimal/pages.h"

#include <string.h>

#define SHOWN 200 /* of a book or role, in alphabetical order; beyond that: page by page */

typedef struct {
	GPtrArray *books; /* Book */
	const Book *book; /* filter, or NULL */
	int role;         /* filter, or 0 */
	const char *words;
} Filter;

static bool
read_filter(Page *page, Filter *filter, GError **error)
{
	const char *book = cgi_query(page->cgi, "book"), *role = cgi_query(page->cgi, "role");
	ContactRole number;
	Id id;

	if (book != NULL && book[0] != '\0') {
		if (!id_parse(book, &id, error))
			return false;
		for (guint i = 0; i < filter->books->len; i++) {
			const Book *one = g_ptr_array_index(filter->books, i);

			if (id_equal(&one->id, &id))
				filter->book = one;
		}
		if (filter->book == NULL)
			return error_set(error, ERROR_NOT_FOUND, "There is no such address book");
	}
	if (role != NULL && role[0] != '\0') {
		if (!contact_role_parse(role, &number, error))
			return false;
		filter->role = (int)number;
	}
	return true;
}

static void
write_choice(Page *page, const char *path, const char *text, bool foreign, bool current)
{
	Html *h = page->h;

	html_open(h, "li", NULL);
	html_open(h, "a", "href", path, "aria-current", current ? "page" : NULL, NULL);
	if (foreign)
		html_foreign(h, text);
	else
		html_text(h, text);
	html_close(h);
	html_close(h);
}

/* The list of a book (NULL: all) and a role (0: all), of the words that are looked for. */
static char *
path_of(Page *page, const Filter *filter, const Book *book, int role)
{
	g_autofree char *id = book != NULL ? id_text(&book->id) : g_strdup("");
	g_autofree char *words = html_url_part(filter->words);

	return page_path(page, "/contacts?book=%s&role=%s%s%s", id,
	    role != 0 ? contact_role_name((ContactRole)role) : "", *words != '\0' ? "&words=" : "",
	    words);
}

/* Books and roles, each a link that chooses it and keeps the other, and the words. */
static void
write_choices(Page *page, const Filter *filter)
{
	Html *h = page->h;
	g_autofree char *all = path_of(page, filter, NULL, filter->role);

	html_open(h, "nav", "class", "box choices no-print", "aria-label", _("Show"), NULL);
	html_element(h, "h2", NULL, _("Address book"));
	html_open(h, "ul", NULL);
	write_choice(page, all, _("All"), false, filter->book == NULL);
	for (guint i = 0; i < filter->books->len; i++) {
		const Book *book = g_ptr_array_index(filter->books, i);
		g_autofree char *path = path_of(page, filter, book, filter->role);

		write_choice(page, path, book->name, true, book == filter->book);
	}
	html_close(h);
	html_element(h, "h2", NULL, _("Role"));
	html_open(h, "ul", NULL);
	for (int role = 0; role <= (int)CONTACT_ROLE_LAST; role++) {
		g_autofree char *path = path_of(page, filter, filter->book, role);

		write_choice(page, path, role ? card_role((ContactRole)role) : _("All"), false,
		    role == filter->role);
	}
	html_close(h);
	html_close(h);
}

/* Looks for words within what is chosen. */
static void
write_words(Page *page, const Filter *filter)
{
	Html *h = page->h;
	g_autofree char *action = page_path(page, "/contacts");
	g_autofree char *book = filter->book ? id_text(&filter->book->id) : NULL;

	html_open(h, "form", "class", "one-line no-print", "method", "get", "action", action,
	    "role", "search", NULL);
	if (book != NULL)
		html_hidden(h, "book", book);
	if (filter->role != 0)
		html_hidden(h, "role", contact_role_name((ContactRole)filter->role));
	html_open(h, "label", "class", "vh", "for", "words", NULL);
	html_text(h, _("Name or address"));
	html_close(h);
	html_open(h, "input", "id", "words", "name", "words", "type", "search", "maxlength", "200",
	    "placeholder", _("Name or address"), "value", filter->words, NULL);
	html_close(h);
	html_element(h, "button", NULL, _("Search"));
	html_close(h);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
	const ContactView *one = *(ContactView *const *)a, *two = *(ContactView *const *)b;
	g_autofree char *x = query_folded(one->name), *y = query_folded(two->name);
	int order = strcmp(x, y);

	return order != 0 ? order : strcmp(one->name, two->name);
}

/* One book or role: in alphabetical order as long as they are few. */
static bool
write_filtered(Page *page, const Filter *filter, char **ret_next, guint *ret_count, GError **error)
{
	Html *h = page->h;
	const char *after = cgi_query(page->cgi, "from");
	Id after_id;
	ContactQuery query = {.book = filter->book ? &filter->book->id : NULL,
	    .roles = filter->role ? 1u << filter->role : 0,
	    .limit = SHOWN + 1};
	g_autoptr(GPtrArray) views = NULL;

	if (after != NULL) {
		if (!id_parse(after, &after_id, error))
			return false;
		query.after = &after_id;
	}
	views = contact_browse(page->session, &query, error);
	if (views == NULL || !session_record(page->session, PURPOSE_READ, NULL, error))
		return false;
	if (views->len > SHOWN) {
		g_autofree char *path = path_of(page, filter, filter->book, filter->role);
		g_autofree char *last = NULL;

		g_ptr_array_remove_index(views, SHOWN);
		last = id_text(&((ContactView *)g_ptr_array_index(views, SHOWN - 1))->id);
		*ret_next = g_strdup_printf("%s&from=%s", path, last);
	}
	g_ptr_array_sort(views, by_name);
	*ret_count = views->len;
	if (views->len > 0)
		html_open(h, "ul", "class", "box list people", NULL);
	for (guint i = 0; i < views->len; i++)
		card_row(page, g_ptr_array_index(views, i));
	if (views->len > 0)
		html_close(h);
	return true;
}

/* All, or of what is chosen those whose name, organisation or address matches. */
static bool
write_found(Page *page, const Filter *filter, char **ret_next, guint *ret_count, GError **error)
{
	Html *h = page->h;
	SearchContacts wanted = {.words = filter->words,
	    .book = filter->book ? &filter->book->id : NULL,
	    .roles = filter->role ? 1u << filter->role : 0};
	g_autoptr(GError) problem = NULL;
	g_autoptr(SearchPage) found = search_contacts(
	    page->session, &wanted, cgi_query(page->cgi, "from"), SEARCH_PAGE, &problem);

	if (found == NULL && error_code(problem) == ERROR_INVALID) {
		html_open(h, "div", "class", "note warn", "role", "alert", NULL);
		html_element(h, "p", NULL, problem->message);
		html_close(h);
		*ret_count = 1;
		return true;
	}
	if (found == NULL) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	*ret_count = found->contacts->len;
	if (found->next != NULL) {
		g_autofree char *from = html_url_part(found->next);
		g_autofree char *path = path_of(page, filter, filter->book, filter->role);

		*ret_next = g_strdup_printf("%s&from=%s", path, from);
	}
	if (found->contacts->len > 0)
		html_open(h, "ul", "class", "box list people", NULL);
	for (guint i = 0; i < found->contacts->len; i++)
		card_found_row(page, g_ptr_array_index(found->contacts, i));
	if (found->contacts->len > 0)
		html_close(h);
	return true;
}

/* To the book that is shown, or to any. */
static bool
may_add(const Filter *filter)
{
	for (guint i = 0; i < filter->books->len; i++) {
		const Book *book = g_ptr_array_index(filter->books, i);

		if ((filter->book == NULL || filter->book == book) &&
		    (book->rights & 1u << RIGHT_EDIT) != 0)
			return true;
	}
	return false;
}

bool
pages_contacts(Page *page, GError **error)
{
	Html *h = page->h;
	g_autoptr(GPtrArray) books = book_shown(page->session, error);
	const char *words = cgi_query(page->cgi, "words");
	Filter filter = {.books = books, .words = words ? words : ""};
	g_autofree char *next = NULL;
	guint count = 0;
	bool ok;

	if (books == NULL || !read_filter(page, &filter, error))
		return false;
	page_begin(page, _("Contacts"), PAGE_TAB_CONTACTS, NULL);
	html_open(h, "div", "class", "page-head split", NULL);
	html_element(h, "h1", NULL, _("Contacts"));
	if (may_add(&filter)) {
		g_autofree char *book = filter.book ? id_text(&filter.book->id) : g_strdup("");

		page_link(
		    page, "button no-print", _("Add a contact"), "/contacts/new?book=%s", book);
	}
	html_close(h);
	html_open(h, "div", "class", "grid left", NULL);
	html_open(h, "div", "class", "side", NULL);
	write_choices(page, &filter);
	html_close(h);
	html_open(h, "div", NULL);
	write_words(page, &filter);
	ok = (filter.book != NULL || filter.role != 0) && filter.words[0] == '\0'
		 ? write_filtered(page, &filter, &next, &count, error)
		 : write_found(page, &filter, &next, &count, error);
	if (!ok)
		return false;
	if (count == 0)
		page_empty(page, _("No contact here"),
		    page->session->administrator && books->len > 0
			? _("An administrator sees books and rights, but no contact. Whoever "
			    "works with contacts needs the right to see the cards of a book.")
			: _("Nothing that is open to you matches. Contacts come into an address "
			    "book by import, or from the list of people to review."));
	if (next != NULL) {
		html_open(h, "nav", "class", "pager", "aria-label", _("Pages"), NULL);
		html_open(h, "a", "class", "button", "rel", "next", "href", next, NULL);
		html_text(h, _("More"));
		html_close(h);
		html_close(h);
	}
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

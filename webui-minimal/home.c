/* The first page: what came and went lately, of all that its reader may see. */
#include "config.h"

#include "rules/book.h"
#include "webui-minimal/line.h"
#include "webui-minimal/pages.h"

static void
write_books(Page *page, const GPtrArray *books)
{
	Html *h = page->h;

	if (books->len == 0)
		return;
	html_open(h, "nav", "class", "box choices", "aria-label", _("Address books"), NULL);
	html_element(h, "h2", NULL, _("Address books"));
	html_open(h, "ul", NULL);
	for (guint i = 0; i < books->len; i++) {
		const Book *book = g_ptr_array_index(books, i);
		g_autofree char *id = id_text(&book->id);
		g_autofree char *path = page_path(page, "/contacts?book=%s", id);

		html_open(h, "li", NULL);
		html_open(h, "a", "href", path, NULL);
		html_foreign(h, book->name);
		html_close(h);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

bool
pages_home(Page *page, GError **error)
{
	Html *h = page->h;
	const char *cursor = cgi_query(page->cgi, "from");
	g_autoptr(SearchPage) found =
	    search_all(page->session, PAGES_RECENT, cursor, SEARCH_LINES, error);
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	g_autoptr(GPtrArray) books = NULL;
	g_autofree char *older = NULL, *newest = page_path(page, "/");

	if (found == NULL)
		return false;
	books = book_shown(page->session, error);
	if (books == NULL)
		return false;
	for (guint i = 0; i < found->mail->len; i++)
		g_ptr_array_add(
		    lines, ((const SearchHit *)g_ptr_array_index(found->mail, i))->line);
	page_begin(page, _("Recent"), PAGE_TAB_HOME, NULL);
	html_open(h, "div", "class", "page-head", NULL);
	html_element(h, "h1", NULL, _("Recent"));
	html_element(h, "p", NULL,
	    _("The correspondence of the last 30 days that is open to you, newest first."));
	html_close(h);
	html_open(h, "div", "class", "grid", NULL);
	html_open(h, "div", NULL);
	if (lines->len == 0)
		page_empty(page, _("Nothing recent"),
		    page->session->administrator && books->len > 0
			? _("An administrator sees books and rights, but no contact. Whoever "
			    "works with contacts needs the right to see the cards of a book.")
			: _("Mail appears here by itself as soon as it has been filed under a "
			    "contact "
			    "whose correspondence is open to you. Until then: look through the "
			    "contacts, or search for older mail."));
	else
		line_list(page, lines, NULL);
	if (found->next != NULL) {
		g_autofree char *part = html_url_part(found->next);

		older = page_path(page, "/?from=%s", part);
	}
	page_pager(page, older, cursor != NULL ? newest : NULL);
	html_close(h);
	html_open(h, "aside", "class", "side", NULL);
	write_books(page, books);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

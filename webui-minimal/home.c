/* The first page: what came and went lately, of all that its reader may see. */
#include "config.h"

#include "webui-minimal/line.h"
#include "webui-minimal/pages.h"

#define DAYS "30"

bool
pages_home(Page *page, GError **error)
{
	Html *h = page->h;
	const char *cursor = cgi_query(page->cgi, "from");
	g_autoptr(SearchPage) found =
	    search_all(page->session, "after:today-" DAYS, cursor, SEARCH_PAGE, error);
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	g_autofree char *older = NULL;

	if (found == NULL)
		return false;
	for (guint i = 0; i < found->mail->len; i++)
		g_ptr_array_add(
		    lines, ((const SearchHit *)g_ptr_array_index(found->mail, i))->line);
	page_begin(page, _("Recent"), PAGE_TAB_HOME, NULL);
	html_open(h, "div", "class", "narrow", NULL);
	html_open(h, "div", "class", "page-head", NULL);
	html_element(h, "h1", NULL, _("Recent"));
	html_element(h, "p", NULL,
	    _("The correspondence of the last 30 days that is open to you, newest first."));
	html_close(h);
	if (lines->len == 0)
		page_empty(page, _("Nothing recent"),
		    _("Mail appears here by itself as soon as it has been filed under a contact "
		      "whose correspondence is open to you. Until then: look through the "
		      "contacts, or search for older mail."));
	else
		line_list(page, lines, NULL);
	if (found->next != NULL) {
		g_autofree char *part = html_url_part(found->next);

		older = page_path(page, "/?from=%s", part);
	}
	page_pager(page, older, cursor == NULL);
	html_close(h);
	page_end(page);
	return true;
}

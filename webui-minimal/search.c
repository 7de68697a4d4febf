/* Search over contacts and mail. */
#include "config.h"

#include "rules/query.h"
#include "webui-minimal/card.h"
#include "webui-minimal/line.h"
#include "webui-minimal/pages.h"

static void
write_help(Page *page)
{
	static const struct {
		const char *example, *meaning;
	} rows[] = {
	    {N_("\"framework contract\""), N_("these words side by side")},
	    {N_("offer*"), N_("words that begin like this")},
	    {N_("from:smith"), N_("who wrote it")},
	    {N_("to:support@"), N_("who it went to")},
	    {N_("contact:brown"), N_("mail that is filed under this contact")},
	    {N_("has:attachment"), N_("with files")},
	    {N_("after:2026-09 before:2026-11"), N_("within this time")},
	    {"-newsletter", N_("without this word")},
	};
	Html *h = page->h;

	html_open(h, "div", "class", "box", NULL);
	html_element(h, "h2", NULL, _("What you can search for"));
	html_open(h, "dl", "class", "facts", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		html_element(h, "dt", NULL, _(rows[i].meaning));
		html_element(h, "dd", "mono", _(rows[i].example));
	}
	html_close(h);
	html_element(h, "p", "small soft",
	    _("Capitals and accents don't matter. Several words: all of them."));
	html_close(h);
}

static void
write_contacts(Page *page, const SearchPage *found)
{
	Html *h = page->h;

	if (found->contacts->len == 0)
		return;
	html_element(h, "h2", "when", _("Contacts"));
	html_open(h, "ul", "class", "box list people", NULL);
	for (guint i = 0; i < found->contacts->len; i++)
		card_found_row(page, g_ptr_array_index(found->contacts, i));
	html_close(h);
	if (found->more_contacts)
		html_element(
		    h, "p", "small soft", _("There are more contacts: add a word to the search."));
}

static void
write_mail(Page *page, const SearchPage *found, bool first)
{
	Html *h = page->h;

	if (found->mail->len == 0)
		return;
	html_open(h, "h2", "class", "when", NULL);
	html_text(h, _("Mail"));
	if (first)
		html_textf(h, " \302\267 %u%s", found->mail->len, found->more ? "+" : "");
	html_close(h);
	html_open(h, "ol", "class", "lines", NULL);
	for (guint i = 0; i < found->mail->len; i++) {
		const SearchHit *hit = g_ptr_array_index(found->mail, i);

		html_open(h, "li", NULL);
		line_write(page, hit->line, NULL, hit, false);
		html_close(h);
	}
	html_close(h);
}

static void
write_nothing(Page *page, const char *query)
{
	Html *h = page->h;
	g_autofree char *shorter = query_beginnings(query);

	html_open(h, "div", "class", "box empty", NULL);
	html_element(h, "h2", NULL, _("Nothing found"));
	html_element(h, "p", NULL,
	    _("Nothing that is open to you matches. Try fewer words, or only the beginning of one "
	      "with a star, as in offer*."));
	if (shorter != NULL) {
		g_autofree char *q = html_url_part(shorter);
		g_autofree char *path = page_path(page, "/search?q=%s", q);

		html_open(h, "p", NULL);
		html_open(h, "a", "class", "button", "href", path, NULL);
		html_text(h, _("Search for"));
		html_text(h, " ");
		html_foreign(h, shorter);
		html_close(h);
		html_close(h);
	}
	html_close(h);
}

static void
write_found(Page *page, const SearchPage *found, const char *query, bool first)
{
	Html *h = page->h;
	g_autofree char *q = html_url_part(query);
	g_autofree char *older = NULL, *newest = page_path(page, "/search?q=%s", q);

	if (found->mail->len == 0 && found->contacts->len == 0)
		write_nothing(page, query);
	if (found->lag > 0)
		html_element(h, "p", "note",
		    _("The newest mails are still being indexed and may be missing here."));
	write_contacts(page, found);
	write_mail(page, found, first);
	if (found->next != NULL) {
		g_autofree char *from = html_url_part(found->next);

		older = page_path(page, "/search?q=%s&from=%s", q, from);
	}
	if (found->mail->len > 0)
		page_pager(page, older, first ? NULL : newest);
}

bool
pages_search(Page *page, GError **error)
{
	Html *h = page->h;
	const char *query = cgi_query(page->cgi, "q"), *cursor = cgi_query(page->cgi, "from");
	g_autofree char *words = g_strstrip(g_strdup(query ? query : ""));
	g_autoptr(SearchPage) found = NULL;
	g_autoptr(GError) problem = NULL;

	if (words[0] != '\0')
		found = search_all(page->session, words, cursor, SEARCH_LINES, &problem);
	if (problem != NULL && error_code(problem) != ERROR_INVALID) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	page_begin(page, words[0] ? words : _("Search"), PAGE_TAB_NONE, words);
	html_open(h, "div", "class", "page-head", NULL);
	html_element(h, "h1", NULL, _("Search"));
	html_close(h);
	html_open(h, "div", "class", "grid", NULL);
	html_open(h, "div", NULL);
	if (problem != NULL) {
		reply_status(page->reply, error_http_status(ERROR_INVALID));
		html_open(h, "div", "class", "note warn", "role", "alert", NULL);
		html_element(h, "p", NULL, problem->message);
		html_close(h);
	} else if (found == NULL)
		page_empty(page, _("What are you looking for?"),
		    _("Type a name, a word from a mail or a file name into the field above."));
	else
		write_found(page, found, words, cursor == NULL);
	html_close(h);
	html_open(h, "aside", "class", "side", NULL);
	write_help(page);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

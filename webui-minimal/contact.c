/* One contact: its card, and the whole correspondence as far as it is open. */
#include "config.h"

#include "rules/circle.h"
#include "rules/contact.h"
#include "rules/history.h"
#include "webui-minimal/card.h"
#include "webui-minimal/line.h"
#include "webui-minimal/pages.h"

static void
write_history(Page *page, const HistoryPage *history, const char *id, bool first)
{
	Html *h = page->h;
	g_autofree char *older = NULL, *newest = page_path(page, "/contact/%s", id);

	html_open(h, "section", "aria-label", _("Correspondence"), NULL);
	if (history->lines->len == 0)
		page_empty(page, _("No correspondence yet"),
		    _("Mail to and from this contact appears here by itself. What others wrote "
		      "is shown to those who may read the correspondence of one of its address "
		      "books."));
	else
		line_list(page, history->lines, &page->id);
	if (history->next != NULL) {
		g_autofree char *from = html_url_part(history->next);

		older = page_path(page, "/contact/%s?from=%s", id, from);
	}
	if (history->lines->len > 0)
		page_pager(page, older, first ? NULL : newest);
	html_close(h);
}

bool
pages_contact(Page *page, GError **error)
{
	Html *h = page->h;
	const char *cursor = cgi_query(page->cgi, "from");
	g_autofree char *id = id_text(&page->id);
	g_autoptr(ContactView) contact = contact_show(page->session, &page->id, error);
	g_autoptr(GPtrArray) employers = NULL, people = NULL, books = NULL, circles = NULL;
	g_autoptr(HistoryPage) history = NULL;

	if (contact == NULL)
		return false;
	if (contact->kind == CONTACT_ORGANISATION)
		people = contact_shown_people(page->session, &page->id, error);
	else if (vcard_find(contact->card, "X-KARTOTEKA-EMPLOYER") != NULL)
		employers = contact_shown_employers(page->session, &page->id, error);
	else
		employers = g_ptr_array_new(); /* no question for what the card doesn't name */
	if (employers == NULL && people == NULL)
		return false;
	books = contact_shown_books(page->session, &page->id, error);
	circles = books == NULL
		      ? NULL
		      : circle_shown_around(page->session, OBJECT_CONTACT, &page->id, error);
	if (circles == NULL)
		return false;
	history = history_open(page->session, &page->id, cursor, HISTORY_LINES, error);
	if (history == NULL)
		return false;
	page_begin(page, contact->name, PAGE_TAB_CONTACTS, NULL);
	html_open(h, "div", "class", "grid left", NULL);
	html_open(h, "div", "class", "side", NULL);
	card_write(page, contact, employers, people, books, circles);
	html_close(h);
	write_history(page, history, id, cursor == NULL);
	html_close(h);
	page_end(page);
	return true;
}

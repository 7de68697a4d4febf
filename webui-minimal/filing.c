/* Where a mail is filed: taking it back from a contact, filing it under another one, opening it to its readers. */
#include "config.h"

#include "rules/contact.h"
#include "rules/refile.h"
#include "rules/search.h"
#include "rules/view.h"
#include "webui-minimal/message.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/staff.h"

#include <string.h>

#define SHOWN 20 /* contacts to choose from */

/* What was typed, if it belongs to this contact and this button. */
static const Staff *
typed(Page *page, const Staff *staff, const char *contact, const char *action)
{
	bool mine = g_strcmp0(cgi_form(page->cgi, "contact"), contact) == 0 &&
		    g_strcmp0(cgi_form(page->cgi, "do"), action) == 0;

	return mine ? staff : &staff_none;
}

static void
write_filing(Page *page, const HistoryFiling *filing, const ContactView *contact,
    const Staff *staff, const char *path)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&filing->contact);

	html_open(h, "li", NULL);
	html_open(h, "div", NULL);
	message_filing(page, filing, contact->name[0] != '\0' ? contact->name : _("(no name)"));
	html_close(h);
	if (!filing->open)
		staff_write_end(page, typed(page, staff, id, "open"), path, "contact", id, "open",
		    _("Open it to its readers"));
	if ((contact->rights & 1u << RIGHT_EDIT) != 0)
		staff_write_end(page, typed(page, staff, id, "unfile"), path, "contact", id,
		    "unfile", _("Take it away"));
	html_close(h);
}

static bool
write_filings(Page *page, const View *view, const Staff *staff, const char *path, GError **error)
{
	Html *h = page->h;
	guint shown = 0;

	html_open(h, "section", "class", "box", NULL);
	html_element(h, "h2", NULL, _("Filed under"));
	html_open(h, "ul", "class", "rows given", NULL);
	for (guint i = 0; i < view->line->filings->len; i++) {
		const HistoryFiling *filing = &g_array_index(view->line->filings, HistoryFiling, i);
		g_autoptr(GError) problem = NULL;
		g_autoptr(ContactView) contact =
		    contact_show(page->session, &filing->contact, &problem);

		if (contact == NULL && error_code(problem) != ERROR_NOT_FOUND) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return false;
		}
		if (contact == NULL)
			continue;
		write_filing(page, filing, contact, staff, path);
		shown++;
	}
	html_close(h);
	if (shown == 0)
		html_element(h, "p", "soft", _("Under no contact that is open to you."));
	html_close(h);
	return true;
}

static void
write_choice(Page *page, const SearchContact *contact, bool chosen)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&contact->id);

	html_open(h, "label", "class", "pick", NULL);
	html_open(h, "input", "type", "radio", "name", "contact", "value", id, "required", "",
	    "checked", chosen ? "" : NULL, NULL);
	html_close(h);
	html_open(h, "span", NULL);
	html_foreign(h, contact->name[0] != '\0' ? contact->name : contact->address);
	html_text(h, " ");
	html_open(h, "span", "class", "soft small", NULL);
	if (contact->organisation[0] != '\0' && strcmp(contact->organisation, contact->name) != 0) {
		html_foreign(h, contact->organisation);
		html_text(h, " \302\267 ");
	}
	html_foreign(h, contact->address);
	html_close(h);
	html_close(h);
	html_close(h);
}

/* The contacts that were found, one of which is chosen. */
static void
write_found(
    Page *page, const SearchPage *found, const char *words, const Staff *staff, const char *path)
{
	Html *h = page->h;
	const char *before = cgi_form(page->cgi, "contact");

	if (found->contacts->len == 0) {
		html_element(
		    h, "p", "soft below", _("No contact of that name or address is open to you."));
		return;
	}
	page_form(page, "edit below", "%s", path);
	html_hidden(h, "words", words);
	html_open(h, "fieldset", NULL);
	html_element(h, "legend", NULL, _("Which contact"));
	for (guint i = 0; i < found->contacts->len; i++) {
		const SearchContact *contact = g_ptr_array_index(found->contacts, i);
		g_autofree char *id = id_text(&contact->id);

		write_choice(
		    page, contact, found->contacts->len == 1 || g_strcmp0(before, id) == 0);
	}
	html_close(h);
	if (found->more_contacts || found->next != NULL)
		html_element(
		    h, "p", "hint", _("There are more contacts: add a word to the search."));
	staff_write_do(page, staff, "file", _("File it there"));
	html_close(h);
}

static bool
write_add(Page *page, const Staff *staff, const char *path, GError **error)
{
	Html *h = page->h;
	const char *typed_words = page->cgi->method == CGI_POST ? cgi_form(page->cgi, "words")
								: cgi_query(page->cgi, "words");
	g_autofree char *words = g_strstrip(g_strdup(typed_words != NULL ? typed_words : ""));
	g_autofree char *action = page_path(page, "%s", path);
	g_autoptr(GError) problem = NULL;
	g_autoptr(SearchPage) found = NULL;

	if (words[0] != '\0')
		found = search_contacts(
		    page->session, &(SearchContacts){.words = words}, NULL, SHOWN, &problem);
	if (problem != NULL && error_code(problem) != ERROR_INVALID) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	html_open(h, "section", "class", "box below", NULL);
	html_element(h, "h2", NULL, _("File it under another contact"));
	html_open(h, "form", "class", "one-line", "method", "get", "action", action, NULL);
	html_open(h, "label", "class", "vh", "for", "words", NULL);
	html_text(h, _("Name or address"));
	html_close(h);
	html_open(h, "input", "id", "words", "name", "words", "type", "search", "maxlength", "200",
	    "placeholder", _("Name or address"), "value", words, "required", "", NULL);
	html_close(h);
	html_element(h, "button", NULL, _("Search"));
	html_close(h);
	if (problem != NULL)
		staff_write_problem(page, problem->message);
	if (found != NULL)
		write_found(page, found, words,
		    g_strcmp0(cgi_form(page->cgi, "do"), "file") == 0 ? staff : &staff_none, path);
	html_close(h);
	return true;
}

static bool
show(Page *page, const char *path, const Staff *staff, GError **error)
{
	Html *h = page->h;
	g_autoptr(View) view = view_open(page->session, &page->id, error);
	g_autofree char *id = id_text(&page->id), *back = g_strdup_printf("/message/%s", id);
	const char *subject;

	if (view == NULL)
		return false;
	subject = view->line->summary->subject;
	page_begin(page, _("Where it is filed"), PAGE_TAB_NONE, NULL);
	page_column(page, _("Back to the mail"), back, _("Where it is filed"), false,
	    _("Taken away from a contact, a mail no longer stands in its history; who wrote or "
	      "received it goes on seeing it. It needs the right to change the contact."));
	html_open(h, "p", "class", "page-head", NULL);
	if (subject[0] != '\0')
		html_foreign(h, subject);
	else
		html_text(h, _("(no subject)"));
	html_close(h);
	staff_write_problem(page, staff->problem);
	if (!write_filings(page, view, staff, path, error) ||
	    !write_add(page, staff, path, error) ||
	    !session_record(page->session, PURPOSE_READ, "filing form", error))
		return false;
	html_close(h);
	page_end(page);
	return true;
}

/* *ret_goto: where its effect is seen. */
static bool
change(Page *page, const Staff *staff, char **ret_goto, GError **error)
{
	const char *action = cgi_form(page->cgi, "do"), *text = cgi_form(page->cgi, "contact");
	g_autofree char *message = id_text(&page->id);
	Id contact;

	if (!id_parse(text == NULL ? "" : text, &contact, NULL))
		return error_set(error, ERROR_INVALID, "%s", _("Choose a contact."));
	if (g_strcmp0(action, "unfile") == 0) {
		/* who saw the mail by this contact alone sees it no more */
		*ret_goto = page_path(page, "/contact/%s", text);
		return refile_unfile(page->session, &page->id, &contact, staff->reason, error);
	}
	*ret_goto = page_path(page, "/message/%s", message);
	return g_strcmp0(action, "open") == 0
		   ? refile_open(page->session, &page->id, &contact, staff->reason, error)
		   : refile_by_hand(page->session, &page->id, &contact, staff->reason, error);
}

bool
pages_message_filing(Page *page, GError **error)
{
	Staff staff = staff_read(page->cgi);
	g_autoptr(GError) problem = NULL;
	g_autofree char *id = id_text(&page->id), *path = g_strdup_printf("/message/%s/filing", id);
	g_autofree char *to = NULL;

	if (page->cgi->method != CGI_POST)
		return show(page, path, &staff, error);
	if (change(page, &staff, &to, &problem)) {
		reply_redirect(page->reply, to);
		return true;
	}
	if (!staff_can_mend(page, problem)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	staff.problem = problem->message;
	return show(page, path, &staff, error);
}

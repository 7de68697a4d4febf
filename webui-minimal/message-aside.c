#include "config.h"

#include "base/spool.h"
#include "rules/contact.h"
#include "webui-minimal/line.h"
#include "webui-minimal/message.h"
#include "webui-minimal/staff.h"

#include <string.h>

static const char *
action_text(MailAction action)
{
	switch (action) {
	case MAIL_ACTION_FAILED:
		return _("not delivered");
	case MAIL_ACTION_DELAYED:
		return _("delayed");
	case MAIL_ACTION_DELIVERED:
		return _("delivered");
	case MAIL_ACTION_RELAYED:
		return _("handed on to a server that doesn't report");
	case MAIL_ACTION_EXPANDED:
		return _("delivered to a list");
	case MAIL_ACTION_DISPLAYED:
		return _("shown to the reader");
	case MAIL_ACTION_DELETED:
		return _("deleted, perhaps unread");
	default:
		return _("reported on");
	}
}

void
message_report(Page *page, const Mail *mail)
{
	Html *h = page->h;

	if (mail->report == NULL || mail->report->recipients->len == 0)
		return;
	html_open(h, "ul", "class", "bar report", NULL);
	for (guint i = 0; i < mail->report->recipients->len; i++) {
		const MailReportRecipient *recipient =
		    g_ptr_array_index(mail->report->recipients, i);

		html_open(h, "li", NULL);
		html_open(h, "strong", NULL);
		html_foreign(h, recipient->address ? recipient->address : "?");
		html_close(h);
		html_text(h, ": ");
		html_text(h, action_text(recipient->action));
		if (recipient->status != NULL) {
			html_text(h, " ");
			html_element(h, "span", "mono soft", recipient->status);
		}
		if (recipient->detail != NULL) {
			html_open(h, "p", "class", "small soft", NULL);
			html_foreign(h, recipient->detail);
			html_close(h);
		}
		html_close(h);
	}
	html_close(h);
}

GPtrArray *
message_contacts(Page *page, const View *view, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < view->line->filings->len; i++) {
		const HistoryFiling *filing = &g_array_index(view->line->filings, HistoryFiling, i);
		g_autoptr(GError) problem = NULL;
		g_autoptr(ContactView) contact =
		    contact_show(page->session, &filing->contact, &problem);

		if (contact == NULL && error_code(problem) != ERROR_NOT_FOUND) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return NULL;
		}
		g_ptr_array_add(names, g_strdup(contact ? contact->name : ""));
	}
	if (names->len > 0 && !session_record(page->session, PURPOSE_READ, NULL, error))
		return NULL;
	return g_steal_pointer(&names);
}

void
message_filing(Page *page, const HistoryFiling *filing, const char *name)
{
	Html *h = page->h;
	g_autofree char *contact = id_text(&filing->contact);
	g_autofree char *path = page_path(page, "/contact/%s", contact);

	html_open(h, "p", NULL);
	html_open(h, "a", "href", path, NULL);
	html_foreign(h, name);
	html_close(h);
	html_text(h, " ");
	if (filing->hint)
		html_element(h, "span", "tag hint", _("Only a hint"));
	html_close(h);
	html_element(h, "p", "why", line_reason(filing));
	if (!filing->open)
		html_element(h, "p", "why i i-lock", _("Open to those who wrote or received it"));
}

/* The author, who may become a contact: known by nobody here, and neither staff nor a mail server. */
static bool
is_stranger(const View *view)
{
	if (view->line->direction != HISTORY_IN ||
	    (view->line->flags & (MAIL_FLAG_DSN | MESSAGE_FAILED)) != 0)
		return false;
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = g_ptr_array_index(view->people, i);

		if (person->role == MAIL_FROM)
			return id_is_zero(&person->contact);
	}
	return false;
}

static void
write_filings(Page *page, const View *view, const char *id, const GPtrArray *contacts,
    const GPtrArray *circles)
{
	Html *h = page->h;
	g_autofree char *circles_path = g_strdup_printf("/message/%s/circles", id);

	html_open(h, "section", "class", "box", NULL);
	html_element(h, "h2", NULL, _("Filed under"));
	html_open(h, "ul", "class", "rows", NULL);
	for (guint i = 0; i < view->line->filings->len; i++) {
		const HistoryFiling *filing = &g_array_index(view->line->filings, HistoryFiling, i);
		const char *name = g_ptr_array_index(contacts, i);

		if (name[0] == '\0')
			continue;
		html_open(h, "li", NULL);
		message_filing(page, filing, name);
		html_close(h);
	}
	html_close(h);
	if (view->line->filings->len == 0)
		html_element(h, "p", "soft small",
		    _("Under no contact that is open to you: you see it because you took part."));
	if (is_stranger(view)) {
		html_open(h, "p", "class", "below", NULL);
		page_link(page, "button", _("Make a contact of the sender"),
		    "/contacts/new?message=%s", id);
		html_close(h);
	}
	staff_write_circles(page, circles, circles_path);
	html_open(h, "p", "class", "card-foot split no-print", NULL);
	page_link(page, "i i-eye", _("Who can see this"), "/message/%s/who", id);
	page_link(page, NULL, _("Change"), "/message/%s/filing", id);
	html_close(h);
	html_close(h);
}

static void
write_short_lines(Page *page, const GPtrArray *lines, const Id *current)
{
	Html *h = page->h;

	html_open(h, "ol", "class", "rows", NULL);
	for (guint i = 0; i < lines->len; i++) {
		const HistoryLine *line = g_ptr_array_index(lines, i);
		bool here = id_equal(&line->message, current);
		g_autofree char *id = id_text(&line->message);
		g_autofree char *path = page_path(page, "/message/%s", id);
		const Summary *summary = line->summary;

		html_open(h, "li", NULL);
		html_open(h, "p", "class", "small split", NULL);
		html_open(h, "a", "href", path, "aria-current", here ? "page" : NULL, NULL);
		if (summary->from->len > 0)
			html_foreign(h, line_name(g_ptr_array_index(summary->from, 0)));
		else
			html_text(h, _("No sender named"));
		html_close(h);
		html_open(h, "span", "class", "soft", NULL);
		page_time(page, line->time);
		html_close(h);
		html_close(h);
		html_open(h, "p", "class", "small soft clamp", NULL);
		html_foreign(h, summary->snippet[0] != '\0' ? summary->snippet : summary->subject);
		html_close(h);
		html_close(h);
	}
	html_close(h);
}

static void
write_thread(Page *page, const View *view)
{
	Html *h = page->h;

	if (view->thread->len < 2)
		return;
	html_open(h, "section", "class", "box", NULL);
	html_element(h, "h2", NULL, _("Conversation"));
	write_short_lines(page, view->thread, &view->line->message);
	if (view->thread_more)
		html_element(h, "p", "small soft", _("It is longer than is shown here."));
	html_close(h);
}

static void
write_versions(Page *page, const View *view)
{
	Html *h = page->h;

	if (view->versions->len == 0)
		return;
	html_open(h, "section", "class", "box", NULL);
	html_element(h, "h2", NULL, _("Other versions"));
	html_element(h, "p", "small soft",
	    _("The same letter came with a different text, for instance with a footer."));
	write_short_lines(page, view->versions, &view->line->message);
	html_close(h);
}

static const char *
via_text(const Sighting *sighting)
{
	switch (sighting->kind) {
	case SPOOL_SMTP:
		return sighting->login ? _("through the mail server, sent with a log-in")
				       : _("through the mail server");
	case SPOOL_IMAP:
		return _("from a mailbox");
	case SPOOL_IMPORT:
		return _("by import");
	default:
		return _("by a form");
	}
}

static void
write_sightings(Page *page, const View *view)
{
	Html *h = page->h;

	if (view->sightings->len == 0)
		return;
	html_open(h, "section", "class", "box", NULL);
	html_element(h, "h2", NULL, _("How it came here"));
	html_open(h, "ul", "class", "rows", NULL);
	for (guint i = 0; i < view->sightings->len; i++) {
		const Sighting *sighting = g_ptr_array_index(view->sightings, i);

		html_open(h, "li", "class", "small", NULL);
		html_open(h, "p", NULL);
		page_full_time(page, sighting->taken);
		html_close(h);
		html_open(h, "p", "class", "soft", NULL);
		html_text(h, via_text(sighting));
		html_text(h, " ");
		if (sighting->owner != NULL) {
			html_foreign(h, sighting->owner);
			html_text(h, ", ");
		}
		if (sighting->folder != NULL) {
			html_foreign(h, sighting->folder);
			html_text(h, ", ");
		}
		html_open(h, "span", "class", "mono", NULL);
		html_foreign(h, sighting->source);
		html_close(h);
		html_close(h);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

void
message_aside(Page *page, const View *view, const char *id, const GPtrArray *contacts,
    const GPtrArray *circles)
{
	write_filings(page, view, id, contacts, circles);
	write_thread(page, view);
	write_versions(page, view);
	write_sightings(page, view);
}

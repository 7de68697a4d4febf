/* Who sees what: the books and their rights, and who can see one contact, message or book, and why. */
#include "config.h"

#include "rules/book.h"
#include "rules/who.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/right.h"
#include "webui-minimal/staff.h"

static void
write_own_rights(Page *page, guint mask)
{
	Html *h = page->h;

	if (mask == 0) {
		html_element(h, "span", "soft small", _("You have no right on it."));
		return;
	}
	for (int right = RIGHT_SEE; right <= RIGHT_LAST; right++)
		if ((mask & 1u << right) != 0)
			html_element(h, "span", "tag", right_text((Right)right));
}

bool
pages_access(Page *page, GError **error)
{
	Html *h = page->h;
	g_autoptr(GPtrArray) books = book_shown(page->session, error);

	if (books == NULL)
		return false;
	page_begin(page, _("Who sees what"), PAGE_TAB_RECORD, NULL);
	html_open(h, "div", "class", "narrow", NULL);
	html_open(h, "div", "class", "page-head", NULL);
	html_element(h, "h1", NULL, _("Who sees what"));
	html_element(h, "p", NULL,
	    _("Rights are given on address books. Here are those you may know of, what you may do "
	      "with each, and who else sees it. Each contact and each mail has the same question "
	      "on its own page."));
	html_close(h);
	html_open(h, "p", "class", "more", NULL);
	page_link(page, "i i-people", _("My circles"), "/circles");
	html_text(h, " ");
	page_link(page, "i i-record", _("What I have opened"), "/record");
	if (page->session->administrator) {
		html_text(h, " ");
		page_link(page, "i i-record", _("What everybody has opened"), "/record?all=1");
	}
	html_close(h);
	if (books->len == 0)
		page_empty(page, _("No address book"),
		    _("You have no right on any address book yet. Ask your administrator."));
	html_open(h, "ul", "class", "cards", NULL);
	for (guint i = 0; i < books->len; i++) {
		const Book *book = g_ptr_array_index(books, i);
		g_autofree char *id = id_text(&book->id);

		html_open(h, "li", "class", "box", NULL);
		html_open(h, "h2", NULL);
		html_foreign(h, book->name);
		html_close(h);
		if (book->description[0] != '\0') {
			html_open(h, "p", "class", "soft", NULL);
			html_foreign(h, book->description);
			html_close(h);
		}
		html_open(h, "p", "class", "tags", NULL);
		write_own_rights(page, book->rights);
		html_close(h);
		html_open(h, "p", "class", "card-foot split", NULL);
		page_link(page, "i i-eye", _("Who can see this"), "/book/%s/who", id);
		if (page->session->administrator || (book->rights & 1u << RIGHT_MANAGE) != 0)
			page_link(page, NULL, _("Rights"), "/book/%s/rights", id);
		if ((book->rights & 1u << RIGHT_SEE) != 0)
			page_link(page, NULL, _("Its contacts"), "/contacts?book=%s", id);
		html_close(h);
		html_close(h);
	}
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

static void
write_day_form(Page *page, const char *day)
{
	Html *h = page->h;

	html_open(h, "form", "class", "fields no-print", "method", "get", NULL);
	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", "day", NULL);
	html_text(h, _("On a day in the past"));
	html_close(h);
	html_open(h, "input", "id", "day", "name", "day", "type", "date", "value", day, NULL);
	html_close(h);
	html_close(h);
	html_element(h, "button", NULL, _("Show"));
	html_close(h);
}

static void
write_since(Page *page, const WhoReason *part)
{
	Html *h = page->h;

	if (part->since != 0) {
		html_text(h, " \302\267 ");
		html_text(h, _("since"));
		html_text(h, " ");
		page_time(page, part->since);
	}
	if (part->until != 0) {
		html_text(h, " ");
		html_text(h, _("until"));
		html_text(h, " ");
		page_time(page, part->until);
	}
	if (part->words != NULL) {
		html_text(h, " \302\267 ");
		html_text(h, _("reason:"));
		html_text(h, " ");
		html_foreign(h, part->words);
	}
}

static void
write_part(Page *page, const WhoReason *part)
{
	Html *h = page->h;

	html_open(h, "p", "class", "why", NULL);
	switch (part->kind) {
	case REASON_GRANT:
		html_text(h, right_text(part->right));
		break;
	case REASON_PART:
		html_text(h, _("takes part in it"));
		break;
	case REASON_TEAM:
		html_text(h, _("an address of the team takes part in it"));
		break;
	case REASON_HANDOVER:
		html_text(h, _("took over the correspondence of"));
		html_text(h, " ");
		html_foreign(h, part->other);
		break;
	}
	if (part->withheld) {
		html_text(h, ", ");
		html_text(h, _("an address book that isn't open to you"));
	} else if (part->book != NULL) {
		html_text(h, ", ");
		html_text(h, _("address book"));
		html_text(h, " ");
		html_foreign(h, part->book);
	}
	if (part->team != NULL) {
		html_text(h, ", ");
		html_text(h, _("by the team"));
		html_text(h, " ");
		html_foreign(h, part->team);
	}
	if (part->kind != REASON_PART)
		write_since(page, part);
	html_close(h);
}

static void
write_names(Page *page, const GPtrArray *entries)
{
	Html *h = page->h;

	html_open(h, "ul", "class", "box list people", NULL);
	for (guint i = 0; i < entries->len; i++) {
		const WhoEntry *entry = g_ptr_array_index(entries, i);

		html_open(h, "li", NULL);
		page_avatar(page, entry->name, false, "");
		html_open(h, "div", NULL);
		html_open(h, "p", NULL);
		html_open(h, "strong", NULL);
		html_foreign(h, entry->name);
		html_close(h);
		html_text(h, " ");
		html_open(h, "span", "class", "soft small", NULL);
		html_foreign(h, entry->login);
		html_close(h);
		html_close(h);
		for (guint n = 0; n < entry->parts->len; n++)
			write_part(page, g_ptr_array_index(entry->parts, n));
		html_close(h);
		html_close(h);
	}
	html_close(h);
}

static bool
write_who(Page *page, ObjectKind kind, const char *back_text, GError **error)
{
	Html *h = page->h;
	const char *day = cgi_query(page->cgi, "day");
	g_autofree char *id = id_text(&page->id);
	g_autofree char *back =
	    kind == OBJECT_BOOK
		? g_strdup("/access")
		: g_strdup_printf("/%s/%s", kind == OBJECT_CONTACT ? "contact" : "message", id);
	g_autoptr(GPtrArray) entries = NULL;
	gint64 time;

	if (!staff_day(day, &time, error))
		return false;
	entries = who_can_see(page->session, kind, &page->id, time, error);
	if (entries == NULL)
		return false;
	page_begin(page, _("Who can see this"), PAGE_TAB_RECORD, NULL);
	page_column(page, back_text, back, _("Who can see this"), false,
	    time == 0 ? _("Everybody who can see it now, each with the reason.")
		      : _("Everybody who could see it at the end of that day, each with the "
			  "reason."));
	write_day_form(page, day);
	if (!page->session->administrator && kind != OBJECT_BOOK) {
		html_open(h, "p", "class", "more below no-print", NULL);
		page_link(page, "i i-lock", _("Circles around it"), "%s/circles", back);
		html_close(h);
	}
	if (page->session->administrator && kind != OBJECT_BOOK) {
		html_open(h, "p", "class", "more below", NULL);
		page_link(page, "i i-record", _("Who worked with it"), "/record?%s=%s",
		    kind == OBJECT_CONTACT ? "contact" : "message", id);
		html_close(h);
	}
	html_open(h, "div", "class", "below", NULL);
	if (entries->len == 0)
		page_empty(page, _("Nobody"), _("Nobody on the staff can see it at that time."));
	else
		write_names(page, entries);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

bool
pages_who_contact(Page *page, GError **error)
{
	return write_who(page, OBJECT_CONTACT, _("Back to the contact"), error);
}

bool
pages_who_message(Page *page, GError **error)
{
	return write_who(page, OBJECT_MESSAGE, _("Back to the mail"), error);
}

bool
pages_who_book(Page *page, GError **error)
{
	return write_who(page, OBJECT_BOOK, _("All address books"), error);
}

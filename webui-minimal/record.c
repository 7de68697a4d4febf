/* The access record: what the reader has opened, and for an administrator what everybody has. */
#include "config.h"

#include "rules/audit.h"
#include "store/user.h"
#include "webui-minimal/pages.h"

#define SHOWN 200

static const char *
purpose_text(AccessPurpose purpose)
{
	switch (purpose) {
	case PURPOSE_READ:
		return _("read");
	case PURPOSE_SEARCH:
		return _("searched");
	case PURPOSE_FILE:
		return _("filed mail");
	case PURPOSE_EDIT:
		return _("changed");
	case PURPOSE_IMPORT:
		return _("imported");
	case PURPOSE_EXPORT:
		return _("exported");
	case PURPOSE_ADMINISTER:
		return _("administered");
	case PURPOSE_AUDIT:
		return _("looked into the record");
	case PURPOSE_SIGN_IN:
		return _("signed in");
	default:
		return _("destroyed");
	}
}

static const char *
surface_text(AccessSurface surface)
{
	switch (surface) {
	case SURFACE_PAGE:
		return _("on these pages");
	case SURFACE_COMMAND_LINE:
		return _("on the command line");
	case SURFACE_DAEMON:
		return _("by the program itself");
	case SURFACE_CARDDAV:
		return _("by a phone or mail program");
	default:
		return _("by a form");
	}
}

/* The name of who acted. */
static void
write_actor(Page *page, const AccessRow *row, const GPtrArray *users)
{
	for (guint i = 0; i < users->len; i++) {
		const User *user = g_ptr_array_index(users, i);

		if (id_equal(&user->id, &row->actor.user)) {
			html_foreign(page->h, user->name);
			return;
		}
	}
	html_text(page->h, row->actor.kind == ACTOR_DAEMON ? _("the program itself") : "?");
}

/* "3 contacts, 50 mails"; a single one is a link. */
static void
write_objects(Page *page, const AccessRow *row)
{
	Html *h = page->h;
	guint contacts = 0, mails = 0, others = 0;

	for (guint i = 0; row->objects != NULL && i < row->objects->len; i++) {
		const AccessObject *object = &g_array_index(row->objects, AccessObject, i);

		contacts += object->kind == OBJECT_CONTACT;
		mails += object->kind == OBJECT_MESSAGE;
		others += object->kind != OBJECT_CONTACT && object->kind != OBJECT_MESSAGE;
	}
	if (contacts > 0)
		html_textf(h, ngettext("%u contact", "%u contacts", contacts), contacts);
	if (mails > 0) {
		html_text(h, contacts > 0 ? ", " : "");
		html_textf(h, ngettext("%u mail", "%u mails", mails), mails);
	}
	if (others > 0) {
		html_text(h, contacts + mails > 0 ? ", " : "");
		html_textf(h, ngettext("%u other thing", "%u other things", others), others);
	}
	for (guint i = 0; contacts + mails <= 3 && row->objects != NULL && i < row->objects->len;
	     i++) {
		const AccessObject *object = &g_array_index(row->objects, AccessObject, i);
		g_autofree char *id = id_text(&object->id);

		if (object->kind != OBJECT_CONTACT && object->kind != OBJECT_MESSAGE)
			continue;
		html_text(h, " ");
		if (object->kind == OBJECT_CONTACT)
			page_link(page, "tag", _("contact"), "/contact/%s", id);
		else
			page_link(page, "tag", _("mail"), "/message/%s", id);
	}
}

static void
write_row(Page *page, const AccessRow *row, const GPtrArray *users)
{
	Html *h = page->h;
	bool recent;

	html_open(h, "tr", NULL);
	html_open(h, "td", NULL);
	page_time(page, row->time);
	html_close(h);
	if (users != NULL) {
		html_open(h, "td", NULL);
		write_actor(page, row, users);
		html_close(h);
	}
	html_open(h, "td", NULL);
	recent = row->purpose == PURPOSE_SEARCH && g_strcmp0(row->detail, PAGES_RECENT) == 0;
	html_text(h, recent ? _("Recent") : purpose_text(row->purpose));
	if (row->result != 0) {
		html_text(h, " ");
		html_element(h, "span", "tag warn", _("refused"));
	}
	if (row->surface != SURFACE_PAGE) {
		html_text(h, " ");
		html_element(h, "span", "soft", surface_text(row->surface));
	}
	/* the words of a search are shown to who has typed them */
	if (users == NULL && row->purpose == PURPOSE_SEARCH && !recent && row->detail != NULL &&
	    row->detail[0] != '\0') {
		html_text(h, ": ");
		html_foreign(h, row->detail);
	}
	html_close(h);
	html_open(h, "td", NULL);
	write_objects(page, row);
	html_close(h);
	html_close(h);
}

static void
write_table(Page *page, const GPtrArray *entries, const GPtrArray *users)
{
	Html *h = page->h;

	html_open(h, "div", "class", "box table", NULL);
	html_open(h, "table", "class", "stack", NULL);
	html_open(h, "thead", NULL);
	html_open(h, "tr", NULL);
	html_element(h, "th", NULL, _("When"));
	if (users != NULL)
		html_element(h, "th", NULL, _("Who"));
	html_element(h, "th", NULL, _("Did what"));
	html_element(h, "th", NULL, _("With what"));
	html_close(h);
	html_close(h);
	html_open(h, "tbody", NULL);
	for (guint i = 0; i < entries->len; i++)
		write_row(page, &((const AccessEntry *)g_ptr_array_index(entries, i))->row, users);
	html_close(h);
	html_close(h);
	html_close(h);
}

/* What the address asks for: everything, or one contact or message. */
static bool
read_filter(Page *page, AccessFilter *filter, GError **error)
{
	const char *contact = cgi_query(page->cgi, "contact");
	const char *message = cgi_query(page->cgi, "message");

	filter->limit = SHOWN;
	if (contact != NULL || message != NULL) {
		filter->object.kind = contact ? OBJECT_CONTACT : OBJECT_MESSAGE;
		return id_parse(contact ? contact : message, &filter->object.id, error);
	}
	return true;
}

bool
pages_record(Page *page, GError **error)
{
	Html *h = page->h;
	bool own = cgi_query(page->cgi, "all") == NULL && cgi_query(page->cgi, "contact") == NULL &&
		   cgi_query(page->cgi, "message") == NULL;
	AccessFilter filter = {0};
	g_autoptr(GPtrArray) users = NULL, entries = NULL;

	if (!read_filter(page, &filter, error))
		return false;
	entries = own ? audit_own(page->session, SHOWN, error)
		      : audit_list(page->session, &filter, error);
	if (entries == NULL || (!own && (users = user_list(page->store, error)) == NULL))
		return false;
	page_begin(page, own ? _("What I have opened") : _("What everybody has opened"),
	    PAGE_TAB_RECORD, NULL);
	page_column(page, _("Who sees what"), "/access",
	    own                       ? _("What I have opened")
	    : filter.object.kind != 0 ? _("Who worked with it")
				      : _("What everybody has opened"),
	    false, _("The newest rows of the access record. Nobody can change it unnoticed."));
	if (entries->len == 0)
		page_empty(page, _("No rows"), _("Nothing of this is in the record."));
	else
		write_table(page, entries, users);
	html_close(h);
	page_end(page);
	return true;
}

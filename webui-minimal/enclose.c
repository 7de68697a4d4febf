/* Putting a contact or a mail into a circle of the reader's, and taking it out again. */
#include "config.h"

#include "rules/circle.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/staff.h"

static bool
is_in(const GPtrArray *circles, const Id *id)
{
	for (guint i = 0; i < circles->len; i++)
		if (id_equal(&((const Circle *)g_ptr_array_index(circles, i))->id, id))
			return true;
	return false;
}

static void
write_circle(Page *page, const Circle *circle, bool inside, const Staff *staff, const char *path)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&circle->id);
	bool mine = g_strcmp0(cgi_form(page->cgi, "circle"), id) == 0;

	html_open(h, "li", NULL);
	html_open(h, "div", NULL);
	html_open(h, "p", NULL);
	html_open(h, "strong", NULL);
	html_foreign(h, circle->name);
	html_close(h);
	html_text(h, " ");
	if (inside)
		html_element(h, "span", "tag on i i-lock gap", _("It is in this circle"));
	html_close(h);
	html_open(h, "p", "class", "why", NULL);
	html_textf(
	    h, ngettext("%u member", "%u members", circle->members->len), circle->members->len);
	html_close(h);
	html_close(h);
	staff_write_end(page, mine ? staff : &staff_none, path, "circle", id,
	    inside ? "release" : "enclose", inside ? _("Take out") : _("Put in"));
	html_close(h);
}

static bool
show(Page *page, ObjectKind kind, const char *path, const Staff *staff, GError **error)
{
	Html *h = page->h;
	g_autoptr(GPtrArray) around = circle_shown_around(page->session, kind, &page->id, error);
	g_autoptr(GPtrArray) circles = around == NULL ? NULL : circle_shown(page->session, error);
	g_autofree char *id = id_text(&page->id), *back = NULL;
	bool contact = kind == OBJECT_CONTACT;

	if (circles == NULL || !session_record(page->session, PURPOSE_READ, "circle list", error))
		return false;
	back = g_strdup_printf("/%s/%s", contact ? "contact" : "message", id);
	page_begin(page, _("Circles around it"), PAGE_TAB_RECORD, NULL);
	page_column(page, contact ? _("Back to the contact") : _("Back to the mail"), back,
	    _("Circles around it"), false,
	    contact ? _("Inside a circle this contact and its correspondence don't exist for "
			"anybody who isn't a member. It needs the right to grant rights on one of "
			"its address books.")
		    : _("Inside a circle this mail doesn't exist for anybody who isn't a member. "
			"Only those who wrote or received it can put it there."));
	staff_write_problem(page, staff->problem);
	if (circles->len == 0)
		page_empty(page, _("No circle"),
		    _("You are in no circle yet. Make one first: you choose its members."));
	else {
		html_open(h, "ul", "class", "box rows given", NULL);
		for (guint i = 0; i < circles->len; i++) {
			const Circle *circle = g_ptr_array_index(circles, i);

			write_circle(page, circle, is_in(around, &circle->id), staff, path);
		}
		html_close(h);
	}
	html_open(h, "p", "class", "more below", NULL);
	page_link(page, "i i-people", _("My circles"), "/circles");
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

static bool
change(Page *page, ObjectKind kind, const Staff *staff, GError **error)
{
	const char *text = cgi_form(page->cgi, "circle");
	Id circle;

	if (!id_parse(text == NULL ? "" : text, &circle, error))
		return false;
	return g_strcmp0(cgi_form(page->cgi, "do"), "release") == 0
		   ? circle_release(page->session, &circle, kind, &page->id, staff->reason, error)
		   : circle_enclose(page->session, &circle, kind, &page->id, staff->reason, error);
}

static bool
answer(Page *page, ObjectKind kind, GError **error)
{
	Staff staff = staff_read(page->cgi);
	g_autoptr(GError) problem = NULL;
	g_autofree char *id = id_text(&page->id);
	g_autofree char *path =
	    g_strdup_printf("/%s/%s/circles", kind == OBJECT_CONTACT ? "contact" : "message", id);
	g_autofree char *whole = page_path(page, "%s", path);

	if (page->cgi->method != CGI_POST)
		return show(page, kind, path, &staff, error);
	if (change(page, kind, &staff, &problem)) {
		reply_redirect(page->reply, whole);
		return true;
	}
	if (!staff_can_mend(page, problem)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	staff.problem = problem->message;
	return show(page, kind, path, &staff, error);
}

bool
pages_contact_circles(Page *page, GError **error)
{
	return answer(page, OBJECT_CONTACT, error);
}

bool
pages_message_circles(Page *page, GError **error)
{
	return answer(page, OBJECT_MESSAGE, error);
}

/* The circles that the reader is in, and their members. */
#include "config.h"

#include "rules/circle.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/staff.h"

#include <string.h>

static const User *
find_user(const GPtrArray *users, const Id *id)
{
	for (guint i = 0; i < users->len; i++)
		if (id_equal(&((const User *)g_ptr_array_index(users, i))->id, id))
			return g_ptr_array_index(users, i);
	return NULL;
}

static void
write_member(Page *page, const Circle *circle, const User *user)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&circle->id), *who = id_text(&user->id);
	g_autofree char *path = g_strdup_printf("/circle/%s", id);

	html_open(h, "li", NULL);
	html_open(h, "div", NULL);
	html_open(h, "p", NULL);
	html_foreign(h, user->name);
	html_text(h, " ");
	html_open(h, "span", "class", "soft small", NULL);
	html_foreign(h, user->login);
	html_close(h);
	html_close(h);
	html_close(h);
	if (circle->members->len > 1) {
		staff_write_end(page, &staff_none, path, "who", who, "dismiss", _("Put out"));
	}
	html_close(h);
}

bool
pages_circles(Page *page, GError **error)
{
	Html *h = page->h;
	g_autoptr(GPtrArray) circles = NULL;
	const char *name = cgi_form(page->cgi, "name");
	g_autoptr(GError) problem = NULL;
	Id made;

	if (page->cgi->method == CGI_POST) {
		g_autofree char *clean =
		    g_strstrip(g_strdelimit(g_strdup(name != NULL ? name : ""), "\r\n\t", ' '));

		if (circle_create(page->session, clean, &made, &problem)) {
			g_autofree char *id = id_text(&made);
			g_autofree char *path = page_path(page, "/circle/%s", id);

			reply_redirect(page->reply, path);
			return true;
		}
		if (!staff_can_mend(page, problem)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return false;
		}
	}
	circles = circle_shown(page->session, error);
	if (circles == NULL)
		return false;
	for (guint i = 0; i < circles->len; i++)
		session_note(page->session, OBJECT_CIRCLE,
		    &((const Circle *)g_ptr_array_index(circles, i))->id);
	if (!session_record(page->session, PURPOSE_READ, "circle list", error))
		return false;
	page_begin(page, _("My circles"), PAGE_TAB_RECORD, NULL);
	page_column(page, _("Who sees what"), "/access", _("My circles"), false,
	    _("What is put into a circle doesn't exist for anybody outside, whatever rights he "
	      "has. "
	      "Only its members know of it."));
	staff_write_problem(page, problem != NULL ? problem->message : NULL);
	if (circles->len > 0)
		html_open(h, "ul", "class", "box list people", NULL);
	for (guint i = 0; i < circles->len; i++) {
		const Circle *circle = g_ptr_array_index(circles, i);
		g_autofree char *id = id_text(&circle->id),
				*path = page_path(page, "/circle/%s", id);

		html_open(h, "li", NULL);
		html_open(h, "div", "class", "text", NULL);
		html_open(h, "p", NULL);
		html_open(h, "a", "class", "cover", "href", path, NULL);
		html_foreign(h, circle->name);
		html_close(h);
		html_close(h);
		html_close(h);
		html_open(h, "span", "class", "soft small", NULL);
		html_textf(h, ngettext("%u member", "%u members", circle->members->len),
		    circle->members->len);
		html_close(h);
		html_close(h);
	}
	if (circles->len > 0)
		html_close(h);
	else
		page_empty(page, _("No circle"), _("You are in no circle."));
	page_form(page, "box fields below", "/circles");
	html_open(h, "p", "class", "field grow", NULL);
	html_open(h, "label", "for", "name", NULL);
	html_text(h, _("Name of a new circle"));
	html_close(h);
	html_open(h, "input", "id", "name", "name", "name", "type", "text", "maxlength", "200",
	    "required", "", "autocomplete", "off", "value", name, NULL);
	html_close(h);
	html_close(h);
	html_element(h, "button", NULL, _("Make a circle"));
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

static void
write_invite(Page *page, const Staff *staff, const GPtrArray *users, const char *id)
{
	Html *h = page->h;

	page_form(page, "box edit below", "/circle/%s", id);
	html_element(h, "h2", NULL, _("Let somebody in"));
	html_open(h, "div", "class", "two", NULL);
	staff_write_who(page, staff, users, NULL);
	staff_write_until(page, staff);
	html_close(h);
	staff_write_do(page, staff, "invite", _("Let in"));
	html_close(h);
}

static bool
show(Page *page, const Staff *staff, GError **error)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&page->id);
	g_autoptr(GPtrArray) circles = circle_shown(page->session, error);
	g_autoptr(GPtrArray) users = circles == NULL ? NULL : user_list(page->store, error);
	const Circle *circle = NULL;

	if (users == NULL)
		return false;
	for (guint i = 0; i < circles->len; i++)
		if (id_equal(&((const Circle *)g_ptr_array_index(circles, i))->id, &page->id))
			circle = g_ptr_array_index(circles, i);
	if (circle == NULL)
		return error_set(error, ERROR_NOT_FOUND, "There is no such circle");
	session_note(page->session, OBJECT_CIRCLE, &page->id);
	if (!session_record(page->session, PURPOSE_READ, "circle", error))
		return false;
	page_begin(page, circle->name, PAGE_TAB_RECORD, NULL);
	page_column(page, _("My circles"), "/circles", circle->name, true, NULL);
	staff_write_problem(page, staff->problem);
	html_open(h, "section", "class", "box", NULL);
	html_element(h, "h2", NULL, _("Members"));
	html_open(h, "ul", "class", "rows given", NULL);
	for (guint i = 0; i < circle->members->len; i++) {
		const User *user = find_user(users, &g_array_index(circle->members, Id, i));

		if (user != NULL)
			write_member(page, circle, user);
	}
	html_close(h);
	html_close(h);
	write_invite(page, staff, users, id);
	html_close(h);
	page_end(page);
	return true;
}

static bool
change(Page *page, Staff *staff, GError **error)
{
	if (!staff_parse(staff, error))
		return false;
	if (g_strcmp0(cgi_form(page->cgi, "do"), "dismiss") == 0)
		return circle_dismiss(page->session, &page->id, &staff->id, staff->reason, error);
	return circle_invite(
	    page->session, &page->id, &staff->id, staff->until_ms, staff->reason, error);
}

bool
pages_circle(Page *page, GError **error)
{
	Staff staff = staff_read(page->cgi);
	g_autoptr(GError) problem = NULL;
	g_autofree char *id = id_text(&page->id), *path = page_path(page, "/circle/%s", id);
	/* who puts himself out doesn't see it any more */
	g_autofree char *me = id_text(&page->session->actor.user),
			*all = page_path(page, "/circles");

	if (page->cgi->method != CGI_POST)
		return show(page, &staff, error);
	if (change(page, &staff, &problem)) {
		reply_redirect(page->reply, strcmp(staff.who, me) == 0 ? all : path);
		return true;
	}
	if (!staff_can_mend(page, problem)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	staff.problem = problem->message;
	return show(page, &staff, error);
}

#include "config.h"

#include "webui-minimal/staff.h"

#include "store/circle.h"
#include "store/team.h"
#include "store/user.h"

#include <stdio.h>
#include <string.h>

#define TEAM "team:"

static const char *
text_of(const Cgi *cgi, const char *name)
{
	const char *text = cgi_form(cgi, name);

	return text == NULL ? "" : text;
}

const Staff staff_none = {"", "", "", {{0}}, false, 0, NULL};

Staff
staff_read(const Cgi *cgi)
{
	return (Staff){
	    .who = text_of(cgi, "who"),
	    .until = text_of(cgi, "until"),
	    .reason = text_of(cgi, "reason"),
	};
}

bool
staff_day(const char *text, gint64 *ret, GError **error)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_local();
	g_autoptr(GDateTime) day = NULL, end = NULL;
	int year, month, date;
	char rest;

	*ret = 0;
	if (text == NULL || text[0] == '\0')
		return true;
	if (sscanf(text, "%4d-%2d-%2d%c", &year, &month, &date, &rest) == 3 && year > 1970)
		day = g_date_time_new(zone, year, month, date, 0, 0, 0);
	end = day ? g_date_time_add_days(day, 1) : NULL;
	if (end == NULL)
		return error_set(error, ERROR_INVALID, "A day is written as 2026-11-18");
	*ret = g_date_time_to_unix(end) * 1000 - 1;
	return true;
}

bool
staff_parse(Staff *staff, GError **error)
{
	const char *id = staff->who;

	staff->team = g_str_has_prefix(id, TEAM);
	if (staff->team)
		id += strlen(TEAM);
	if (!id_parse(id, &staff->id, NULL))
		return error_set(error, ERROR_INVALID, "Choose who.");
	return staff_day(staff->until, &staff->until_ms, error);
}

static void
write_option(Html *h, const char *value, const char *text, const char *chosen)
{
	html_open(
	    h, "option", "value", value, "selected", strcmp(value, chosen) == 0 ? "" : NULL, NULL);
	html_text(h, text);
	html_close(h);
}

static void
write_users(Page *page, const Staff *staff, const GPtrArray *users)
{
	for (guint i = 0; i < users->len; i++) {
		const User *user = g_ptr_array_index(users, i);
		g_autofree char *id = id_text(&user->id);

		if (user->state != USER_LEFT && !id_equal(&user->id, &page->session->actor.user))
			write_option(page->h, id, user->name, staff->who);
	}
}

static void
write_teams(Page *page, const Staff *staff, const GPtrArray *teams)
{
	for (guint i = 0; i < teams->len; i++) {
		const Team *team = g_ptr_array_index(teams, i);
		g_autofree char *id = id_text(&team->id), *value = g_strconcat(TEAM, id, NULL);
		g_autofree char *text = g_strdup_printf(_("Team %s"), team->name);

		write_option(page->h, value, text, staff->who);
	}
}

void
staff_write_who(Page *page, const Staff *staff, const GPtrArray *users, const GPtrArray *teams)
{
	Html *h = page->h;

	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", "who", NULL);
	html_text(h, _("Who"));
	html_close(h);
	html_open(h, "select", "id", "who", "name", "who", "required", "", NULL);
	write_option(h, "", _("choose"), staff->who);
	if (teams != NULL)
		write_teams(page, staff, teams);
	write_users(page, staff, users);
	html_close(h);
	html_close(h);
}

void
staff_write_until(Page *page, const Staff *staff)
{
	Html *h = page->h;

	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", "until", NULL);
	html_text(h, _("Until (may be left empty)"));
	html_close(h);
	html_open(h, "input", "id", "until", "name", "until", "type", "date", "value", staff->until,
	    NULL);
	html_close(h);
	html_close(h);
}

/* prefix: of its id, where a page has several. */
static void
write_reason(Page *page, const Staff *staff, const char *prefix)
{
	Html *h = page->h;

	html_open(h, "p", "class", "field grow", NULL);
	html_open(h, "label", NULL);
	html_attrf(h, "for", "%s-reason", prefix);
	html_text(h, _("Why"));
	html_close(h);
	html_open(h, "input", "name", "reason", "type", "text", "value", staff->reason, "maxlength",
	    "500", "required", "", "autocomplete", "off", NULL);
	html_attrf(h, "id", "%s-reason", prefix);
	html_close(h);
	html_close(h);
}

void
staff_write_do(Page *page, const Staff *staff, const char *action, const char *text)
{
	Html *h = page->h;

	write_reason(page, staff, action);
	html_open(h, "p", "class", "buttons", NULL);
	html_open(h, "button", "class", "primary", "name", "do", "value", action, NULL);
	html_text(h, text);
	html_close(h);
	html_close(h);
}

void
staff_write_end(Page *page, const Staff *staff, const char *path, const char *field,
    const char *value, const char *action, const char *text)
{
	Html *h = page->h;

	html_open(h, "details", "class", "fold", "open", staff->problem != NULL ? "" : NULL, NULL);
	html_element(h, "summary", NULL, text);
	page_form(page, "fields", "%s", path);
	html_hidden(h, field, value);
	write_reason(page, staff, value);
	html_open(h, "button", "class", "danger", "name", "do", "value", action, NULL);
	html_text(h, text);
	html_close(h);
	html_close(h);
	html_close(h);
}

void
staff_write_circles(Page *page, const GPtrArray *circles, const char *path)
{
	Html *h = page->h;
	g_autofree char *whole = page_path(page, "%s", path);

	if (circles->len == 0)
		return;
	html_open(h, "p", "class", "tags below", NULL);
	html_text(h, _("Only for the circle"));
	for (guint i = 0; i < circles->len; i++) {
		html_open(h, "a", "class", "tag on i i-lock gap", "href", whole, NULL);
		html_foreign(h, ((const Circle *)g_ptr_array_index(circles, i))->name);
		html_close(h);
	}
	html_close(h);
}

void
staff_write_problem(Page *page, const char *problem)
{
	if (problem == NULL)
		return;
	html_open(page->h, "div", "class", "note bad", "role", "alert", NULL);
	html_element(page->h, "p", NULL, problem);
	html_close(page->h);
}

bool
staff_can_mend(Page *page, const GError *problem)
{
	ErrorCode code = error_code(problem);

	if (code != ERROR_INVALID && code != ERROR_CONFLICT && code != ERROR_DENIED)
		return false;
	reply_status(page->reply, code == ERROR_CONFLICT ? 409 : error_http_status(code));
	return true;
}

/* Giving and withdrawing rights on an address book. */
#include "config.h"

#include "webui-minimal/right.h"

#include "rules/book.h"
#include "store/team.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/staff.h"

#include <string.h>

const char *
right_text(Right right)
{
	switch (right) {
	case RIGHT_SEE:
		return _("sees the cards");
	case RIGHT_HISTORY:
		return _("reads the correspondence");
	case RIGHT_EDIT:
		return _("changes contacts");
	case RIGHT_SYNC:
		return _("takes them to a phone");
	case RIGHT_EXPORT:
		return _("exports them");
	default:
		return _("grants rights");
	}
}

static void
write_rights(Page *page, char *const *chosen)
{
	Html *h = page->h;

	html_open(h, "fieldset", "class", "picks", NULL);
	html_element(h, "legend", NULL, _("Rights"));
	for (int right = RIGHT_SEE; right <= RIGHT_LAST; right++) {
		const char *name = grant_right_name((Right)right);

		html_open(h, "label", NULL);
		html_open(h, "input", "type", "checkbox", "name", "right", "value", name, "checked",
		    g_strv_contains((const char *const *)chosen, name) ? "" : NULL, NULL);
		html_close(h);
		html_text(h, " ");
		html_text(h, right_text((Right)right));
		html_close(h);
	}
	html_close(h);
}

static void
write_give(Page *page, const Staff *staff, const GPtrArray *users, const GPtrArray *teams,
    char *const *chosen, const char *id)
{
	Html *h = page->h;

	page_form(page, "box edit", "/book/%s/rights", id);
	html_element(h, "h2", NULL, _("Give rights"));
	html_open(h, "div", "class", "two", NULL);
	staff_write_who(page, staff, users, teams);
	staff_write_until(page, staff);
	html_close(h);
	write_rights(page, chosen);
	staff_write_do(page, staff, "give", _("Give"));
	html_close(h);
}

static void
write_grant(Page *page, const BookGrant *grant, const char *id, const Staff *staff)
{
	Html *h = page->h;
	g_autofree char *grant_id = id_text(&grant->grant.id);
	g_autofree char *path = g_strdup_printf("/book/%s/rights", id);
	const char *which = cgi_form(page->cgi, "grant");

	html_open(h, "li", NULL);
	html_open(h, "div", NULL);
	html_open(h, "p", NULL);
	html_open(h, "strong", NULL);
	if (grant->grant.team)
		html_textf(h, _("Team %s"), grant->holder);
	else
		html_foreign(h, grant->holder);
	html_close(h);
	html_text(h, " \302\267 ");
	html_text(h, right_text(grant->grant.right));
	html_close(h);
	html_open(h, "p", "class", "why", NULL);
	html_text(h, _("since"));
	html_text(h, " ");
	page_time(page, grant->since);
	if (grant->grant.until != 0) {
		html_text(h, " ");
		html_text(h, _("until"));
		html_text(h, " ");
		page_time(page, grant->grant.until);
	}
	if (grant->reason[0] != '\0') {
		html_text(h, " \302\267 ");
		html_text(h, _("reason:"));
		html_text(h, " ");
		html_foreign(h, grant->reason);
	}
	html_close(h);
	html_close(h);
	staff_write_end(page, g_strcmp0(which, grant_id) == 0 ? staff : &staff_none, path, "grant",
	    grant_id, "withdraw", _("Withdraw"));
	html_close(h);
}

static bool
show(Page *page, const Staff *staff, GError **error)
{
	Html *h = page->h;
	g_autofree char *id = id_text(&page->id);
	g_autoptr(Book) book = book_resolve(page->session, id, error);
	g_autoptr(GPtrArray) grants =
	    book == NULL ? NULL : book_shown_grants(page->session, &page->id, error);
	g_autoptr(GPtrArray) users = grants == NULL ? NULL : user_list(page->store, error);
	g_autoptr(GPtrArray) teams = users == NULL ? NULL : team_list(page->store, error);
	g_auto(GStrv) chosen = cgi_form_all(page->cgi, "right");

	if (teams == NULL ||
	    !session_record(page->session, PURPOSE_ADMINISTER, "grant list", error))
		return false;
	page_begin(page, _("Give and withdraw rights"), PAGE_TAB_RECORD, NULL);
	page_column(page, _("All address books"), "/access", book->name, true,
	    _("Who may do what with this address book. Each change is recorded with its reason, "
	      "and "
	      "nobody gives rights to himself."));
	staff_write_problem(page, staff->problem);
	write_give(page, staff, users, teams, chosen, id);
	html_open(h, "section", "class", "box below", NULL);
	html_element(h, "h2", NULL, _("Rights that are given"));
	if (grants->len == 0)
		html_element(h, "p", "soft", _("Nobody has a right on it yet."));
	html_open(h, "ul", "class", "rows given", NULL);
	for (guint i = 0; i < grants->len; i++)
		write_grant(page, g_ptr_array_index(grants, i), id, staff);
	html_close(h);
	html_close(h);
	html_close(h);
	page_end(page);
	return true;
}

/* Each right is a grant of its own. One that is given already is no reason to stop. */
static bool
give(Page *page, Staff *staff, GError **error)
{
	g_auto(GStrv) names = cgi_form_all(page->cgi, "right");
	guint given = 0;

	if (!staff_parse(staff, error))
		return false;
	if (names[0] == NULL)
		return error_set(error, ERROR_INVALID, "Choose at least one right.");
	for (char **name = names; *name != NULL; name++) {
		g_autoptr(GError) problem = NULL;
		Right right;
		Id id;

		if (!grant_right_parse(*name, &right, error))
			return false;
		if (book_grant(page->session, &page->id, &staff->id, staff->team, right,
			staff->until_ms, staff->reason, &id, &problem)) {
			given++;
			continue;
		}
		if (error_code(problem) != ERROR_CONFLICT || (name[1] == NULL && given == 0)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return false;
		}
	}
	return true;
}

static bool
withdraw(Page *page, const Staff *staff, GError **error)
{
	const char *text = cgi_form(page->cgi, "grant");
	Id grant;

	return id_parse(text == NULL ? "" : text, &grant, error) &&
	       book_revoke(page->session, &grant, staff->reason, error);
}

bool
pages_book_rights(Page *page, GError **error)
{
	Staff staff = staff_read(page->cgi);
	g_autoptr(GError) problem = NULL;
	g_autofree char *id = id_text(&page->id), *path = page_path(page, "/book/%s/rights", id);
	bool withdraws = g_strcmp0(cgi_form(page->cgi, "do"), "withdraw") == 0;

	if (page->cgi->method != CGI_POST)
		return show(page, &staff, error);
	if (withdraws ? withdraw(page, &staff, &problem) : give(page, &staff, &problem)) {
		reply_redirect(page->reply, path);
		return true;
	}
	if (!staff_can_mend(page, problem)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	staff.problem = problem->message;
	return show(page, &staff, error);
}

#include "config.h"

#include "webui-minimal/page.h"

#include "webui-minimal/style.h"

#include <stdarg.h>
#include <string.h>

char *
page_path(const Page *page, const char *format, ...)
{
	g_autofree char *path = NULL;
	va_list list;

	va_start(list, format);
	path = g_strdup_vprintf(format, list);
	va_end(list);
	return g_strconcat(page->cgi->base, path, NULL);
}

void
page_link(Page *page, const char *class, const char *text, const char *format, ...)
{
	g_autofree char *path = NULL, *whole = NULL;
	va_list list;

	va_start(list, format);
	path = g_strdup_vprintf(format, list);
	va_end(list);
	whole = g_strconcat(page->cgi->base, path, NULL);
	html_open(page->h, "a", "href", whole, "class", class, NULL);
	html_text(page->h, text);
	html_close(page->h);
}

void
page_form(Page *page, const char *class, const char *format, ...)
{
	g_autofree char *path = NULL, *whole = NULL;
	g_autofree char *token = cgi_token(page->secret ? page->secret : "");
	va_list list;

	va_start(list, format);
	path = g_strdup_vprintf(format, list);
	va_end(list);
	whole = g_strconcat(page->cgi->base, path, NULL);
	html_open(page->h, "form", "method", "post", "action", whole, "class", class, NULL);
	html_hidden(page->h, "token", token);
}

static void
write_time(Page *page, gint64 when, bool full)
{
	g_autofree char *machine = intl_machine(when);
	g_autofree char *long_text = intl_full(when);
	g_autofree char *text = full ? NULL : intl_short(when, page->now);

	html_open(page->h, "time", "datetime", machine, "title", full ? NULL : long_text, NULL);
	html_text(page->h, full ? long_text : text);
	html_close(page->h);
}

void
page_time(Page *page, gint64 when)
{
	write_time(page, when, false);
}

void
page_full_time(Page *page, gint64 when)
{
	write_time(page, when, true);
}

/* The first letters of the first and the last word, in capitals. */
static char *
initials(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	GString *out = g_string_new(NULL);
	gunichar last = 0;
	bool start = true;

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c == '@' && out->len > 0)
			break;
		if (!g_unichar_isalnum(c)) {
			start = start || g_unichar_isspace(c) || c == '.' || c == '-' || c == '_';
			continue;
		}
		if (start && out->len == 0)
			g_string_append_unichar(out, g_unichar_totitle(c));
		else if (start)
			last = g_unichar_totitle(c);
		start = false;
	}
	if (last != 0)
		g_string_append_unichar(out, last);
	return g_string_free(out, FALSE);
}

void
page_avatar(Page *page, const char *name, bool organisation, const char *size)
{
	g_autofree char *text = initials(name ? name : "");
	g_autofree char *class = g_strdup_printf(
	    "av h%u%s %s", g_str_hash(name ? name : "") % 7, organisation ? " org" : "", size);

	html_open(page->h, "span", "class", g_strchomp(class), "aria-hidden", "true", NULL);
	html_text(page->h, *text == '\0' ? "?" : text);
	html_close(page->h);
}

void
page_icon(Page *page, const char *icon, const char *text)
{
	html_open(page->h, "span", "class", icon, "aria-hidden", text ? NULL : "true", NULL);
	if (text != NULL)
		html_element(page->h, "span", "vh", text);
	html_close(page->h);
}

void
page_column(Page *page, const char *back_text, const char *back, const char *title, bool foreign,
    const char *lead)
{
	Html *h = page->h;

	html_open(h, "div", "class", "narrow", NULL);
	html_open(h, "p", "class", "crumb", NULL);
	page_link(page, NULL, back_text, "%s", back);
	html_close(h);
	html_open(h, "div", "class", "page-head", NULL);
	html_open(h, "h1", NULL);
	if (foreign)
		html_foreign(h, title);
	else
		html_text(h, title);
	html_close(h);
	if (lead != NULL)
		html_element(h, "p", NULL, lead);
	html_close(h);
}

void
page_empty(Page *page, const char *title, const char *text)
{
	html_open(page->h, "div", "class", "box empty", NULL);
	html_element(page->h, "h2", NULL, title);
	html_element(page->h, "p", NULL, text);
	html_close(page->h);
}

void
page_pager(Page *page, const char *older, const char *newest)
{
	Html *h = page->h;

	if (older == NULL && newest == NULL)
		return;
	html_open(h, "nav", "class", "pager", "aria-label", _("Pages"), NULL);
	if (newest != NULL) {
		html_open(h, "a", "class", "button", "href", newest, NULL);
		html_text(h, _("Newest"));
		html_close(h);
	}
	if (older != NULL) {
		html_open(h, "a", "class", "button", "href", older, "rel", "next", NULL);
		html_text(h, _("Older"));
		html_close(h);
	} else
		html_element(h, "p", "soft", _("This is the beginning."));
	html_close(h);
}

static void
write_head(Page *page, const char *title)
{
	Html *h = page->h;
	g_autofree char *style = page_path(page, "/style.css?%s", style_version);

	html_open(h, "html", "lang", intl_language(), NULL);
	html_open(h, "head", NULL);
	html_open(h, "meta", "charset", "utf-8", NULL);
	html_close(h);
	html_open(
	    h, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1", NULL);
	html_close(h);
	html_open(h, "meta", "name", "color-scheme", "content", "light dark", NULL);
	html_close(h);
	html_open(h, "title", NULL);
	html_text(h, title);
	html_text(h, " \302\267 ");
	html_text(h, "Kartoteka");
	html_close(h);
	html_open(h, "link", "rel", "stylesheet", "href", style, NULL);
	html_close(h);
	html_open(h, "link", "rel", "icon", "href",
	    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
	    "%3Cpath fill='%230e5c69' d='M1 3h6l2 2h6v9H1z'/%3E%3C/svg%3E",
	    NULL);
	html_close(h);
	html_close(h);
}

static void
write_search(Page *page, const char *query)
{
	Html *h = page->h;
	g_autofree char *action = page_path(page, "/search");

	html_open(h, "form", "class", "find i i-search", "role", "search", "method", "get",
	    "action", action, NULL);
	html_open(h, "label", "class", "vh", "for", "q", NULL);
	html_text(h, _("Search contacts and mail"));
	html_close(h);
	html_open(h, "input", "id", "q", "name", "q", "type", "search", "maxlength", "1000",
	    "value", query, "placeholder", _("Search contacts and mail"), "autocomplete", "off",
	    NULL);
	html_close(h);
	html_close(h);
}

static void
write_tab(
    Page *page, PageTab tab, PageTab current, const char *icon, const char *text, const char *path)
{
	Html *h = page->h;
	g_autofree char *whole = page_path(page, "%s", path);
	g_autofree char *class = g_strconcat("i ", icon, NULL);

	html_open(h, "li", NULL);
	html_open(h, "a", "class", class, "href", whole, "aria-current",
	    tab == current ? "page" : NULL, NULL);
	html_text(h, text);
	html_close(h);
	html_close(h);
}

static void
write_me(Page *page)
{
	Html *h = page->h;

	html_open(h, "details", "class", "me", NULL);
	html_open(h, "summary", NULL);
	page_avatar(page, page->session->user->name, false, "");
	html_element(h, "span", "vh", _("My account"));
	html_close(h);
	html_open(h, "div", NULL);
	html_open(h, "p", NULL);
	html_element(h, "span", "soft small", _("Signed in as"));
	html_open(h, "br", NULL);
	html_close(h);
	html_open(h, "strong", NULL);
	html_foreign(h, page->session->user->name);
	html_close(h);
	html_close(h);
	if (page->conf->web.sign_in != CONF_SIGN_IN_MAIL)
		page_link(page, NULL, _("Change my password"), "/password");
	page_form(page, NULL, "/sign-out");
	html_element(h, "button", NULL, _("Sign out"));
	html_close(h);
	html_close(h);
	html_close(h);
}

void
page_begin(Page *page, const char *title, PageTab tab, const char *query)
{
	Html *h = page->h;
	g_autofree char *home = page_path(page, "/");

	write_head(page, title);
	html_open(h, "body", "class", page->session ? "with-tabs" : NULL, NULL);
	html_open(h, "a", "class", "skip vh", "href", "#main", NULL);
	html_text(h, _("Skip to the content"));
	html_close(h);
	if (page->session != NULL) {
		html_open(h, "header", "class", "top", NULL);
		html_open(h, "div", NULL);
		html_open(h, "a", "class", "brand", "href", home, NULL);
		html_text(h, "Kartoteka");
		html_close(h);
		write_search(page, query);
		html_open(h, "nav", "aria-label", _("Main"), NULL);
		html_open(h, "ul", "class", "tabs", NULL);
		write_tab(page, PAGE_TAB_HOME, tab, "i-home", _("Recent"), "/");
		write_tab(page, PAGE_TAB_CONTACTS, tab, "i-people", _("Contacts"), "/contacts");
		write_tab(page, PAGE_TAB_REVIEW, tab, "i-review", _("To review"), "/review");
		write_tab(page, PAGE_TAB_RECORD, tab, "i-eye", _("Who sees what"), "/access");
		html_close(h);
		html_close(h);
		write_me(page);
		html_close(h);
		html_close(h);
	}
	html_open(h, "main", "id", "main", "class", page->session ? NULL : "gate", NULL);
}

void
page_end(Page *page)
{
	Html *h = page->h;
	g_autoptr(GBytes) bytes = NULL;

	html_close(h);
	if (page->session != NULL) {
		html_open(h, "footer", "class", "foot", NULL);
		html_text(h, _("What you open here is recorded, so that a person can be told when "
			       "and why their data were read."));
		html_close(h);
	}
	bytes = html_finish(h);
	reply_body(page->reply, REPLY_PAGE, "text/html; charset=utf-8", bytes);
}

static const char *
error_title(ErrorCode code)
{
	switch (code) {
	case ERROR_TEMPORARY:
		return _("Not at this moment");
	case ERROR_INVALID:
		return _("That can't be read");
	case ERROR_DENIED:
		return _("You may not do that");
	case ERROR_NOT_FOUND:
		return _("There is no such page");
	case ERROR_CONFLICT:
		return _("That contradicts what is there");
	case ERROR_TOO_BIG:
		return _("That is too much");
	default:
		return _("Something is broken here");
	}
}

static const char *
error_advice(ErrorCode code)
{
	switch (code) {
	case ERROR_TEMPORARY:
		return _("Nothing is lost. Please try again in a moment.");
	case ERROR_INVALID:
		return _("Please go back and check what you entered.");
	case ERROR_DENIED:
		return _("If you need it for your work, ask the manager of the address book.");
	case ERROR_NOT_FOUND:
		return _(
		    "It doesn't exist, or it isn't open to you. The search finds all that is.");
	case ERROR_CONFLICT:
		return _("Please open the page again and look at what has changed.");
	case ERROR_TOO_BIG:
		return _("Please send less at once.");
	default:
		return _("It isn't your fault. Please tell your administrator.");
	}
}

void
page_error(Page *page, const GError *error, const char *id)
{
	ErrorCode code = error_code(error);
	const char *title = page->stale ? _("This form is out of date") : error_title(code);
	const char *advice = page->stale ? _("Nothing has been saved. Go back, load the page again "
					     "and repeat what you did.")
					 : error_advice(code);
	Html *h = page->h;

	g_bytes_unref(html_finish(h)); /* throws away what was half written */
	reply_free(page->reply);
	page->reply = reply_new();
	reply_status(page->reply, error_http_status(code));
	if (code == ERROR_TEMPORARY)
		reply_header(page->reply, "Retry-After", "5");
	page_begin(page, title, PAGE_TAB_NONE, NULL);
	html_open(h, "div", "class", "box empty narrow", NULL);
	html_element(h, "h1", NULL, title);
	html_element(h, "p", NULL, advice);
	if (code == ERROR_INVALID || code == ERROR_CONFLICT || code == ERROR_TOO_BIG)
		html_element(h, "p", "small", error->message);
	if (id != NULL) {
		html_open(h, "p", "class", "small", NULL);
		html_text(h, _("Number to quote:"));
		html_text(h, " ");
		html_element(h, "span", "mono", id);
		html_close(h);
	}
	html_open(h, "p", NULL);
	page_link(page, "button", _("To the start page"), "/");
	html_close(h);
	html_close(h);
	page_end(page);
}

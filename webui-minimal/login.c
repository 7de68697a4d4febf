/* Sign-in, sign-out, one's own password. */
#include "config.h"

#include "base/log.h"
#include "rules/login.h"
#include "rules/user.h"
#include "webui-minimal/pages.h"

#include <string.h>

#define FORM_COOKIE "kartoteka-form"

/* Where to go after sign-in: a path of ours, never another host. */
static const char *
destination(const char *to)
{
	if (to == NULL || to[0] != '/' || to[1] == '/' || to[1] == '\\' ||
	    g_str_has_prefix(to, "/sign-"))
		return "/";
	for (const char *c = to; *c != '\0'; c++)
		if ((guchar)*c <= 0x20 || (guchar)*c >= 0x7f)
			return "/";
	return to;
}

static void
write_field(Page *page, const char *id, const char *label, const char *type, const char *value,
    const char *autocomplete)
{
	Html *h = page->h;

	html_open(h, "p", "class", "field", NULL);
	html_open(h, "label", "for", id, NULL);
	html_text(h, label);
	html_close(h);
	html_open(h, "input", "id", id, "name", id, "type", type, "value", value, "required", "",
	    "autocomplete", autocomplete, NULL);
	html_attr(h, "maxlength", "200");
	html_close(h);
	html_close(h);
}

static void
write_gate(Page *page, const char *login, const char *to, const char *problem)
{
	Html *h = page->h;

	page_begin(page, _("Sign in"), PAGE_TAB_NONE, NULL);
	html_open(h, "div", "class", "box", NULL);
	html_open(h, "h1", "class", "brand", NULL);
	html_text(h, "Kartoteka");
	html_close(h);
	if (problem != NULL) {
		html_open(h, "div", "class", "note bad", "role", "alert", NULL);
		html_element(h, "p", NULL, problem);
		html_close(h);
	}
	page_form(page, NULL, "/sign-in");
	html_hidden(h, "to", to);
	write_field(page, "login", _("Login"), "text", login, "username");
	write_field(page, "password",
	    page->conf->web.sign_in == CONF_SIGN_IN_MAIL ? _("Password of your mail")
							 : _("Password"),
	    "password", NULL, "current-password");
	html_element(h, "button", "primary", _("Sign in"));
	html_close(h);
	html_close(h);
	page_end(page);
}

/* The secret of the form's token before anybody has signed in: a random cookie of this browser. */
static void
ensure_form_cookie(Page *page)
{
	g_autofree char *name = reply_cookie_name(FORM_COOKIE, page->https);
	const char *cookie = cgi_cookie(page->cgi, name);

	g_free(page->secret);
	if (cookie != NULL && strlen(cookie) == ID_TEXT_SIZE - 1) {
		page->secret = g_strdup(cookie);
	} else {
		Id id = id_new();

		page->secret = id_text(&id);
		reply_cookie(page->reply, FORM_COOKIE, page->secret, page->https);
	}
}

/* Too Many Requests (RFC 6585). */
static const char *
tell_to_wait(Page *page)
{
	reply_status(page->reply, 429);
	reply_header(page->reply, "Retry-After", "60");
	return _("There were too many wrong tries. Please wait a few minutes.");
}

static const char *
refusal(Page *page, const GError *problem)
{
	if (error_code(problem) == ERROR_TOO_BIG)
		return tell_to_wait(page);
	reply_status(page->reply, 403);
	if (page->conf->web.sign_in == CONF_SIGN_IN_PASSWORD)
		return _("Login and password don't match. Check both and try again.");
	return _(
	    "Login and password don't match, or the mail server can't be asked just now. Check "
	    "both and try again.");
}

static bool
sign_in(Page *page, const char *to, GError **error)
{
	const char *login = cgi_form(page->cgi, "login"),
		   *password = cgi_form(page->cgi, "password");
	char token[LOGIN_TOKEN_SIZE];
	g_autofree char *path = page_path(page, "%s", to);
	g_autoptr(GError) problem = NULL;

	if (!cgi_check_token(page->cgi, page->secret, NULL)) {
		reply_status(page->reply, 403);
		write_gate(page, login, to,
		    _("This page was open for too long, or cookies are off. Please sign in "
		      "again."));
		return true;
	}
	if (login_with_password(page->store, login ? login : "", password ? password : "",
		page->cgi->client, page->poller, token, &problem)) {
		reply_cookie(page->reply, PAGE_SESSION_COOKIE, token, page->https);
		reply_cookie(page->reply, FORM_COOKIE, NULL, page->https);
		reply_redirect(page->reply, path);
		return true;
	}
	if (!g_error_matches(problem, ERROR_DOMAIN, ERROR_DENIED) &&
	    !g_error_matches(problem, ERROR_DOMAIN, ERROR_TOO_BIG)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	log_warning("sign-in-refused", "client=%s error=%s", page->cgi->client,
	    error_name(error_code(problem)));
	write_gate(page, login, to, refusal(page, problem));
	return true;
}

bool
pages_sign_in(Page *page, GError **error)
{
	const char *to = destination(
	    page->cgi->method == CGI_POST ? cgi_form(page->cgi, "to") : cgi_query(page->cgi, "to"));
	g_autofree char *path = page_path(page, "%s", to);

	if (page->session != NULL) {
		reply_redirect(page->reply, path);
		return true;
	}
	ensure_form_cookie(page);
	if (page->cgi->method == CGI_POST)
		return sign_in(page, to, error);
	write_gate(page, NULL, to, NULL);
	return true;
}

bool
pages_sign_out(Page *page, GError **error)
{
	g_autofree char *path = page_path(page, "/sign-in");

	if (!login_end(page->store, page->secret, error))
		return false;
	reply_cookie(page->reply, PAGE_SESSION_COOKIE, NULL, page->https);
	reply_redirect(page->reply, path);
	return true;
}

/* The way to sign in stands in a window of its own, so that this one keeps what was sent. */
bool
pages_signed_out(Page *page, GError **error)
{
	Html *h = page->h;
	g_autofree char *sign_in_path = page_path(page, "/sign-in");
	g_autofree char *path = page_path(page, "%s", page->cgi->path);

	page_begin(page, _("You have been signed out"), PAGE_TAB_NONE, NULL);
	html_open(h, "div", "class", "box", NULL);
	html_element(h, "h1", NULL, _("You have been signed out"));
	html_element(h, "p", "below",
	    _("Nothing has been saved, and nothing of what you typed is lost. Sign in in a new "
	      "window, then "
	      "come back here and go on."));
	html_open(h, "form", "method", "post", "action", path, "class", "below", NULL);
	for (guint i = 0; i < page->cgi->form->len; i++) {
		const CgiField *field = g_ptr_array_index(page->cgi->form, i);

		html_hidden(h, field->name, field->value);
	}
	html_open(h, "p", "class", "buttons", NULL);
	html_open(h, "a", "class", "button primary", "href", sign_in_path, "target", "_blank",
	    "rel", "noopener", NULL);
	html_text(h, _("Sign in"));
	html_close(h);
	html_element(h, "button", NULL, _("Go on"));
	html_close(h);
	html_close(h);
	html_close(h);
	reply_status(page->reply, 403);
	page_end(page);
	return true;
}

static void
write_password(Page *page, const char *class, const char *text)
{
	Html *h = page->h;

	page_begin(page, _("Change my password"), PAGE_TAB_NONE, NULL);
	html_open(h, "div", "class", "narrow", NULL);
	html_open(h, "div", "class", "page-head", NULL);
	html_element(h, "h1", NULL, _("Change my password"));
	html_element(h, "p", NULL,
	    _("At least 10 characters. Several words that only you would put together are good."));
	html_close(h);
	if (text != NULL) {
		html_open(h, "div", "class", class, "role", "status", NULL);
		html_element(h, "p", NULL, text);
		html_close(h);
	}
	html_open(h, "div", "class", "box", NULL);
	page_form(page, "column", "/password");
	write_field(page, "old", _("Current password"), "password", NULL, "current-password");
	write_field(page, "new", _("New password"), "password", NULL, "new-password");
	write_field(page, "again", _("New password again"), "password", NULL, "new-password");
	html_open(h, "p", NULL);
	html_element(h, "button", "primary", _("Change it"));
	html_close(h);
	html_close(h);
	html_close(h);
	html_close(h);
	page_end(page);
}

/* Is that the password of who has signed in? */
static bool
is_own_password(Page *page, const char *password, GError **error)
{
	g_autoptr(User) user = user_get(page->store, &page->session->actor.user, error);
	char token[LOGIN_TOKEN_SIZE];

	return user != NULL &&
	       login_with_password(
		   page->store, user->login, password, page->cgi->client, -1, token, error) &&
	       login_end(page->store, token, error);
}

bool
pages_password(Page *page, GError **error)
{
	const char *old = cgi_form(page->cgi, "old"), *new = cgi_form(page->cgi, "new");
	const char *again = cgi_form(page->cgi, "again");
	g_autoptr(GError) problem = NULL;
	const char *text = NULL;

	if (page->conf->web.sign_in == CONF_SIGN_IN_MAIL)
		return error_set(error, ERROR_NOT_FOUND, "There is no such page");
	if (page->cgi->method != CGI_POST) {
		write_password(page, NULL, NULL);
		return true;
	}
	if (old == NULL || new == NULL || again == NULL || strcmp(new, again) != 0)
		text = _("The two new passwords differ.");
	else if (g_utf8_strlen(new, -1) < 10)
		text = _("The new password is too short.");
	else if (!is_own_password(page, old, &problem))
		text = _("That isn't your current password.");
	if (text != NULL)
		reply_status(page->reply, 400);
	if (problem != NULL && error_code(problem) == ERROR_TOO_BIG)
		text = tell_to_wait(page);
	else if (problem != NULL && error_code(problem) != ERROR_DENIED) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	if (text != NULL) {
		write_password(page, "note bad", text);
		return true;
	}
	if (!user_change_password(page->session, &page->session->actor.user, new, error))
		return false;
	write_password(page, "note", _("Your password has been changed."));
	return true;
}

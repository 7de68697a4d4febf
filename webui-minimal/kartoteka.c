/* kartoteka.cgi: one request, one page. See kartoteka.cgi.8. */
#include "config.h"

#include "base/clock.h"
#include "base/foreground.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/priv.h"
#include "base/sandbox.h"
#include "base/wish.h"
#include "rules/login.h"
#include "webui-minimal/pages.h"
#include "webui-minimal/style.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PAGE_HEAP (640 << 10) /* bytes that a history page takes */
#define PATH_RECORDED 200     /* longer than any of ours, which have an id at most */

extern char **environ;

enum {
	GET = 1 << 0,
	POST = 1 << 1,
	OPEN = 1 << 2, /* needs no sign-in */
	KEPT = 1 << 3, /* what was typed isn't lost when the session has ended: see Page.stale */
};

/* "*" stands for a public id, "+" for one further part. */
static const struct {
	const char *pattern;
	guint flags;
	PagesFunc func;
} routes[] = {
    {"/", GET, pages_home},
    {"/sign-in", GET | POST | OPEN, pages_sign_in},
    {"/sign-out", POST, pages_sign_out},
    {"/password", GET | POST, pages_password},
    {"/search", GET, pages_search},
    {"/contacts", GET, pages_contacts},
    {"/contacts/new", GET | POST | KEPT, pages_contact_new},
    {"/contact/*", GET, pages_contact},
    {"/contact/*/edit", GET | POST | KEPT, pages_contact_edit},
    {"/contact/*/books", GET | POST, pages_contact_books},
    {"/contact/*/delete", GET | POST, pages_contact_delete},
    {"/contact/*/circles", GET | POST, pages_contact_circles},
    {"/contact/*/who", GET, pages_who_contact},
    {"/message/*", GET, pages_message},
    {"/message/*/html", GET, pages_message_html},
    {"/message/*/part/+", GET, pages_attachment},
    {"/message/*/source", GET, pages_source},
    {"/message/*/filing", GET | POST, pages_message_filing},
    {"/message/*/circles", GET | POST, pages_message_circles},
    {"/message/*/who", GET, pages_who_message},
    {"/review", GET, pages_review},
    {"/access", GET, pages_access},
    {"/book/*/who", GET, pages_who_book},
    {"/book/*/rights", GET | POST, pages_book_rights},
    {"/circles", GET | POST, pages_circles},
    {"/circle/*", GET | POST, pages_circle},
    {"/record", GET, pages_record},
};

/* Does the path fit? Then page->id and page->rest are what stood at "*" and "+". */
static bool
route_fits(Page *page, const char *pattern)
{
	const char *path = page->cgi->path;

	for (; *pattern != '\0'; pattern++) {
		gsize n = strcspn(path, "/");

		if (*pattern != '*' && *pattern != '+') {
			if (*path++ != *pattern)
				return false;
			continue;
		}
		if (*pattern == '*') {
			g_autofree char *part = g_strndup(path, n);

			if (!id_parse(part, &page->id, NULL))
				return false;
		} else if (n > 0 && n < 200) {
			g_free(page->rest);
			page->rest = g_strndup(path, n);
		} else
			return false;
		path += n;
	}
	return *path == '\0';
}

static bool
run(Page *page, guint flags, PagesFunc func, GError **error)
{
	CgiMethod method = page->cgi->method;
	bool is_get = method == CGI_GET || method == CGI_HEAD;

	if (!(is_get && (flags & GET) != 0) && !(method == CGI_POST && (flags & POST) != 0)) {
		g_autoptr(GError) problem = NULL;

		error_set(&problem, ERROR_NOT_FOUND, "There is no such page");
		page_error(page, problem, NULL);
		reply_status(page->reply, 405);
		reply_header(page->reply, "Allow",
		    (flags & GET) == 0    ? "POST"
		    : (flags & POST) != 0 ? "GET, HEAD, POST"
					  : "GET, HEAD");
		return true;
	}
	if (method == CGI_POST && page->session != NULL) {
		g_autoptr(GError) problem = NULL;

		page->stale = !cgi_check_token(page->cgi, page->secret, &problem);
		if (page->stale && ((flags & KEPT) == 0 || page->cgi->cross_site)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return false;
		}
	}
	return func(page, error);
}

/* To the sign-in, and from there back to the page that was asked for. */
static void
ask_to_sign_in(Page *page)
{
	const char *query = g_environ_getenv(environ, "QUERY_STRING");
	g_autofree char *to =
	    g_strconcat(page->cgi->path, query && *query ? "?" : "", query ? query : "", NULL);
	g_autofree char *part = html_url_part(page->cgi->method == CGI_POST ? "/" : to);
	g_autofree char *location = page_path(page, "/sign-in?to=%s", part);

	reply_redirect(page->reply, location);
}

static bool
dispatch(Page *page, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(routes); i++) {
		if (!route_fits(page, routes[i].pattern))
			continue;
		if (page->session == NULL && (routes[i].flags & KEPT) != 0 &&
		    page->cgi->method == CGI_POST && !page->cgi->cross_site)
			return pages_signed_out(page, error);
		if (page->session == NULL && (routes[i].flags & OPEN) == 0)
			break;
		return run(page, routes[i].flags, routes[i].func, error);
	}
	if (page->session == NULL) {
		ask_to_sign_in(page);
		return true;
	}
	return error_set(error, ERROR_NOT_FOUND, "There is no such page");
}

/* Who asks, by the session's cookie; none is no error. */
static bool
find_session(Page *page, GError **error)
{
	g_autofree char *name = reply_cookie_name(PAGE_SESSION_COOKIE, page->https);
	const char *token = cgi_cookie(page->cgi, name);
	g_autoptr(GError) problem = NULL;
	const char *language;

	if (token != NULL)
		page->session = login_session(page->store, token, &problem);
	if (problem != NULL && error_code(problem) != ERROR_DENIED &&
	    error_code(problem) != ERROR_INVALID) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	if (page->session == NULL)
		return true;
	page->secret = g_strdup(token);
	language = page->session->user->language;
	if (language[0] != '\0')
		intl_open(language);
	return true;
}

/* A user's own language is set already; otherwise the company's, otherwise the browser's. */
static void
choose_language(Page *page)
{
	if (page->conf != NULL && page->conf->web.language[0] != '\0')
		intl_open(page->conf->web.language);
	else if (page->cgi->language != NULL)
		intl_open(cgi_choose_language(page->cgi->language, intl_languages));
}

static bool
open_store(Page *page, GError **error)
{
	page->conf = conf_load(NULL, error);
	if (page->conf == NULL)
		return false;
	conf_open_log(page->conf, "kartoteka.cgi");
	page->https = page->cgi->https || g_str_has_prefix(page->conf->web.public_url, "https://");
	if (!priv_is_owner(page->conf->data.user, page->conf->data.directory, error))
		return false;
	foreground_enter(page->conf->data.run_directory);
	page->store = store_open(page->conf, STORE_ONE_PAGE, error);
	return page->store != NULL;
}

/* A password of mail is checked by way of the poller; the locks would forbid to go there. */
static void
open_poller(Page *page)
{
	g_autoptr(GError) error = NULL;

	if (page->conf->web.sign_in == CONF_SIGN_IN_PASSWORD || page->cgi->method != CGI_POST ||
	    strcmp(page->cgi->path, "/sign-in") != 0)
		return;
	page->poller = wish_connect(page->conf->imap.control_socket, &error);
	if (page->poller < 0)
		log_gerror(LOG_LEVEL_WARNING, "mail-password-unasked", error);
}

static bool
answer(Page *page, GError **error)
{
	g_autoptr(GError) problem = NULL;

	page->cgi = cgi_read(environ, STDIN_FILENO, error);
	if (page->cgi == NULL) {
		page->cgi = g_new0(Cgi, 1);
		page->cgi->base = g_strdup("");
		page->cgi->path = g_strdup("/");
		return false;
	}
	if (strcmp(page->cgi->path, "/style.css") == 0) {
		g_autoptr(GBytes) bytes = g_bytes_new_static(style_sheet, strlen(style_sheet));

		reply_body(page->reply, REPLY_STATIC, "text/css; charset=utf-8", bytes);
		return true;
	}
	if (!open_store(page, &problem))
		/* not there, or not to be read: that is our trouble and not the reader's */
		return error_set(error,
		    error_code(problem) == ERROR_TEMPORARY ? ERROR_TEMPORARY : ERROR_INTERNAL, "%s",
		    problem->message);
	open_poller(page);
	if (!sandbox_enter(&sandbox_cgi))
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The program can't lock itself in");
	if (!find_session(page, error))
		return false;
	choose_language(page);
	return dispatch(page, error);
}

/* Defects and trouble of the machine get a number that leads to the line in the log. */
static void
report(Page *page, const GError *error)
{
	g_autofree char *number = NULL;
	ErrorCode code = error_code(error);

	choose_language(page);
	if (code == ERROR_INTERNAL || code == ERROR_TEMPORARY) {
		Id id = id_new();

		number = id_text(&id);
		number[8] = '\0';
		log_set_item(number);
		log_gerror(LOG_LEVEL_ERROR, "page-failed", error);
	}
	if (page->session != NULL && (code == ERROR_DENIED || code == ERROR_NOT_FOUND))
		session_record_refusal(page->session, PURPOSE_READ, code,
		    strlen(page->cgi->path) <= PATH_RECORDED ? page->cgi->path : NULL);
	page_error(page, error, number);
}

int
main(void)
{
	Page page = {
	    .reply = reply_new(), .h = html_new(HTML_HTML), .now = clock_ms(), .poller = -1};
	g_autoptr(GError) error = NULL;
	bool ok;

	if (g_getenv("GATEWAY_INTERFACE") == NULL && g_getenv("REQUEST_METHOD") == NULL) {
		g_printerr("kartoteka.cgi is started by a web server: see kartoteka.cgi(8)\n");
		return 64;
	}
	heap_take(PAGE_HEAP);
	if (!answer(&page, &error))
		report(&page, error);
	foreground_leave();
	ok = reply_send(page.reply, STDOUT_FILENO, page.cgi->method == CGI_HEAD);
	/* Everything is durable by now, and the web server waits for the end of the answer. The end of the process frees
	 * it all at once, and sooner than piece by piece. */
	close(STDOUT_FILENO);
	return ok ? 0 : 1;
}

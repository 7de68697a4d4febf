#include "webui-minimal/cgi.h"

#include "base/error.h"

#include <string.h>
#include <unistd.h>

/* A request; body NULL: none. The environment is "NAME=value" lines. */
static Cgi *
request(const char *environment, const char *body, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(environment, "\n", -1);
	int pipes[2];
	Cgi *cgi;

	g_assert_cmpint(pipe(pipes), ==, 0);
	if (body != NULL)
		g_assert_cmpint(write(pipes[1], body, strlen(body)), ==, (ssize_t)strlen(body));
	close(pipes[1]);
	cgi = cgi_read(lines, pipes[0], error);
	close(pipes[0]);
	return cgi;
}

static void
refused(const char *environment, const char *body, ErrorCode code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Cgi) cgi = request(environment, body, &error);

	g_assert_null(cgi);
	g_assert_error(error, ERROR_DOMAIN, (int)code);
}

#define POST "REQUEST_METHOD=POST\nCONTENT_TYPE=application/x-www-form-urlencoded\nCONTENT_LENGTH="

static void
test_read(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Cgi) cgi =
	    request("REQUEST_METHOD=GET\nSCRIPT_NAME=/kartoteka\nPATH_INFO=/contact/1\n"
		    "QUERY_STRING=q=a%20b+c&x=&&y&q=second&n=12\nHTTPS=on\nREMOTE_ADDR=192.0.2.1\n"
		    "HTTP_COOKIE=a=1; b = 2;c;a=3",
		NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpint(cgi->method, ==, CGI_GET);
	g_assert_cmpstr(cgi->base, ==, "/kartoteka");
	g_assert_cmpstr(cgi->path, ==, "/contact/1");
	g_assert_true(cgi->https);
	g_assert_false(cgi->cross_site);
	g_assert_cmpstr(cgi_query(cgi, "q"), ==, "a b c");
	g_assert_cmpstr(cgi_query(cgi, "x"), ==, "");
	g_assert_cmpstr(cgi_query(cgi, "y"), ==, "");
	g_assert_null(cgi_query(cgi, "z"));
	g_assert_cmpint(cgi_query_number(cgi, "n", 1, 100, 7), ==, 12);
	g_assert_cmpint(cgi_query_number(cgi, "n", 1, 10, 7), ==, 7);
	g_assert_cmpint(cgi_query_number(cgi, "q", 1, 10, 7), ==, 7);
	g_assert_cmpstr(cgi_cookie(cgi, "a"), ==, "1");
	g_assert_cmpstr(cgi_cookie(cgi, "b"), ==, "2");
	g_assert_null(cgi_cookie(cgi, "c"));
}

static void
test_bare(void)
{
	g_autoptr(Cgi) cgi = request("REQUEST_METHOD=BREW", NULL, NULL);
	g_autoptr(Cgi) twice =
	    request("REQUEST_METHOD=GET\nSCRIPT_NAME=//evil.example", NULL, NULL);

	g_assert_cmpint(cgi->method, ==, CGI_OTHER);
	g_assert_cmpstr(cgi->base, ==, "");
	g_assert_cmpstr(cgi->path, ==, "/");
	g_assert_cmpstr(cgi->client, ==, "");
	g_assert_cmpstr(twice->base, ==, "/evil.example");
}

static void
test_form(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Cgi) cgi = request(POST "15", "a=1%0D%0A2&b=%C5%99", &error);
	g_autoptr(Cgi) whole = request(POST "19\nQUERY_STRING=a=q", "a=1%0D%0A2&b=%C5%99", &error);

	g_assert_null(cgi); /* cut within "%C5" */
	g_assert_cmpstr(cgi_form(whole, "a"), ==, "1\r\n2");
	g_assert_cmpstr(cgi_form(whole, "b"), ==, "\xc5\x99");
	g_assert_cmpstr(cgi_query(whole, "a"), ==, "q");
	g_assert_null(cgi_form(whole, "q"));
}

static void
test_refused(void)
{
	g_autofree char *fields = g_strnfill(CGI_FIELDS_MAX * 2 + 2, '&');
	g_autofree char *many = NULL;
	g_autofree char *long_text = g_strnfill(CGI_QUERY_MAX + 1, 'a');
	g_autofree char *long_query = g_strconcat("QUERY_STRING=", long_text, NULL);
	g_autofree char *long_cookie = g_strconcat("HTTP_COOKIE=a=", long_text, NULL);
	g_autofree char *long_path = g_strconcat("PATH_INFO=/", long_text, NULL);

	for (gsize i = 0; fields[i] != '\0'; i += 2)
		fields[i] = 'a';
	many = g_strconcat("QUERY_STRING=", fields, NULL);
	refused(many, NULL, ERROR_TOO_BIG);
	refused(long_query, NULL, ERROR_TOO_BIG);
	refused(long_cookie, NULL, ERROR_TOO_BIG);
	refused(long_path, NULL, ERROR_TOO_BIG);
	refused("QUERY_STRING=a=%", NULL, ERROR_INVALID);
	refused("QUERY_STRING=a=%0", NULL, ERROR_INVALID);
	refused("QUERY_STRING=a=%zz", NULL, ERROR_INVALID);
	refused("QUERY_STRING=a=%00", NULL, ERROR_INVALID);
	refused("QUERY_STRING=a=%ff", NULL, ERROR_INVALID);
	refused("PATH_INFO=/\xff", NULL, ERROR_INVALID);
	refused("PATH_INFO=/a\rb", NULL, ERROR_INVALID);
	refused("PATH_INFO=contact", NULL, ERROR_INVALID);
	refused(POST "262145", "a=b", ERROR_TOO_BIG);
	refused(POST "99999999999999999999", "a=b", ERROR_INVALID);
	refused(POST "-1", "a=b", ERROR_INVALID);
	refused(POST "x", "a=b", ERROR_INVALID);
	refused(POST "4", "a=b", ERROR_INVALID);
	refused("REQUEST_METHOD=POST\nCONTENT_TYPE=application/x-www-form-urlencoded", "a=b",
	    ERROR_INVALID);
	refused("REQUEST_METHOD=POST\nCONTENT_TYPE=multipart/form-data\nCONTENT_LENGTH=3", "a=b",
	    ERROR_INVALID);
	refused("REQUEST_METHOD=POST\nCONTENT_TYPE=application/x-www-form-urlencodedx\n"
		"CONTENT_LENGTH=3",
	    "a=b", ERROR_INVALID);
}

static void
check_token(const char *site, const char *token, const char *secret, bool wanted)
{
	g_autofree char *body = g_strdup_printf("token=%s", token);
	g_autofree char *environment =
	    g_strdup_printf(POST "%zu\nHTTP_SEC_FETCH_SITE=%s", strlen(body), site);
	g_autoptr(GError) error = NULL;
	g_autoptr(Cgi) cgi = request(environment, body, &error);

	g_assert_no_error(error);
	g_assert_cmpint(cgi_check_token(cgi, secret, &error), ==, wanted);
	if (!wanted)
		g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
}

static void
test_token(void)
{
	g_autofree char *good = cgi_token("secret");
	g_autofree char *other = cgi_token("other");
	g_autofree char *prefix = g_strndup(good, 10);
	g_autofree char *longer = g_strconcat(good, "0", NULL);

	g_assert_cmpuint(strlen(good), ==, 64);
	check_token("same-origin", good, "secret", true);
	check_token("none", good, "secret", true);
	check_token("", good, "secret", true);
	check_token("cross-site", good, "secret", false);
	check_token("same-site", good, "secret", false);
	check_token("same-origin", other, "secret", false);
	check_token("same-origin", prefix, "secret", false);
	check_token("same-origin", longer, "secret", false);
	check_token("same-origin", "", "secret", false);
}

static void
test_language(void)
{
	static const char *const languages[] = {"en", "cs", NULL};
	static const struct {
		const char *accept, *language;
	} cases[] = {{"", "en"}, {"cs", "cs"}, {"cs-CZ,cs;q=0.9,en;q=0.8", "cs"},
	    {"en-GB,en;q=0.9,cs;q=0.8", "en"}, {"de,fr", "en"}, {"de, cs;q=0.3, en;q=0.1", "cs"},
	    {"csx", "en"}, {"cs;q=0", "en"}, {",,;q=,cs;q=x", "en"}, {"*", "en"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpstr(
		    cgi_choose_language(cases[i].accept, languages), ==, cases[i].language);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cgi/read", test_read);
	g_test_add_func("/cgi/bare", test_bare);
	g_test_add_func("/cgi/form", test_form);
	g_test_add_func("/cgi/refused", test_refused);
	g_test_add_func("/cgi/token", test_token);
	g_test_add_func("/cgi/language", test_language);
	return g_test_run();
}

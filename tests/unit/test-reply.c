#include "webui-minimal/reply.h"

#include <string.h>

static char *
text_of(const Reply *reply, bool head)
{
	g_autoptr(GBytes) bytes = reply_bytes(reply, head);

	return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		g_error("no \"%s\" in:\n%s", part, text);
}

static void
test_page(void)
{
	g_autoptr(Reply) reply = reply_new();
	g_autoptr(GBytes) body = g_bytes_new_static("hello", 5);
	g_autofree char *text = NULL, *head = NULL;

	reply_status(reply, 404);
	reply_body(reply, REPLY_PAGE, "text/html; charset=utf-8", body);
	reply_cookie(reply, "k", "v", false);
	reply_cookie(reply, "k", NULL, true);
	text = text_of(reply, false);
	head = text_of(reply, true);
	g_assert_true(g_str_has_prefix(text, "Status: 404 Not Found\r\n"));
	g_assert_true(g_str_has_suffix(text, "\r\n\r\nhello"));
	g_assert_true(g_str_has_suffix(head, "\r\n\r\n"));
	has(head, "Content-Length: 5\r\n");
	has(text, "Cache-Control: no-store\r\n");
	has(text, "Content-Security-Policy: default-src 'none'; style-src 'self'; ");
	has(text, "X-Content-Type-Options: nosniff\r\n");
	has(text, "Set-Cookie: k=v; Path=/; HttpOnly; SameSite=Lax\r\n");
	has(text, "Set-Cookie: __Host-k=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0\r\n");
	g_assert_null(strstr(text, "unsafe"));
}

static void
test_foreign(void)
{
	g_autoptr(Reply) reply = reply_new();
	g_autoptr(GBytes) body = g_bytes_new_static("x", 1);
	g_autofree char *text = NULL;

	reply_body(reply, REPLY_FOREIGN, "text/html; charset=utf-8", body);
	text = text_of(reply, false);
	has(text, "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
		  "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox\r\n");
	has(text, "X-Frame-Options: SAMEORIGIN\r\n");
}

static void
test_download(void)
{
	g_autoptr(Reply) reply = reply_new();
	g_autoptr(GBytes) body = g_bytes_new_static("x", 1);
	g_autofree char *text = NULL;

	reply_download(
	    reply, "Na\xc5\x99\xc3\xadzen\xc3\xad; \"1\"\r\nX: y.pdf", "text/html\r\nX: y", body);
	text = text_of(reply, false);
	has(text, "Content-Disposition: attachment; filename=\"Na____zen___ 1X y.pdf\"; ");
	has(text, "filename*=UTF-8''Na%C5%99%C3%ADzen%C3%AD%3B%201X%20y.pdf\r\n");
	has(text, "Content-Type: application/octet-stream\r\n");
	has(text, "default-src 'none'; frame-ancestors 'none'; sandbox\r\n");
	g_assert_null(strstr(text, "\r\nX: y"));
}

static void
test_file_names(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {{NULL, "attachment"}, {"", "attachment"}, {"../../etc/passwd", "passwd"},
	    {"..\\boot.ini", "boot.ini"}, {"...", "attachment"}, {".bashrc", "bashrc"},
	    {"a/", "attachment"}, {"  ", "attachment"},
	    {"x\xe2\x80\xae"
	     "fdp.exe",
		"xfdp.exe"},
	    {"a\nb", "ab"}, {"\xff.txt", "\xef\xbf\xbd.txt"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *name = reply_file_name(cases[i].in);

		g_assert_cmpstr(name, ==, cases[i].out);
	}
}

/* A name that is too long is cut before its ending, by which a computer knows what opens it. */
static void
test_long_names(void)
{
	g_autofree char *a = g_strnfill(200, 'a');
	g_autofree char *file = g_strconcat(a, ".docx", NULL), *dotted = g_strconcat("a.", a, NULL);
	g_autofree char *name = reply_file_name(file), *none = reply_file_name(a),
			*odd = reply_file_name(dotted);

	g_assert_cmpint(strlen(name), ==, 120);
	g_assert_true(g_str_has_suffix(name, "aa.docx"));
	g_assert_cmpint(strlen(none), ==, 120);
	g_assert_cmpint(strlen(odd), ==, 120);
}

static void
test_redirect(void)
{
	g_autoptr(Reply) reply = reply_new();
	g_autofree char *text = NULL;

	reply_redirect(reply, "/sign-in");
	text = text_of(reply, false);
	has(text, "Status: 303 See Other\r\n");
	has(text, "Location: /sign-in\r\n");
}

static void
test_bugs(void)
{
	if (g_test_subprocess()) {
		g_autoptr(Reply) reply = reply_new();

		reply_redirect(reply, "//evil.example/");
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_failed();
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/reply/page", test_page);
	g_test_add_func("/reply/foreign", test_foreign);
	g_test_add_func("/reply/download", test_download);
	g_test_add_func("/reply/file-names", test_file_names);
	g_test_add_func("/reply/long-names", test_long_names);
	g_test_add_func("/reply/redirect", test_redirect);
	g_test_add_func("/reply/bugs", test_bugs);
	return g_test_run();
}

#include "webui-minimal/html.h"

#include <string.h>

#define DOCTYPE "<!DOCTYPE html>\n"

/* What html_finish() gives, as a string. */
static char *
finish(Html *h)
{
	g_autoptr(GBytes) bytes = html_finish(h);

	return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void
test_elements(void)
{
	g_autoptr(Html) h = html_new(HTML_HTML);
	g_autofree char *text = NULL;

	html_open(h, "p", "class", "a", "id", NULL, "title", "", NULL);
	html_text(h, "x");
	html_open(h, "br", NULL);
	html_close(h);
	html_element(h, "b", NULL, "y");
	g_assert_cmpuint(html_depth(h), ==, 1);
	text = finish(h);
	g_assert_cmpstr(text, ==, DOCTYPE "<p class=\"a\" title=\"\">x<br><b>y</b></p>\n");
}

static void
test_xml(void)
{
	g_autoptr(Html) h = html_new(HTML_XML);
	g_autofree char *text = NULL;

	html_open(h, "D:multistatus", "xmlns:D", "DAV:", NULL);
	html_open(h, "D:href", NULL);
	html_close(h);
	html_element(h, "D:x", NULL, "<&\"'>");
	text = finish(h);
	g_assert_cmpstr(text, ==,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\">"
	    "<D:href/><D:x>&lt;&amp;&quot;&#39;&gt;</D:x></D:multistatus>\n");
}

static void
test_escaped(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
	    {"\"' onload=x", "&quot;&#39; onload=x"},
	    {"a&amp;b", "a&amp;amp;b"},
	    {"P\xc5\x99\xc3\xadli\xc5\xa1", "P\xc5\x99\xc3\xadli\xc5\xa1"},
	    {"a\x01"
	     "b\x7f\x1b[0m",
		"a\xef\xbf\xbd"
		"b\xef\xbf\xbd\xef\xbf\xbd[0m"},
	    {"\xff\xfe<\xc3", "\xef\xbf\xbd\xef\xbf\xbd&lt;\xef\xbf\xbd"},
	    {"\xc2\x85|\xef\xbf\xbe", "\xef\xbf\xbd|\xef\xbf\xbd"},
	    {"\xf0\x9f\x93\x8e", "\xf0\x9f\x93\x8e"},
	    {"a\n\tb", "a\n\tb"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Html) h = html_new(HTML_HTML);
		g_autofree char *text = NULL, *wanted = NULL;

		html_open(h, "p", "title", cases[i].in, NULL);
		html_text(h, cases[i].in);
		text = finish(h);
		wanted =
		    g_strdup_printf(DOCTYPE "<p title=\"%s\">%s</p>\n", cases[i].out, cases[i].out);
		g_assert_cmpstr(text, ==, wanted);
	}
}

static void
test_addresses(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"javascript:alert(1)", "#"},
	    {" javascript:alert(1)", "#"},
	    {"JaVaScRiPt:alert(1)", "#"},
	    {"data:text/html,<script>", "#"},
	    {"vbscript:x", "#"},
	    {"//evil.example/", "#"},
	    {"/\\evil.example/", "#"},
	    {"", "#"},
	    {"/contact/1?a=b&c=d", "/contact/1?a=b&amp;c=d"},
	    {"?page=2", "?page=2"},
	    {"#body", "#body"},
	    {"https://example.org/\"x", "https://example.org/&quot;x"},
	    {"mailto:a@example.org", "mailto:a@example.org"},
	    {"tel:+420", "tel:+420"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Html) h = html_new(HTML_HTML);
		g_autofree char *text = NULL;
		g_autofree char *wanted =
		    g_strdup_printf(DOCTYPE "<a href=\"%s\"></a>\n", cases[i].out);

		html_open(h, "a", "href", cases[i].in, NULL);
		text = finish(h);
		g_assert_cmpstr(text, ==, wanted);
	}
}

static void
test_foreign(void)
{
	g_autoptr(Html) h = html_new(HTML_HTML);
	g_autofree char *text = NULL;

	html_foreign(h, "invoice\xe2\x80\xae"
			"fdp.exe\xe2\x81\xa6<b>");
	html_foreign(h, NULL);
	html_foreign(h, "");
	text = finish(h);
	g_assert_cmpstr(text, ==, DOCTYPE "<bdi>invoicefdp.exe&lt;b&gt;</bdi><bdi></bdi>\n");
}

static void
test_given_up(void)
{
	g_autoptr(Html) h = html_new(HTML_HTML);
	g_autofree char *text = NULL, *again = NULL;
	guint depth;

	html_open(h, "main", NULL);
	depth = html_depth(h);
	html_open(h, "ul", NULL);
	html_open(h, "li", NULL);
	html_close_to(h, depth);
	html_textf(h, "%d", 1);
	text = finish(h);
	g_assert_cmpstr(text, ==, DOCTYPE "<main><ul><li></li></ul>1</main>\n");
	again = finish(h);
	g_assert_cmpstr(again, ==, DOCTYPE "\n");
}

static void
test_url_part(void)
{
	g_autofree char *text = html_url_part("a b/\xc5\x99&=?#%+");

	g_assert_cmpstr(text, ==, "a%20b%2F%C5%99%26%3D%3F%23%25%2B");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/html/elements", test_elements);
	g_test_add_func("/html/xml", test_xml);
	g_test_add_func("/html/escaped", test_escaped);
	g_test_add_func("/html/addresses", test_addresses);
	g_test_add_func("/html/foreign", test_foreign);
	g_test_add_func("/html/given-up", test_given_up);
	g_test_add_func("/html/url-part", test_url_part);
	return g_test_run();
}

#include "webui-minimal/body.h"

#include <string.h>

/* The page's text for that body and spans ("Q" quoted, "S" signature: from the first to the last place
 * where these words stand). */
static char *
body_of(const char *body, const char *quoted, const char *signature)
{
	Page page = {.h = html_new(HTML_HTML)};
	g_autoptr(Mail) mail = mail_new();
	g_autoptr(GBytes) bytes = NULL;
	const char *texts[] = {quoted, signature};

	g_free(mail->body);
	mail->body = g_strdup(body);
	for (guint i = 0; i < 2; i++)
		if (texts[i] != NULL) {
			MailSpan span = {(guint32)(strstr(body, texts[i]) - body),
			    (guint32)strlen(texts[i]),
			    i == 0 ? MAIL_SPAN_QUOTED : MAIL_SPAN_SIGNATURE};

			g_array_append_val(mail->spans, span);
		}
	body_write(&page, mail);
	bytes = html_finish(page.h);
	html_free(page.h);
	return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		g_error("no \"%s\" in:\n%s", part, text);
}

static void
test_links(void)
{
	static const struct {
		const char *text, *address;
	} cases[] = {
	    {"see https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&amp;c=2"},
	    {"(http://example.org/x)", "http://example.org/x"},
	    {"<HTTP://example.org>", "HTTP://example.org"},
	    {"https://example.org/\xc5\x99\xc3\xad\"x", "https://example.org/\xc5\x99\xc3\xad"},
	};
	static const char *const none[] = {"javascript:alert(1)", "https://", "http:// x",
	    "xhttps://example.org", "ftp://example.org", "data:text/html,x"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = body_of(cases[i].text, NULL, NULL);
		g_autofree char *wanted =
		    g_strdup_printf("<a href=\"%s\" rel=\"noreferrer noopener nofollow\">%s</a>",
			cases[i].address, cases[i].address);

		has(text, wanted);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
		g_autofree char *text = body_of(none[i], NULL, NULL);

		g_assert_null(strstr(text, "<a "));
	}
}

static void
test_folded(void)
{
	g_autofree char *below = body_of("Hello\n\n> old\n> words\n", "> old\n> words\n", NULL);
	g_autofree char *within =
	    body_of("> a question\nthe answer\n-- \nme <b>\n", "> a question\n", "-- \nme <b>\n");

	has(below, "<div class=\"p\">Hello</div><details class=\"fold\"><summary>2 quoted lines");
	has(within, "<details class=\"fold\" open=\"\"><summary>1 quoted line</summary>");
	has(within, "<div class=\"p\">the answer</div><details class=\"fold\"><summary>Signature");
	has(within, "<div class=\"p\">-- \nme &lt;b&gt;</div>");
}

static void
test_odd(void)
{
	g_autofree char *empty = body_of(" \n\n", NULL, NULL);
	g_autofree char *only = body_of("> all of it", "> all of it", NULL);
	g_autofree char *indented = body_of("\n\n  indented\n\tcode\n", NULL, NULL);

	has(empty, "This mail has no text.");
	has(only, "<details class=\"fold\"><summary>1 quoted line");
	has(indented, "<div class=\"p\">  indented\n\tcode</div>");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/body/links", test_links);
	g_test_add_func("/body/folded", test_folded);
	g_test_add_func("/body/odd", test_odd);
	return g_test_run();
}

#include "webui-minimal/foreign.h"

static void
test_dropped(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", ""},
	    {"<p>a < b &amp; c</p>", "<p>a < b &amp; c</p>"},
	    {"<link rel=preconnect href=//e>", "<x-link rel=preconnect href=//e>"},
	    {"<LiNk/rel=x><META http-equiv=refresh>", "<x-LiNk/rel=x><x-META http-equiv=refresh>"},
	    {"<iframe src=x></iframe>", "<x-iframe src=x></x-iframe>"},
	    {"<frameset><frame src=x>", "<x-frameset><x-frame src=x>"},
	    /* nothing closes up to another tag */
	    {"<li<link>nk rel=x>", "<li<x-link>nk rel=x>"},
	    {"<<base href=x>", "<<x-base href=x>"},
	    {"</<object data=x>", "</<x-object data=x>"},
	    {"<", "<"},
	    {"</", "</"},
	    {"<embed", "<x-embed"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GBytes) bytes = foreign_html(cases[i].in);
		gsize size;
		const char *data = g_bytes_get_data(bytes, &size);
		g_autofree char *text = g_strndup(data ? data : "", size);

		g_assert_cmpstr(text, ==, cases[i].out);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/foreign/dropped", test_dropped);
	return g_test_run();
}

#include "base/error.h"
#include "base/published.h"

#include <glib/gstdio.h>
#include <string.h>

static const guint8 key[PUBLISHED_KEY_SIZE] = "a key of 32 bytes, for this test";

static void
test_round(void)
{
	g_autoptr(Published) list = published_new("exclusions", key);
	g_autoptr(Published) read = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = g_dir_make_tmp("kartoteka-published-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, PUBLISHED_EXCLUSIONS, NULL);
	g_autofree char *text = NULL;
	g_autofree char *cut = NULL;

	for (int i = 0; i < 100; i++) {
		g_autofree char *address = g_strdup_printf("p%d@example.org", i);

		published_add(list, address, "works council");
	}
	published_add(list, "@lekar.example", NULL);
	g_assert_true(published_write(list, path, "", &error));
	read = published_read(path, "exclusions", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(published_count(read), ==, 101);
	g_assert_cmpstr(published_find(read, "p57@example.org"), ==, "works_council");
	g_assert_cmpstr(published_find(read, "@lekar.example"), ==, "-");
	g_assert_null(published_find(read, "p100@example.org"));
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_null(strstr(text, "example")); /* no address in it */
	g_assert_null(published_read(path, "postures", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	cut = g_strndup(text, strlen(text) / 2);
	g_assert_true(g_file_set_contents(path, cut, -1, NULL));
	g_assert_null(published_read(path, "exclusions", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_unlink(path);
	g_assert_null(published_read(path, "exclusions", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_rmdir(dir);
}

static void
test_subject(void)
{
	char *domains[] = {"firma.example", NULL}, *all[] = {"*", NULL};
	static const struct {
		const char *in, *plain, *tagless, *domain;
	} table[] = {
	    {"Jana+x@Firma.example", "jana+x@firma.example", "jana@firma.example",
		"@firma.example"},
	    {"<Jana+x@other.example>", "jana+x@other.example", "jana+x@other.example",
		"@other.example"},
	    {"Žofie@Příklad.example", "žofie@xn--pklad-zsa96e.example",
		"žofie@xn--pklad-zsa96e.example", "@xn--pklad-zsa96e.example"},
	    {"+x@firma.example", "+x@firma.example", "+x@firma.example", "@firma.example"},
	    {"jana@firma.example.", "jana@firma.example", "jana@firma.example", "@firma.example"},
	    {"\"Jana\"@firma.example", "jana@firma.example", "jana@firma.example",
		"@firma.example"},
	    {"\"ja\\na n\\\"\"@firma.example", "jana n\"@firma.example", "jana n\"@firma.example",
		"@firma.example"},
	    {"\"@firma.example", "\"@firma.example", "\"@firma.example", "@firma.example"},
	    {"Z\xcc\x8cofie@firma.example", "žofie@firma.example", "žofie@firma.example",
		"@firma.example"},
	    {"a@b@firma.example", "a@b@firma.example", "a@b@firma.example", "@firma.example"},
	    {"", NULL, NULL, NULL},
	    {"@firma.example", NULL, NULL, NULL},
	    {"jana@", NULL, NULL, NULL},
	    {"jana@.", NULL, NULL, NULL},
	    {"<>", NULL, NULL, NULL},
	    {"\xff@firma.example", NULL, NULL, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *plain = published_subject(table[i].in, NULL);
		g_autofree char *tagless = published_subject(table[i].in, domains);
		g_autofree char *domain = published_domain(table[i].in);

		g_assert_cmpstr(plain, ==, table[i].plain);
		g_assert_cmpstr(tagless, ==, table[i].tagless);
		g_assert_cmpstr(domain, ==, table[i].domain);
	}
	{
		g_autofree char *tagless = published_subject("a+b@c.example", all);

		g_assert_cmpstr(tagless, ==, "a@c.example");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/published/round", test_round);
	g_test_add_func("/published/subject", test_subject);
	return g_test_run();
}

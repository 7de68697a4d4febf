#include "base/error.h"
#include "base/id.h"

static void
test_round(void)
{
	Id a = id_new(), b = id_new(), again;
	g_autofree char *text = id_text(&a);
	g_autoptr(GError) error = NULL;

	g_assert_false(id_equal(&a, &b));
	g_assert_false(id_is_zero(&a));
	g_assert_true(id_parse(text, &again, &error));
	g_assert_no_error(error);
	g_assert_true(id_equal(&a, &again));
}

static void
test_refused(void)
{
	static const char *const bad[] = {"", "0", "0123456789abcdef0123456789abcde",
	    "0123456789abcdef0123456789abcdef0", "0123456789abcdef0123456789abcdeg"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		Id id = {{1}};

		g_assert_false(id_parse(bad[i], &id, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_cmpint(id.bytes[0], ==, 1);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/id/round", test_round);
	g_test_add_func("/id/refused", test_refused);
	return g_test_run();
}

#include "rules/collate.h"

/* In Czech order, and where English agrees. */
static void
test_order(void)
{
	static const char *const names[] = {"", "Adam", "adam", "Adámek", "Ádin", "Albert",
	    "Cyril Zeman", "Čapek", "Daniel", "Emil", "Hanuš", "Hynek", "Chalupa", "Ivan", "Rudolf",
	    "Řehoř", "Svoboda", "Škoda", "Urban", "Žák"};

	for (gsize i = 1; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GBytes) before = collate_key(names[i - 1]);
		g_autoptr(GBytes) after = collate_key(names[i]);

		if (g_bytes_compare(before, after) >= 0)
			g_test_message("%s stands before %s", names[i], names[i - 1]);
		g_assert_cmpint(g_bytes_compare(before, after), <, 0);
	}
}

/* Any text has a key, and equal texts equal ones. */
static void
test_any(void)
{
	g_autoptr(GBytes) composed = collate_key("\xc4\x8d"), decomposed = collate_key("c\xcc\x8c");
	g_autoptr(GBytes) broken = collate_key("a\xff"
					       "b");

	g_assert_true(g_bytes_equal(composed, decomposed));
	g_assert_cmpint(g_bytes_get_size(broken), >, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/collate/order", test_order);
	g_test_add_func("/collate/any", test_any);
	return g_test_run();
}

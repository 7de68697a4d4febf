#include "webui-minimal/intl.h"

#include <string.h>

#define MINUTE G_GINT64_CONSTANT(60000)
#define DAY (1440 * MINUTE)
#define NOW (G_GINT64_CONSTANT(1795457700000)) /* Monday 23 November 2026, 18:15 UTC */

static void
is(char *got, const char *wanted)
{
	g_autofree char *text = got;

	g_assert_cmpstr(text, ==, wanted);
}

static void
test_headings(void)
{
	is(intl_heading(NOW, NOW), "Today");
	is(intl_heading(NOW - 18 * 60 * MINUTE, NOW), "Today");
	is(intl_heading(NOW - 19 * 60 * MINUTE, NOW), "Yesterday");
	is(intl_heading(NOW - 3 * DAY, NOW), "Friday 20 November");
	is(intl_heading(NOW - 7 * DAY, NOW), "November 2026");
	is(intl_heading(NOW - 30 * DAY, NOW), "October 2026");
	is(intl_heading(NOW + 2 * DAY, NOW), "November 2026");
	/* a new year lies between */
	is(intl_heading(G_GINT64_CONSTANT(1798759800000), G_GINT64_CONSTANT(1798763400000)),
	    "Yesterday");
}

static void
test_moments(void)
{
	is(intl_short(NOW, NOW), "18:15");
	is(intl_short(NOW - 1 * DAY, NOW),
	    "22\302\240Nov 18:15"); /* no list says "yesterday" above each */
	is(intl_short(NOW - 3 * DAY, NOW), "20\302\240Nov 18:15");
	is(intl_short(NOW - 400 * DAY, NOW), "19\302\240Oct\302\2402025");
	is(intl_full(NOW), "Monday 23\302\240November 2026, 18:15");
	is(intl_machine(NOW), "2026-11-23T18:15:00+00:00");
	is(intl_full(-1), "Wednesday 31\302\240December 1969, 23:59");
}

static void
test_sizes(void)
{
	is(intl_size(0), "0\302\240B");
	is(intl_size(999), "999\302\240B");
	is(intl_size(1499), "1\302\240KB");
	is(intl_size(999499), "999\302\240KB");
	is(intl_size(999500), "1.0\302\240MB");
	is(intl_size(1234567), "1.2\302\240MB");
	is(intl_size(G_GUINT64_CONSTANT(25) << 30), "26843.5\302\240MB");
}

/* In a process of its own: a process has one language. */
static void
test_czech(void)
{
	if (g_test_subprocess()) {
		g_autofree char *folder = g_build_filename(g_getenv("BUILDDIR"), "po", NULL);

		g_setenv("KARTOTEKA_LOCALE_DIRECTORY", folder, TRUE);
		intl_open("cs");
		intl_open("en");
		g_assert_cmpstr(intl_language(), ==, "cs");
		is(intl_heading(NOW, NOW), "Dnes");
		is(intl_heading(NOW - 3 * DAY, NOW), "p\303\241tek 20. listopadu");
		is(intl_heading(NOW - 30 * DAY, NOW), "\305\231\303\255jen 2026");
		is(intl_short(NOW - 3 * DAY, NOW), "20.\302\24011. 18:15");
		is(intl_size(1234567), "1,2\302\240MB");
		g_assert_cmpstr(
		    ngettext("%u attachment", "%u attachments", 5), ==, "%u p\305\231\303\255loh");
		return;
	}
	if (g_getenv("BUILDDIR") == NULL) {
		g_test_skip("the catalogue is in the build folder");
		return;
	}
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
	g_test_trap_assert_passed();
}

static void
test_unknown(void)
{
	if (g_test_subprocess()) {
		intl_open("../../etc");
		g_assert_cmpstr(intl_language(), ==, "en");
		return;
	}
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
	g_test_trap_assert_passed();
}

int
main(int argc, char **argv)
{
	g_setenv("TZ", "UTC", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/intl/headings", test_headings);
	g_test_add_func("/intl/moments", test_moments);
	g_test_add_func("/intl/sizes", test_sizes);
	g_test_add_func("/intl/czech", test_czech);
	g_test_add_func("/intl/unknown", test_unknown);
	return g_test_run();
}

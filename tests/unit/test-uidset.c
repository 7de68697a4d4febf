#include "base/error.h"
#include "imapsync/uidset.h"

#include <string.h>

static UidSet *
parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	UidSet *set = uidset_parse(text, 0, &error);

	g_assert_no_error(error);
	return set;
}

static void
assert_text(const UidSet *set, const char *wanted)
{
	g_autofree char *text = uidset_text(set);

	g_assert_cmpstr(text, ==, wanted);
}

static void
test_text(void)
{
	static const char *const texts[][2] = {{"", ""}, {"7", "7"}, {"7:1", "1:7"},
	    {"3,1,2", "1:3"}, {"1:5,4:9,20", "1:9,20"}, {"4294967295,1", "1,4294967295"},
	    {"4294967290:4294967295,4294967295", "4294967290:4294967295"}};
	static const char *const bad[] = {"*", "0", "1:*", "1,", ",1", "1:", ":1", "1;2",
	    "4294967296", "99999999999999999999999", "-1", " 1", "1 ", "1:2:3", "0:5"};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(UidSet) set = parse(texts[i][0]);

		assert_text(set, texts[i][1]);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(uidset_parse(bad[i], 0, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	}
}

static void
test_limit(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(UidSet) set = uidset_parse("1,3,5", 3, NULL);

	g_assert_nonnull(set);
	g_assert_null(uidset_parse("1,3,5,7", 3, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TOO_BIG);
}

/* Against a table of bits, at both ends of what a UID can be. */
static void
test_against_bits(gconstpointer data)
{
	const guint32 base = GPOINTER_TO_UINT(data);
	g_autoptr(UidSet) set = uidset_new();
	bool bits[64] = {false};
	g_autoptr(GRand) rand = g_rand_new_with_seed(base);

	for (int round = 0; round < 20000; round++) {
		guint first = (guint)g_rand_int_range(rand, 0, 64);
		guint length = (guint)g_rand_int_range(rand, 0, 9);
		guint last = MIN(63, first + length);
		g_autoptr(UidSet) other = uidset_new();
		int what = g_rand_int_range(rand, 0, 5);
		guint count = 0;

		uidset_add_range(other, base + first, base + last);
		if (what <= 1)
			uidset_add_range(set, base + first, base + last);
		else if (what == 2)
			uidset_remove_set(set, other);
		else if (what == 3)
			uidset_remove(set, base + first);
		else
			uidset_add_set(set, other);
		for (guint i = first; i <= (what == 3 ? first : last); i++)
			bits[i] = what != 2 && what != 3;
		if (round % 500 == 499) {
			uidset_intersect(set, other);
			for (guint i = 0; i < 64; i++)
				bits[i] = bits[i] && i >= first && i <= last;
		}
		for (guint i = 0; i < 64; i++) {
			g_assert_cmpint(uidset_contains(set, base + i), ==, bits[i]);
			count += bits[i];
		}
		g_assert_cmpuint(uidset_count(set), ==, count);
		g_assert_cmpint(uidset_is_empty(set), ==, count == 0);
	}
}

static void
test_take(void)
{
	g_autoptr(UidSet) set = parse("1:5,10,20:4294967295");
	g_autoptr(UidSet) first = uidset_take_first(set, 7);
	g_autoptr(UidSet) last = uidset_take_last(set, 3);
	g_autoptr(UidSet) rest = NULL;
	g_autoptr(UidSet) none = NULL;

	assert_text(first, "1:5,10,20");
	assert_text(last, "4294967293:4294967295");
	assert_text(set, "21:4294967292");
	rest = uidset_take_last(set, G_MAXUINT);
	assert_text(rest, "21:4294967292");
	g_assert_true(uidset_is_empty(set));
	none = uidset_take_first(set, 5);
	g_assert_true(uidset_is_empty(none));
	g_assert_cmpuint(uidset_min(rest), ==, 21);
	g_assert_cmpuint(uidset_max(rest), ==, 4294967292);
	g_assert_cmpuint(uidset_max(set), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/uidset/text", test_text);
	g_test_add_func("/uidset/limit", test_limit);
	g_test_add_data_func("/uidset/bits-low", GUINT_TO_POINTER(1), test_against_bits);
	g_test_add_data_func(
	    "/uidset/bits-high", GUINT_TO_POINTER(G_MAXUINT32 - 63), test_against_bits);
	g_test_add_func("/uidset/take", test_take);
	return g_test_run();
}

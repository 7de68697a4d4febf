#include "config.h"

#include "store/search-fresh.h"

#include <string.h>

static SearchMailText
texts_of(const char *subject, const char *body)
{
	return (SearchMailText){.subject = g_strdup(subject), .body = g_strdup(body)};
}

static MessageRow
message_of(gint64 key)
{
	return (MessageRow){.id = id_new(), .key = key, .fresh = true};
}

static void
test_take(void)
{
	g_autoptr(SearchFresh) fresh = search_fresh_new(100000);
	MessageRow one = message_of(7), other = message_of(8);
	SearchMailText text = texts_of("Offer", "Good day"), got = {0};

	search_fresh_add(fresh, &one, &text);
	g_assert_null(text.body);
	g_assert_false(search_fresh_take(fresh, &other.id, 8, &got));
	g_assert_true(search_fresh_take(fresh, &one.id, 7, &got));
	g_assert_cmpstr(got.subject, ==, "Offer");
	g_assert_cmpstr(got.body, ==, "Good day");
	search_index_mail_clear(&got);
	g_assert_false(search_fresh_take(fresh, &one.id, 7, &got));
}

/* What was sealed anew since, or destroyed, isn't told by memory. */
static void
test_changed(void)
{
	g_autoptr(SearchFresh) fresh = search_fresh_new(100000);
	MessageRow one = message_of(7), other = message_of(8);
	SearchMailText text = texts_of("Offer", "Good day"), got = {0};

	search_fresh_add(fresh, &one, &text);
	text = texts_of("Order", "Thanks");
	search_fresh_add(fresh, &other, &text);
	g_assert_false(search_fresh_take(fresh, &one.id, 9, &got));
	g_assert_false(search_fresh_take(fresh, &one.id, 7, &got));
	search_fresh_drop(fresh, &other.id);
	g_assert_false(search_fresh_take(fresh, &other.id, 8, &got));
}

/* What has no room isn't kept, and what was taken makes room. */
static void
test_bound(void)
{
	g_autofree char *large = g_strnfill(6000, 'x');
	g_autoptr(SearchFresh) fresh = search_fresh_new(10000);
	MessageRow one = message_of(1), other = message_of(2);
	SearchMailText got = {0};

	for (int round = 0; round < 3; round++) {
		SearchMailText first = texts_of("a", large), second = texts_of("b", large);

		search_fresh_add(fresh, &one, &first);
		search_fresh_add(fresh, &other, &second);
		g_assert_null(second.body);
		g_assert_false(search_fresh_take(fresh, &other.id, 2, &got));
		g_assert_true(search_fresh_take(fresh, &one.id, 1, &got));
		search_index_mail_clear(&got);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/search-fresh/take", test_take);
	g_test_add_func("/search-fresh/changed", test_changed);
	g_test_add_func("/search-fresh/bound", test_bound);
	return g_test_run();
}

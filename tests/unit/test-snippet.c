#include "rules/snippet.h"

#include <string.h>

static void
check(const char *text, const char *word, const char *snippet, guint offset, guint length)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autoptr(GArray) marks = NULL;
	g_autofree char *got = NULL;

	g_ptr_array_add(words, (char *)word);
	got = snippet_make(text, words, 60, &marks);
	g_assert_cmpstr(got, ==, snippet);
	g_assert_cmpint(marks->len, ==, length > 0 ? 1 : 0);
	if (length > 0) {
		g_assert_cmpint(g_array_index(marks, SnippetMark, 0).offset, ==, offset);
		g_assert_cmpint(g_array_index(marks, SnippetMark, 0).length, ==, length);
	}
}

static void
test_marks(void)
{
	check("The quick\n\nbrown fox", "brown", "The quick brown fox", 10, 5);
	check("Žluťoučký kůň úpěl", "kun", "Žluťoučký kůň úpěl", 14, 5);
	check("xkun akun kunx", "kun", "xkun akun kunx", 0, 0);
	check("Kůňovi", "kun*", "Kůňovi", 0, 8);
	check("nothing here", "absent", "nothing here", 0, 0);
	check("", "absent", "", 0, 0);
	check("kůň", "kun", "kůň", 0, 5);
	check("one two three four five six seven eight nine ten eleven TWELVE thirteen fourteen "
	      "fifteen sixteen",
	    "twelve", "five six seven eight nine ten eleven TWELVE thirteen fourteen fifteen s", 37,
	    6);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/snippet/marks", test_marks);
	return g_test_run();
}

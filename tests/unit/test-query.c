#include "base/error.h"
#include "rules/query.h"

#include <string.h>

#define MARK "\xee\x80\x80"
#define NOW (G_GINT64_CONSTANT(1700000000) * 1000) /* 2023-11-14 22:13:20 UTC */

static void
check(const char *text, const char *mail, const char *without)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = query_parse(text, NOW, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(query->mail, ==, mail);
	g_assert_cmpstr(query->mail_without, ==, without);
}

static void
test_words(void)
{
	check("Škoda", "(\"Škoda\")", NULL);
	check("two words", "(\"two\") AND (\"words\")", NULL);
	check("\"a phrase\"", "(\"a phrase\")", NULL);
	check("\"not closed", "(\"not closed\")", NULL);
	check("raid*", "(\"raid\" *)", NULL);
	check("ra*", "(\"ra\")", NULL);
	check("a OR b c", "(\"a\" OR \"b\") AND (\"c\")", NULL);
	check("OR a OR", "(\"a\")", NULL);
	check("a -b -\"c d\"", "(\"a\")", "\"b\" OR \"c d\"");
	check("-b", NULL, "\"b\"");
	check("from:jana@x.cz", "(sender : \"jana@x.cz\")", NULL);
	check("-subject:\"x y\" to:z*", "(recipient : \"z\")", "subject : \"x y\"");
	check("has:attachment x", "(flag : \"" MARK "attachment\") AND (\"x\")", NULL);
	check("má:přílohu x", "(flag : \"" MARK "attachment\") AND (\"x\")", NULL);
	check("http://x", "(\"http://x\")", NULL); /* no field of ours */
}

/* What would mean something in the index's own language. */
static void
test_hostile(void)
{
	check("NEAR(a b)", "(\"NEAR(a\") AND (\"b)\")", NULL);
	check("who:u1", "(\"who:u1\")", NULL);
	check("x AND y", "(\"x\") AND (\"AND\") AND (\"y\")", NULL);
	check(MARK "u1 x", "(\"u1\") AND (\"x\")", NULL);
	check("a'b;--", "(\"a'b;--\")", NULL);
	check("{subject}:x ^y + *", "(\"{subject}:x\") AND (\"^y\")", NULL);
	check("\xff\xfe x", "(\"x\")", NULL);
	check("\"\"\"\" \"a\"\"b\"", "(\"a\") AND (\"b\")", NULL);
}

static void
check_span(const char *text, gint64 after, gint64 before)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = query_parse(text, NOW, &error);

	g_assert_no_error(error);
	g_assert_cmpint(query->after, ==, after);
	g_assert_cmpint(query->before, ==, before);
}

static void
test_dates(void)
{
	check_span("after:2024", 1704067200, G_MAXINT64);
	check_span("before:2024-05", 0, 1714521600);
	check_span("on:2024-05-01", 1714521600, 1714608000);
	check_span("on:2024-02", 1706745600, 1709251200);
	check_span("on:today", 1699920000, 1700006400);
	check_span("dne:dnes", 1699920000, 1700006400);
	check_span("dne:14.11.2023", 1699920000, 1700006400);
	check_span("Po:dnes-7 před:dnes", 1699315200, 1699920000);
	check_span("on:yesterday", 1699833600, 1699920000);
	check_span("after:today-7 before:today", 1699315200, 1699920000);
}

static void
check_refused(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = query_parse(text, NOW, &error);

	if (query != NULL)
		g_test_message("accepted: %s", text);
	g_assert_null(query);
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_assert_cmpint(strlen(error->message), >, 20);
}

static void
test_refused(void)
{
	static const char *const dates[] = {"before:2024-13", "before:2024-02-30", "after:", "on:x",
	    "before:today-", "before:today-999999", "after:24-01-01", "on:2024/05/01", "on:todayx",
	    "before:99999", "after:-1", "po:32.1.2024", "po:1.13.2024", "po:1.1.24x", "dne:dnesx",
	    "has:legs", "contact:", "contact:!", "", "   ", "!!", "\"\"", NULL};
	g_autofree char *long_text = g_strnfill(QUERY_BYTES + 1, 'x');
	g_autoptr(GString) many = g_string_new(NULL);

	for (int i = 0; dates[i] != NULL; i++)
		check_refused(dates[i]);
	check_refused(long_text);
	for (int i = 0; i <= QUERY_TERMS; i++)
		g_string_append(many, "x ");
	check_refused(many->str);
	check_refused("abc* bcd* cde* def* efg*");
}

static void
test_contacts(void)
{
	g_autoptr(Query) query = query_parse("Nov raid -old", NOW, NULL);
	g_autoptr(Query) mail = query_parse("Nov from:x", NOW, NULL);
	g_autoptr(Query) of = query_parse("invoice contact:\"Jana Nová\"", NOW, NULL);

	g_assert_true(query->in_contacts);
	g_assert_cmpstr(query->contacts, ==, "(\"Nov\" *) AND (\"raid\" *)");
	g_assert_cmpstr(query->contacts_without, ==, "\"old\" *");
	g_assert_false(mail->in_contacts);
	g_assert_cmpstr(of->contact, ==, "\"Jana Nová\" *");
}

static void
test_marks(void)
{
	g_autoptr(Query) query = query_parse("Příliš \"žluťoučký kůň\" úpě* -ne", NOW, NULL);

	g_assert_cmpint(query->words->len, ==, 4);
	g_assert_cmpstr(query->words->pdata[0], ==, "prilis");
	g_assert_cmpstr(query->words->pdata[1], ==, "zlutoucky");
	g_assert_cmpstr(query->words->pdata[2], ==, "kun");
	g_assert_cmpstr(query->words->pdata[3], ==, "upe*");
}

static void
test_beginnings(void)
{
	static const char *const of[][2] = {{"nab\303\255dka  pramic", "nab\303\255d* pram*"}, {"raid md", "rai* md"},
	    {"a bc def", NULL}, {"", NULL}, {"od:jana", NULL}, {"\"raid 5\"", NULL}, {"rai*", NULL}, {"-raid", NULL},
	    {"aaaaa bbbbb ccccc ddddd eeeee", "aaa* bbb* ccc* ddd* eeeee"}, {"\377\377\377\377\377", "\357\277\275\357\277\275\357\277\275*"}};

	for (gsize i = 0; i < G_N_ELEMENTS(of); i++) {
		g_autofree char *got = query_beginnings(of[i][0]);

		g_assert_cmpstr(got, ==, of[i][1]);
	}
}

int
main(int argc, char **argv)
{
	g_setenv("TZ", "UTC", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/query/words", test_words);
	g_test_add_func("/query/hostile", test_hostile);
	g_test_add_func("/query/dates", test_dates);
	g_test_add_func("/query/refused", test_refused);
	g_test_add_func("/query/contacts", test_contacts);
	g_test_add_func("/query/marks", test_marks);
	g_test_add_func("/query/beginnings", test_beginnings);
	return g_test_run();
}

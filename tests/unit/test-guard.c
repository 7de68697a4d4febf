#include "base/error.h"
#include "imapsync/guard.h"

#include <string.h>

/* What a guard made of some bytes. */
typedef struct {
	GString *passed;
	GString *taken; /* "KIND response|" */
	GError *error;
	bool news;
	guint32 exists;
	bool at_rest;
} Result;

static void
take(GuardKind kind, const char *response, gsize length, gpointer data)
{
	Result *result = data;

	g_assert_cmpint(response[length], ==, '\0');
	g_string_append_printf(result->taken, "%d ", kind);
	g_string_append_len(result->taken, response, (gssize)length);
	g_string_append_c(result->taken, '|');
}

static void
clear(Result *result)
{
	g_string_free(result->passed, TRUE);
	g_string_free(result->taken, TRUE);
	g_clear_error(&result->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Result, clear)

/* In pieces of chunk bytes: a server may cut its stream anywhere. */
static Result
run(const char *bytes, gsize length, gsize chunk, guint wanted, gsize literal)
{
	Result result = {g_string_new(NULL), g_string_new(NULL), NULL, false, 0, false};
	g_autoptr(Guard) guard = guard_new(take, &result);
	g_autofree guint8 *buffer = g_malloc(GUARD_ROOM + chunk);

	guard_expect(guard, wanted, literal, 1024 * 1024);
	for (gsize at = 0; at < length; at += chunk) {
		gsize n = MIN(chunk, length - at), passed;

		memcpy(buffer + GUARD_ROOM, bytes + at, n);
		if (!guard_filter(guard, buffer, n, &passed, &result.error)) {
			g_assert_false(guard_filter(guard, buffer, 0, &passed, NULL));
			break;
		}
		g_assert_cmpuint(passed, <=, n + GUARD_ROOM);
		g_string_append_len(result.passed, (char *)buffer, (gssize)passed);
	}
	result.at_rest = guard_is_at_rest(guard);
	result.exists = guard_exists(guard);
	result.news = guard_take_news(guard);
	g_assert_false(guard_take_news(guard));
	return result;
}

#define ALL (GUARD_FETCH | GUARD_LIST | GUARD_STATUS | GUARD_SEARCH | GUARD_VANISHED)

/* The same however the bytes are cut. */
static void
check(const char *bytes, guint wanted, const char *passed, const char *taken)
{
	const gsize length = strlen(bytes);

	for (gsize chunk = 1; chunk <= length + 1; chunk++) {
		g_auto(Result) result = run(bytes, length, chunk, wanted, 100);

		g_assert_no_error(result.error);
		g_assert_cmpstr(result.passed->str, ==, passed);
		g_assert_cmpstr(result.taken->str, ==, taken);
		g_assert_true(result.at_rest);
	}
}

static void
test_pass(void)
{
	static const char *const same[] = {"* OK hello\r\n", "* OK [UIDVALIDITY 7] [x]\r\n",
	    "1 OK [capability IMAP4rev1] x\r\n", "+ aGVsbG8=\r\n", "+\r\n",
	    "* CAPABILITY IMAP4rev1\r\n",
	    "* 1 FETCH (UID 1 BODY[] {5}\r\na\r\n{b)\r\n2 OK done\r\n",
	    "* 1 FETCH (UID 1 X-GM-LABELS (\"a{5}\" \"\\\"{\") BODY[] {0}\r\n)\r\n",
	    "* 1 fetch (FLAGS (\\Seen))\n", "* PREAUTH hi\r\n"};

	for (gsize i = 0; i < G_N_ELEMENTS(same); i++)
		check(same[i], ALL, same[i], "");
	/* libetpan must never meet a literal where none can be. */
	check("* OK [BADCHARSET ({99999}\r\n* OK b\r\n", ALL,
	    "* OK <BADCHARSET ((99999}\r\n* OK b\r\n", "");
	check("1 NO [ALERT] a [UIDNEXT 3]\r\n* OK [\r\n* OK [UIDNEXTX 5]\r\n* OK [{3}\r\n", ALL,
	    "1 NO <ALERT] a [UIDNEXT 3]\r\n* OK <\r\n* OK <UIDNEXTX 5]\r\n* OK <(3}\r\n", "");
	check("* OK [0123456789012345678901234567890123456789012345678901234567890123456789 1]\r\n",
	    ALL,
	    "* OK <0123456789012345678901234567890123456789012345678901234567890123456789 1]\r\n",
	    "");
	check("1 OK {5}\r\n2 OK\r\n", ALL, "1 OK (5}\r\n2 OK\r\n", "");
	check("\r\n\r\n* OK a\r\n", ALL, "* OK a\r\n", "");
}

static void
test_take(void)
{
	check("* LIST () \"/\" {3}\r\na\nb\r\n1 OK\r\n", GUARD_LIST, "1 OK\r\n",
	    "2 LIST () \"/\" {3}\r\na\nb|");
	/* what a literal ends with is no end of line */
	check("* LIST () \"/\" {3}\r\na\r\n\r\n1 OK\r\n", GUARD_LIST, "1 OK\r\n",
	    "2 LIST () \"/\" {3}\r\na\r\n|");
	check("* STATUS x (MESSAGES 1)\r\n* search 1 2\r\n* ESEARCH UID ALL 1\n* VANISHED 5\r\n",
	    ALL, "", "4 STATUS x (MESSAGES 1)|8 search 1 2|8 ESEARCH UID ALL 1|16 VANISHED 5|");
	/* Not wanted, not known: dropped, with its literals. */
	check("* LIST () \"/\" {4}\r\n1 OK\r\n* 1 FETCH (BODY[] {6}\r\n1 OK\r\n)\r\n* FOO {2}\r\n* "
	      "{1}\r\n+ x\r\n2 OK\r\n",
	    0, "2 OK\r\n", "");
	check("* SEARCH\r\n* 5 SEARCH 1\r\n", GUARD_SEARCH, "", "8 SEARCH|");
	check("* 123456789012345678901234567890123456789012345678901234567890123456789012345 FETCH "
	      "x\r\n",
	    ALL, "", "");
}

static void
test_count(void)
{
	static const struct {
		const char *bytes;
		guint32 exists;
		bool news;
	} table[] = {{"* 5 EXISTS\r\n", 5, true}, {"* 0 EXISTS\r\n", 0, false},
	    {"* 5 EXISTS\r\n* 2 EXPUNGE\r\n", 4, true}, {"* 1 EXPUNGE\r\n", 0, true},
	    {"* VANISHED 7\r\n", 0, true}, {"* 4294967296 EXISTS\r\n", 0, false},
	    {"* EXISTS\r\n", 0, false}, {"* -1 EXISTS\r\n", 0, false},
	    {"* 3 RECENT\r\n* FLAGS (\\Seen)\r\n", 0, false}, {"* OK Still here\r\n", 0, false},
	    {"* 7 exists\n", 7, true}};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_auto(Result) result = run(table[i].bytes, strlen(table[i].bytes), 3, 0, 0);

		g_assert_no_error(result.error);
		g_assert_cmpuint(result.exists, ==, table[i].exists);
		g_assert_cmpint(result.news, ==, table[i].news);
	}
}

static void
test_refuse(void)
{
	static const struct {
		const char *bytes;
		ErrorCode code;
	} table[] = {{"* 1 FETCH (BODY[] {101}\r\n", ERROR_TOO_BIG},
	    {"* 1 FETCH (BODY[] {4294967296}\r\n", ERROR_TOO_BIG},
	    {"* 1 FETCH (BODY[] {99999999999999999999999999}\r\n", ERROR_TOO_BIG},
	    {"* 1 FETCH (BODY[] {-5}\r\n", ERROR_INVALID},
	    {"* 1 FETCH (BODY[] {5} abc\r\n", ERROR_INVALID},
	    {"* 1 FETCH (BODY[] {5+}\r\n", ERROR_INVALID},
	    {"* 1 FETCH (BODY[] {}\r\n", ERROR_INVALID},
	    {"* 1 FETCH (BODY[] {5}\rx", ERROR_INVALID},
	    {"* 1 FETCH (BODY[] {{5}\r\n", ERROR_INVALID},
	    {"* 1 FETCH (BODY[] \"a\r\n{5}\r\n", ERROR_INVALID}, {"* 1 FETCH (((((", ERROR_INVALID},
	    {"* BYE closing\r\n", ERROR_TEMPORARY}, {"SSH-2.0\r\n* x\r\n(", ERROR_INVALID},
	    {"*OK\r\n", ERROR_INVALID}, {"\x16\x03\x01", ERROR_INVALID},
	    {" 1 OK\r\n", ERROR_INVALID}, {"* LIST {9000000}\r\n", ERROR_TOO_BIG}};
	g_autoptr(GString) many = g_string_new(NULL);
	g_autoptr(GString) line = g_string_new("* 1 FETCH (");

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		for (gsize chunk = 1; chunk < 40; chunk += 13) {
			g_auto(Result) result =
			    run(table[i].bytes, strlen(table[i].bytes), chunk, ALL, 100);

			g_assert_error(result.error, ERROR_DOMAIN, (int)table[i].code);
		}
	for (int i = 0; i < 1001; i++)
		g_string_append(many, "* OK\r\n");
	for (int i = 0; i < 300000; i++)
		g_string_append_c(line, 'a');
	{
		g_auto(Result) a = run(many->str, many->len, 1000, ALL, 0),
			       b = run(line->str, line->len, 999, ALL, 0),
			       c = run("* OK a\0b\r\n", 10, 20, ALL, 0);

		g_assert_error(a.error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_error(b.error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_error(c.error, ERROR_DOMAIN, ERROR_INVALID);
	}
}

/* Limits are those of one answer; LOGOUT may be answered with BYE. */
static void
test_answers(void)
{
	Result result = {g_string_new(NULL), g_string_new(NULL), NULL, false, 0, false};
	g_autoptr(Guard) guard = guard_new(take, &result);
	guint8 buffer[GUARD_ROOM + 100];
	gsize passed;

	guard_expect(guard, GUARD_BYE, 0, 50);
	for (int i = 0; i < 100; i++) {
		memcpy(buffer + GUARD_ROOM, "* OK 34567890\r\n* BYE x\r\n1 OK 901\r\n", 34);
		g_assert_true(guard_filter(guard, buffer, 34, &passed, &result.error));
		g_assert_cmpuint(passed, ==, 25);
	}
	memset(buffer + GUARD_ROOM, 'x', 60);
	g_assert_false(guard_filter(guard, buffer, 60, &passed, &result.error));
	g_assert_error(result.error, ERROR_DOMAIN, ERROR_TOO_BIG);
	clear(&result);
}

static void
test_at_rest(void)
{
	static const char *const parts[] = {
	    "1 OK begin\r\n* OK [", "1 OK\r\n*", "1 OK", "* LIST {5}\r\n12345"};

	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_auto(Result) result = run(parts[i], strlen(parts[i]), 100, ALL, 0);

		g_assert_no_error(result.error);
		g_assert_false(result.at_rest);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guard/pass", test_pass);
	g_test_add_func("/guard/take", test_take);
	g_test_add_func("/guard/count", test_count);
	g_test_add_func("/guard/refuse", test_refuse);
	g_test_add_func("/guard/answers", test_answers);
	g_test_add_func("/guard/at-rest", test_at_rest);
	return g_test_run();
}

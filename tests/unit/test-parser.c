/* The sandboxed program and its client: real processes that crash, hang and die. */
#include "config.h"

#include "base/error.h"
#include "prog/parser.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>

static char *program;

static ParserClient *
start_with(const char *fault)
{
	g_autoptr(GError) error = NULL;
	ParserClient *client;

	if (fault)
		g_setenv("KARTOTEKA_FAULT", fault, TRUE);
	else
		g_unsetenv("KARTOTEKA_FAULT");
	client = parser_start(program, &error);
	g_unsetenv("KARTOTEKA_FAULT");
	g_assert_no_error(error);
	return client;
}

static GPtrArray *
some_mails(guint n)
{
	GPtrArray *mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

	for (guint i = 0; i < n; i++) {
		char *text = g_strdup_printf("From: a@x.example\nSubject: mail %u\n\ntext\n", i);
		g_ptr_array_add(mails, g_bytes_new_take(text, strlen(text)));
	}
	return mails;
}

static GPtrArray *
run_with(ParserClient *client, GPtrArray *mails, guint timeout_ms)
{
	g_autoptr(GError) error = NULL;
	ParserLimits limits = PARSER_LIMITS_DEFAULT;
	GPtrArray *results = NULL;

	limits.timeout_ms = timeout_ms;
	g_assert_true(parser_run(client, mails, &limits, &results, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(results->len, ==, mails->len);
	return results;
}

static ParserOutcome
outcome(GPtrArray *results, guint i)
{
	const ParserResult *result = results->pdata[i];

	g_assert_true((result->mail != NULL) == (result->outcome == PARSER_DONE));
	g_assert_true((result->error == NULL) == (result->outcome == PARSER_DONE));
	return result->outcome;
}

static void
test_batch(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(PARSER_BATCH);
	g_autoptr(GPtrArray) results = run_with(client, mails, 5000);

	for (guint i = 0; i < results->len; i++) {
		g_autofree char *subject = g_strdup_printf("mail %u", i);
		const ParserResult *result = results->pdata[i];

		g_assert_cmpint(outcome(results, i), ==, PARSER_DONE);
		g_assert_cmpstr(result->mail->subject, ==, subject);
	}
}

static GBytes *
large_mail(gsize size)
{
	GString *text = g_string_new("From: a@x.example\n\n");

	while (text->len < size)
		g_string_append(
		    text, "A line of text that fills the mail until it is large enough.\n");
	return g_string_free_to_bytes(text);
}

/* More than any socket buffer in both directions. */
static void
test_large(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(3);
	g_autoptr(GPtrArray) results = NULL;
	const ParserResult *result;

	g_ptr_array_add(mails, large_mail(20 << 20));
	g_ptr_array_add(mails, large_mail(4 << 20));
	g_ptr_array_add(mails, large_mail((64 << 20) + 10));
	g_ptr_array_add(mails, g_bytes_new(NULL, 0));
	results = run_with(client, mails, 20000);
	result = results->pdata[3];
	g_assert_cmpint(outcome(results, 3), ==, PARSER_DONE);
	g_assert_true(result->mail->defects & MAIL_DEFECT_TRUNCATED);
	g_assert_cmpint(outcome(results, 4), ==, PARSER_DONE);
	g_assert_cmpint(outcome(results, 5), ==, PARSER_LIMIT);
	g_assert_cmpint(outcome(results, 6), ==, PARSER_DONE);
}

/* They cross in portions, whose ends may lie anywhere in them. */
static void
test_portions(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails =
	    g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_autoptr(GPtrArray) results = NULL;

	for (guint i = 0; i < PARSER_BATCH; i++)
		g_ptr_array_add(mails, large_mail(i * 3001 % 100000));
	results = run_with(client, mails, 5000);
	for (guint i = 0; i < PARSER_BATCH; i++) {
		const ParserResult *result = results->pdata[i];

		g_assert_cmpint(outcome(results, i), ==, PARSER_DONE);
		g_assert_cmpuint(result->mail->body_offset + strlen(result->mail->body), ==,
		    g_bytes_get_size(mails->pdata[i]));
	}
}

static void
test_limit(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(3);
	g_autoptr(GPtrArray) results = NULL;
	GString *text = g_string_new("To: ");
	const ParserResult *result;

	for (guint i = 0; i < 60000; i++)
		g_string_append(text, "g:");
	g_ptr_array_insert(mails, 1, g_string_free_to_bytes(text));
	results = run_with(client, mails, 5000);
	result = results->pdata[1];
	g_assert_cmpint(outcome(results, 0), ==, PARSER_DONE);
	g_assert_cmpint(outcome(results, 1), ==, PARSER_LIMIT);
	g_assert_cmpint(error_code(result->error), ==, ERROR_TOO_BIG);
	g_assert_cmpint(outcome(results, 3), ==, PARSER_DONE);
}

/* A converter that the warm program hasn't opened, known aliases, and a name that nobody knows. */
static void
test_charsets(void)
{
	static const char *const charsets[] = {"cp852", "ISO-8859-16", "mac-centraleurope",
	    "IBM1047", "windows-1250", "no-such-charset", "koi8-u", "iso-8859-13"};
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(1);
	g_autoptr(GPtrArray) results = NULL;
	const ParserResult *result;

	for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++) {
		char *text = g_strdup_printf("From: =?%s?q?=A7?= <a@x.example>\nSubject: x\n"
					     "Content-Type: text/plain; charset=%s\n\n\xa7\n",
		    charsets[i], charsets[i]);
		g_ptr_array_add(mails, g_bytes_new_take(text, strlen(text)));
	}
	results = run_with(client, mails, 5000);
	for (guint i = 0; i < results->len; i++) {
		result = results->pdata[i];
		g_assert_cmpint(outcome(results, i), ==, PARSER_DONE);
		g_assert_cmpint((result->mail->defects & MAIL_DEFECT_BAD_CHARSET) != 0, ==,
		    i == 6); /* no-such-charset */
	}
	result = results->pdata[1];
	g_assert_cmpstr(result->mail->body, ==, "ž\n");
	g_assert_cmpstr(mail_first_address(result->mail, MAIL_FROM)->name, ==, "ž");
}

/* Busy for longer than it may be: that costs this mail only. */
static void
test_busy(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(1);
	g_autoptr(GPtrArray) results = NULL;
	GString *text = g_string_new("Content-Type: text/html\n\n");

	for (guint i = 0; i < 400000; i++)
		g_string_append(text, "<p>&eacute;<b>x</b><br>");
	g_ptr_array_add(mails, g_string_free_to_bytes(text));
	results = run_with(client, mails, 50);
	g_assert_cmpint(outcome(results, 0), ==, PARSER_DONE);
	g_assert_cmpint(outcome(results, 1), ==, PARSER_TIMEOUT);
}

#ifdef FAULT_POINTS
/* The child dies at its third mail: the batch is repeated one by one, where nobody comes third. */
static void
test_crash_in_batch(void)
{
	g_autoptr(ParserClient) client = start_with("parse-mail:3:errno=EIO");
	g_autoptr(GPtrArray) mails = some_mails(5);
	g_autoptr(GPtrArray) results = run_with(client, mails, 5000);

	for (guint i = 0; i < results->len; i++)
		g_assert_cmpint(outcome(results, i), ==, PARSER_DONE);
}

/* Something else killed the child: the mail is none the worse for it. */
static void
test_killed_once(void)
{
	g_autoptr(ParserClient) client = start_with("parse-fork:1:errno=EIO");
	g_autoptr(GPtrArray) mails = some_mails(1);
	g_autoptr(GPtrArray) results = run_with(client, mails, 5000);

	g_assert_cmpint(outcome(results, 0), ==, PARSER_DONE);
}

static void
test_crash_alone(void)
{
	g_autoptr(ParserClient) client = start_with("parse-mail:1:errno=EIO");
	g_autoptr(GPtrArray) mails = some_mails(2);
	g_autoptr(GPtrArray) results = run_with(client, mails, 5000);
	const ParserResult *result = results->pdata[0];

	g_assert_cmpint(outcome(results, 0), ==, PARSER_CRASH);
	g_assert_cmpint(outcome(results, 1), ==, PARSER_CRASH);
	g_assert_nonnull(strstr(result->error->message, "signal"));
}

static void
test_quiet_end(void)
{
	g_autoptr(ParserClient) client = start_with("parse-mail:1:exit=0");
	g_autoptr(GPtrArray) mails = some_mails(2);
	g_autoptr(GPtrArray) results = run_with(client, mails, 5000);

	g_assert_cmpint(outcome(results, 0), ==, PARSER_BAD);
	g_assert_cmpint(outcome(results, 1), ==, PARSER_BAD);
}

static void
test_timeout(void)
{
	g_autoptr(ParserClient) client = start_with("parse-child:1:sleep=60000");
	g_autoptr(GPtrArray) mails = some_mails(1);
	gint64 start = g_get_monotonic_time();
	g_autoptr(GPtrArray) results = run_with(client, mails, 300);

	g_assert_cmpint(outcome(results, 0), ==, PARSER_TIMEOUT);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 30 * G_USEC_PER_SEC);
}
#endif

/* The pid of the one child process that is kartoteka-parse. */
static pid_t
find_child(void)
{
	g_autofree char *children = NULL;
	g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", getpid());

	if (!g_file_get_contents(path, &children, NULL, NULL))
		return 0;
	return (pid_t)g_ascii_strtoll(children, NULL, 10);
}

static void
test_restart(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(2);
	g_autoptr(GPtrArray) before = run_with(client, mails, 5000);
	g_autoptr(GPtrArray) after = NULL;
	pid_t child = find_child();

	if (child <= 0) {
		g_test_skip("/proc doesn't list children here");
		return;
	}
	g_assert_cmpint(kill(child, SIGKILL), ==, 0);
	after = run_with(client, mails, 5000);
	g_assert_cmpint(outcome(before, 0), ==, PARSER_DONE);
	g_assert_cmpint(outcome(after, 1), ==, PARSER_DONE);
}

static guint
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	guint n = 0;

	g_assert_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void
test_no_leak(void)
{
	g_autoptr(ParserClient) client = start_with(NULL);
	g_autoptr(GPtrArray) mails = some_mails(1);
	guint before = open_descriptors();

	for (guint i = 0; i < 50; i++)
		g_ptr_array_unref(run_with(client, mails, 5000));
	g_assert_cmpuint(open_descriptors(), ==, before);
}

static void
test_missing(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) not_ours = NULL;

	g_assert_null(parser_start("/nonexistent/kartoteka-parse", &error));
	g_assert_cmpint(error_code(error), ==, ERROR_NOT_FOUND);
	g_assert_null(parser_start("/bin/true", &not_ours));
	g_assert_cmpint(error_code(not_ours), ==, ERROR_INTERNAL);
}

int
main(int argc, char **argv)
{
	const char *build = g_getenv("BUILDDIR");

	g_test_init(&argc, &argv, NULL);
	program = g_build_filename(build ? build : ".", "kartoteka-parse", NULL);
	g_test_add_func("/parser/batch", test_batch);
	g_test_add_func("/parser/large", test_large);
	g_test_add_func("/parser/portions", test_portions);
	g_test_add_func("/parser/limit", test_limit);
	g_test_add_func("/parser/charsets", test_charsets);
	g_test_add_func("/parser/busy", test_busy);
#ifdef FAULT_POINTS
	g_test_add_func("/parser/crash-in-batch", test_crash_in_batch);
	g_test_add_func("/parser/crash-alone", test_crash_alone);
	g_test_add_func("/parser/killed-once", test_killed_once);
	g_test_add_func("/parser/quiet-end", test_quiet_end);
	g_test_add_func("/parser/timeout", test_timeout);
#endif
	g_test_add_func("/parser/restart", test_restart);
	g_test_add_func("/parser/no-leak", test_no_leak);
	g_test_add_func("/parser/missing", test_missing);
	return g_test_run();
}

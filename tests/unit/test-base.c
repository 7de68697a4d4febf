/* The small modules of base: clock, fault, file, log, net, rfc2047. */
#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mark.h"
#include "base/net.h"
#include "base/rfc2047.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_rfc2047(void)
{
	static const struct {
		const char *in, *out;
	} table[] = {
	    {"plain", "plain"},
	    {" folded\r\n\tline", " folded\tline"},
	    {"=?utf-8?Q?P=C5=99=C3=ADloha_1?=", "Příloha 1"},
	    {"=?UTF-8?B?UMWZw61sb2hh?= x", "Příloha x"},
	    {"=?iso-8859-2?q?P=F8=EDloha?=", "Příloha"},
	    {"=?windows-1250*cs?b?UPjtbG9oYQ==?=", "Příloha"},
	    {"=?utf-8?Q?a?= =?utf-8?Q?b?=\r\n =?utf-8?Q?c?= d", "abc d"},
	    {"=?utf-8?Q?=C5?= =?utf-8?Q?=99?=", "ř"}, /* a character in two words */
	    {"=?utf-8?Q?=C5=99?==?iso-8859-1?Q?=E9?=", "řé"},
	    {"[=?utf-8?Q?soukrom=C3=A9?=] x", "[soukromé] x"},
	    {"=?x-unknown?Q?abc?=", "=?x-unknown?Q?abc?="},
	    {"=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
	    {"=?utf-8?Q?abc", "=?utf-8?Q?abc"},
	    {"=?utf-8?Q?=41=42?=", "AB"},
	    {"=?utf-8?Q?"
	     "?=",
		""},
	    {"=?utf-8?Q?=ff?=", "\357\277\275"},
	    {"=?", "=?"},
	    {"=", "="},
	    {"", ""},
	    {"raw \xe9 latin", "raw é latin"},
	    {"raw ř utf-8", "raw ř utf-8"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *out = rfc2047_decode(table[i].in);

		g_assert_cmpstr(out, ==, table[i].out);
		g_assert_true(g_utf8_validate(out, -1, NULL));
	}
}

static void
test_net(void)
{
	char *networks[] = {"192.0.2.0/24", "2001:db8::/32", "198.51.100.7", NULL};
	static const char *const in[] = {"192.0.2.255", "2001:db8:1::5", "[2001:db8::1]",
	    "IPv6:2001:db8::1", "198.51.100.7", "::ffff:192.0.2.9"};
	static const char *const out[] = {
	    "192.0.3.1", "198.51.100.8", "localhost", "", "192.0.2", "::1", "[192.0.2.1"};

	for (gsize i = 0; i < G_N_ELEMENTS(in); i++)
		g_assert_true(net_contains(networks, in[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(out); i++)
		g_assert_false(net_contains(networks, out[i]));
	g_assert_false(net_contains(networks, NULL));
	g_assert_false(net_contains(NULL, "192.0.2.1"));
	g_assert_false(net_is_valid("192.0.2.1/24")); /* bits behind the mask */
	g_assert_true(net_is_valid("::1"));
}

static void
test_net_party(void)
{
	static const char *const cases[][2] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"64:ff9b::192.0.2.1", "192.0.2.1"},
	    {"64:ff9b:0:0:1::1", "64:ff9b::/64"}, /* not that prefix */
	    {"2001:DB8:0:7:1:2:3:4", "2001:db8:0:7::/64"},
	    {"2001:db8:0:8::1", "2001:db8:0:8::/64"},
	    {"::1", "::/64"},
	    {"fe80::1%eth0", "fe80::1%eth0"},
	    {"", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *party = net_party(cases[i][0]);

		g_assert_cmpstr(party, ==, cases[i][1]);
	}
}

static void
test_log_escape(void)
{
	g_autofree char *quoted = log_quote("a \"b\"\\\n\x1b[31m\xff\342\200\250é");
	g_autofree char *none = log_quote(NULL);

	g_assert_cmpstr(quoted, ==, "\"a \\\"b\\\"\\\\\\x0a\\x1b[31m\\xff\\xe2\\x80\\xa8é\"");
	g_assert_cmpstr(none, ==, "-");
}

static void
test_log_lines(void)
{
	if (g_test_subprocess()) {
		log_open("prog", LOG_TARGET_STDERR, LOG_LEVEL_INFO);
		log_set_item("mx1.1a.7");
		log_info("filed", "contacts=%d\nforged", 2);
		log_set_item(NULL);
		log_debug("unseen", "x=1");
		log_error("bad", "%s", "");
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr(
	    "*prog: mx1.1a.7 filed contacts=2\\x0aforged\nprog: error: bad\n*");
	g_test_trap_assert_stderr_unmatched("*unseen*");
}

static void
test_file(void)
{
	g_autofree char *dir = g_dir_make_tmp("kartoteka-file-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "list", NULL);
	g_autofree char *lock = g_build_filename(dir, "lock", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	char secret[4] = "old";
	struct stat st;
	int fd;

	g_assert_true(file_publish(path, "abc", 3, 0640, &error));
	g_assert_true(file_publish(path, "abcd", 4, 0640, &error));
	g_assert_no_error(error);
	g_assert_cmpint(stat(path, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0640);
	bytes = file_read(path, 4, &error);
	g_assert_cmpstr(g_bytes_get_data(bytes, NULL), ==, "abcd");
	g_assert_null(file_read(path, 3, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TOO_BIG);
	g_clear_error(&error);
	g_assert_null(file_read(dir, 3, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_assert_false(file_read_secret(path, secret, 3, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_assert_true(file_read_secret(path, secret, 4, &error));
	g_assert_cmpmem(secret, 4, "abcd", 4);
	g_chmod(path, 0644);
	g_assert_false(file_read_secret(path, secret, 4, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	fd = file_lock(lock, false, &error);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(file_lock(lock, false, &error), ==, -1);
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	close(fd);
	fd = file_lock(lock, false, NULL);
	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_unlink(lock);
	g_unlink(path);
	g_assert_cmpint(g_rmdir(dir), ==, 0); /* publishing left nothing behind */
}

static void
test_mark(void)
{
	static const char *const marked[] = {"[private] x", " [PRIVATE]", "Re: [Private] x",
	    "Fwd: AW[2]: [private]", "Odp.: [private]", "RE : [private]"};
	static const char *const plain[] = {"", "private", "about [private]", "Invoice: [private]",
	    "Re [private]", "Re: x [private]"};

	for (gsize i = 0; i < G_N_ELEMENTS(marked); i++)
		g_assert_true(mark_is_in_subject("[private]", marked[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(plain); i++)
		g_assert_false(mark_is_in_subject("[private]", plain[i]));
	g_assert_false(mark_is_in_subject("", "x"));
	g_assert_true(mark_is_private(" Private\r\n"));
	g_assert_false(mark_is_private("not private"));
}

static void
test_clock(void)
{
	g_autofree char *text = clock_text(1763919999123);
	g_autofree char *before = clock_text(-1);

	g_assert_cmpstr(text, ==, "2025-11-23T17:46:39.123Z");
	g_assert_cmpstr(before, ==, "1969-12-31T23:59:59.999Z");
	g_assert_cmpint(clock_ms_after(G_MAXINT64), ==, G_MAXINT64);
	g_assert_cmpint(clock_ms_after(0), >, 1763919999123);
}

static void
test_fault(void)
{
#ifdef FAULT_POINTS
	if (g_test_subprocess()) {
		g_setenv("KARTOTEKA_FAULT", "a:2:errno=ENOSPC,b:1+:errno=EIO", TRUE);
		g_assert_cmpint(fault_point("a"), ==, 0);
		g_assert_cmpint(fault_point("b"), ==, -1);
		g_assert_cmpint(errno, ==, EIO);
		g_assert_cmpint(fault_point("a"), ==, -1);
		g_assert_cmpint(errno, ==, ENOSPC);
		g_assert_cmpint(fault_point("a"), ==, 0);
		g_assert_cmpint(fault_point("b"), ==, -1);
		g_assert_cmpint(fault_point("c"), ==, 0);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
#else
	g_test_skip("configured without --enable-fault-points");
#endif
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/rfc2047", test_rfc2047);
	g_test_add_func("/base/net", test_net);
	g_test_add_func("/base/net-party", test_net_party);
	g_test_add_func("/base/log-escape", test_log_escape);
	g_test_add_func("/base/log-lines", test_log_lines);
	g_test_add_func("/base/file", test_file);
	g_test_add_func("/base/mark", test_mark);
	g_test_add_func("/base/clock", test_clock);
	g_test_add_func("/base/fault", test_fault);
	return g_test_run();
}

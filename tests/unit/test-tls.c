#include "base/clock.h"
#include "base/error.h"
#include "imapsync/tls.h"

#include <string.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
	Tls *tls;
	int peer;
} Pair;

static void
setup(Pair *pair, gconstpointer data)
{
	int fds[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
	pair->tls = tls_new();
	pair->peer = fds[1];
	tls_adopt(pair->tls, fds[0], "peer");
}

static void
teardown(Pair *pair, gconstpointer data)
{
	tls_free(pair->tls);
	if (pair->peer >= 0)
		close(pair->peer);
}

static void
assert_read_fails(Tls *tls, const char *why, gint64 within)
{
	g_autoptr(GError) error = NULL;
	const gint64 begin = clock_monotonic_ms();
	char buffer[16];

	g_assert_cmpuint(tls_read(tls, buffer, sizeof buffer, &error), ==, 0);
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_assert_nonnull(strstr(error->message, why));
	g_assert_cmpint(clock_monotonic_ms() - begin, <, within);
}

static gpointer
cancel_soon(gpointer tls)
{
	g_usleep(100 * 1000);
	tls_cancel(tls);
	return NULL;
}

static gpointer
wake_soon(gpointer tls)
{
	g_usleep(100 * 1000);
	tls_wake(tls);
	return NULL;
}

static void
test_cancel(Pair *pair, gconstpointer data)
{
	GThread *thread = g_thread_new("cancel", cancel_soon, pair->tls);

	assert_read_fails(pair->tls, "given up", 5000);
	g_thread_join(thread);
	assert_read_fails(pair->tls, "given up", 5000); /* it stays so */
	g_assert_cmpint(tls_wait(pair->tls, 1000), ==, TLS_WAIT_CANCELLED);
}

static void
test_wake(Pair *pair, gconstpointer data)
{
	GThread *thread = g_thread_new("wake", wake_soon, pair->tls);

	g_assert_cmpint(tls_wait(pair->tls, 5000), ==, TLS_WAIT_WOKEN);
	g_thread_join(thread);
	g_assert_cmpint(tls_wait(pair->tls, 10), ==, TLS_WAIT_TIMEOUT); /* once */
	tls_wake(pair->tls);                                            /* nobody waits yet */
	tls_set_timeout(pair->tls, 1, 1);
	assert_read_fails(pair->tls, "silent", 10000); /* a read isn't woken */
	g_assert_cmpint(tls_wait(pair->tls, 5000), ==, TLS_WAIT_WOKEN);
}

typedef struct {
	int peer;
	int enough;
} Drip;

static gpointer
drip(gpointer data)
{
	const Drip *d = data;

	while (!g_atomic_int_get(&d->enough)) {
		if (send(d->peer, "x", 1, MSG_NOSIGNAL) != 1)
			break;
		g_usleep(100 * 1000);
	}
	return NULL;
}

/* Byte by byte isn't silence, and doesn't go on for ever. */
static void
test_drip(Pair *pair, gconstpointer data)
{
	GThread *thread;
	Drip d = {pair->peer, 0};
	const gint64 begin = clock_monotonic_ms();
	char byte;

	tls_set_timeout(pair->tls, 1, 2);
	thread = g_thread_new("drip", drip, &d);
	while (tls_read(pair->tls, &byte, 1, NULL) == 1)
		;
	g_assert_cmpint(clock_monotonic_ms() - begin, >, 1500);
	assert_read_fails(pair->tls, "slowly", 5000);
	g_atomic_int_set(&d.enough, 1);
	g_thread_join(thread);
}

static void
test_end(Pair *pair, gconstpointer data)
{
	char buffer[16];

	g_assert_cmpint(send(pair->peer, "last", 4, 0), ==, 4);
	close(pair->peer);
	pair->peer = -1;
	g_assert_cmpint(tls_wait(pair->tls, 1000), ==, TLS_WAIT_READABLE);
	g_assert_cmpuint(tls_read(pair->tls, buffer, sizeof buffer, NULL), ==, 4);
	assert_read_fails(pair->tls, "closed", 1000);
	g_assert_false(tls_write(pair->tls, "x", 1, NULL)); /* and no SIGPIPE */
}

/* Somebody who takes nothing. */
static void
test_full(Pair *pair, gconstpointer data)
{
	g_autofree char *much = g_malloc0(10 * 1024 * 1024);
	g_autoptr(GError) error = NULL;

	tls_set_timeout(pair->tls, 1, 1);
	g_assert_false(tls_write(pair->tls, much, 10 * 1024 * 1024, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
}

static void
test_round_trips(Pair *pair, gconstpointer data)
{
	char buffer[16];

	for (int i = 0; i < 3; i++) {
		g_assert_true(tls_write(pair->tls, "a", 1, NULL));
		g_assert_true(tls_write(pair->tls, "b", 1, NULL));
		g_assert_cmpint(send(pair->peer, "12345", 5, 0), ==, 5);
		g_assert_cmpuint(tls_read(pair->tls, buffer, 2, NULL), ==, 2);
		g_assert_cmpuint(tls_read(pair->tls, buffer, 3, NULL), ==, 3);
	}
	g_assert_cmpuint(tls_counters(pair->tls).round_trips, ==, 3);
	g_assert_cmpuint(tls_counters(pair->tls).received, ==, 15);
	g_assert_cmpuint(tls_counters(pair->tls).sent, ==, 6);
}

static void
test_connect(void)
{
	static const char *const foreign[] = {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"};
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(foreign); i++) {
		g_autoptr(Tls) tls = tls_new();

		g_assert_false(tls_connect(tls, foreign[i], 143, true, 1, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_clear_error(&error);
	}
	{
		g_autoptr(Tls) tls = tls_new();

		g_assert_false(tls_connect(tls, "no such name", 143, true, 1, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	}
}

/* A certificate for localhost, its own authority. */
static void
make_certificate(const char *folder, const char *name)
{
	g_autofree char *command =
	    g_strdup_printf("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
			    "-days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
			    "-keyout %s/%s.key -out %s/%s.pem",
		folder, name, folder, name);
	int status;

	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, NULL));
	g_assert_cmpint(status, ==, 0);
}

static guint16
free_port(void)
{
	struct sockaddr_in name = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof name;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&name, sizeof name), ==, 0);
	g_assert_cmpint(getsockname(fd, (struct sockaddr *)&name, &length), ==, 0);
	close(fd);
	return ntohs(name.sin_port);
}

static bool
is_trusted(guint16 port, const char *ca_file)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Tls) tls = NULL;
	bool connected = false, trusted;

	for (int i = 0; i < 100 && !connected; i++) {
		g_clear_pointer(&tls, tls_free);
		tls = tls_new();
		connected = tls_connect(tls, "localhost", port, true, 5, NULL);
		if (!connected)
			g_usleep(50000);
	}
	g_assert_true(connected);
	trusted = tls_start(tls, ca_file, 5, &error);
	g_assert_true(trusted == (error == NULL));
	return trusted;
}

/* The authorities are read once for all connections, and again when the file is another one. */
static void
test_authorities(void)
{
	g_autofree char *folder = g_dir_make_tmp("kartoteka-test-XXXXXX", NULL);
	g_autofree char *one = g_build_filename(folder, "one.pem", NULL),
			*two = g_build_filename(folder, "two.pem", NULL),
			*ca = g_build_filename(folder, "ca.pem", NULL), *command = NULL;
	g_auto(GStrv) words = NULL;
	guint16 port = free_port();
	GPid server;

	make_certificate(folder, "one");
	make_certificate(folder, "two");
	command =
	    g_strdup_printf("openssl s_server -quiet -accept 127.0.0.1:%u -cert %s -key %s/one.key",
		port, one, folder);
	g_assert_true(g_shell_parse_argv(command, NULL, &words, NULL));
	g_assert_true(g_spawn_async(NULL, words, NULL,
	    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
	    NULL, &server, NULL));
	for (int round = 0; round < 3; round++) {
		g_autofree char *pem = NULL;

		g_assert_true(g_file_get_contents(round == 1 ? two : one, &pem, NULL, NULL));
		g_assert_true(g_file_set_contents(ca, pem, -1, NULL));
		for (int i = 0; i < 2; i++)
			g_assert_cmpint(is_trusted(port, ca), ==, round != 1);
	}
	kill(server, SIGTERM);
	g_spawn_close_pid(server);
	g_free(command);
	command = g_strdup_printf("rm -rf %s", folder);
	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tls/authorities", test_authorities);
	g_test_add("/tls/cancel", Pair, NULL, setup, test_cancel, teardown);
	g_test_add("/tls/wake", Pair, NULL, setup, test_wake, teardown);
	g_test_add("/tls/drip", Pair, NULL, setup, test_drip, teardown);
	g_test_add("/tls/end", Pair, NULL, setup, test_end, teardown);
	g_test_add("/tls/full", Pair, NULL, setup, test_full, teardown);
	g_test_add("/tls/round-trips", Pair, NULL, setup, test_round_trips, teardown);
	g_test_add_func("/tls/connect", test_connect);
	return g_test_run();
}

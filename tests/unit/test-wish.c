#include "base/error.h"
#include "base/wish.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static Wish *
parse(const char *line, GError **error)
{
	return wish_parse(line, strlen(line), error);
}

/* What is written is read as the same. */
static void
test_requests(void)
{
	static const char *const lines[] = {
	    "search\tcount\t*\tjana@zakaznik.example\n",
	    "search\tfetch\tpetr\tjana@zakaznik.example\tj%09n@x.example\n",
	    "rewind\tpetr\tOdeslaná pošta\t1700000000\t12:9\n",
	    "rewind\tpetr\tINBOX\t1700000000\t1:5,9,12:4294967295\n",
	    "rewind\tpetr\tINBOX\t0\t\n",
	    "rewind\t*\t\t0\t\n",
	    "check-password\tpetr\ttab%09 percent%25 line%0A\n",
	    "check-password\tpetr\t\n",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GString) text = NULL;
		g_autoptr(Wish) wish = wish_parse(lines[i], strlen(lines[i]) - 1, &error);

		g_assert_no_error(error);
		text = wish_format(wish);
		g_assert_cmpstr(text->str, ==, lines[i]);
		if (wish->verb == WISH_CHECK_PASSWORD && *wish->password != '\0')
			g_assert_cmpstr(wish->password, ==, "tab\t percent% line\n");
	}
}

static void
test_no_request(void)
{
	static const char *const lines[] = {
	    "",
	    "search",
	    "search\tcount\t*",
	    "search\tcount\t*\t",
	    "search\tlook\t*\ta@b.example",
	    "search\tcount\t\ta@b.example",
	    "rewind\tpetr\tINBOX\t1",
	    "rewind\tpetr\tINBOX\t1\t1\t2",
	    "rewind\tpetr\tINBOX\t-1\t1",
	    "rewind\tpetr\tINBOX\t4294967296\t1",
	    "rewind\tpetr\t\t0\t",
	    "rewind\t*\tINBOX\t0\t",
	    "rewind\t*\t\t0\t1:2",
	    "check-password\t*\tx",
	    "check-password\tpetr",
	    "check-password\tpetr\tx\ty",
	    "check-password\tpetr\ta%0",
	    "check-password\tpetr\ta%00",
	    "check-password\tpetr\t\xff",
	    "erase\tpetr",
	    "SEARCH\tcount\t*\ta@b.example",
	};
	static const char *const no_sets[] = {",", "1,", ",1", "0", "1:", ":1", "1:2:3", "1,,2",
	    "4294967296", "99999999999999999999", " 1", "1 ", "-1", "+1", "a", "1:*"};
	static const char *const sets[] = {"", "1", "1,2", "7:3", "1:2,3:4", "4294967295"};

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(parse(lines[i], &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(no_sets); i++)
		g_assert_false(wish_uids_are_valid(no_sets[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(sets); i++)
		g_assert_true(wish_uids_are_valid(sets[i]));
}

static void
test_replies(void)
{
	static const char *const broken[] = {"", "ok\t1", "ok\n", "ok\t1\t2\n", "found\ta\tb\t1\n",
	    ("found\ta\tb\n"
	     "ok\t1\n"),
	    "ok\t1\nok\t2\n", "error\tinvalid\n", "yes\n", "found\ta\tb\t-1\nok\t1\n"};
	const char *text = "found\tpetr\tINBOX\t3\nfound\tpetr\tOdeslan%C3%A1\t1\nok\t4\n";
	const char *no = "error\tdenied\tThe server refuses.\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(WishReply) reply = wish_reply_parse(text, strlen(text), &error);
	const WishFound *found;

	g_assert_no_error(error);
	g_assert_cmpstr(reply->value, ==, "4");
	g_assert_cmpuint(reply->found->len, ==, 2);
	found = reply->found->pdata[1];
	g_assert_cmpstr(found->folder, ==, "Odeslaná");
	g_assert_cmpint(found->count, ==, 1);
	g_assert_null(wish_reply_parse(no, strlen(no), &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_assert_cmpstr(error->message, ==, "The server refuses.");
	for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
		g_clear_error(&error);
		g_assert_null(wish_reply_parse(broken[i], strlen(broken[i]), &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
	}
}

/* A listening socket, and the poller's end of it in a thread. */
typedef struct {
	char *folder, *path;
	int fd;
	void (*answer)(int fd);
} Poller;

static gpointer
serve(gpointer data)
{
	const Poller *poller = data;
	int fd = accept(poller->fd, NULL, NULL);

	poller->answer(fd);
	close(fd);
	return NULL;
}

static GThread *
poller_begin(Poller *poller)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	poller->folder = g_dir_make_tmp("kartoteka-wish-XXXXXX", NULL);
	poller->path = g_build_filename(poller->folder, "control", NULL);
	poller->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_strlcpy(address.sun_path, poller->path, sizeof address.sun_path);
	g_assert_cmpint(bind(poller->fd, (struct sockaddr *)&address, sizeof address), ==, 0);
	g_assert_cmpint(listen(poller->fd, 1), ==, 0);
	return g_thread_new("poller", serve, poller);
}

static void
poller_end(Poller *poller, GThread *thread)
{
	g_thread_join(thread);
	close(poller->fd);
	g_unlink(poller->path);
	g_rmdir(poller->folder);
	g_free(poller->path);
	g_free(poller->folder);
}

static void
answer_search(int fd)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Wish) wish = NULL;

	g_assert_true(wish_peer_is(fd, "", &error));
	wish = wish_receive(fd, 5000, &error);
	g_assert_no_error(error);
	g_assert_cmpint(wish->verb, ==, WISH_SEARCH);
	g_assert_true(wish->fetch);
	g_assert_null(wish->login);
	g_assert_cmpstr(wish->addresses[1], ==, "two@x.example");
	g_assert_true(wish_send_found(fd, "petr", "Archiv\tstarý", 7));
	g_usleep(1200 * 1000); /* each line begins the time-out anew */
	g_assert_true(wish_send_found(fd, "eva", "INBOX", 1));
	g_usleep(1200 * 1000);
	g_assert_true(wish_send_ok_number(fd, 8));
}

/* Whoever isn't the user of the database is told so, unread, and hears it all the same. */
static void
answer_stranger(int fd)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(wish_peer_is(fd, geteuid() == 0 ? "nobody" : "root", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_usleep(100 * 1000);
	g_assert_true(wish_send_error(fd, error));
}

static void
answer_nothing(int fd)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Wish) wish = wish_receive(fd, 5000, &error);

	g_assert_no_error(error);
	g_usleep(2500 * 1000);
}

static void
answer_hang_up(int fd)
{
	(void)fd;
}

static WishReply *
ask(void (*answer)(int fd), GError **error)
{
	char *addresses[] = {"one@x.example", "two@x.example", NULL};
	Poller poller = {.answer = answer};
	GThread *thread = poller_begin(&poller);
	g_autoptr(Wish) wish = wish_new(WISH_SEARCH);
	WishReply *reply;

	wish->fetch = true;
	wish->addresses = g_strdupv(addresses);
	reply = wish_ask(poller.path, wish, 2, error);
	poller_end(&poller, thread);
	return reply;
}

static void
test_socket(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WishReply) reply = ask(answer_search, &error);
	const WishFound *found;

	g_assert_no_error(error);
	g_assert_cmpuint(reply->found->len, ==, 2);
	found = reply->found->pdata[0];
	g_assert_cmpstr(found->folder, ==, "Archiv\tstarý");
	g_assert_cmpstr(reply->value, ==, "8");
	g_assert_null(ask(answer_stranger, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_assert_null(ask(answer_nothing, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_clear_error(&error);
	g_assert_null(ask(answer_hang_up, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
}

static void
test_nobody_there(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Wish) wish = wish_new(WISH_CHECK_PASSWORD);
	g_autofree char *longer = g_strnfill(200, 'x');

	wish->login = g_strdup("petr");
	wish->password = g_strdup("secret");
	g_assert_null(wish_ask("/nonexistent/control", wish, 1, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_assert_null(strstr(error->message, "secret"));
	g_clear_error(&error);
	g_assert_cmpint(wish_connect(longer, &error), ==, -1);
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
}

/* A request that is slow, endless or cut off. */
static void
test_bad_peer(void)
{
	g_autoptr(GError) error = NULL;
	int pair[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	g_assert_cmpint(send(pair[0], "search\t", 7, 0), ==, 7);
	g_assert_null(wish_receive(pair[1], 200, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_clear_error(&error);
	close(pair[0]);
	g_assert_null(wish_receive(pair[1], 200, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_clear_error(&error);
	g_assert_false(wish_send_ok(pair[1], "yes"));
	close(pair[1]);
}

static gpointer
send_for_ever(gpointer data)
{
	g_autofree char *much = g_strnfill(65536, 'x');

	while (send(GPOINTER_TO_INT(data), much, 65536, MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

static void
test_endless(void)
{
	g_autoptr(GError) error = NULL;
	GThread *thread;
	int pair[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	thread = g_thread_new("sender", send_for_ever, GINT_TO_POINTER(pair[0]));
	g_assert_null(wish_receive(pair[1], 20000, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TOO_BIG);
	close(pair[1]);
	g_thread_join(thread);
	close(pair[0]);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wish/requests", test_requests);
	g_test_add_func("/wish/no-request", test_no_request);
	g_test_add_func("/wish/replies", test_replies);
	g_test_add_func("/wish/socket", test_socket);
	g_test_add_func("/wish/nobody-there", test_nobody_there);
	g_test_add_func("/wish/bad-peer", test_bad_peer);
	g_test_add_func("/wish/endless", test_endless);
	return g_test_run();
}

/* Sign-in, web sessions, form tokens, and what slows guessing down. */
#include "rules/login.h"

#include "base/clock.h"
#include "store/websession.h"
#include "tests/lib/company.h"

#include <string.h>

#define PASSWORD "correct horse battery"

static void
set_password(Company *c, const Id *user)
{
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;

	g_assert_true(user_change_password(admin, user, PASSWORD, &error));
	g_assert_no_error(error);
}

/* Time is moved by a number of milliseconds for the calls that follow. */
static void
set_clock(gint64 seconds)
{
	g_autofree char *text = g_strdup_printf("+%" G_GINT64_FORMAT, seconds);

	g_setenv("KARTOTEKA_CLOCK", text, TRUE);
}

static void
sign_in(Company *c, const char *login, char token[static LOGIN_TOKEN_SIZE])
{
	g_autoptr(GError) error = NULL;

	g_assert_true(
	    login_with_password(c->t.store, login, PASSWORD, "192.0.2.1", -1, token, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(strlen(token), ==, LOGIN_TOKEN_SIZE - 1);
}

static void
test_session(Company *c, gconstpointer data)
{
	char token[LOGIN_TOKEN_SIZE], second[LOGIN_TOKEN_SIZE], form[LOGIN_TOKEN_SIZE];
	char other_form[LOGIN_TOKEN_SIZE];
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = NULL;

	set_password(c, &c->ann);
	sign_in(c, "ANN", token);
	sign_in(c, "ann", second);
	g_assert_cmpstr(token, !=, second);
	session = login_session(c->t.store, token, &error);
	g_assert_no_error(error);
	g_assert_true(id_equal(&session->actor.user, &c->ann));
	g_assert_cmpint(session->surface, ==, SURFACE_PAGE);

	g_assert_true(login_csrf_token(c->t.store, token, form, &error));
	g_assert_true(login_csrf_token(c->t.store, second, other_form, &error));
	g_assert_cmpstr(form, !=, token);
	g_assert_true(login_check_csrf(c->t.store, token, form, &error));
	g_assert_no_error(error);
	g_assert_false(login_check_csrf(c->t.store, token, other_form, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_assert_false(login_check_csrf(c->t.store, token, "", NULL));
	g_assert_false(login_check_csrf(c->t.store, token, NULL, NULL));

	g_assert_true(login_end(c->t.store, token, &error));
	g_assert_null(login_session(c->t.store, token, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_clear_pointer(&session, session_free);
	session = login_session(c->t.store, second, &error);
	g_assert_nonnull(session);
	/* A new password ends what is open. */
	set_password(c, &c->ann);
	g_assert_null(login_session(c->t.store, second, NULL));
	for (gsize i = 0; i < 2; i++)
		g_assert_null(login_session(c->t.store, i == 0 ? "" : "' OR 1 --", NULL));
	g_assert_null(login_session(c->t.store, NULL, NULL));
}

static void
test_lifetime(Company *c, gconstpointer data)
{
	gint64 lifetime = c->t.conf->web.session_lifetime, most = c->t.conf->web.session_maximum;
	char token[LOGIN_TOKEN_SIZE], idle[LOGIN_TOKEN_SIZE];
	g_autoptr(Session) session = NULL;

	set_password(c, &c->ann);
	sign_in(c, "ann", token);
	sign_in(c, "ann", idle);
	for (gint64 at = lifetime / 2; at < most; at += lifetime / 2) {
		set_clock(at);
		g_clear_pointer(&session, session_free);
		session = login_session(c->t.store, token, NULL);
		g_assert_nonnull(session);
	}
	g_assert_null(login_session(c->t.store, idle, NULL));
	set_clock(most);
	g_assert_null(login_session(c->t.store, token, NULL));
	g_unsetenv("KARTOTEKA_CLOCK");
}

/* The ErrorCode, or -1 when it is let in. */
static int
try_password(Company *c, const char *login, const char *password, const char *client)
{
	char token[LOGIN_TOKEN_SIZE] = "untouched";
	g_autoptr(GError) error = NULL;

	if (login_with_password(c->t.store, login, password, client, -1, token, &error))
		return -1;
	g_assert_cmpstr(token, ==, "untouched");
	return (int)error_code(error);
}

static void
test_refused(Company *c, gconstpointer data)
{
	g_autoptr(GError) one = NULL, two = NULL;
	char token[LOGIN_TOKEN_SIZE];

	set_password(c, &c->ann);
	g_assert_false(login_with_password(
	    c->t.store, "ann", "wrong wrong wrong", "192.0.2.1", -1, token, &one));
	g_assert_false(
	    login_with_password(c->t.store, "zoe", PASSWORD, "192.0.2.1", -1, token, &two));
	g_assert_cmpstr(one->message, ==, two->message);
	g_assert_cmpint(try_password(c, "bob", "", "192.0.2.2"), ==, ERROR_DENIED);
	g_assert_cmpint(try_password(c, "left", PASSWORD, "192.0.2.2"), ==, ERROR_DENIED);
	g_assert_cmpint(try_password(c, "a\xff", PASSWORD, "192.0.2.2"), ==, ERROR_DENIED);
}

/* Guessing one login from many clients, and many logins from one client. */
static void
test_throttle(Company *c, gconstpointer data)
{
	int tries = 0;

	set_password(c, &c->ann);
	for (; tries < 20; tries++) {
		g_autofree char *client = g_strdup_printf("192.0.2.%d", tries);

		if (try_password(c, "ann", "wrong wrong wrong", client) == ERROR_TOO_BIG)
			break;
	}
	g_assert_cmpint(tries, >=, 5);
	g_assert_cmpint(tries, <, 10);
	/* Even the right one has to wait, but not for long; and nobody else does. */
	g_assert_cmpint(try_password(c, "ann", PASSWORD, "198.51.100.1"), ==, ERROR_TOO_BIG);
	set_password(c, &c->bob);
	g_assert_cmpint(try_password(c, "bob", PASSWORD, "198.51.100.1"), ==, -1);
	set_clock(61);
	g_assert_cmpint(try_password(c, "ann", PASSWORD, "198.51.100.1"), ==, -1);
	for (tries = 0; tries < 40; tries++) {
		g_autofree char *login = g_strdup_printf("user%d", tries);

		if (try_password(c, login, "wrong wrong wrong", "203.0.113.9") == ERROR_TOO_BIG)
			break;
	}
	g_assert_cmpint(tries, >=, 20);
	g_assert_cmpint(tries, <, 30);
	g_unsetenv("KARTOTEKA_CLOCK");
}

/* How many wrong logins a client may try before it must wait; each from another address. */
static int
tries_from(Company *c, const char *format)
{
	for (int tries = 0; tries < 40; tries++) {
		g_autofree char *login = g_strdup_printf("user%s%d", format, tries);
		g_autofree char *number = g_strdup_printf("%d", tries + 1);
		g_auto(GStrv) parts = g_strsplit(format, "*", 2);
		g_autofree char *client = g_strjoinv(number, parts);

		if (try_password(c, login, "wrong wrong wrong", client) == ERROR_TOO_BIG)
			return tries;
	}
	return 40;
}

/* Whoever has a /64 has no fresh address in it, and another network doesn't wait for him. */
static void
test_networks(Company *c, gconstpointer data)
{
	g_assert_cmpint(tries_from(c, "2001:db8:1:2::*"), <, 30);
	g_assert_cmpint(tries_from(c, "2001:db8:1:2:*:1:2:3"), ==, 0);
	g_assert_cmpint(tries_from(c, "2001:db8:1:*::1"), ==, 1); /* the second is :2: */
	g_assert_cmpint(tries_from(c, "192.0.2.1"), <, 30);
	g_assert_cmpint(tries_from(c, "::ffff:192.0.2.1"), ==, 0);
	g_assert_cmpint(tries_from(c, "198.51.100.*"), ==, 40);
}

/* A stranger with an account of his own, which he signs in to between his guesses. */
static void
test_own_account(Company *c, gconstpointer data)
{
	int guesses = 0;

	set_password(c, &c->bob);
	for (; guesses < 60; guesses++) {
		g_autofree char *login = g_strdup_printf("user%d", guesses);
		int result = try_password(c, login, "wrong wrong wrong", "203.0.113.9");

		if (result == ERROR_TOO_BIG)
			break;
		g_assert_cmpint(result, ==, ERROR_DENIED);
		if (try_password(c, "bob", PASSWORD, "203.0.113.9") != -1)
			break;
	}
	g_assert_cmpint(guesses, >=, 15);
	g_assert_cmpint(guesses, <, 30);
	/* The right password alone, as of a whole company behind one address, costs no waiting. */
	for (int i = 0; i < 30; i++)
		g_assert_cmpint(try_password(c, "bob", PASSWORD, "203.0.113.10"), ==, -1);
}

/* The clock was ten years ahead for a while: the records' time stays there, sessions and waiting don't. */
static void
test_clock_put_right(Company *c, gconstpointer data)
{
	gint64 lifetime = c->t.conf->web.session_lifetime;
	char wrong[LOGIN_TOKEN_SIZE], token[LOGIN_TOKEN_SIZE];
	g_autoptr(Session) session = NULL;
	g_autoptr(GError) error = NULL;

	set_password(c, &c->ann);
	set_password(c, &c->bob);
	set_clock(3650 * 86400);
	set_password(c, &c->cyn);
	sign_in(c, "ann", wrong);
	for (int i = 0; i < 8; i++)
		try_password(c, "bob", "wrong wrong wrong", "203.0.113.9");
	set_clock(0);
	g_assert_null(login_session(c->t.store, wrong, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_assert_cmpint(try_password(c, "bob", PASSWORD, "203.0.113.9"), ==, -1);
	sign_in(c, "ann", token);
	session = login_session(c->t.store, token, NULL);
	g_assert_nonnull(session);
	for (int i = 0; i < 8; i++)
		try_password(c, "bob", "wrong wrong wrong", "203.0.113.9");
	g_assert_cmpint(try_password(c, "bob", PASSWORD, "203.0.113.9"), ==, ERROR_TOO_BIG);
	set_clock(61);
	g_assert_cmpint(try_password(c, "bob", PASSWORD, "203.0.113.9"), ==, -1);
	set_clock(lifetime + 1);
	g_assert_null(login_session(c->t.store, token, NULL));
	g_unsetenv("KARTOTEKA_CLOCK");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
	g_test_add(name, Company, NULL, company_set_up, function, company_tear_down)
	ADD("/login/session", test_session);
	ADD("/login/lifetime", test_lifetime);
	ADD("/login/refused", test_refused);
	ADD("/login/throttle", test_throttle);
	ADD("/login/networks", test_networks);
	ADD("/login/own-account", test_own_account);
	ADD("/login/clock-put-right", test_clock_put_right);
	return g_test_run();
}

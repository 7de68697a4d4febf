/*
 * A small company in a store of its own, for tests of who may what: an administrator, users, a team, books;
 * contacts made by the owner of a book; messages put in as rows, since filing is not what is tested.
 */
#pragma once

#include "rules/book.h"
#include "rules/contact.h"
#include "rules/rights.h"
#include "rules/user.h"
#include "store/key.h"
#include "tests/lib/store.h"

typedef struct {
	TestStore t;
	Id admin, ann, bob, cyn, left; /* users; cyn is in the team */
	Id team;
	Id sales, vault; /* books: ann owns both */
	Id jana, petr;   /* contacts in sales, in vault */
} Company;

static inline Session *
company_session(Company *c, const Id *user)
{
	Actor actor = {.kind = ACTOR_USER, .user = *user};
	g_autoptr(GError) error = NULL;
	Session *session = session_new(c->t.store, &actor, SURFACE_PAGE, &error);

	g_assert_no_error(error);
	return session;
}

static inline Id
company_user(Session *session, const char *login, bool administrator)
{
	g_autofree char *address = g_strconcat(login, "@own.example", NULL);
	const char *addresses[] = {address, NULL};
	UserNew user = {.login = login, .name = login, .addresses = addresses};
	g_autoptr(GError) error = NULL;
	Id id = {{0}};

	user.administrator = administrator;
	user_create(session, &user, &id, &error);
	g_assert_no_error(error);
	return id;
}

static inline Id
company_grant(Company *c, const Id *book, const Id *holder, bool team, Right right, gint64 until)
{
	g_autoptr(Session) session = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	Id id = {{0}};

	book_grant(session, book, holder, team, right, until, "test", &id, &error);
	g_assert_no_error(error);
	return id;
}

static inline Id
company_contact(Company *c, const Id *user, const Id *book, const char *name, const char *address)
{
	g_autoptr(Session) session = company_session(c, user);
	g_autoptr(Vcard) card = vcard_new();
	g_autoptr(GError) error = NULL;
	Id id = {{0}};

	vcard_append(card, "FN", name);
	vcard_append(card, "EMAIL", address);
	contact_create(session, book, card, &id, &error);
	g_assert_no_error(error);
	return id;
}

static inline gint64
company_row(Company *c, ObjectKind kind, const Id *id)
{
	static const char *const sql[] = {
	    [OBJECT_MESSAGE] = "SELECT id FROM message WHERE pid = $pid",
	    [OBJECT_CONTACT] = "SELECT id FROM contact WHERE pid = $pid",
	    [OBJECT_USER] = "SELECT id FROM user WHERE pid = $pid",
	    [OBJECT_TEAM] = "SELECT id FROM team WHERE pid = $pid",
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(DbStmt) stmt = db_stmt(c->t.store, DB_RECORDS, sql[kind], &error);

	g_assert_no_error(error);
	db_bind_id(stmt, "$pid", id);
	g_assert_cmpint(db_step(stmt, &error), ==, DB_ROW);
	return db_int(stmt, 0);
}

/* A message with one participant (NULL: none), filed under a contact (NULL: none). */
static inline Id
company_message(
    Company *c, const Id *user, const Id *team, const Id *contact, gint64 open_from, guint flags)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GError) error = NULL;
	g_autofree char *sql = NULL, *hash = NULL;
	Id id = id_new();
	gint64 revision;

	g_assert_true(store_tx_begin(&tx, c->t.store, &test_actor, NULL, &error));
	revision = store_tx_revision(&tx, &error);
	hash = id_text(&id);
	sql =
	    g_strdup_printf("INSERT INTO message (pid, hash_key, letter_hash, content_hash, time, "
			    "flags, size) VALUES (x'%s', 1, x'%s', x'%s', 5, %u, 1)",
		hash, hash, hash, flags);
	g_assert_true(db_exec(c->t.store, DB_RECORDS, sql, &error));
	if (user != NULL || team != NULL) {
		g_autofree char *more = g_strdup_printf(
		    "INSERT INTO participant (message_id, %s, side, begin_revision) "
		    "VALUES (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", 1, %" G_GINT64_FORMAT ")",
		    user != NULL ? "user_id" : "team_id", company_row(c, OBJECT_MESSAGE, &id),
		    company_row(
			c, user != NULL ? OBJECT_USER : OBJECT_TEAM, user != NULL ? user : team),
		    revision);

		g_assert_true(db_exec(c->t.store, DB_RECORDS, more, &error));
	}
	if (contact != NULL) {
		g_autofree char *more = g_strdup_printf(
		    "INSERT INTO filing (message_id, contact_id, time, reason, role, open_from, "
		    "begin_revision) VALUES (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
		    ", 5, 1, 0, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ")",
		    company_row(c, OBJECT_MESSAGE, &id), company_row(c, OBJECT_CONTACT, contact),
		    open_from, revision);

		g_assert_true(db_exec(c->t.store, DB_RECORDS, more, &error));
	}
	g_assert_true(store_tx_commit(&tx, &error));
	return id;
}

static inline void
company_set_up(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) first = NULL, admin = NULL;

	test_store_set_up(&c->t, data);
	first = session_new_first(c->t.store, &error);
	g_assert_no_error(error);
	c->admin = company_user(first, "admin", true);
	admin = company_session(c, &c->admin);
	c->ann = company_user(admin, "ann", false);
	c->bob = company_user(admin, "bob", false);
	c->cyn = company_user(admin, "cyn", false);
	c->left = company_user(admin, "left", false);
	g_assert_true(user_create_team(admin, "Team", &c->team, &error));
	g_assert_true(user_join_team(admin, &c->team, &c->cyn, 0, NULL, &error));
	g_assert_true(book_create(admin, "Sales", NULL, &c->sales, &error));
	g_assert_true(book_create(admin, "Vault", NULL, &c->vault, &error));
	for (int right = RIGHT_SEE; right <= RIGHT_LAST; right++) {
		company_grant(c, &c->sales, &c->ann, false, (Right)right, 0);
		company_grant(c, &c->vault, &c->ann, false, (Right)right, 0);
	}
	c->jana = company_contact(c, &c->ann, &c->sales, "Jana Nová", "jana@customer.example");
	c->petr = company_contact(c, &c->ann, &c->vault, "Petr Starý", "petr@other.example");
	g_assert_true(user_leaves(admin, &c->left, "test", &error));
	g_assert_no_error(error);
}

static inline void
company_tear_down(Company *c, gconstpointer data)
{
	test_store_tear_down(&c->t, data);
}

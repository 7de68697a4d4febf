#include "base/published.h"
#include "rules/posture.h"
#include "store/access.h"
#include "store/mailbox-posture.h"
#include "tests/lib/company.h"

#include <glib/gstdio.h>
#include <string.h>

static gint64
number(Company *c, const char *sql)
{
	return test_store_number(c->t.store, DB_RECORDS, sql);
}

static void
change(Company *c, const Id *user, Posture posture)
{
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;

	posture_change(admin, user, posture, "agreed with the works council", &error);
	g_assert_no_error(error);
}

static void
test_who(Company *c, gconstpointer data)
{
	g_autoptr(Session) admin = company_session(c, &c->admin), ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	gint64 rows = number(c, "SELECT count(*) FROM access");

	g_assert_false(posture_change(ann, &c->ann, POSTURE_FULL, "I want it", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_assert_false(posture_change(admin, &c->ann, POSTURE_FULL, " ", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_assert_cmpint(number(c, "SELECT count(*) FROM mailbox_posture"), ==, 0);
	change(c, &c->ann, POSTURE_KNOWN);
	/* its row is in the access record */
	g_assert_cmpint(number(c, "SELECT count(*) FROM access"), ==, rows + 1);
	g_assert_false(posture_change(admin, &c->ann, POSTURE_KNOWN, "again", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_assert_cmpint(number(c, "SELECT count(*) FROM access"), ==, rows + 1);
}

/* What held stays known. */
static void
test_past(Company *c, gconstpointer data)
{
	g_autoptr(GArray) now = NULL, before = NULL;
	g_autoptr(GError) error = NULL;
	gint64 revision;

	change(c, &c->ann, POSTURE_HEADERS);
	revision = number(c, "SELECT max(id) FROM revision");
	change(c, &c->ann, POSTURE_FULL);
	change(c, &c->bob, POSTURE_OFF);
	before = mailbox_posture_list(c->t.store, revision, &error);
	now = mailbox_posture_list(c->t.store, 0, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(before->len, ==, 1);
	g_assert_cmpint(g_array_index(before, MailboxPosture, 0).posture, ==, POSTURE_HEADERS);
	g_assert_cmpuint(now->len, ==, 2);
	g_assert_cmpint(g_array_index(now, MailboxPosture, 0).posture, ==, POSTURE_FULL);
	g_assert_cmpint(number(c, "SELECT count(*) FROM mailbox_posture"), ==, 3);
}

static void
test_list(Company *c, gconstpointer data)
{
	g_autoptr(Session) admin = company_session(c, &c->admin), ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) all = NULL, own = NULL;
	const PostureMailbox *mailbox;

	change(c, &c->ann, POSTURE_KNOWN);
	all = posture_list(admin, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(all->len, ==, 5);
	own = posture_list(ann, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(own->len, ==, 1);
	mailbox = own->pdata[0];
	g_assert_cmpstr(mailbox->login, ==, "ann");
	g_assert_cmpint(mailbox->posture, ==, POSTURE_KNOWN);
	g_assert_cmpstr(mailbox->reason, ==, "agreed with the works council");
	g_assert_cmpint(mailbox->since, >, 0);
}

static void
test_publish(Company *c, gconstpointer data)
{
	g_autofree char *path = NULL, *text = NULL, *folded = published_login(" ANN ");
	g_autoptr(Published) list = NULL;
	g_autoptr(GError) error = NULL;

	g_free(c->t.conf->data.published_directory);
	c->t.conf->data.published_directory = g_strdup(c->t.folder);
	path = g_build_filename(c->t.folder, PUBLISHED_POSTURES, NULL);
	change(c, &c->ann, POSTURE_KNOWN);
	change(c, &c->bob, POSTURE_FULL);
	change(c, &c->bob, POSTURE_OFF);
	g_assert_true(posture_publish(c->t.store, &error));
	g_assert_no_error(error);
	list = published_read(path, PUBLISHED_POSTURES, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(folded, ==, "ann");
	g_assert_cmpstr(published_find(list, folded), ==, "known");
	g_assert_cmpstr(published_find(list, "bob"), ==, "off");
	g_assert_null(published_find(list, "cyn"));
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_null(strstr(text, "ann"));
}

/* A database of the first version gets the table. */
static void
test_upgrade(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) old = NULL;

	g_assert_true(db_exec(c->t.store, DB_RECORDS, "DROP TABLE mailbox_posture", &error));
	g_assert_true(db_exec(
	    c->t.store, DB_RECORDS, "ALTER TABLE message_body RENAME TO message_raw", &error));
	g_assert_true(db_exec(
	    c->t.store, DB_RECORDS, "ALTER TABLE message_raw RENAME COLUMN body TO raw", &error));
	g_assert_true(db_exec(c->t.store, DB_RECORDS, "PRAGMA user_version = 1", &error));
	g_clear_pointer(&c->t.store, store_free);
	old = store_open(c->t.conf, STORE_READ_WRITE, &error);
	g_assert_null(old);
	g_assert_nonnull(strstr(error->message, "kartoteka db upgrade"));
	g_clear_error(&error);
	g_assert_true(store_upgrade(c->t.conf, NULL, NULL, &error));
	c->t.store = store_open(c->t.conf, STORE_READ_WRITE, &error);
	g_assert_no_error(error);
	change(c, &c->ann, POSTURE_FULL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name)                                                                                  \
	g_test_add("/posture/" #name, Company, NULL, company_set_up, test_##name, company_tear_down)
	ADD(who);
	ADD(past);
	ADD(list);
	ADD(publish);
	ADD(upgrade);
	return g_test_run();
}

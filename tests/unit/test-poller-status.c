#include "base/fields.h"
#include "base/file.h"
#include "base/poller-status.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_fields(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_auto(GStrv) fields = NULL;
	gint64 n = 5;

	fields_append(text, "");
	fields_append(text, "a\tb\n100% č");
	fields_append_number(text, 17);
	g_assert_cmpstr(text->str, ==, "a%09b%0A100%25 č\t17");
	fields = fields_split(text->str);
	g_assert_cmpstr(fields[0], ==, "a\tb\n100% č");
	g_assert_true(fields_number(fields[1], 0, 20, &n));
	g_assert_cmpint(n, ==, 17);
	g_assert_false(fields_number("21", 0, 20, &n));
	g_assert_false(fields_number("-1", -5, 20, &n));
	g_assert_false(fields_number("1x", 0, 20, &n));
	g_assert_false(fields_number("", 0, 20, &n));
	g_assert_false(fields_number("99999999999999999999", 0, G_MAXINT64, &n));
	g_assert_cmpint(n, ==, 17);
	g_assert_null(fields_split("a%0"));
	g_assert_null(fields_split("a%00"));
	g_assert_null(fields_split("a\001"));
	g_assert_null(fields_split("a\xff"));
}

static void
test_round(void)
{
	g_autofree char *dir = g_dir_make_tmp("kartoteka-status-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "status", NULL);
	g_autoptr(PollerStatus) status = poller_status_new(), again = NULL;
	g_autoptr(GError) error = NULL;
	PollerMailbox *mailbox = poller_status_add_mailbox(status, "eva", "main");
	PollerFolder *folder = poller_status_add_folder(mailbox, "Archiv\t1");

	status->written = 1763919999123;
	status->pid = 7;
	mailbox->state = POLLER_FAILED;
	mailbox->last_success = 1;
	mailbox->since = 2;
	mailbox->backlog = 3;
	mailbox->quarantined = 4;
	mailbox->token_expires = 5;
	mailbox->code = ERROR_DENIED;
	mailbox->trouble = g_strdup("The server refuses.");
	folder->failures = 6;
	folder->code = ERROR_NOT_FOUND;
	folder->trouble = g_strdup("");
	poller_status_add_mailbox(status, "jan", "main")->state = POLLER_WATCHES;
	g_assert_true(poller_status_write(status, path, 0640, &error));
	again = poller_status_read(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(again->written, ==, status->written);
	g_assert_cmpint(again->pid, ==, 7);
	g_assert_cmpuint(again->mailboxes->len, ==, 2);
	mailbox = again->mailboxes->pdata[0];
	g_assert_cmpstr(mailbox->login, ==, "eva");
	g_assert_cmpstr(mailbox->server, ==, "main");
	g_assert_cmpint(mailbox->state, ==, POLLER_FAILED);
	g_assert_cmpint(mailbox->last_success, ==, 1);
	g_assert_cmpint(mailbox->since, ==, 2);
	g_assert_cmpint(mailbox->backlog, ==, 3);
	g_assert_cmpint(mailbox->quarantined, ==, 4);
	g_assert_cmpint(mailbox->token_expires, ==, 5);
	g_assert_cmpint(mailbox->code, ==, ERROR_DENIED);
	g_assert_cmpstr(mailbox->trouble, ==, "The server refuses.");
	folder = mailbox->folders->pdata[0];
	g_assert_cmpstr(folder->name, ==, "Archiv\t1");
	g_assert_cmpint(folder->failures, ==, 6);
	g_assert_cmpint(folder->code, ==, ERROR_NOT_FOUND);
	mailbox = again->mailboxes->pdata[1];
	g_assert_null(mailbox->trouble);
	g_assert_cmpint(mailbox->state, ==, POLLER_WATCHES);

	/* half of it, or something else, is no status */
	g_assert_true(
	    g_file_set_contents(path, "kartoteka-poller-status 1\npoller\t1\t2\t3\n", -1, NULL));
	g_assert_null(poller_status_read(path, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_unlink(path);
	g_rmdir(dir);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/poller-status/fields", test_fields);
	g_test_add_func("/poller-status/round", test_round);
	return g_test_run();
}

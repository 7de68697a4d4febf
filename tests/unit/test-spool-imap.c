#include "base/error.h"
#include "base/spool.h"
#include "base/spool_entry.h"

#include <string.h>

/* What only the poller says of an item. */
static void
test_mailbox(void)
{
	g_autofree char *dir = g_dir_make_tmp("kartoteka-spool-XXXXXX", NULL);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", dir);
	g_autoptr(Spool) spool = spool_open(dir, "imap", SPOOL_IMAP, NULL);
	g_autoptr(SpoolEntry) gone = spool_entry_new(SPOOL_VANISHED, SPOOL_IMAP);
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(SpoolData) start = NULL, mail = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	gsize offset;

	gone->owner = g_strdup("ann");
	gone->folder = g_strdup("Archiv/Odeslané");
	gone->special_use = g_strdup("sent");
	gone->uid_validity = 4294967295;
	gone->uid = 17;
	g_assert_true(spool_record(spool, gone, NULL, &error));
	packs = spool_scan(dir, SPOOL_LIVE, 0, NULL, &error);
	g_assert_no_error(error);
	start = spool_load(packs->pdata[0], 0, &error);
	g_assert_true(spool_read(start, 0, &entry, &bytes, &error));
	g_assert_cmpint(entry->kind, ==, SPOOL_START);
	g_assert_cmpint(entry->via, ==, SPOOL_IMAP);
	g_clear_pointer(&entry, spool_entry_free);
	g_clear_pointer(&bytes, g_bytes_unref);
	mail = spool_load(packs->pdata[1], 0, &error);
	g_assert_true(spool_read(mail, 0, &entry, &bytes, &error));
	g_assert_cmpint(entry->kind, ==, SPOOL_VANISHED);
	g_assert_cmpstr(entry->folder, ==, gone->folder);
	g_assert_cmpstr(entry->special_use, ==, "sent");
	g_assert_cmpint(entry->uid_validity, ==, 4294967295);

	gone->kind = SPOOL_MAIL;
	gone->posture = g_strdup("sometimes");
	g_strlcpy(gone->key.source, "imap", sizeof gone->key.source);
	spool_entry_format(gone, text);
	g_clear_pointer(&entry, spool_entry_free);
	g_assert_false(spool_parse(text->str, text->len, &entry, &offset, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spool-imap/mailbox", test_mailbox);
	return g_test_run();
}

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/spool.h"
#include "base/spool_entry.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	char *dir;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
	f->dir = g_dir_make_tmp("kartoteka-spool-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->dir);

	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
	g_free(f->dir);
}

static SpoolEntry *
example(void)
{
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, SPOOL_SMTP);

	entry->sender = g_strdup("boss@firma.example");
	entry->sender_params = g_strdup("SIZE=10 BODY=8BITMIME");
	spool_entry_add_recipient(entry, "jana@zákazník.example", "NOTIFY=NEVER");
	spool_entry_add_recipient(entry, "\"a b\"@x.example", NULL);
	entry->login = g_strdup("boss%\n1");
	entry->client_address = g_strdup("192.0.2.7");
	entry->helo = g_strdup("");
	return entry;
}

static void
put(Spool *spool, const char *text, SpoolLane lane, SpoolKey *key)
{
	g_autoptr(SpoolEntry) entry = example();
	g_autoptr(GError) error = NULL;
	g_autoptr(SpoolFile) file = spool_file_new(spool, entry, lane, &error);

	g_assert_no_error(error);
	g_assert_true(spool_file_write(file, text, strlen(text), &error));
	g_assert_null(spool_file_key(file));
	g_assert_true(spool_file_commit(file, "4XyZq", key, &error));
	g_assert_no_error(error);
	g_assert_nonnull(spool_file_key(file));
}

static GPtrArray *
scan(Fixture *f, SpoolLane lane)
{
	g_autoptr(GError) error = NULL;
	guint strange = 0;
	GPtrArray *packs = spool_scan(f->dir, lane, 0, &strange, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(strange, ==, 0);
	return packs;
}

static void
read_one(const SpoolPack *pack, SpoolEntry **entry, GBytes **bytes)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(SpoolData) data = spool_load(pack, 0, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(pack->count, ==, 1);
	g_assert_true(spool_read(data, 0, entry, bytes, &error));
	g_assert_no_error(error);
}

static void
test_round(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	const SpoolRecipient *recipient;
	SpoolKey key;

	g_assert_nonnull(spool);
	put(spool, "Subject: x\r\n\r\nHello", SPOOL_LIVE, &key);
	g_assert_cmpint(key.n, ==, 1);
	packs = scan(f, SPOOL_LIVE);
	g_assert_cmpuint(packs->len, ==, 2); /* the start and the mail */
	read_one(packs->pdata[1], &entry, &bytes);
	g_assert_cmpint(entry->kind, ==, SPOOL_MAIL);
	g_assert_cmpint(entry->key.n, ==, 1);
	g_assert_cmpint(entry->key.start, ==, key.start);
	g_assert_cmpstr(entry->key.source, ==, "mx1");
	g_assert_cmpstr(entry->sender, ==, "boss@firma.example");
	g_assert_cmpstr(entry->sender_params, ==, "SIZE=10 BODY=8BITMIME");
	g_assert_cmpuint(entry->recipients->len, ==, 2);
	recipient = entry->recipients->pdata[0];
	g_assert_cmpstr(recipient->address, ==, "jana@zákazník.example");
	g_assert_cmpstr(recipient->params, ==, "NOTIFY=NEVER");
	recipient = entry->recipients->pdata[1];
	g_assert_cmpstr(recipient->address, ==, "\"a b\"@x.example");
	g_assert_null(recipient->params);
	g_assert_cmpstr(entry->login, ==, "boss%\n1");
	g_assert_cmpstr(entry->helo, ==, "");
	g_assert_cmpstr(entry->queue_id, ==, "4XyZq");
	g_assert_null(entry->owner);
	g_assert_cmpint(entry->size, ==, 19);
	g_assert_cmpmem(
	    g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "Subject: x\r\n\r\nHello", 19);
}

static void
test_undone(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autoptr(SpoolEntry) entry = example();
	g_autofree char *tmp = g_build_filename(f->dir, "mx1", "tmp", NULL);
	g_autofree char *command = g_strdup_printf("find '%s' -type f", tmp);
	g_autofree char *left = NULL;
	g_autoptr(GPtrArray) packs = NULL;
	SpoolKey key;

	{
		g_autoptr(SpoolFile) file = spool_file_new(spool, entry, SPOOL_LIVE, NULL);

		g_assert_true(spool_file_write(file, "x", 1, NULL));
	}
	g_assert_true(g_spawn_command_line_sync(command, &left, NULL, NULL, NULL));
	g_assert_cmpstr(left, ==, "");
	g_clear_pointer(&spool, spool_free);
	spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	put(spool, "y", SPOOL_LIVE, &key);
	g_assert_cmpint(key.n, ==, 1); /* the undone one used up no number */
	packs = scan(f, SPOOL_LIVE);
	g_assert_cmpuint(packs->len, ==, 3);
}

/* Each start names the last durable number of the one before, also when the reader has taken everything, and when
 * "last" was lost. */
static void
test_starts(Fixture *f, gconstpointer unused)
{
	g_autofree char *last = g_build_filename(f->dir, "mx1", "last", NULL);
	gint64 previous = 0;

	for (int round = 0; round < 4; round++) {
		g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
		g_autoptr(GPtrArray) packs = scan(f, SPOOL_LIVE);
		g_autoptr(SpoolEntry) entry = NULL;
		g_autoptr(GBytes) bytes = NULL;
		SpoolKey key;

		read_one(packs->pdata[packs->len - 1], &entry, &bytes);
		g_assert_cmpint(entry->kind, ==, SPOOL_START);
		g_assert_cmpint(entry->key.n, ==, 0);
		g_assert_cmpint(entry->previous_start, ==, previous);
		g_assert_cmpint(entry->previous_number, ==, round == 0 ? 0 : 9 * (round + 2));
		for (int i = 0; i < 9 * (round + 3); i++)
			put(spool, "x", SPOOL_LIVE, &key);
		g_assert_cmpint(spool_last_key(spool).n, ==, 9 * (round + 3));
		previous = key.start;
		g_clear_pointer(&packs, g_ptr_array_unref);
		packs = scan(f, SPOOL_LIVE);
		if (round == 2)
			g_unlink(last);
		else
			for (guint i = 0; i < packs->len; i++)
				g_assert_true(spool_unlink(packs->pdata[i], NULL));
	}
}

static void
test_lock(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autoptr(Spool) other = spool_open(f->dir, "mx2", SPOOL_SMTP, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(spool);
	g_assert_nonnull(other);
	g_assert_null(spool_open(f->dir, "mx1", SPOOL_SMTP, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	g_assert_null(spool_open(f->dir, "../mx1", SPOOL_SMTP, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
}

static void
test_private(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autoptr(SpoolEntry) record = spool_entry_new(SPOOL_PRIVATE, SPOOL_SMTP);
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GPtrArray) packs = NULL;
	SpoolKey key;

	record->rule = g_strdup("header");
	record->message_id = g_strdup("<1@firma.example>");
	g_assert_true(spool_record(spool, record, &key, NULL));
	packs = scan(f, SPOOL_LIVE);
	read_one(packs->pdata[1], &entry, &bytes);
	g_assert_cmpint(entry->kind, ==, SPOOL_PRIVATE);
	g_assert_cmpstr(entry->rule, ==, "header");
	g_assert_cmpstr(entry->message_id, ==, "<1@firma.example>");
	g_assert_cmpuint(g_bytes_get_size(bytes), ==, 0);
}

static void
test_big(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strnfill(6 << 20, 'x');
	SpoolKey key;

	put(spool, text, SPOOL_LIVE, &key);
	packs = scan(f, SPOOL_LIVE);
	for (int max = 1; max < 7 << 20; max += 3 << 20) { /* far below, near, above */
		g_autoptr(SpoolData) data = spool_load(packs->pdata[1], max, &error);
		bool ok = spool_read(data, 0, &entry, &bytes, &error);

		g_assert_cmpint(entry->size, ==, 6 << 20);
		g_assert_cmpint(ok, ==, max > 6 << 20);
		if (!ok)
			g_assert_error(error, ERROR_DOMAIN, ERROR_TOO_BIG);
		g_clear_error(&error);
		g_clear_pointer(&entry, spool_entry_free);
		g_clear_pointer(&bytes, g_bytes_unref);
	}
}

/* What is in the folder but no spool file of ours is refused, or left alone. */
static void
test_strange(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autofree char *dir = g_build_filename(f->dir, "mx1", "new", "2026010100", NULL);
	g_autofree char *link_path = g_build_filename(dir, "1.0000000001", NULL);
	g_autofree char *other = g_build_filename(dir, "2.0000000002", NULL);
	g_autofree char *junk = g_build_filename(dir, "hello", NULL);
	g_autoptr(GPtrArray) packs = NULL;
	guint strange = 0;

	g_assert_nonnull(spool);
	g_assert_cmpint(g_mkdir(dir, 0770), ==, 0);
	g_assert_cmpint(symlink("/etc/passwd", link_path), ==, 0);
	g_assert_true(g_file_set_contents(other, "Kartoteka-Spool: 1\n", -1, NULL));
	g_assert_true(g_file_set_contents(junk, "x", -1, NULL));
	packs = spool_scan(f->dir, SPOOL_LIVE, 2, &strange, NULL);
	g_assert_cmpuint(packs->len, ==, 2);
	for (guint i = 0; i < packs->len; i++) {
		g_autoptr(SpoolEntry) entry = NULL;
		g_autoptr(GBytes) bytes = NULL;
		g_autoptr(GError) error = NULL;
		g_autoptr(SpoolData) data = spool_load(packs->pdata[i], 0, &error);

		g_assert_cmpint(data != NULL, ==, i > 0);
		g_assert_true(data == NULL || !spool_read(data, 0, &entry, &bytes, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_null(entry);
		bytes = spool_read_whole(packs->pdata[i], 0, NULL);
		g_assert_cmpuint(g_bytes_get_size(bytes), ==,
		    i == 0 ? 0 : strlen("Kartoteka-Spool: 1\n")); /* of the link: nothing */
	}
	g_clear_pointer(&packs, g_ptr_array_unref);
	packs = spool_scan(f->dir, SPOOL_LIVE, 0, &strange, NULL);
	g_assert_cmpuint(strange, >=, 1);
	g_unlink(junk);
	g_unlink(other);
	spool_tidy(f->dir);
	g_assert_true(g_file_test(dir, G_FILE_TEST_IS_DIR)); /* not empty */
	g_unlink(link_path);
	spool_tidy(f->dir);
	g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

static void
test_names(void)
{
	static const char *const bad[] = {"/s/mx1/new/2026010100/", "/s/mx1/new/2026010100/x",
	    "/s/mx1/tmp/2026010100/1a.1", "/s/mx1/new/20260101/1a.1", "/s/mx1/new/2026010100/1a.-1",
	    "/s/MX/new/2026010100/1a.1", "/sx/mx1/new/2026010100/1a.1",
	    "/s/mx1/new/2026010100/1a.1/2", "/s/mx1/new/2026010100/1A.1",
	    "/s/mx1/new/2026010100/1a.1+", "/s/mx1/new/2026010100/1a.1+0",
	    "/s/mx1/new/2026010100/1a.1+1", "/s/mx1/new/2026010100/1a.1+65",
	    "/s/mx1/new/2026010100/1a.1+02", "/s/mx1/new/2026010100/1a.1+2+2",
	    "/s/mx1/new/2026010100/1a+2", "/s/mx1/new/2026010100/1a.9223372036854775806+2"};
	g_autoptr(GError) error = NULL;
	g_autoptr(SpoolPack) pack =
	    spool_pack_new("/s/", "/s/mx1/backlog/2026010100/1a.0000000007", &error);
	SpoolKey last;

	g_assert_no_error(error);
	g_assert_cmpstr(pack->first.source, ==, "mx1");
	g_assert_cmpint(pack->first.start, ==, 0x1a);
	g_assert_cmpint(pack->first.n, ==, 7);
	g_assert_cmpuint(pack->count, ==, 1);
	g_assert_cmpint(pack->lane, ==, SPOOL_BACKLOG);
	g_clear_pointer(&pack, spool_pack_free);
	pack = spool_pack_new("/s", "/s/mx1/backlog/2026010100/1a.0000000007+64", &error);
	g_assert_no_error(error);
	g_assert_cmpuint(pack->count, ==, 64);
	last = spool_pack_key(pack, 63);
	g_assert_cmpint(last.start, ==, 0x1a);
	g_assert_cmpint(last.n, ==, 70);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_null(spool_pack_new("/s", bad[i], NULL));
}

#define HEAD                                                                                       \
	"Kartoteka-Spool: 1\nSize: %s\nTime: 1\nQueue-Id: \nKind: %s\nVia: smtp\nSource: "         \
	"a\nStart: 1\n%s"

static void
test_damaged(void)
{
	static const struct {
		const char *size, *kind, *rest;
	} bad[] = {
	    {"0", "mail", "Sender: a@b\nRecipient: c@d\n"},                  /* no end */
	    {"1", "mail", "Sender: a@b\nRecipient: c@d\n\n"},                /* size */
	    {"-1", "mail", "Sender: a@b\nRecipient: c@d\n\n"},               /* size */
	    {"99999999999999999999", "mail", "Sender: a\nRecipient: c\n\n"}, /* size */
	    {"0", "mail", "Sender: a@b\n\n"},                                /* nobody to */
	    {"0", "mail", "Recipient: c@d\n\n"},                             /* nobody from */
	    {"0", "mail", "Sender: a@b\nSender: a@b\nRecipient: c@d\n\n"},   /* twice */
	    {"0", "mail", "Sender: \nRecipient: c@d\n\n"},                   /* empty */
	    {"0", "mail", "Sender: a%0\nRecipient: c@d\n\n"},                /* escape */
	    {"0", "mail", "Sender: a%00\nRecipient: c@d\n\n"},               /* NUL */
	    {"0", "mail", "Sender: a%FF\nRecipient: c@d\n\n"},               /* no UTF-8 */
	    {"0", "mail", "Sender: a\tb\nRecipient: c@d\n\n"},               /* control */
	    {"0", "mail", "Sender: a@b\nRecipient: c@d\nColour: red\n\n"},   /* unknown */
	    {"0", "mail", "Sender: a@b\nRecipient: c@d\nLogin:x\n\n"},
	    {"0", "letter", "Sender: a@b\nRecipient: c@d\n\n"},
	    {"0", "private", "\n"},                            /* no rule */
	    {"0", "private", "Rule: header\nSender: a@b\n\n"}, /* an address */
	    {"1", "private", "Rule: header\n\nx"},             /* a byte */
	    {"1", "start", "\nx"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *text =
		    g_strdup_printf(HEAD, bad[i].size, bad[i].kind, bad[i].rest);
		g_autoptr(GError) error = NULL;
		SpoolEntry *entry = NULL;
		gsize offset = 77;

		g_test_message("%s", text);
		g_assert_false(spool_parse(text, strlen(text), &entry, &offset, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_null(entry);
		g_assert_cmpuint(offset, ==, 77);
	}
}

static void
test_null_sender(void)
{
	g_autofree char *text =
	    g_strdup_printf(HEAD, "1", "mail", "Sender: <> SIZE=1\nRecipient: c@d\n\nx");
	g_autoptr(SpoolEntry) entry = NULL;
	gsize offset;

	g_assert_true(spool_parse(text, strlen(text), &entry, &offset, NULL));
	g_assert_cmpstr(entry->sender, ==, "");
	g_assert_cmpstr(entry->sender_params, ==, "SIZE=1");
	g_assert_cmpstr(text + offset, ==, "x");
}

static void
test_broken_utf8(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	g_autoptr(SpoolEntry) written = example();
	g_autoptr(SpoolFile) file = NULL;
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	const SpoolRecipient *recipient;

	spool_entry_add_recipient(written, "\xff<a>\n@b", NULL);
	file = spool_file_new(spool, written, SPOOL_LIVE, NULL);
	g_assert_true(spool_file_commit(file,
	    "queue id\nwith \xff strange bytes, and much too "
	    "long for the field that is kept for it",
	    NULL, NULL));
	packs = scan(f, SPOOL_LIVE);
	read_one(packs->pdata[1], &entry, &bytes);
	recipient = entry->recipients->pdata[2];
	g_assert_cmpstr(recipient->address, ==, "\357\277\275<a>\n@b");
	g_assert_cmpuint(strlen(entry->queue_id), ==, 63);
	g_assert_true(g_str_has_prefix(entry->queue_id, "queue_id_with___strange"));
}

static void
test_missed(Fixture *f, gconstpointer unused)
{
	g_autoptr(Spool) spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
	ConfSpace little = {.bytes = 1}, all = {.percent = 100};
	g_autoptr(GError) error = NULL;
	gint64 last = 7;

	g_assert_cmpint(spool_missed(f->dir, "mx1", &last), ==, 0);
	g_assert_cmpint(last, ==, 0);
	for (int i = 1; i <= 20; i++) {
		spool_note_missed(spool);
		g_clear_pointer(&spool, spool_free);
		spool = spool_open(f->dir, "mx1", SPOOL_SMTP, NULL);
		g_assert_cmpint(spool_missed(f->dir, "mx1", &last), ==, i);
		g_assert_cmpint(ABS(last - clock_ms()), <, CLOCK_DAY);
	}
	g_assert_true(spool_has_room(spool, &little, &error));
	g_assert_false(spool_has_room(spool, &all, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
}

static void
test_key_text(void)
{
	SpoolKey key = {"mx1", 0x19d3a5b7c21, 17}, again;
	char text[SPOOL_ID_SIZE];

	spool_key_text(&key, text);
	g_assert_cmpstr(text, ==, "mx1.19d3a5b7c21.17");
	g_assert_true(spool_key_parse(text, &again, NULL));
	g_assert_cmpstr(again.source, ==, key.source);
	g_assert_cmpint(again.start, ==, key.start);
	g_assert_cmpint(again.n, ==, key.n);
	g_assert_false(spool_key_parse("mx1.19d3a5b7c21", &again, NULL));
	g_assert_false(spool_key_parse("mx1.19d3a5b7c21.17.1", &again, NULL));
	g_assert_false(spool_key_parse("mx1.fffffffffffffffff.17", &again, NULL));
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Fixture *, gconstpointer);
	} with_folder[] = {{"/spool/round", test_round}, {"/spool/undone", test_undone},
	    {"/spool/starts", test_starts}, {"/spool/lock", test_lock},
	    {"/spool/private", test_private}, {"/spool/big", test_big},
	    {"/spool/strange", test_strange}, {"/spool/broken-utf8", test_broken_utf8},
	    {"/spool/missed", test_missed}};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(with_folder); i++)
		g_test_add(
		    with_folder[i].name, Fixture, NULL, set_up, with_folder[i].run, tear_down);
	g_test_add_func("/spool/names", test_names);
	g_test_add_func("/spool/damaged", test_damaged);
	g_test_add_func("/spool/null-sender", test_null_sender);
	g_test_add_func("/spool/key-text", test_key_text);
	return g_test_run();
}

/* The forms in which a message is stored: of any size, of any version of the file. */
#include "base/error.h"
#include "mail/record.h"
#include "rules/raw.h"
#include "store/check.h"
#include "store/compress.h"
#include "tests/lib/filing.h"

#include <string.h>

#define HEAD                                                                                       \
	"From: jana@customer.example\nTo: ann@own.example\nSubject: Boat\n"                        \
	"Date: Mon, 23 Nov 2026 12:00:00 +0000\n\n"

static const char *const ann[] = {"ann@own.example", NULL};
static const Way live = {.via = SPOOL_SMTP, .sender = "jana@customer.example", .recipients = ann};

static gint64
count(Company *c, const char *sql)
{
	return test_store_number(c->t.store, DB_RECORDS, sql);
}

static char *
letter(gsize size)
{
	GString *text = g_string_new(HEAD);

	for (guint32 i = 0; text->len < size; i++)
		g_string_append_printf(text, "Line %u, %x.\n", i, i * 2654435761u);
	return g_string_free(text, FALSE);
}

/* What stands in the files is this text, in both forms. */
static void
check_stored(Company *c, const Id *message, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Viewer) viewer = rights_viewer_daemon(c->t.store, &error);
	g_autoptr(GBytes) raw = raw_read(c->t.store, viewer, message, &error);
	g_autoptr(GBytes) parsed = NULL;
	g_autoptr(Mail) mail = NULL;

	g_assert_no_error(error);
	g_assert_cmpmem(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), text, strlen(text));
	parsed = message_parsed(c->t.store, viewer, message, &error);
	g_assert_no_error(error);
	mail = record_read(parsed, strlen(text), &error);
	g_assert_no_error(error);
	g_assert_cmpstr(mail->body, ==, text + strlen(HEAD));
	g_assert_cmpstr(mail->subject, ==, "Boat");
}

static guint
problems(Company *c, const char *says)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CheckReport) report = check_run(c->t.store, NULL, NULL, &error);
	guint found = 0;

	g_assert_no_error(error);
	for (guint i = 0; i < report->problems->len; i++)
		if (says != NULL && strstr(report->problems->pdata[i], says) != NULL)
			found++;
		else
			g_error("%s", (char *)report->problems->pdata[i]);
	return found;
}

static void
test_sizes(Company *c, gconstpointer data)
{
	static const gsize sizes[] = {
	    200, 5000, MESSAGE_BODY_MOST - 100, MESSAGE_BODY_MOST + 100, 1 << 20};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *text = letter(sizes[i]);
		FileResult result = filing_file(c, &live, text);

		check_stored(c, &result.message, text);
	}
	g_assert_cmpint(count(c, "SELECT count(*) FROM message_parsed"), ==, 2);
	g_assert_cmpint(count(c, "SELECT count(*) FROM message_body b JOIN message m "
				 "ON m.id = b.message_id AND m.key_id = b.key_id"),
	    ==, 3);
	g_assert_cmpuint(problems(c, NULL), ==, 0);
}

/* A frame as version 2 packed what the parser made of a mail: next to the raw bytes, of which this one repeats nothing
 * (a block that is stored as it is, RFC 8878; one that does is read in test-store). */
static GBytes *
pack_after(GBytes *parsed)
{
	static const guint8 begin[] = {1, 0x28, 0xb5, 0x2f, 0xfd, 0xa0};
	guint32 size = g_bytes_get_size(parsed);
	guint32 total = GUINT32_TO_LE(size), block = GUINT32_TO_LE(size << 3 | 1);
	GByteArray *frame = g_byte_array_new();

	g_byte_array_append(frame, begin, sizeof begin);
	g_byte_array_append(frame, (const guint8 *)&total, 4);
	g_byte_array_append(frame, (const guint8 *)&block, 3);
	g_byte_array_append(frame, g_bytes_get_data(parsed, NULL), size);
	return g_byte_array_free_to_bytes(frame);
}

static void
put(StoreTx *tx, const char *sql, gint64 row, gint64 key, const Id *id, const char *field,
    GBytes *value)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) sealed = key_seal(tx->store, key, "message", id, field,
	    g_bytes_get_data(value, NULL), g_bytes_get_size(value), &error);
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, &error);

	g_assert_no_error(error);
	db_bind_int(stmt, "$id", row);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$value", sealed);
	g_assert_true(db_run(stmt, &error));
}

/* As it would stand there if version 2 had filed it. */
static void
make_older(Company *c, const Id *message)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Viewer) viewer = rights_viewer_daemon(c->t.store, &error);
	g_autoptr(GBytes) raw = message_raw(c->t.store, viewer, message, &error);
	g_autoptr(GBytes) parsed = message_parsed(c->t.store, viewer, message, &error);
	g_autoptr(GBytes) after = pack_after(parsed);
	g_autoptr(GBytes) alone = compress_pack(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
	g_auto(StoreTx) tx = STORE_TX_INIT;
	MessageRow row;
	gint64 key;

	g_assert_true(message_find_id(c->t.store, message, &row, &error));
	g_assert_true(store_tx_begin(&tx, c->t.store, &test_actor, NULL, &error));
	put(&tx,
	    "INSERT INTO message_parsed (message_id, parsed) SELECT id, $value FROM message "
	    "WHERE id = $id AND key_id = $key",
	    row.row, count(c, "SELECT key_id FROM message"), message, "parsed", after);
	g_assert_true(key_claim(&tx, &key, &error));
	put(&tx, "UPDATE message_body SET key_id = $key, body = $value WHERE message_id = $id",
	    row.row, key, message, "raw", alone);
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
}

static void
test_older(Company *c, gconstpointer data)
{
	g_autofree char *text = letter(5000);
	FileResult result = filing_file(c, &live, text);

	make_older(c, &result.message);
	g_assert_cmpint(count(c, "SELECT count(*) FROM message_parsed"), ==, 1);
	check_stored(c, &result.message, text);
	g_assert_cmpuint(problems(c, NULL), ==, 0);
}

/* A form that is gone, in any of the ways it may stand there, is noticed. */
static void
test_gone(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *small = letter(200), *large = letter(MESSAGE_BODY_MOST + 100);
	FileResult one = filing_file(c, &live, small);
	g_autoptr(Viewer) viewer = NULL;

	filing_file(c, &live, large);
	g_assert_true(db_exec(c->t.store, DB_RECORDS, "DELETE FROM message_parsed", &error));
	g_assert_cmpuint(problems(c, "1 messages have no raw or parsed form"), ==, 1);
	g_assert_true(db_exec(c->t.store, DB_RECORDS, "DELETE FROM message_body", &error));
	g_assert_cmpuint(problems(c, "2 messages have no raw or parsed form"), ==, 1);
	viewer = rights_viewer_daemon(c->t.store, &error);
	g_assert_null(message_parsed(c->t.store, viewer, &one.message, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
#define ADD(name)                                                                                  \
	g_test_add("/stored/" #name, Company, NULL, company_set_up, test_##name, company_tear_down)
	ADD(sizes);
	ADD(older);
	ADD(gone);
	return g_test_run();
}

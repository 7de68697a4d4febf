#include "tests/lib/store.h"
#include "store/compress.h"
#include "store/key.h"
#include "store/search-index.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static void
test_open(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) again = store_open(t->conf, STORE_CREATE, &error);
	g_autofree char *keys = g_build_filename(t->folder, "data", "keys.db", NULL);
	g_autofree char *records = g_build_filename(t->folder, "data", "kartoteka.db", NULL);

	g_assert_null(again);
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	again = store_open(t->conf, STORE_KEEP_OPEN, &error);
	g_assert_no_error(error);
	g_assert_cmpint(test_store_number(again, DB_RECORDS, "PRAGMA foreign_keys"), ==, 1);
	g_assert_cmpint(test_store_number(again, DB_RECORDS, "PRAGMA synchronous"), ==, 2);
	g_assert_cmpint(test_store_number(again, DB_RECORDS, "PRAGMA secure_delete"), ==, 1);
	g_assert_cmpint(test_store_number(again, DB_SEARCH, "PRAGMA secure_delete"), ==, 1);
	g_assert_cmpint(test_store_number(again, DB_RECORDS, "PRAGMA mmap_size"), ==, 0);
	g_clear_pointer(&again, store_free);

	g_assert_true(db_exec(t->store, DB_RECORDS, "PRAGMA user_version = 99", &error));
	g_assert_null(store_open(t->conf, STORE_READ_WRITE, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	g_assert_true(db_exec(t->store, DB_RECORDS, "PRAGMA user_version = 3", &error));
	g_unlink(keys);
	g_assert_null(store_open(t->conf, STORE_KEEP_OPEN, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_assert_nonnull(strstr(error->message, keys));
	g_clear_error(&error);
	g_unlink(records);
	g_assert_null(store_open(t->conf, STORE_READ_WRITE, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
}

static void
test_transaction(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	gint64 first, key;

	{
		g_auto(StoreTx) tx = STORE_TX_INIT;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, "since I say so", &error));
		first = store_tx_revision(&tx, &error);
		g_assert_no_error(error);
		g_assert_cmpint(first, >, 0);
		g_assert_cmpint(store_tx_revision(&tx, &error), ==, first);
		g_assert_true(key_claim(&tx, &key, &error));
	}
	g_assert_cmpint(
	    test_store_number(t->store, DB_RECORDS, "SELECT count(*) FROM revision"), ==, 0);
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;
		gint64 same;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		g_assert_cmpint(store_tx_revision(&tx, &error), ==, 1);
		g_assert_true(key_claim(&tx, &same, &error));
		g_assert_cmpint(same, ==, key - 1); /* the reason took one before */
		g_assert_true(store_tx_commit(&tx, &error));
		g_assert_no_error(error);
	}
	g_assert_cmpint(
	    test_store_number(t->store, DB_RECORDS, "SELECT count(*) FROM revision"), ==, 1);
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;
		gint64 next;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		g_assert_true(key_claim(&tx, &next, &error));
		g_assert_cmpint(next, ==, key);
	}
}

static void
test_seal(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GBytes) sealed = NULL, plain = NULL, none = NULL;
	Id id = id_new();
	gint64 key;
	KeyHash a, b;

	g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
	g_assert_true(key_claim(&tx, &key, &error));
	sealed = key_seal(t->store, key, "contact", &id, "card", "Jana", 4, &error);
	g_assert_no_error(error);
	g_assert_true(store_tx_commit(&tx, &error));
	{
		g_autoptr(Store) other = store_open(t->conf, STORE_READ_WRITE, &error);

		g_assert_no_error(error);
		plain = key_unseal(other, key, "contact", &id, "card",
		    g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed), &error);
		g_assert_no_error(error);
		g_assert_cmpstr(g_bytes_get_data(plain, NULL), ==, "Jana");
		g_assert_cmpuint(g_bytes_get_size(plain), ==, 4);
		g_assert_true(key_hash_text(t->store, KEY_ADDRESS, "a@b.cz", &a, &error));
		g_assert_true(key_hash_text(other, KEY_ADDRESS, "a@b.cz", &b, &error));
		g_assert_cmpmem(a.bytes, sizeof a.bytes, b.bytes, sizeof b.bytes);
		g_assert_true(key_hash_text(other, KEY_LOGIN, "a@b.cz", &b, &error));
		g_assert_cmpint(memcmp(a.bytes, b.bytes, sizeof a.bytes), !=, 0);
	}
	g_assert_true(db_exec(t->store, DB_KEYS, "DELETE FROM key", &error));
	key_forget(t->store, key);
	none = key_unseal(t->store, key, "contact", &id, "card", g_bytes_get_data(sealed, NULL),
	    g_bytes_get_size(sealed), &error);
	g_assert_null(none);
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
}

/* What stands in the logs goes into the files before a program ends; the index has a log of its own thread. */
static void
test_copy_logs(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	gint64 key;

	g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
	g_assert_true(key_claim(&tx, &key, &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_cmpint(db_log_pages(t->store, DB_RECORDS), >, 0);
	g_assert_true(store_copy_logs(t->store, &error));
	g_assert_no_error(error);
	g_assert_cmpint(db_log_pages(t->store, DB_RECORDS), ==, 0);
}

/* Keys are made ahead of their use, and a restored keys.db never gets a claimed number again. */
static void
test_refill(TestStore *t, gconstpointer data)
{
	static const char sql_made[] = "SELECT max(id) FROM key";
	g_autoptr(GError) error = NULL;
	gint64 last = 0, short_of = 0, made;
	bool more;

	for (int round = 0; round < 5; round++) {
		g_auto(StoreTx) tx = STORE_TX_INIT;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		g_assert_no_error(error);
		for (int i = 0; i < 4000; i++) {
			gint64 key;

			g_assert_true(key_claim(&tx, &key, &error));
			g_assert_cmpint(key, ==, last + 1);
			last = key;
		}
		g_assert_true(store_tx_commit(&tx, &error));
	}
	made = test_store_number(t->store, DB_KEYS, sql_made);
	g_assert_true(store_idle(t->store, true, &more, &error));
	g_assert_cmpint(test_store_number(t->store, DB_KEYS, sql_made), ==, made);
	/* All of it was used since yesterday: as much is the reserve. */
	g_assert_true(store_idle(t->store, false, &more, &error));
	g_assert_cmpint(test_store_number(t->store, DB_KEYS, sql_made), >=, 2 * last);
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;
		gint64 key;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		while (key_claim(&tx, &key, &error))
			short_of = key;
		g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
		g_clear_error(&error);
		g_assert_true(store_tx_commit(&tx, &error));
	}
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;
		gint64 key;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		g_assert_true(key_claim(&tx, &key, &error));
		g_assert_cmpint(key, ==, short_of + 1);
	}
}

/* A transaction that wants more keys than were ever ready gets them after a few tries. */
static void
test_refill_many(TestStore *t, gconstpointer data)
{
	int tries = 0;

	for (bool done = false; !done; tries++) {
		g_auto(StoreTx) tx = STORE_TX_INIT;
		g_autoptr(GError) error = NULL;
		int claimed = 0;
		gint64 key;

		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		while (claimed < 50000 && key_claim(&tx, &key, &error))
			claimed++;
		done = claimed == 50000;
		if (!done)
			g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	}
	g_assert_cmpint(tries, <=, 5);
}

static void
test_statements(TestStore *t, gconstpointer data)
{
	static const char sql[] = "SELECT value FROM counter WHERE name = $name";
	g_autoptr(GError) error = NULL;
	g_autoptr(DbStmt) one = db_stmt(t->store, DB_RECORDS, sql, &error);
	g_autoptr(DbStmt) two = db_stmt(t->store, DB_RECORDS, sql, &error);
	DbStmt *kept = two;

	g_assert_true(one != two);
	g_clear_pointer(&two, db_stmt_release);
	two = db_stmt(t->store, DB_RECORDS, sql, &error);
	g_assert_true(two == kept);
	g_assert_null(db_stmt(t->store, DB_RECORDS, "SELECT nothing FROM nowhere", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
}

static void
test_compress(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GBytes) packed = NULL, plain = NULL;
	gsize size;
	const void *frame;

	for (int i = 0; i < 2000; i++)
		g_string_append(text, "> quoted again and again\n");
	packed = compress_pack(text->str, text->len);
	frame = g_bytes_get_data(packed, &size);
	g_assert_cmpuint(size, <, text->len / 50);
	plain = compress_unpack(frame, size, text->len, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(
	    g_bytes_get_data(plain, NULL), g_bytes_get_size(plain), text->str, text->len);
	g_assert_null(compress_unpack(frame, size, text->len - 1, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TOO_BIG);
	g_clear_error(&error);
	g_assert_null(compress_unpack(frame, size - 1, text->len, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
	g_clear_error(&error);
	g_assert_null(compress_unpack("", 0, 10, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
}

/* A damaged index is thrown away; who has it open writes to the new one next time. */
static void
test_index_remade(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) other = store_open(t->conf, STORE_KEEP_OPEN, &error);
	g_auto(DbTx) tx = DB_TX_INIT;

	g_assert_no_error(error);
	for (int i = 0; i < 2; i++) {
		g_autofree char *path =
		    g_strconcat(db_path(t->store, DB_SEARCH), i == 0 ? "" : "-wal", NULL);
		FILE *file = fopen(path, "w");

		g_assert_nonnull(file);
		g_assert_cmpint(
		    fputs("This is not a database, whatever its name is.", file), >=, 0);
		g_assert_cmpint(fclose(file), ==, 0);
	}
	g_assert_false(db_exec(t->store, DB_SEARCH, "SELECT * FROM progress", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
	g_clear_error(&error);
	g_assert_true(search_index_reset(t->store, &error));
	g_assert_no_error(error);
	g_assert_true(db_tx_begin(&tx, other, DB_SEARCH, &error));
	g_assert_true(db_exec(
	    other, DB_SEARCH, "INSERT INTO progress (name, value) VALUES ('test', 7)", &error));
	g_assert_no_error(error);
	g_assert_true(db_tx_commit(&tx, &error));
	g_assert_cmpint(test_store_number(
			    t->store, DB_SEARCH, "SELECT value FROM progress WHERE name = 'test'"),
	    ==, 7);
}

/* What the second says again takes little room, and both come back exactly. */
static void
test_compress_two(void)
{
	g_autoptr(GError) error = NULL;
	gsize sizes[] = {0, 1, 100, 5000, 100000, 300000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree guint8 *noise = g_malloc0(sizes[i] + 1);
		g_autoptr(GBytes) both = NULL, packed = NULL, one = NULL, other = NULL;
		guint8 *frame;
		gsize size;

		seal_random(noise, sizes[i]);
		both = g_bytes_new(noise, sizes[i]);
		packed = compress_pack_two(both, both);
		g_assert_cmpuint(g_bytes_get_size(packed), <, sizes[i] + 100);
		frame = g_bytes_unref_to_data(g_steal_pointer(&packed), &size);
		packed = g_bytes_new_take(frame, size);
		g_assert_true(compress_is_two(frame, size));
		g_assert_true(compress_unpack_two(frame, size, 2 * sizes[i], &one, &other, &error));
		g_assert_no_error(error);
		g_assert_true(g_bytes_equal(one, both) && g_bytes_equal(other, both));
		g_assert_false(
		    compress_unpack_two(frame, size - 1, 2 * sizes[i], &one, &other, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
		g_clear_error(&error);
		frame[4] = 0xff; /* the first one's length */
		g_assert_false(
		    compress_unpack_two(frame, size, 2 * sizes[i], &one, &other, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
		g_clear_error(&error);
	}
}

/* What version 2 packed. */
static void
test_compress_after(void)
{
	static const char text[] =
	    "Whatever stands in a mail, what the parser made of it says again.\n";
	static const guint8 packed[] = {0x01, 0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x84, 0x3d, 0x00, 0x00,
	    0x00, 0x01, 0x00, 0x81, 0x82, 0x0a, 0x40};
	g_autofree char *twice = g_strconcat(text, text, NULL);
	g_autoptr(GBytes) before = g_bytes_new_static(text, strlen(text)), plain = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(compress_needs_before(packed, sizeof packed));
	plain = compress_unpack_after(before, packed, sizeof packed, 1000, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(
	    g_bytes_get_data(plain, NULL), g_bytes_get_size(plain), twice, strlen(twice));
}

#define ADD(path, function)                                                                        \
	g_test_add(path, TestStore, NULL, test_store_set_up, function, test_store_tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/store/open", test_open);
	ADD("/store/transaction", test_transaction);
	ADD("/store/seal", test_seal);
	ADD("/store/copy-logs", test_copy_logs);
	ADD("/store/refill", test_refill);
	ADD("/store/refill-many", test_refill_many);
	ADD("/store/statements", test_statements);
	ADD("/store/index-remade", test_index_remade);
	g_test_add_func("/store/compress", test_compress);
	g_test_add_func("/store/compress-two", test_compress_two);
	g_test_add_func("/store/compress-after", test_compress_after);
	return g_test_run();
}

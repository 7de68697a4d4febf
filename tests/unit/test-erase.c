#include "config.h"
#include "tests/lib/store.h"

#include "base/clock.h"
#include "store/compress.h"
#include "store/erase.h"
#include "store/item.h"
#include "store/key.h"
#include "store/search-index.h"

#include <glib/gstdio.h>
#include <string.h>

#define NEEDLE "Schwarzwaldklinik"
#define KEPT "Podkrkonoší"

/* The stored form of these mails is their text. */
static bool
mail_text(GBytes *stored, guint64 raw_size, SearchMailText *ret, GError **error)
{
	ret->body = g_strndup(g_bytes_get_data(stored, NULL), g_bytes_get_size(stored));
	return true;
}

static char *
flag_words(guint32 flags)
{
	return g_strdup("");
}

static bool
contact_text(const char *card, gsize length, SearchContactText *ret, GError **error)
{
	return error_set(error, ERROR_INTERNAL, "There are no contacts here");
}

static const SearchTexts texts = {
    .version = 1, .mail = mail_text, .flag = flag_words, .contact = contact_text};

static bool
forget(Store *store, const GArray *messages, gpointer data, GError **error)
{
	g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(SearchObject));

	for (guint i = 0; i < messages->len; i++) {
		SearchObject object = {OBJECT_MESSAGE, g_array_index(messages, gint64, i)};

		g_array_append_val(objects, object);
	}
	return search_index_erase(
	    store, &texts, (SearchObject *)objects->data, objects->len, error);
}

/* A mail with a word, and an attachment that all mails with the same one share. */
static gint64
add_mail(TestStore *t, StoreTx *tx, gint64 n, const char *word, guint8 attachment)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strdup_printf("Mail %d about %s.", (int)n, word);
	g_autoptr(GBytes) plain = g_bytes_new(text, strlen(text));
	g_autofree char *file = g_strconcat("0 attached: ", word, NULL);
	MessageAttachment part = {1, {{attachment}}, 10, NULL};
	MessageDraft draft = {.hash_key = 1, .time = 1000 * n, .size = 10, .summary = plain};
	g_autoptr(ItemDetail) detail = item_detail_new();
	ItemNew item = {
	    .source = "mx", .start = 1, .n = n, .state = ITEM_WAITING, .detail = detail};
	MessageRow message;
	ItemRow row;

	file[0] = 0;
	part.bytes = g_bytes_new_take(g_memdup2(file, strlen(file + 1) + 1), strlen(file + 1) + 1);
	detail->sender = g_strdup(word);
	draft.references = g_array_new(FALSE, FALSE, sizeof(MessageHash));
	draft.attachments = g_array_new(FALSE, FALSE, sizeof(MessageAttachment));
	seal_random(draft.content.bytes, sizeof draft.content.bytes);
	if (attachment != 0)
		g_array_append_val(draft.attachments, part);
	message_draft_pack(&draft, plain, plain);
	g_assert_true(message_add(tx, &draft, &message, &error));
	g_assert_no_error(error);
	g_assert_true(item_add(tx, &item, &message, &row, &error));
	g_assert_no_error(error);
	g_bytes_unref(part.bytes);
	g_array_unref(draft.references);
	g_array_unref(draft.attachments);
	g_bytes_unref(draft.body);
	return message.row;
}

static void
index_all(TestStore *t)
{
	g_autoptr(GError) error = NULL;
	bool more = true;

	while (more)
		g_assert_true(search_index_catch_up(t->store, &texts, 1000, &more, &error));
	g_assert_no_error(error);
}

/* Mails 1 to 4: two with the needle, of which one shares its attachment with a kept one. */
static void
fill(TestStore *t, GArray *doomed)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	gint64 row;

	g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
	g_assert_true(item_add_start(&tx, "mx", 0, 1, 0, 0, &error));
	row = add_mail(t, &tx, 1, NEEDLE, 7);
	g_array_append_val(doomed, row);
	add_mail(t, &tx, 2, KEPT, 8);
	row = add_mail(t, &tx, 3, NEEDLE, 8);
	g_array_append_val(doomed, row);
	add_mail(t, &tx, 4, KEPT, 0);
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
	index_all(t);
}

static void
begin(TestStore *t, const GArray *doomed)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;

	g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
	g_assert_true(erase_messages(&tx, ERASURE_WAITED, doomed, &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
}

/* In how many files of the data folder the word stands, whatever its case. */
static guint
files_with(TestStore *t, const char *word)
{
	g_autofree char *folder = g_build_filename(t->folder, "data", NULL);
	g_autofree char *small = g_ascii_strdown(word, -1);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	guint found = 0, files = 0;

	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL), *data = NULL;
		gsize size;

		g_assert_true(g_file_get_contents(path, &data, &size, NULL));
		for (gsize i = 0; i < size; i++)
			data[i] = g_ascii_tolower(data[i]);
		if (memmem(data, size, small, strlen(small)) != NULL)
			found++;
		files++;
	}
	g_assert_cmpuint(files, >, 8);
	return found;
}

static gint64
number(TestStore *t, DbFile file, const char *sql)
{
	return test_store_number(t->store, file, sql);
}

/* Everything that must be true in the end, however often it was interrupted. */
static void
check_done(TestStore *t)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *ledger = NULL;
	gint64 pending;

	g_assert_true(erase_pending(t->store, &pending, &error));
	g_assert_cmpint(pending, ==, 0);
	g_assert_cmpuint(files_with(t, NEEDLE), ==, 0);
	g_assert_cmpuint(files_with(t, "schwarz"), ==, 0);
	g_assert_cmpint(
	    number(t, DB_RECORDS,
		"SELECT count(*) FROM message WHERE key_id IS NULL AND summary IS NULL"),
	    ==, 2);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM message_body"), ==, 2);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM attachment"), ==, 1);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM item WHERE state = 2"), ==, 2);
	g_assert_cmpint(
	    number(t, DB_RECORDS, "SELECT count(*) FROM item WHERE detail IS NULL"), ==, 2);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM erasure_key"), ==, 5);
	g_assert_cmpint(
	    number(t, DB_SEARCH,
		"SELECT count(*) FROM mail_text WHERE mail_text MATCH 'schwarzwaldklinik'"),
	    ==, 0);
	g_assert_cmpint(number(t, DB_SEARCH,
			    "SELECT count(*) FROM mail_text WHERE mail_text MATCH 'podkrkonosi'"),
	    ==, 2);
	g_assert_true(g_file_get_contents(t->conf->data.erasure_ledger_file, &ledger, NULL, NULL));
	g_assert_null(strstr(ledger, NEEDLE));
	g_assert_nonnull(strstr(ledger, " end\n"));
}

static void
test_erase(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) doomed = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GBytes) plain = NULL;
	Id id = id_new();

	fill(t, doomed);
	g_assert_cmpuint(files_with(t, NEEDLE), >, 0); /* the index holds it in plain text */
	begin(t, doomed);
	g_assert_true(erase_continue(t->store, forget, NULL, &error));
	g_assert_no_error(error);
	check_done(t);
	g_assert_true(erase_continue(t->store, forget, NULL, &error));
	/* A key that an erasure took is told from one that was lost. */
	plain = key_unseal(t->store, number(t, DB_RECORDS, "SELECT min(key_id) FROM erasure_key"),
	    "message", &id, "raw", "", 0, &error);
	g_assert_null(plain);
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
}

/* What comes in between step 1 and step 4 neither finds the dying message nor its attachment. */
static void
test_meanwhile(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) doomed = g_array_new(FALSE, FALSE, sizeof(gint64));
	MessageHash content = {0};
	MessageRow found;

	fill(t, doomed);
	begin(t, doomed);
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;
		static const char sql[] = "SELECT content_hash FROM message WHERE id = $id";
		g_autoptr(DbStmt) stmt = db_stmt(t->store, DB_RECORDS, sql, &error);
		gsize size;

		db_bind_int(stmt, "$id", g_array_index(doomed, gint64, 0));
		g_assert_cmpint(db_step(stmt, &error), ==, DB_ROW);
		memcpy(content.bytes, db_blob(stmt, 0, &size), sizeof content.bytes);
		db_reset(stmt);
		g_assert_true(message_find(t->store, &content, &found, &error));
		g_assert_true(found.row != 0 && found.destroyed);
		g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
		add_mail(t, &tx, 9, KEPT, 7); /* the attachment of the first doomed mail */
		g_assert_true(store_tx_commit(&tx, &error));
	}
	g_assert_true(erase_continue(t->store, forget, NULL, &error));
	g_assert_no_error(error);
	index_all(t);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM attachment"), ==, 2);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM message_attachment"), ==, 2);
	g_assert_cmpuint(files_with(t, NEEDLE), ==, 0);
}

/* Somebody reads for long: the erasure waits, and nobody waits for it. */
static void
test_reader(TestStore *t, gconstpointer data)
{
	static const DbFile files[] = {DB_SEARCH, DB_KEYS, DB_RECORDS};

	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GArray) doomed = g_array_new(FALSE, FALSE, sizeof(gint64));
		g_autoptr(Store) reader = NULL;
		TestStore one = {0};
		gint64 begun;

		test_store_set_up(&one, NULL);
		fill(&one, doomed);
		reader = store_open(one.conf, STORE_READ_WRITE, &error);
		g_assert_true(
		    db_exec(reader, files[i], "BEGIN; SELECT count(*) FROM sqlite_master", &error));
		g_assert_no_error(error);
		begin(&one, doomed);
		begun = clock_monotonic_ms();
		g_assert_false(erase_continue(one.store, forget, NULL, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
		g_clear_error(&error);
		g_assert_cmpint(clock_monotonic_ms() - begun, <, 8000);
		g_assert_true(db_exec(reader, files[i], "END", &error));
		g_assert_true(erase_continue(one.store, forget, NULL, &error));
		g_assert_no_error(error);
		if (files[i] == DB_RECORDS) /* its log holds nothing in plain text */
			g_assert_true(db_checkpoint(one.store, DB_RECORDS, true, &error));
		check_done(&one);
		g_clear_pointer(&reader, store_free);
		test_store_tear_down(&one, NULL);
	}
}

/* An old copy of the records comes back, with the keys of the same day. */
static void
test_replay(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) doomed = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autofree char *command =
	    g_strdup_printf("cd %s && rm -rf old && cp -a data old", t->folder);
	g_autofree char *back = g_strdup_printf(
	    "cd %s && rm -rf data && mv old data && rm -f data/search.db*", t->folder);
	gint64 done;

	fill(t, doomed);
	for (DbFile file = 0; file < DB_COUNT; file++)
		g_assert_true(db_checkpoint(t->store, file, true, &error));
	g_assert_cmpint(system(command), ==, 0);
	begin(t, doomed);
	g_assert_true(erase_continue(t->store, forget, NULL, &error));
	g_clear_pointer(&t->store, store_free);
	g_assert_cmpint(system(back), ==, 0);
	t->store = store_open(t->conf, STORE_READ_WRITE, &error);
	g_assert_no_error(error);
	g_assert_cmpint(number(t, DB_RECORDS, "SELECT count(*) FROM message_body"), ==, 4);
	g_assert_true(erase_replay(t->store, &done, &error));
	g_assert_no_error(error);
	g_assert_cmpint(done, ==, 1);
	g_assert_true(erase_continue(t->store, forget, NULL, &error));
	g_assert_no_error(error);
	index_all(t);
	check_done(t);
	g_assert_true(erase_replay(t->store, &done, &error));
	g_assert_cmpint(done, ==, 0);
	g_assert_true(g_file_set_contents(
	    t->conf->data.erasure_ledger_file, "2026 1 nonsense keys=1 messages= end\n", -1, NULL));
	g_assert_false(erase_replay(t->store, &done, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
}

#ifdef FAULT_POINTS
/* The test runs itself, with a fault; what is left must be put right by the next start. */
static void
test_killed(TestStore *t, gconstpointer data)
{
	static const char *const faults[] = {"erase-ledger:1", "erase-ledger-write:1:errno=ENOSPC",
	    "erase-forget:1", "erase-keys:1", "erase-step:1", "erase-step:2", "erase-step:3",
	    "db-commit:1", "db-commit:2", "db-commit:3", "db-commit:4", "db-commit:5",
	    "db-committed:1", "db-committed:3", "db-committed:5", "db-checkpoint:1",
	    "db-checkpoint:2:errno=EIO", "db-checkpoint:3"};

	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GArray) doomed = g_array_new(FALSE, FALSE, sizeof(gint64));
		TestStore one = {0};
		const char *argv[] = {"/proc/self/exe", "--erase", NULL, NULL};
		g_auto(GStrv) environment =
		    g_environ_setenv(g_get_environ(), "KARTOTEKA_FAULT", faults[i], TRUE);
		int status;

		g_test_message("%s", faults[i]);
		test_store_set_up(&one, NULL);
		fill(&one, doomed);
		begin(&one, doomed);
		g_clear_pointer(&one.store, store_free);
		argv[2] = one.folder;
		g_assert_true(g_spawn_sync(
		    NULL, (char **)argv, environment, 0, NULL, NULL, NULL, NULL, &status, &error));
		g_assert_no_error(error);
		g_assert_cmpint(status, !=, 0);
		one.store = store_open(one.conf, STORE_READ_WRITE, &error);
		g_assert_no_error(error);
		g_assert_true(erase_continue(one.store, forget, NULL, &error));
		g_assert_no_error(error);
		check_done(&one);
		test_store_tear_down(&one, NULL);
	}
}
#endif

static int
erase_in(const char *folder)
{
	g_autoptr(Conf) conf = test_store_conf(folder);
	g_autoptr(Store) store = store_open(conf, STORE_READ_WRITE, NULL);

	return store != NULL && erase_continue(store, forget, NULL, NULL) ? 0 : 1;
}

#define ADD(path, function)                                                                        \
	g_test_add(path, TestStore, NULL, test_store_set_up, function, test_store_tear_down)

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--erase") == 0)
		return erase_in(argv[2]);
	g_test_init(&argc, &argv, NULL);
	ADD("/erase/done", test_erase);
	ADD("/erase/meanwhile", test_meanwhile);
	ADD("/erase/reader", test_reader);
	ADD("/erase/replay", test_replay);
#ifdef FAULT_POINTS
	ADD("/erase/killed", test_killed);
#endif
	return g_test_run();
}

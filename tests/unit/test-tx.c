/*
 * Transactions under bad luck: several processes at once, a kill at each step, a full disk, a lock that
 * isn't given back. The program runs itself as the other process: "--write FOLDER COUNT" writes COUNT
 * sealed rows in transactions of one to three and says "." after each that is durable.
 */
#include "config.h"
#include "tests/lib/store.h"

#include "base/clock.h"
#include "store/access.h"
#include "store/check.h"
#include "store/core.h"
#include "store/key.h"
#include "store/lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
write_rows(Store *store, int rows, GError **error)
{
	static const char sql[] =
	    "INSERT INTO circle (pid, key_id, card) VALUES ($pid, $key, $card)";
	static const char card[2000] = "Who belongs to it";
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!store_tx_begin(&tx, store, &test_actor, "test", error) ||
	    store_tx_revision(&tx, error) == 0)
		return false;
	for (int i = 0; i < rows; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
		g_autoptr(GBytes) sealed = NULL;
		Id id = id_new();
		gint64 key;

		if (stmt == NULL || !key_claim(&tx, &key, error))
			return false;
		sealed = key_seal(store, key, "circle", &id, "card", card, sizeof card, error);
		if (sealed == NULL)
			return false;
		db_bind_id(stmt, "$pid", &id);
		db_bind_int(stmt, "$key", key);
		db_bind_bytes(stmt, "$card", sealed);
		if (!db_run(stmt, error))
			return false;
	}
	return access_change(&tx,
		   &(AccessRow){
		       .surface = SURFACE_DAEMON, .purpose = PURPOSE_EDIT, .detail = "test"},
		   error) &&
	       store_tx_commit(&tx, error);
}

/* --write */
static int
write_in(const char *folder, int count)
{
	g_autoptr(Conf) conf = test_store_conf(folder);
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) store = store_open(conf, STORE_KEEP_OPEN, &error);
	bool more;

	for (int i = 0; store != NULL && i < count; i++) {
		if (!write_rows(store, 1 + i % 3, &error) || putchar('0' + 1 + i % 3) < 0 ||
		    fflush(stdout) != 0)
			break;
		if (i % 5 == 4 &&
		    (!db_checkpoint(store, DB_RECORDS, i % 2 == 0, &error) ||
			!access_read(store,
			    &(AccessRow){.surface = SURFACE_PAGE, .purpose = PURPOSE_READ},
			    &error)))
			break;
		if (i % 5 == 2 && !store_idle(store, false, &more, &error))
			break;
	}
	if (error != NULL)
		fprintf(stderr, "%s\n", error->message);
	return error != NULL;
}

/* Starts it; *ret_out gives what it says. */
static GPid
start(const char *folder, int count, const char *fault, int *ret_out)
{
	g_autofree char *number = g_strdup_printf("%d", count);
	const char *argv[] = {"/proc/self/exe", "--write", folder, number, NULL};
	g_auto(GStrv) environment = g_get_environ();
	g_autoptr(GError) error = NULL;
	GPid pid;

	if (fault != NULL)
		environment = g_environ_setenv(environment, "KARTOTEKA_FAULT", fault, TRUE);
	g_assert_true(g_spawn_async_with_pipes(NULL, (char **)argv, environment,
	    G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid, NULL, ret_out,
	    NULL, &error));
	g_assert_no_error(error);
	return pid;
}

/* Rows that it said are durable. */
static gint64
finish(GPid pid, int out, int *ret_status)
{
	char digits[4096];
	gint64 rows = 0;
	gssize got;

	while ((got = read(out, digits, sizeof digits)) > 0)
		for (gssize i = 0; i < got; i++)
			rows += digits[i] - '0';
	close(out);
	g_assert_cmpint(waitpid(pid, ret_status, 0), ==, pid);
	return rows;
}

static gint64
count_rows(Store *store)
{
	return test_store_number(store, DB_RECORDS, "SELECT count(*) FROM circle");
}

static void
expect_whole(Store *store)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CheckReport) report = check_run(store, NULL, NULL, &error);

	g_assert_no_error(error);
	for (guint i = 0; i < report->problems->len; i++)
		g_test_message("%s", (char *)report->problems->pdata[i]);
	g_assert_cmpuint(report->problems->len, ==, 0);
	g_assert_cmpint(test_store_number(store, DB_RECORDS,
			    "SELECT count(*) - count(DISTINCT key_id) FROM circle"),
	    ==, 0);
}

static void
test_several(TestStore *t, gconstpointer data)
{
	GPid pids[3];
	int outs[3], status;
	gint64 rows = 0;

	for (int i = 0; i < 3; i++)
		pids[i] = start(t->folder, 150, NULL, &outs[i]);
	for (int i = 0; i < 3; i++) {
		rows += finish(pids[i], outs[i], &status);
		g_assert_cmpint(status, ==, 0);
	}
	g_assert_cmpint(rows, ==, 3 * 300);
	g_assert_cmpint(count_rows(t->store), ==, rows);
	expect_whole(t->store);
}

/* Who writes without end gives way: a single row never waits for long. */
static void
test_gives_way(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	int out, status;
	GPid pid = start(t->folder, 100000, NULL, &out);
	char first;
	gint64 longest = 0;

	g_assert_cmpint(read(out, &first, 1), ==, 1);
	for (int i = 0; i < 20; i++) {
		gint64 begun = clock_monotonic_ms();

		g_assert_true(write_rows(t->store, 1, &error));
		g_assert_no_error(error);
		longest = MAX(longest, clock_monotonic_ms() - begun);
	}
	g_test_message("longest wait: %d ms", (int)longest);
	g_assert_cmpint(longest, <, 5000);
	kill(pid, SIGKILL);
	finish(pid, out, &status);
	expect_whole(t->store);
}

static void
test_locked(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Lock) other = lock_new(db_path(t->store, DB_RECORDS));
	gint64 begun = clock_monotonic_ms();

	store_set_wait(t->store, 200);
	g_assert_true(lock_take(other, 1000, &error));
	g_assert_false(write_rows(t->store, 1, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_clear_error(&error);
	g_assert_cmpint(clock_monotonic_ms() - begun, >=, 190);
	lock_give(other);
	g_assert_true(write_rows(t->store, 1, &error));
	/* Somebody else's SQLite shell */
	{
		g_autoptr(Store) shell = store_open(t->conf, STORE_READ_WRITE, &error);

		g_assert_true(db_exec(shell, DB_RECORDS, "BEGIN IMMEDIATE", &error));
		g_assert_false(write_rows(t->store, 1, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
		g_clear_error(&error);
		g_assert_true(db_exec(shell, DB_RECORDS, "ROLLBACK", &error));
	}
	g_assert_true(write_rows(t->store, 1, &error));
	g_assert_cmpint(count_rows(t->store), ==, 2);
	expect_whole(t->store);
}

static void
test_lost_key(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *other = g_strconcat(t->folder, "/other", NULL);

	g_assert_true(write_rows(t->store, 1, &error));
	g_clear_pointer(&t->store, store_free);
	g_assert_cmpint(rename(t->conf->data.master_key_file, other), ==, 0);
	g_assert_null(store_open(t->conf, STORE_KEEP_OPEN, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_assert_true(g_file_set_contents_full(t->conf->data.master_key_file,
	    "1 00000000000000000000000000000000000000000000000000000000000000ff\n", -1,
	    G_FILE_SET_CONTENTS_NONE, 0400, NULL));
	/* Who stays says so when it starts. */
	g_assert_null(store_open(t->conf, STORE_KEEP_OPEN, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
	g_clear_error(&error);
	t->store = store_open(t->conf, STORE_READ_WRITE, &error);
	g_assert_no_error(error);
	{
		KeyHash hash;

		g_assert_false(key_hash_text(t->store, KEY_LOGIN, "jana", &hash, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
		g_assert_nonnull(strstr(error->message, "master-key-file"));
		g_clear_error(&error);
	}
	/* Nothing may be sealed with a key that nobody will have. */
	g_assert_false(write_rows(t->store, 1, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
}

static void
test_full_disk(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = g_build_filename(t->folder, "small", NULL);
	g_autoptr(Conf) conf = NULL;
	g_autoptr(Store) store = NULL;
	gint64 written = 0;

	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	if (mount("none", folder, "tmpfs", 0, "size=8m") != 0) {
		g_test_skip("a small file system can't be mounted here");
		return;
	}
	conf = test_store_conf(folder);
	store = store_open(conf, STORE_CREATE | STORE_KEEP_OPEN, &error);
	g_assert_no_error(error);
	while (write_rows(store, 10, &error))
		written += 10;
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	g_test_message("%d rows, then: %s", (int)written, error->message);
	g_clear_error(&error);
	g_assert_cmpint(count_rows(store), ==, written);
	/* What can be read still is. */
	expect_whole(store);
	g_assert_false(
	    access_read(store, &(AccessRow){.surface = SURFACE_PAGE, .detail = "x"}, &error));
	g_clear_error(&error);
	g_assert_cmpint(mount("none", folder, "tmpfs", MS_REMOUNT, "size=32m"), ==, 0);
	g_assert_true(write_rows(store, 10, &error));
	g_assert_no_error(error);
	g_assert_cmpint(count_rows(store), ==, written + 10);
	g_clear_pointer(&store, store_free);
	store = store_open(conf, STORE_KEEP_OPEN, &error);
	expect_whole(store);
	g_clear_pointer(&store, store_free);
	g_assert_cmpint(umount(folder), ==, 0);
}

#ifdef FAULT_POINTS
/* The names of the steps that a run passes, and how often. */
static GHashTable *
list_steps(const char *folder)
{
	g_autofree char *log = g_build_filename(folder, "steps", NULL), *text = NULL;
	g_autoptr(GHashTable) steps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = NULL;
	int out, status;
	GPid pid;

	g_setenv("KARTOTEKA_FAULT_LOG", log, TRUE);
	pid = start(folder, 12, NULL, &out);
	g_unsetenv("KARTOTEKA_FAULT_LOG");
	finish(pid, out, &status);
	g_assert_cmpint(status, ==, 0);
	g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", 0);
	for (char **line = lines; *line != NULL; line++)
		if (**line != '\0') {
			gpointer passed = g_hash_table_lookup(steps, *line);

			g_hash_table_insert(
			    steps, g_strdup(*line), GINT_TO_POINTER(GPOINTER_TO_INT(passed) + 1));
		}
	return g_steal_pointer(&steps);
}

/* One run that ends at a step: nothing that was said to be durable is lost, nothing is half. */
static void
stop_at(const char *fault)
{
	g_autoptr(GError) error = NULL;
	TestStore t = {0};
	gint64 said, rows;
	int out, status;
	GPid pid;

	test_store_set_up(&t, NULL);
	pid = start(t.folder, 12, fault, &out);
	said = finish(pid, out, &status);
	rows = count_rows(t.store);
	if (rows < said || rows > said + 3)
		g_error("%s: %d rows, %d were said to be durable", fault, (int)rows, (int)said);
	expect_whole(t.store);
	g_assert_true(write_rows(t.store, 2, &error));
	g_assert_no_error(error);
	g_assert_cmpint(count_rows(t.store), ==, rows + 2);
	expect_whole(t.store);
	test_store_tear_down(&t, NULL);
}

static void
test_each_step(TestStore *t, gconstpointer data)
{
	static const char *const wanted[] = {"access-read", "db-checkpoint", "db-commit",
	    "db-committed", "db-open", "db-step", "lock-take", "tx-commit"};
	g_autoptr(GHashTable) steps = list_steps(t->folder);
	GHashTableIter iter;
	gpointer name, passed;
	int runs = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
		g_assert_true(g_hash_table_contains(steps, wanted[i]));
	g_hash_table_iter_init(&iter, steps);
	while (g_hash_table_iter_next(&iter, &name, &passed)) {
		int most = GPOINTER_TO_INT(passed), stride = MAX(1, most / 4);

		for (int n = 1; n <= most; n += stride) {
			g_autofree char *killed = g_strdup_printf("%s:%d", (char *)name, n);
			g_autofree char *failed =
			    g_strdup_printf("%s:%d:errno=ENOSPC", (char *)name, n);

			stop_at(killed);
			stop_at(failed);
			runs += 2;
		}
	}
	g_test_message("%d steps, %d runs", (int)g_hash_table_size(steps), runs);
	g_assert_cmpint(runs, >, 50);
}
#endif

static gint64
count_circles(Store *store)
{
	return test_store_number(store, DB_RECORDS, "SELECT count(*) FROM circle");
}

/* What a page reads is of one moment, with the keys to it, until it writes. */
static void
test_one_page(TestStore *t, gconstpointer data)
{
	static const char next[] =
	    "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'key-next'";
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) page = store_open(t->conf, STORE_ONE_PAGE, &error);

	g_assert_no_error(error);
	g_assert_true(write_rows(t->store, 1, &error)); /* the page has been opened, no more */
	g_assert_cmpint(count_circles(page), ==, 0);
	g_assert_true(store_read_begin(page, &error));
	store_read_end(page);
	g_assert_cmpint(count_circles(page), ==, 0);
	g_assert_cmpint(test_store_number(page, DB_KEYS, "SELECT max(id) FROM key"), >=,
	    test_store_number(page, DB_RECORDS, next));
	g_assert_true(write_rows(page, 1, &error));
	g_assert_no_error(error);
	g_assert_cmpint(count_circles(page), ==, 2);
	g_assert_true(write_rows(t->store, 1, &error));
	g_assert_cmpint(count_circles(page), ==, 3);
}

static gpointer
write_progress(gpointer store)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(GError) error = NULL;

	g_assert_true(db_tx_begin(&tx, store, DB_SEARCH, &error));
	g_assert_true(db_exec(store, DB_SEARCH,
	    "INSERT INTO progress (name, value) VALUES ('test', 1)", &error));
	g_assert_true(db_tx_commit(&tx, &error));
	g_assert_no_error(error);
	return NULL;
}

static gpointer
read_progress(gpointer conf)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) page = store_open(conf, STORE_ONE_PAGE, &error);

	g_assert_no_error(error);
	g_assert_cmpint(
	    test_store_number(page, DB_SEARCH, "SELECT count(*) FROM progress"), <=, 1);
	return NULL;
}

/* Who waits for the index's lock while the index is made anew writes into the new one; who opens it just then waits. */
static void
test_replaced(TestStore *t, gconstpointer data)
{
	static const char sql_count[] = "SELECT count(*) FROM progress";
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) other = store_open(t->conf, STORE_KEEP_OPEN, &error);
	g_autofree char *path = g_build_filename(t->folder, "data", "search.db", NULL);
	GThread *writer, *reader;

	g_assert_cmpint(test_store_number(other, DB_SEARCH, sql_count), ==, 0);
	g_assert_true(lock_take(t->store->locks[DB_SEARCH], 1000, &error));
	writer = g_thread_new("writer", write_progress, other);
	g_usleep(100000);
	core_remove(t->store, DB_SEARCH);
	g_assert_true(g_file_set_contents(path, "", 0, &error)); /* as it begins */
	reader = g_thread_new("reader", read_progress, t->conf);
	g_usleep(100000);
	g_assert_true(db_remake(t->store, DB_SEARCH, &error));
	g_assert_cmpint(test_store_number(t->store, DB_SEARCH, sql_count), ==, 0);
	lock_give(t->store->locks[DB_SEARCH]);
	g_thread_join(writer);
	g_thread_join(reader);
	g_assert_cmpint(test_store_number(t->store, DB_SEARCH, sql_count), ==, 1);
}

#define ADD(path, function)                                                                        \
	g_test_add(path, TestStore, NULL, test_store_set_up, function, test_store_tear_down)

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--write") == 0)
		return write_in(argv[2], atoi(argv[3]));
	g_test_init(&argc, &argv, NULL);
	ADD("/tx/several", test_several);
	ADD("/tx/one-page", test_one_page);
	ADD("/tx/replaced", test_replaced);
	ADD("/tx/gives-way", test_gives_way);
	ADD("/tx/locked", test_locked);
	ADD("/tx/lost-key", test_lost_key);
	ADD("/tx/full-disk", test_full_disk);
#ifdef FAULT_POINTS
	ADD("/tx/each-step", test_each_step);
#endif
	return g_test_run();
}

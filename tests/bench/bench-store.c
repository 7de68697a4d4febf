/*
 * What the store itself costs: opening it as a page does, a durable row, durable transactions one by one
 * and in batches, sealing, and a page's row while another process writes without end.
 *
 *	bench-store [FOLDER]	(on the disk that is meant; default: a folder under the current one)
 */
#include "store/access.h"
#include "store/db.h"
#include "store/key.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const Actor actor = {.kind = ACTOR_DAEMON};
static Conf *conf;

static void
must(bool done, GError *error)
{
	if (done)
		return;
	fprintf(stderr, "bench-store: %s\n", error != NULL ? error->message : "failed");
	exit(1);
}

static double
seconds(void)
{
	return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

/* A sealed row of 4 KB, about what a mail leaves. */
static void
add_row(StoreTx *tx, GBytes *body)
{
	static const char sql[] =
	    "INSERT INTO circle (pid, key_id, card) VALUES ($pid, $key, $card)";
	g_autoptr(GError) error = NULL;
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, &error);
	g_autoptr(GBytes) card = NULL;
	Id id = id_new();
	gint64 key = 0;

	must(stmt != NULL && key_claim(tx, &key, &error), error);
	card = key_seal(tx->store, key, "circle", &id, "card", g_bytes_get_data(body, NULL),
	    g_bytes_get_size(body), &error);
	must(card != NULL, error);
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$card", card);
	must(db_run(stmt, &error), error);
}

static void
write_rows(Store *store, GBytes *body, int rows)
{
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;

	must(store_tx_begin(&tx, store, &actor, NULL, &error), error);
	for (int i = 0; i < rows; i++)
		add_row(&tx, body);
	must(store_tx_commit(&tx, &error), error);
}

static void
bench_batches(Store *store, GBytes *body, int batch, int count)
{
	double start = seconds();

	for (int i = 0; i < count; i += batch)
		write_rows(store, body, batch);
	printf("%-46s %10.0f rows/s\n",
	    batch == 1 ? "one durable transaction per row"
		       : (batch == 10 ? "ten rows per transaction" : "64 rows per transaction"),
	    count / (seconds() - start));
}

static void
read_row(Store *store)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) objects = g_array_new(FALSE, TRUE, sizeof(AccessObject));
	AccessRow row = {.surface = SURFACE_PAGE, .purpose = PURPOSE_READ};

	for (int i = 0; i < 50; i++) {
		AccessObject object = {OBJECT_MESSAGE, id_new()};

		g_array_append_val(objects, object);
	}
	row.objects = objects;
	must(access_read(store, &row, &error), error);
}

/* As a page does: open, hash the session's token, look, write the row of the read. */
static void
page(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) store = store_open(conf, STORE_READ_WRITE, &error);
	KeyHash hash;

	must(store != NULL && key_hash_text(store, KEY_TOKEN, "token", &hash, &error), error);
	for (int i = 0; i < 10; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS,
		    "SELECT pid, key_id, card FROM circle WHERE id = $id", &error);
		g_autoptr(GBytes) plain = NULL;
		const guint8 *sealed;
		gsize size;
		Id id;

		must(stmt != NULL, error);
		db_bind_int(stmt, "$id", 1 + g_random_int_range(0, 500));
		must(db_step(stmt, &error) == DB_ROW, error);
		id = db_id(stmt, 0);
		sealed = db_blob(stmt, 2, &size);
		plain =
		    key_unseal(store, db_int(stmt, 1), "circle", &id, "card", sealed, size, &error);
		must(plain != NULL, error);
	}
	read_row(store);
}

/* Processor time of this process, which a busy machine changes less. */
static double
processor_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static int
by_time(gconstpointer a, gconstpointer b)
{
	double one = *(const double *)a, two = *(const double *)b;

	return (one > two) - (one < two);
}

static void
bench_calls(const char *what, void (*call)(Store *), Store *store, int count)
{
	g_autofree double *times = g_new(double, count);
	double processor = processor_ms();

	for (int i = 0; i < count; i++) {
		double start = seconds();

		if (call != NULL)
			call(store);
		else
			page();
		times[i] = (seconds() - start) * 1000;
	}
	processor = (processor_ms() - processor) / count;
	qsort(times, (size_t)count, sizeof *times, by_time);
	printf("%-40s %8.2f ms p50 %8.2f p90 %8.2f p99 %8.2f of the processor\n", what,
	    times[count / 2], times[count * 9 / 10], times[count * 99 / 100], processor);
}

static void
open_only(Store *unused)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Store) store = store_open(conf, STORE_READ_WRITE, &error);

	must(store != NULL, error);
}

static void
change_one(Store *store)
{
	g_autoptr(GBytes) body = g_bytes_new_static("x", 1);

	write_rows(store, body, 1);
}

static pid_t
start_backlog(GBytes *body)
{
	pid_t pid = fork();

	if (pid == 0) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Store) store = store_open(conf, STORE_KEEP_OPEN, &error);

		must(store != NULL, error);
		for (;;)
			write_rows(store, body, 64);
	}
	g_usleep(G_USEC_PER_SEC / 2);
	return pid;
}

int
main(int argc, char **argv)
{
	g_autofree char *folder = argc > 1 ? g_strdup(argv[1]) : g_strdup("bench-store.data");
	g_autofree char *path = g_canonicalize_filename(folder, NULL);
	g_autofree char *text =
	    g_strdup_printf("[data]\ndirectory = %s/data\nmaster-key-file = %s/key\n"
			    "erasure-ledger-file = %s/erasures\n",
		path, path, path);
	g_autoptr(GError) error = NULL;
	g_autofree char *random = g_malloc(4096);
	g_autoptr(GBytes) body = g_bytes_new(random, 4096);
	g_autoptr(Store) store = NULL;
	pid_t backlog;

	must(g_mkdir(path, 0700) == 0, NULL);
	conf = conf_parse(text, "bench", &error);
	must(conf != NULL, error);
	store = store_open(conf, STORE_CREATE | STORE_KEEP_OPEN, &error);
	must(store != NULL, error);
	bench_batches(store, body, 1, 1000);
	bench_batches(store, body, 10, 10000);
	bench_batches(store, body, 64, 20032);
	bench_calls("open the records", open_only, NULL, 500);
	bench_calls("a durable row of the access record", read_row, store, 500);
	bench_calls("page: open, ten rows, unseal, record", NULL, NULL, 500);
	backlog = start_backlog(body);
	bench_calls("page, while a backlog is written", NULL, NULL, 300);
	bench_calls("a change, while a backlog is written", change_one, store, 300);
	kill(backlog, SIGKILL);
	waitpid(backlog, NULL, 0);
	g_clear_pointer(&store, store_free);
	conf_free(conf);
	g_free(text);
	text = g_strdup_printf("rm -rf '%s'", path);
	return system(text);
}

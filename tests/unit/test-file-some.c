#include "store/erase.h"
#include "tests/lib/filing.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define TEXT                                                                                       \
	"From: jana@customer.example\nTo: ann@own.example\nSubject: Boat\n"                        \
	"Date: Mon, 23 Nov 2026 12:00:00 +0000\n\nNumber %u\n"

static const char *const ann[] = {"ann@own.example", NULL};
static const Way live = {.via = SPOOL_SMTP, .sender = "jana@customer.example", .recipients = ann};

/* Some mails that differ, ready to file. */
static GPtrArray *
some_jobs(Filer *filer, guint count)
{
	GPtrArray *jobs = g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);

	for (guint i = 0; i < count; i++) {
		g_autofree char *text = g_strdup_printf(TEXT, i);
		g_autoptr(GBytes) raw = NULL;
		Mail *mail = filing_parse(text, &raw);

		g_ptr_array_add(
		    jobs, file_prepare(filer_preparer(filer), filing_entry(&live), raw, mail));
	}
	return jobs;
}

typedef struct {
	guint asked, urgent; /* urgent when it was asked so often */
	int queue; /* if > 0: stands there as another program does that waits for the lock */
} Hurry;

static bool
is_urgent(gpointer data)
{
	Hurry *hurry = data;

	hurry->asked++;
	if (hurry->queue > 0) {
		g_assert_cmpint(flock(hurry->queue, LOCK_EX | LOCK_NB), ==, 0);
		g_usleep(12000);
	}
	return hurry->asked == hurry->urgent;
}

static void
test_gives_way(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(c->t.store, &error);
	g_autoptr(Filer) filer = filer_new(session, NULL, &error);
	g_autoptr(GPtrArray) jobs = some_jobs(filer, 8);
	g_autofree char *path = g_build_filename(c->t.folder, "data", "kartoteka.db-queue", NULL);
	FileJob *const *rest = (FileJob *const *)jobs->pdata;
	Hurry hurry = {.urgent = 2};
	guint filed;

	g_assert_true(file_some(filer, rest, 8, is_urgent, &hurry, &filed, &error));
	g_assert_cmpuint(filed, ==, 2);
	g_assert_cmpint(file_job_result(rest[1])->state, ==, ITEM_FILED);

	hurry = (Hurry){.queue = open(path, O_RDWR | O_CLOEXEC)};
	g_assert_cmpint(hurry.queue, >=, 0);
	g_assert_true(file_some(filer, rest + 2, 6, is_urgent, &hurry, &filed, &error));
	g_assert_cmpuint(filed, ==, 2); /* it asks for others first */
	close(hurry.queue);

	g_assert_true(file_some(filer, rest + 4, 4, NULL, NULL, &filed, &error));
	g_assert_cmpuint(filed, ==, 4);
	g_assert_true(file_batch(filer, jobs, &error));
	for (guint i = 0; i < jobs->len; i++)
		g_assert_true(file_job_result(rest[i])->already);
	g_assert_no_error(error);
}

/* The account is right whatever order items of several sources and starts have in a transaction. */
static void
test_starts(Company *c, gconstpointer data)
{
	static const struct {
		const char *source;
		gint64 start, n;
	} items[] = {{"mx1", 1, 3}, {"mx2", 1, 7}, {"mx1", 1, 2}, {"mx1", 2, 5}, {"mx1", 1, 4},
	    {"mx1", 2, 1}};
	static const struct {
		const char *source;
		gint64 start, highest, count;
	} want[] = {{"mx1", 1, 4, 3}, {"mx1", 2, 5, 2}, {"mx2", 1, 7, 1}};
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(c->t.store, &error);
	g_autoptr(Filer) filer = filer_new(session, NULL, &error);
	g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);
	g_autoptr(GArray) starts = NULL;
	guint filed;

	for (guint i = 0; i < G_N_ELEMENTS(items); i++) {
		g_autofree char *text = g_strdup_printf(TEXT, i);
		g_autoptr(GBytes) raw = NULL;
		Mail *mail = filing_parse(text, &raw);
		SpoolEntry *entry = filing_entry(&live);

		g_strlcpy(entry->key.source, items[i].source, sizeof entry->key.source);
		entry->key.start = items[i].start;
		entry->key.n = items[i].n;
		g_ptr_array_add(jobs, file_prepare(filer_preparer(filer), entry, raw, mail));
	}
	g_assert_true(
	    file_some(filer, (FileJob *const *)jobs->pdata, jobs->len, NULL, NULL, &filed, &error));
	g_assert_cmpuint(filed, ==, jobs->len);
	starts = item_starts(c->t.store, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(starts->len, ==, G_N_ELEMENTS(want));
	for (guint i = 0; i < starts->len; i++) {
		const ItemStart *start = &g_array_index(starts, ItemStart, i);

		g_assert_cmpstr(start->source, ==, want[i].source);
		g_assert_cmpint(start->start, ==, want[i].start);
		g_assert_cmpint(start->highest, ==, want[i].highest);
		g_assert_cmpint(start->count, ==, want[i].count);
	}
}

static ItemState
file_stranger(Filer *filer, const char *posture, guint number)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);
	g_autofree char *text = g_strdup_printf(
	    "From: nobody@strange.example\nTo: ann@own.example\nSubject: Boat\n"
	    "Date: Mon, 23 Nov 2026 12:00:00 +0000\n\nNumber %u\n",
	    number);
	g_autoptr(GBytes) raw = NULL;
	Mail *mail = filing_parse(text, &raw);
	SpoolEntry *entry = filing_entry(&live);

	entry->posture = g_strdup(posture);
	g_free(entry->sender);
	entry->sender = g_strdup("nobody@strange.example");
	g_ptr_array_add(jobs, file_prepare(filer_preparer(filer), entry, raw, mail));
	g_assert_true(file_batch(filer, jobs, &error));
	g_assert_no_error(error);
	return file_job_result(jobs->pdata[0])->state;
}

static bool
forget(Store *store, const GArray *messages, gpointer data, GError **error)
{
	return true;
}

/* An address whose last mail is destroyed leaves no row: not even a matcher that looked it up meanwhile may use it. */
static void
test_address_gone(Company *c, gconstpointer data)
{
	static const gint64 first = 1;
	static const Actor daemon = {.kind = ACTOR_DAEMON};
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(c->t.store, &error);
	g_autoptr(Filer) filer = filer_new(session, NULL, &error);
	g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_auto(StoreTx) tx = STORE_TX_INIT;

	g_assert_cmpint(file_stranger(filer, NULL, 1), ==, ITEM_WAITING);
	g_array_append_val(messages, first);
	g_assert_true(store_tx_begin(&tx, c->t.store, &daemon, NULL, &error));
	g_assert_true(erase_messages(&tx, ERASURE_WAITED, messages, &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_cmpint(file_stranger(filer, "known", 2), ==, ITEM_EXCLUDED);
	g_assert_true(erase_continue(c->t.store, forget, NULL, &error));
	g_assert_cmpint(file_stranger(filer, NULL, 3), ==, ITEM_WAITING);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
	g_test_add("/file-some/gives-way", Company, NULL, company_set_up, test_gives_way,
	    company_tear_down);
	g_test_add(
	    "/file-some/starts", Company, NULL, company_set_up, test_starts, company_tear_down);
	g_test_add("/file-some/address-gone", Company, NULL, company_set_up, test_address_gone,
	    company_tear_down);
	return g_test_run();
}

#include "config.h"
#include "tests/lib/store.h"
#include "store/access.h"
#include "store/erase.h"
#include "store/key.h"

#include <string.h>
#include <sys/stat.h>

static Id jana, petr, contact;

static AccessRow
row(const char *detail, GArray *objects)
{
	return (AccessRow){
	    .actor = {ACTOR_USER, jana, {{0}}},
	    .surface = SURFACE_PAGE,
	    .purpose = PURPOSE_READ,
	    .detail = detail,
	    .objects = objects,
	};
}

static GArray *
objects_of(const Id *id)
{
	GArray *objects = g_array_new(FALSE, FALSE, sizeof(AccessObject));
	AccessObject one = {OBJECT_CONTACT, *id}, two = {OBJECT_MESSAGE, id_new()};

	g_array_append_val(objects, one);
	g_array_append_val(objects, two);
	return objects;
}

static void
add_read(TestStore *t, const char *detail, const Id *object)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) objects = object != NULL ? objects_of(object) : NULL;
	AccessRow read = row(detail, objects);

	g_assert_true(access_read(t->store, &read, &error));
	g_assert_no_error(error);
}

static void
add_change(TestStore *t, const char *detail, const Id *object)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) objects = object != NULL ? objects_of(object) : NULL;
	AccessRow change = row(detail, objects);
	g_auto(StoreTx) tx = STORE_TX_INIT;

	change.purpose = PURPOSE_EDIT;
	g_assert_true(store_tx_begin(&tx, t->store, &test_actor, NULL, &error));
	g_assert_true(access_change(&tx, &change, &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
}

static guint
problems(TestStore *t, const char *wanted)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(AccessReport) report = access_verify(t->store, &error);
	bool found = wanted == NULL;

	g_assert_no_error(error);
	for (guint i = 0; i < report->problems->len; i++) {
		g_test_message("%s", (char *)report->problems->pdata[i]);
		found = found || strstr(report->problems->pdata[i], wanted) != NULL;
	}
	g_assert_true(found);
	return report->problems->len;
}

static void
fill(TestStore *t)
{
	static const char sql[] = "SELECT count(*) FROM access_checkpoint";
	g_autoptr(GError) error = NULL;
	gint64 points = test_store_number(t->store, DB_ACCESS, sql);

	jana = id_new();
	petr = id_new();
	contact = id_new();
	for (int i = 0; i < 5; i++) {
		add_read(t, i % 2 == 0 ? "needle" : NULL, i == 3 ? &contact : NULL);
		g_usleep(2000); /* reads and changes have an order by their milliseconds alone */
		add_change(t, "what changed", i == 1 ? &contact : NULL);
	}
	g_assert_true(access_checkpoint(t->store, &error));
	g_assert_true(access_checkpoint(t->store, &error));
	g_assert_no_error(error);
	g_assert_cmpint(test_store_number(t->store, DB_ACCESS, sql), ==, points + 1);
	add_read(t, NULL, NULL);
	g_assert_true(access_checkpoint(t->store, &error));
}

static void
test_list(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) all = NULL, of_contact = NULL, of_petr = NULL;
	AccessFilter by_contact = {.object = {OBJECT_CONTACT, contact}}, by_petr = {0}, any = {0};
	const AccessEntry *entry;

	fill(t);
	by_contact.object.id = contact;
	by_petr.user = petr;
	all = access_list(t->store, &any, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(all->len, ==, 11);
	entry = all->pdata[10];
	g_assert_cmpint(entry->chain, ==, ACCESS_READS);
	g_assert_cmpstr(entry->row.detail, ==, "needle");
	g_assert_true(id_equal(&entry->row.actor.user, &jana));
	of_contact = access_list(t->store, &by_contact, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(of_contact->len, ==, 2);
	entry = of_contact->pdata[0];
	g_assert_cmpuint(entry->row.objects->len, ==, 2);
	of_petr = access_list(t->store, &by_petr, &error);
	g_assert_cmpuint(of_petr->len, ==, 0);
	any.limit = 3;
	g_clear_pointer(&all, g_ptr_array_unref);
	all = access_list(t->store, &any, &error);
	g_assert_cmpuint(all->len, ==, 3);
}

/* Each case spoils a record of its own and names what must be said of it; NULL: nothing. */
static const struct {
	const char *name;
	DbFile file;
	const char *sql;
	const char *says;
} spoilt[] = {
    {"whole", DB_ACCESS, "SELECT 1", NULL},
    {"changed", DB_ACCESS, "UPDATE access SET result = 3 WHERE seq = 2",
	"Row 2 of reads was changed"},
    {"changed-detail", DB_RECORDS, "UPDATE access SET detail = x'00' WHERE seq = 4",
	"Row 4 of changes was changed"},
    {"changed-objects", DB_RECORDS, "UPDATE access SET objects = x'' WHERE seq = 2",
	"Row 2 of changes was changed"},
    {"changed-actor", DB_RECORDS, "UPDATE access SET actor = NULL WHERE seq = 3",
	"Row 3 of changes was changed"},
    {"changed-time", DB_ACCESS, "UPDATE access SET time = time + 1 WHERE seq = 6",
	"Row 6 of reads was changed"},
    {"deleted", DB_ACCESS, "DELETE FROM access WHERE seq = 3", "Rows 3 to 3 of reads are missing"},
    {"deleted-first", DB_RECORDS, "DELETE FROM access WHERE seq = 1",
	"Rows 1 to 1 of changes are missing"},
    {"moved", DB_ACCESS,
	"UPDATE access SET seq = 100 WHERE seq = 2; UPDATE access SET seq = 2 WHERE seq = 3;"
	"UPDATE access SET seq = 3 WHERE seq = 100",
	"Row 2 of reads was changed"},
    {"cut-off", DB_ACCESS, "DELETE FROM access WHERE seq > 4",
	"reads ends with row 4, but checkpoint 1 knows of row 5"},
    {"cut-off-all", DB_RECORDS, "DELETE FROM access", "changes ends with row 0"},
    {"cut-off-renumbered", DB_ACCESS,
	"DELETE FROM access WHERE seq = 5; UPDATE access SET seq = 5 WHERE seq = 6",
	"Row 5 of reads isn't what checkpoint 1 says"},
    {"checkpoint-gone", DB_ACCESS, "DELETE FROM access_checkpoint WHERE id = 1",
	"Checkpoint 1 is missing"},
    {"checkpoint-changed", DB_ACCESS, "UPDATE access_checkpoint SET reads_seq = 4 WHERE id = 1",
	"The signature of checkpoint 1 is not ours"},
    {"checkpoints-gone", DB_ACCESS, "DELETE FROM access_checkpoint",
	"access.db is older than the records: they know of checkpoint 1, it ends with 0"},
    {"older-copy", DB_ACCESS, "DELETE FROM access_checkpoint; DELETE FROM access WHERE seq > 1",
	"access.db is older than the records"},
    {"index-row-gone", DB_ACCESS, "DELETE FROM access_object WHERE seq = 4",
	"The index by object lacks row 4 of reads"},
    {"index-gone", DB_RECORDS, "DELETE FROM access_object", "The index by object lacks row "},
};

static void
test_spoilt(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	bool more;

	fill(t);
	g_assert_true(access_index(t->store, 1000, &more, &error));
	for (gsize i = 0; i < G_N_ELEMENTS(spoilt); i++) {
		char *savepoint = "SAVEPOINT before", *back = "ROLLBACK TO before; RELEASE before";

		g_test_message("%s", spoilt[i].name);
		g_assert_true(db_exec(t->store, spoilt[i].file, savepoint, &error));
		g_assert_true(db_exec(t->store, spoilt[i].file, spoilt[i].sql, &error));
		g_assert_no_error(error);
		if (spoilt[i].says == NULL)
			g_assert_cmpuint(problems(t, NULL), ==, 0);
		else
			g_assert_cmpuint(problems(t, spoilt[i].says), >, 0);
		g_assert_true(db_exec(t->store, spoilt[i].file, back, &error));
	}
	g_assert_cmpuint(problems(t, NULL), ==, 0);
}

static gint64
log_size(const TestStore *t)
{
	g_autofree char *path = g_strconcat(db_path(t->store, DB_ACCESS), "-wal", NULL);
	struct stat st;

	g_assert_cmpint(stat(path, &st), ==, 0);
	return st.st_size;
}

/* The log of the reads is copied when nobody works, but stays as long as it is: the next rows stand in its front. */
static void
test_log_kept(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	bool more = true;
	gint64 size;

	for (int i = 0; i < 10; i++)
		fill(t);
	size = log_size(t);
	g_assert_cmpint(size, >, 100000);
	while (more)
		g_assert_true(store_idle(t->store, false, &more, &error));
	g_assert_no_error(error);
	g_assert_cmpint(log_size(t), >=, size);
	size = log_size(t);
	for (int i = 0; i < 5; i++)
		fill(t);
	g_assert_cmpint(log_size(t), ==, size);
	g_assert_cmpuint(problems(t, NULL), ==, 0);
}

/* A month ends: its head bears witness, and when its rows are pruned the chain still holds. */
#ifdef FAULT_POINTS
static void
test_months(TestStore *t, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) all = NULL;
	AccessFilter any = {0};

	g_setenv("KARTOTEKA_CLOCK", "1794700800000", TRUE); /* 2026-11-15 */
	fill(t);
	g_setenv("KARTOTEKA_CLOCK", "1797292800000", TRUE); /* 2026-12-15 */
	fill(t);
	g_unsetenv("KARTOTEKA_CLOCK");
	g_assert_cmpuint(problems(t, NULL), ==, 0);
	g_assert_cmpint(
	    test_store_number(t->store, DB_ACCESS, "SELECT segment FROM access_segment"), ==,
	    202611);
	g_assert_cmpint(test_store_number(t->store, DB_RECORDS,
			    "SELECT count(DISTINCT key_id) FROM access WHERE key_id IS NOT NULL"),
	    ==, 2);
	/* What is pruned is gone with its key, and the rest still holds. */
	g_assert_cmpint(log_size(t), >, 0);
	g_assert_true(access_prune(t->store, &test_actor, 202612, &error));
	g_assert_no_error(error);
	g_assert_cmpint(log_size(t), ==, 0);
	g_assert_true(erase_continue(t->store, NULL, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpint(
	    test_store_number(t->store, DB_ACCESS, "SELECT min(seq) FROM access"), ==, 7);
	g_assert_cmpint(
	    test_store_number(t->store, DB_RECORDS, "SELECT min(seq) FROM access"), ==, 6);
	g_assert_cmpint(test_store_number(t->store, DB_KEYS, "SELECT min(id) FROM key"), ==, 3);
	g_assert_cmpuint(problems(t, NULL), ==, 0);
	g_assert_true(access_prune(t->store, &test_actor, 202612, &error));
	g_assert_cmpuint(problems(t, NULL), ==, 0);
	all = access_list(t->store, &any, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(all->len, ==, 11);
	g_assert_true(
	    db_exec(t->store, DB_ACCESS, "UPDATE access_segment SET head = x'00'", &error));
	g_assert_cmpuint(problems(t, "Row 6 of reads isn't what checkpoint 2 says"), ==, 2);
}
#endif

#define ADD(path, function)                                                                        \
	g_test_add(path, TestStore, NULL, test_store_set_up, function, test_store_tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/access/list", test_list);
	ADD("/access/spoilt", test_spoilt);
	ADD("/access/log-kept", test_log_kept);
#ifdef FAULT_POINTS /* the clock can be moved */
	ADD("/access/months", test_months);
#endif
	return g_test_run();
}

#include "config.h"
#include "tests/lib/store.h"

#include "store/access.h"
#include "store/backup.h"
#include "store/check.h"
#include "store/erase.h"
#include "store/key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	TestStore t;
	char *records, *keys; /* folders of backups */
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
	test_store_set_up(&f->t, data);
	f->records = g_build_filename(f->t.folder, "records", NULL);
	f->keys = g_build_filename(f->t.folder, "keys", NULL);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
	g_free(f->records);
	g_free(f->keys);
	test_store_tear_down(&f->t, data);
}

/* Circles, because they are the least that is sealed. */
static void
add_circles(TestStore *t, int count)
{
	static const char sql[] =
	    "INSERT INTO circle (pid, key_id, card) VALUES ($pid, $key, $card)";
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;

	g_assert_true(store_tx_begin(&tx, t->store, &test_actor, "a reason", &error));
	g_assert_cmpint(store_tx_revision(&tx, &error), >, 0);
	for (int i = 0; i < count; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(t->store, DB_RECORDS, sql, &error);
		g_autoptr(GBytes) card = NULL;
		Id id = id_new();
		gint64 key;

		g_assert_true(key_claim(&tx, &key, &error));
		card = key_seal(t->store, key, "circle", &id, "card", "A circle", 8, &error);
		g_assert_no_error(error);
		db_bind_id(stmt, "$pid", &id);
		db_bind_int(stmt, "$key", key);
		db_bind_bytes(stmt, "$card", card);
		g_assert_true(db_run(stmt, &error));
	}
	g_assert_true(access_change(&tx,
	    &(AccessRow){.surface = SURFACE_DAEMON, .purpose = PURPOSE_EDIT, .detail = "circles"},
	    &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
	g_assert_true(access_read(t->store,
	    &(AccessRow){.surface = SURFACE_PAGE, .purpose = PURPOSE_READ, .detail = "who"},
	    &error));
	g_assert_no_error(error);
}

static void
shell(Fixture *f, const char *format)
{
	g_autofree char *command = g_strdup_printf("cd '%s' && %s", f->t.folder, format);

	g_assert_cmpint(system(command), ==, 0);
}

static void
take(Fixture *f)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(backup_make(f->t.store, BACKUP_RECORDS, f->records, NULL, NULL, &error));
	g_assert_no_error(error);
	g_assert_true(backup_make(f->t.store, BACKUP_KEYS, f->keys, NULL, NULL, &error));
	g_assert_no_error(error);
}

static bool
bring_back(Fixture *f, bool without_ledger, gint64 *erasures, GError **error)
{
	g_autoptr(BackupManifest) manifest = NULL;

	return backup_restore(
	    f->t.conf, f->records, f->keys, without_ledger, NULL, NULL, &manifest, erasures, error);
}

static guint
problems(Fixture *f, const char *wanted)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CheckReport) report = check_run(f->t.store, NULL, NULL, &error);
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
test_there_and_back(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(BackupManifest) before = NULL, after = NULL;
	g_autofree char *again = g_build_filename(f->t.folder, "again", NULL);
	gint64 erasures;

	add_circles(&f->t, 100);
	take(f);
	add_circles(&f->t, 5); /* is lost */
	g_assert_false(backup_make(f->t.store, BACKUP_KEYS, f->records, NULL, NULL, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	g_assert_false(bring_back(f, false, &erasures, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	g_clear_pointer(&f->t.store, store_free);
	shell(f, "mv data lost");

	g_assert_true(bring_back(f, false, &erasures, &error));
	g_assert_no_error(error);
	g_assert_cmpint(erasures, ==, 0);
	f->t.store = store_open(f->t.conf, STORE_READ_WRITE, &error);
	g_assert_no_error(error);
	g_assert_cmpint(
	    test_store_number(f->t.store, DB_RECORDS, "SELECT count(*) FROM circle"), ==, 100);
	g_assert_cmpuint(problems(f, NULL), ==, 0);

	/* Nothing was changed by going there and back. */
	before = backup_manifest_read(f->records, &error);
	g_assert_no_error(error);
	g_assert_true(backup_make(f->t.store, BACKUP_RECORDS, again, NULL, NULL, &error));
	after = backup_manifest_read(again, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(before->digests->len, ==, 2);
	for (guint i = 0; i < before->digests->len; i++)
		g_assert_cmpstr(before->digests->pdata[i], ==, after->digests->pdata[i]);
	g_assert_cmpint(before->revision, ==, after->revision);

	/* New keys have numbers that the lost time can't have used. */
	add_circles(&f->t, 5);
	g_assert_cmpint(test_store_number(f->t.store, DB_RECORDS, "SELECT max(key_id) FROM circle"),
	    >, 1000000);
	g_assert_cmpuint(problems(f, NULL), ==, 0);
}

static void
spoil_and_expect(Fixture *f, const char *command, ErrorCode code)
{
	g_autoptr(GError) error = NULL;
	gint64 erasures;

	g_test_message("%s", command);
	shell(f, "rm -rf data again && cp -a records again-records && cp -a keys again-keys");
	shell(f, command);
	g_assert_false(bring_back(f, false, &erasures, &error));
	g_assert_error(error, ERROR_DOMAIN, (int)code);
	g_test_message("%s", error->message);
	shell(f, "test -z \"$(ls data 2>/dev/null | grep -v -e -lock -e -queue)\"");
	shell(f, "rm -rf records keys && mv again-records records && mv again-keys keys");
}

static void
test_refused(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	gint64 erasures;

	add_circles(&f->t, 10);
	take(f);
	g_clear_pointer(&f->t.store, store_free);
	spoil_and_expect(f, "rm records/MANIFEST", ERROR_NOT_FOUND);
	spoil_and_expect(f, "sed -i '$d' records/MANIFEST", ERROR_INVALID);
	spoil_and_expect(f, "rm records/access.db", ERROR_NOT_FOUND);
	spoil_and_expect(f,
	    "printf xyzzyxyzzy | dd of=records/kartoteka.db bs=1 seek=9000 conv=notrunc "
	    "status=none",
	    ERROR_INVALID);
	spoil_and_expect(f, "rm -rf keys && cp -a records keys", ERROR_INVALID);
	spoil_and_expect(f, "mv master.key gone", ERROR_NOT_FOUND);
	shell(f,
	    "mv gone master.key && cp master.key gone && echo \"1 $(printf %064d 0)\" >master.key");
	spoil_and_expect(f, "true", ERROR_INTERNAL);
	shell(f, "mv gone master.key");
	/* A digest that was made to fit doesn't help a damaged file. */
	spoil_and_expect(f,
	    "head -c 40000 /dev/zero | tr '\\0' x | dd of=records/kartoteka.db bs=1 seek=50000 "
	    "conv=notrunc status=none && sed -i \"s/^file: kartoteka.db .*/file: kartoteka.db "
	    "$(b2sum -l 256 records/kartoteka.db | cut -d' ' -f1)/\" records/MANIFEST",
	    ERROR_INVALID);
	g_assert_true(bring_back(f, false, &erasures, &error));
	g_assert_no_error(error);
}

/* What was erased after the backup is erased again, or nothing is restored. */
static void
test_ledger(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 first, erasures;

	add_circles(&f->t, 10);
	first = test_store_number(f->t.store, DB_RECORDS, "SELECT min(key_id) FROM circle");
	g_array_append_val(keys, first);
	for (int i = 0; i < 2; i++) {
		g_auto(StoreTx) tx = STORE_TX_INIT;

		if (i == 1) {
			take(f);
			first++;
			g_array_index(keys, gint64, 0) = first;
		}
		g_assert_true(store_tx_begin(&tx, f->t.store, &test_actor, NULL, &error));
		g_assert_true(erase_keys(&tx, ERASURE_RECORD, keys, &error));
		g_assert_true(store_tx_commit(&tx, &error));
		g_assert_true(erase_continue(f->t.store, NULL, NULL, &error));
		g_assert_no_error(error);
	}
	g_clear_pointer(&f->t.store, store_free);
	shell(f, "rm -rf data && mv erasures gone");
	g_assert_false(bring_back(f, false, &erasures, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	shell(f, "tail -n 1 gone >erasures");
	g_assert_false(bring_back(f, false, &erasures, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	shell(f, "mv gone erasures");
	g_assert_true(bring_back(f, false, &erasures, &error));
	g_assert_no_error(error);
	g_assert_cmpint(erasures, ==, 1);
	f->t.store = store_open(f->t.conf, STORE_READ_WRITE, &error);
	g_assert_true(erase_continue(f->t.store, NULL, NULL, &error));
	g_assert_no_error(error);
	g_assert_cmpint(
	    test_store_number(f->t.store, DB_KEYS, "SELECT count(*) FROM key WHERE id < 12"), ==,
	    9);
	g_assert_cmpuint(problems(f, NULL), ==, 0);
	g_clear_pointer(&f->t.store, store_free);
	shell(f, "rm -rf data erasures");
	g_assert_true(bring_back(f, true, &erasures, &error));
	g_assert_cmpint(erasures, ==, 0);
	f->t.store = store_open(f->t.conf, STORE_READ_WRITE, &error);
}

#ifdef FAULT_POINTS
/* Whatever fails on the way: nothing is left that looks like a backup or like restored files. */
static void
test_failures(Fixture *f, gconstpointer data)
{
	static const struct {
		const char *what, *fault;
	} failures[] = {
	    {"--backup", "db-copy:1:errno=ENOSPC"},
	    {"--backup", "backup-sync:1:errno=EIO"},
	    {"--backup", "db-copy:2"},
	    {"--restore", "restore-write:1:errno=ENOSPC"},
	    {"--restore", "restore-write:3:errno=EIO"},
	    {"--restore", "restore-name:1:errno=EIO"},
	    {"--restore", "restore-name:3:errno=EIO"},
	    {"--restore", "db-commit:1:errno=ENOSPC"},
	};
	g_autoptr(GError) error = NULL;
	gint64 erasures;

	add_circles(&f->t, 100);
	take(f);
	g_clear_pointer(&f->t.store, store_free);
	for (gsize i = 0; i < G_N_ELEMENTS(failures); i++) {
		g_autofree char *command =
		    g_strdup_printf("! KARTOTEKA_FAULT=%s /proc/%d/exe %s . 2>/dev/null",
			failures[i].fault, (int)getpid(), failures[i].what);

		g_test_message("%s %s", failures[i].what, failures[i].fault);
		shell(f, "rm -rf old new && mv data old");
		if (failures[i].what[2] == 'b')
			shell(f, "mv old data");
		shell(f, command);
		shell(f, "test ! -e new/MANIFEST");
		if (failures[i].what[2] == 'r')
			shell(f, "! ls data/*.db* | grep -v -e -lock -e -queue && "
				 "rm -rf data && mv old data");
	}
	shell(f, "mv data old");
	g_assert_true(bring_back(f, false, &erasures, &error));
	g_assert_no_error(error);
	f->t.store = store_open(f->t.conf, STORE_READ_WRITE, &error);
	g_assert_cmpuint(problems(f, NULL), ==, 0);
}
#endif

/* This program run by test_failures(), in its folder. */
static int
run_alone(const char *what)
{
	g_autofree char *folder = g_get_current_dir();
	g_autoptr(Conf) conf = test_store_conf(folder);
	g_autoptr(GError) error = NULL;
	g_autoptr(BackupManifest) manifest = NULL;
	g_autoptr(Store) store = NULL;
	gint64 erasures;

	if (strcmp(what, "--restore") == 0)
		return !backup_restore(
		    conf, "records", "keys", false, NULL, NULL, &manifest, &erasures, &error);
	store = store_open(conf, STORE_READ_WRITE, &error);
	return store == NULL || !backup_make(store, BACKUP_RECORDS, "new", NULL, NULL, &error);
}

static void
test_check(Fixture *f, gconstpointer data)
{
	static const struct {
		const char *sql, *says;
		DbFile file;
	} damages[] = {
	    {"UPDATE circle SET card = substr(card, 1, 20) WHERE id = 3", "card of row 3 of circle",
		DB_RECORDS},
	    {"UPDATE circle SET card = (SELECT card FROM circle WHERE id = 2) WHERE id = 3",
		"card of row 3 of circle", DB_RECORDS},
	    {"UPDATE revision SET reason = x'01'", "reason of row 1 of revision", DB_RECORDS},
	    {"DELETE FROM key WHERE id = 5", "Key 5 is missing", DB_KEYS},
	    {"UPDATE key SET wrapped = substr(wrapped, 1, 20) WHERE id = (SELECT max(id) FROM key)",
		"keys.db: key ", DB_KEYS},
	    {"UPDATE hash_key SET wrapped = substr(wrapped, 1, 9) WHERE purpose = 'checkpoint'",
		"keys.db: key ", DB_KEYS},
	    {"DELETE FROM access WHERE seq = 1", "access record: reads ends with row 0", DB_ACCESS},
	};
	g_autoptr(GError) error = NULL;

	add_circles(&f->t, 10);
	g_assert_true(access_checkpoint(f->t.store, &error));
	g_assert_cmpuint(problems(f, NULL), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_assert_true(db_exec(f->t.store, damages[i].file, "SAVEPOINT before", &error));
		g_assert_true(db_exec(f->t.store, damages[i].file, damages[i].sql, &error));
		g_assert_no_error(error);
		for (gint64 key = 1; key < 20; key++)
			key_forget(f->t.store, key);
		g_assert_cmpuint(problems(f, damages[i].says), ==, 1);
		g_assert_true(db_exec(
		    f->t.store, damages[i].file, "ROLLBACK TO before; RELEASE before", &error));
	}
	g_assert_cmpuint(problems(f, NULL), ==, 0);
	for (DbFile file = 0; file < DB_COUNT; file++)
		g_assert_true(db_checkpoint(f->t.store, file, true, &error));
	g_clear_pointer(&f->t.store, store_free);
	shell(f, "head -c 40000 /dev/zero | tr '\\0' x | "
		 "dd of=data/kartoteka.db bs=1 seek=50000 conv=notrunc status=none");
	f->t.store = store_open(f->t.conf, STORE_READ_WRITE, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(problems(f, "kartoteka.db: "), >, 0);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
	if (argc == 3)
		return run_alone(argv[1]);
	g_test_init(&argc, &argv, NULL);
	ADD("/backup/there-and-back", test_there_and_back);
	ADD("/backup/refused", test_refused);
	ADD("/backup/ledger", test_ledger);
	ADD("/backup/check", test_check);
#ifdef FAULT_POINTS
	ADD("/backup/failures", test_failures);
#endif
	return g_test_run();
}

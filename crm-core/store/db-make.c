/* Making the files and raising them to this program's form. */
#include "store/db-file.h"

#include "base/error.h"
#include "base/fault.h"
#include "store/lock.h"
#include "store/schema.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Raises the file step by step, each in a transaction that carries its number. */
static bool
raise_version(Db *db, DbFile file, int version, GError **error)
{
	for (; version < schema_version(file); version++) {
		g_autofree char *sql =
		    g_strdup_printf("BEGIN IMMEDIATE;%sPRAGMA user_version = %d;",
			schema_step(file, version + 1), version + 1);

		bool done = db_file_run(db, file, sql, error);

		if (done && fault_point("db-upgrade") != 0)
			done = error_set_errno(
			    error, ERROR_TEMPORARY, errno, "%s can't be upgraded", db_name(file));
		if (!done || !db_file_run(db, file, "COMMIT", error)) {
			sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
			return false;
		}
	}
	return true;
}

bool
core_upgrade(
    Store *store, DbFile file, void (*done)(const char *, gpointer), gpointer data, GError **error)
{
	g_autoptr(Db) db = NULL;
	int version;
	bool good;

	core_close(store, file);
	db = db_file_connect(store, file, 0, error);
	if (db == NULL || !lock_take(store->locks[file], store->wait_ms, error))
		return false;
	good = db_file_version(db, file, &version, error);
	good = good && db_file_check_version(file, version, error);
	good = good && raise_version(db, file, version, error);
	lock_give(store->locks[file]);
	if (good && version < schema_version(file) && done != NULL) {
		g_autofree char *what = g_strdup_printf(
		    "%s: form %d became %d", db_name(file), version, schema_version(file));

		done(what, data);
	}
	return good;
}

/* Under the file's lock, so that two programs that both miss search.db make it once. */
static bool
create_locked(Store *store, DbFile file, GError **error)
{
	/* Mails of some KB fill large pages better, but a mail's commit writes some thirty of them; a page's row and
	 * a key are small. */
	static const char *const page_sizes[DB_COUNT] = {
	    [DB_RECORDS] = "PRAGMA page_size = 8192",
	    [DB_KEYS] = "PRAGMA page_size = 4096",
	    [DB_ACCESS] = "PRAGMA page_size = 4096",
	    [DB_SEARCH] = "PRAGMA page_size = 8192",
	};
	g_autoptr(Db) db = db_file_connect(store, file, SQLITE_OPEN_CREATE, error);
	int version;

	return db != NULL && db_file_run(db, file, page_sizes[file], error) &&
	       db_file_run(db, file, "PRAGMA journal_mode = WAL", error) &&
	       db_file_version(db, file, &version, error) &&
	       raise_version(db, file, version, error);
}

bool
core_create(Store *store, DbFile file, GError **error)
{
	mode_t mask = umask(077);
	bool done = lock_take(store->locks[file], store->wait_ms, error);

	if (done) {
		done = create_locked(store, file, error);
		lock_give(store->locks[file]);
	}
	umask(mask);
	return done;
}

void
core_remove(Store *store, DbFile file)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	core_close(store, file);
	for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		g_autofree char *path = g_strconcat(store->paths[file], suffixes[i], NULL);

		unlink(path);
	}
}

bool
db_remake(Store *store, DbFile file, GError **error)
{
	bool done;

	g_assert(file == DB_SEARCH);
	core_close(store, file);
	if (!lock_take(store->locks[file], store->wait_ms, error))
		return false;
	core_remove(store, file);
	done = core_create(store, file, error);
	lock_give(store->locks[file]);
	return done && core_open(store, file, error);
}

#include "store/backup.h"
#include "store/core.h"
#include "store/counter.h"
#include "store/erase.h"
#include "store/key.h"
#include "store/numbers.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Key numbers that may have been used after the backup are never used again. */
#define KEY_GAP (1024 * 1024)

static bool
check_ledger(const Conf *conf, const BackupManifest *manifest, GError **error)
{
	const char *path = conf->data.erasure_ledger_file;
	g_autofree char *digest = NULL;
	gint64 size;

	if (manifest->ledger_size == 0)
		return true;
	digest = backup_digest(path, manifest->ledger_size, &size, NULL);
	if (digest == NULL || size != manifest->ledger_size ||
	    g_strcmp0(digest, manifest->ledger_digest) != 0)
		return error_set(error, ERROR_CONFLICT,
		    "The ledger of erasures %s is missing or isn't the one that the backup knows: "
		    "put it back, or what was erased would return",
		    path);
	return true;
}

static bool
check_empty(Store *store, GError **error)
{
	for (DbFile file = 0; file < DB_COUNT; file++)
		if (access(store->paths[file], F_OK) == 0)
			return error_set(error, ERROR_CONFLICT,
			    "There is a %s already: restore into an empty [data] directory",
			    store->paths[file]);
	return true;
}

static bool
copy_bytes(int from, int to, const char *name, gint64 total, BackupProgress progress, gpointer data)
{
	g_autofree guint8 *buffer = g_malloc(1024 * 1024);
	gint64 done = 0;
	gssize got;

	while ((got = read(from, buffer, 1024 * 1024)) > 0) {
		if (fault_point("restore-write") != 0 || !file_write_all(to, buffer, (gsize)got))
			return false;
		done += got;
		if (progress != NULL)
			progress(name, done, total, data);
	}
	return got == 0 && fsync(to) == 0;
}

static bool
copy_file(const char *from, const char *to, const char *name, BackupProgress progress,
    gpointer data, GError **error)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat st = {0};
	bool done = in >= 0 && out >= 0 && fstat(in, &st) == 0 &&
		    copy_bytes(in, out, name, st.st_size, progress, data);

	if (!done)
		error_set_errno(error, in < 0 ? ERROR_NOT_FOUND : ERROR_TEMPORARY, errno,
		    "%s can't be copied to %s", from, to);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return done;
}

/* A copy under another name, compared and looked through before it counts. */
static bool
take_file(Store *store, const BackupManifest *manifest, const char *folder, guint index,
    BackupProgress progress, gpointer data, GError **error)
{
	const char *name = manifest->files->pdata[index];
	g_autofree char *from = g_build_filename(folder, name, NULL), *digest = NULL;
	g_autofree char *to = g_strdup_printf("%s/%s-restoring", store->conf->data.directory, name);
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	gint64 size;

	if (!copy_file(from, to, name, progress, data, error))
		return false;
	digest = backup_digest(to, -1, &size, error);
	if (digest == NULL)
		return false;
	if (g_strcmp0(digest, manifest->digests->pdata[index]) != 0)
		return error_set(error, ERROR_INVALID,
		    "%s isn't what its manifest says: take another backup", from);
	if (!db_inspect_copy(to, problems, error))
		return false;
	if (problems->len > 0)
		return error_set(error, ERROR_INVALID, "%s is damaged (%s): take another backup",
		    from, (char *)problems->pdata[0]);
	return true;
}

static bool
take_backup(Store *store, const BackupManifest *manifest, const char *folder,
    BackupProgress progress, gpointer data, GError **error)
{
	for (guint i = 0; i < manifest->files->len; i++)
		if (!take_file(store, manifest, folder, i, progress, data, error))
			return false;
	return true;
}

/* The records last: where they are, the rest is. */
static bool
name_files(Store *store, GError **error)
{
	static const DbFile order[] = {DB_KEYS, DB_ACCESS, DB_RECORDS};

	for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
		g_autofree char *from = g_strconcat(store->paths[order[i]], "-restoring", NULL);

		if (fault_point("restore-name") != 0 || rename(from, store->paths[order[i]]) != 0)
			return error_set_errno(error, ERROR_INVALID, errno,
			    "The backups hold no %s", db_name(order[i]));
	}
	return file_sync_folder(store->conf->data.directory, error);
}

/* Keys that lay ready at the time of the backup may have been claimed since, and destroyed: the
 * ledger knows their numbers. Their like get other numbers from now on. */
static bool
drop_ready_keys(Store *store, GError **error)
{
	static const char sql_drop[] = "DELETE FROM key WHERE id >= $next";
	static const char sql_gap[] =
	    "UPDATE sqlite_sequence SET seq = max(seq, $next) + $gap WHERE name = 'key'";
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(DbStmt) drop = NULL, gap = NULL;
	gint64 next;

	if (!counter_get(store, DB_RECORDS, "key-next", 1, &next, error) ||
	    !db_tx_begin(&tx, store, DB_KEYS, error) ||
	    (drop = db_stmt(store, DB_KEYS, sql_drop, error)) == NULL ||
	    (gap = db_stmt(store, DB_KEYS, sql_gap, error)) == NULL)
		return false;
	db_bind_int(drop, "$next", next);
	db_bind_int(gap, "$next", next);
	db_bind_int(gap, "$gap", KEY_GAP);
	return db_run(drop, error) && db_run(gap, error) && db_tx_commit(&tx, error);
}

/* Does the newest key that the records use lie in keys.db, and does the master key open it? */
static bool
check_keys(Store *store, GError **error)
{
	static const char sql[] = "SELECT 1 FROM key WHERE id >= $id LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	KeyHash ignored;
	gint64 next;

	if (stmt == NULL || !key_hash_text(store, KEY_ADDRESS, "", &ignored, error) ||
	    !counter_get(store, DB_RECORDS, "key-next", 1, &next, error))
		return false;
	db_bind_int(stmt, "$id", next);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		return true;
	case DB_DONE:
		return error_set(error, ERROR_INVALID,
		    "The backup of the keys is more than two days older than that of the records "
		    "and doesn't open all of it: take a newer one");
	default:
		return false;
	}
}

/* The poller, where there is one, has taken more from the mailboxes than these records hold. */
static bool
make_rewind_due(Store *store, GError **error)
{
	return store->conf->imap_servers->len == 0 ||
	       numbers_set_rewind_due(store, clock_ms(), error);
}

static void
remove_files(Store *store)
{
	static const char *const suffixes[] = {"-restoring", "", "-wal", "-shm"};

	for (DbFile file = 0; file < DB_COUNT; file++) {
		core_close(store, file);
		for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
			g_autofree char *path = g_strconcat(store->paths[file], suffixes[i], NULL);

			unlink(path);
		}
	}
}

static bool
settle(Store *store, gint64 *ret_erasures, GError **error)
{
	return core_open(store, DB_RECORDS, error) && core_open(store, DB_KEYS, error) &&
	       core_open(store, DB_ACCESS, error) && check_keys(store, error) &&
	       drop_ready_keys(store, error) && erase_replay(store, ret_erasures, error);
}

bool
backup_restore(const Conf *conf, const char *records, const char *keys, bool without_ledger,
    BackupProgress progress, gpointer data, BackupManifest **ret_manifest, gint64 *ret_erasures,
    GError **error)
{
	g_autoptr(BackupManifest) of_records = backup_manifest_read(records, error);
	g_autoptr(BackupManifest) of_keys =
	    of_records != NULL ? backup_manifest_read(keys, error) : NULL;
	g_autoptr(Store) store = core_new(conf, STORE_READ_WRITE);

	if (of_keys == NULL)
		return false;
	if (of_records->kind != BACKUP_RECORDS || of_keys->kind != BACKUP_KEYS)
		return error_set(error, ERROR_INVALID,
		    "One backup must be of the records, the other of the keys");
	if ((!without_ledger &&
		(!check_ledger(conf, of_records, error) || !check_ledger(conf, of_keys, error))) ||
	    !file_make_folder(conf->data.directory, 0700, error) || !check_empty(store, error))
		return false;
	if (!take_backup(store, of_records, records, progress, data, error) ||
	    !take_backup(store, of_keys, keys, progress, data, error) ||
	    !make_rewind_due(store, error) || !name_files(store, error) ||
	    !settle(store, ret_erasures, error)) {
		remove_files(store);
		numbers_set_rewind_due(store, 0, NULL);
		return false;
	}
	*ret_manifest = g_steal_pointer(&of_records);
	return true;
}

#include "store/backup.h"
#include "store/access.h"
#include "store/core.h"
#include "store/key.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct {
	const char *name;
	BackupProgress progress;
	gpointer data;
} Pages;

static void
tell_pages(gint64 done, gint64 total, gpointer data)
{
	Pages *pages = data;

	if (pages->progress != NULL)
		pages->progress(pages->name, done, total, pages->data);
}

static bool
make_folder(const char *folder, GError **error)
{
	g_autoptr(GDir) dir = NULL;

	if (!file_make_folder(folder, 0700, error))
		return false;
	dir = g_dir_open(folder, 0, NULL);
	if (dir == NULL || g_dir_read_name(dir) != NULL)
		return error_set(error, ERROR_CONFLICT,
		    "%s isn't an empty folder: name a new one for each backup", folder);
	return true;
}

static bool
sync_file(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && fault_point("backup-sync") == 0 && fsync(fd) == 0;

	if (!done)
		error_set_errno(error, ERROR_TEMPORARY, errno, "%s can't be made durable", path);
	if (fd >= 0)
		close(fd);
	return done;
}

static bool
copy_file(
    Store *store, DbFile file, const char *folder, Pages *pages, GString *manifest, GError **error)
{
	g_autofree char *path = g_build_filename(folder, db_name(file), NULL), *digest = NULL;
	gint64 size;

	pages->name = db_name(file);
	if (!db_copy(store, file, path, tell_pages, pages, error) || !sync_file(path, error))
		return false;
	digest = backup_digest(path, -1, &size, error);
	if (digest == NULL)
		return false;
	g_string_append_printf(manifest, "file: %s %s\n", db_name(file), digest);
	return true;
}

static bool
add_revision(Store *store, GString *manifest, GError **error)
{
	static const char sql[] = "SELECT coalesce(max(id), 0) FROM revision";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL || db_step(stmt, error) != DB_ROW)
		return false;
	g_string_append_printf(manifest, "revision: %" G_GINT64_FORMAT "\n", db_int(stmt, 0));
	return true;
}

/* From where on items are missing after a restore. */
static bool
add_sources(Store *store, GString *manifest, GError **error)
{
	static const char sql[] =
	    "SELECT s.name, t.start, t.highest FROM source_start t "
	    "JOIN source s ON s.id = t.source_id WHERE t.time = "
	    "(SELECT max(l.time) FROM source_start l WHERE l.source_id = t.source_id) "
	    "ORDER BY s.name";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW)
		g_string_append_printf(manifest,
		    "source: %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", db_text(stmt, 0),
		    db_int(stmt, 1), db_int(stmt, 2));
	return step == DB_DONE;
}

static bool
add_ledger(Store *store, GString *manifest, GError **error)
{
	const char *path = store->conf->data.erasure_ledger_file;
	g_autofree char *digest = NULL;
	gint64 size;

	if (access(path, F_OK) != 0)
		return true;
	digest = backup_digest(path, -1, &size, error);
	if (digest == NULL)
		return false;
	g_string_append_printf(manifest, "ledger: %" G_GINT64_FORMAT " %s\n", size, digest);
	return true;
}

bool
backup_make(Store *store, BackupKind kind, const char *folder, BackupProgress progress,
    gpointer data, GError **error)
{
	g_autoptr(GString) manifest = g_string_new("kartoteka-backup 1\n");
	g_autofree char *path = g_build_filename(folder, "MANIFEST", NULL);
	Pages pages = {.progress = progress, .data = data};
	bool done;

	if (!make_folder(folder, error) ||
	    (kind == BACKUP_KEYS && !key_refill(store, KEY_NEED_RESERVE, error)) ||
	    (kind == BACKUP_RECORDS && !access_checkpoint(store, error)))
		return false;
	g_string_append_printf(manifest, "kind: %s\ntime: %" G_GINT64_FORMAT "\n",
	    kind == BACKUP_KEYS ? "keys" : "records", clock_ms());
	/* The ledger before the records: an erasure that falls between is replayed, not lost. */
	done = add_ledger(store, manifest, error) && add_revision(store, manifest, error) &&
	       add_sources(store, manifest, error);
	if (kind == BACKUP_KEYS)
		done = done && copy_file(store, DB_KEYS, folder, &pages, manifest, error);
	else
		/* The records last: they hold the keys of what the reads of access.db say, and as many changes as its
		 * checkpoints know of. */
		done = done && copy_file(store, DB_ACCESS, folder, &pages, manifest, error) &&
		       copy_file(store, DB_RECORDS, folder, &pages, manifest, error);
	g_string_append(manifest, "end\n");
	return done && file_sync_folder(folder, error) &&
	       file_publish(path, manifest->str, manifest->len, 0600, error);
}

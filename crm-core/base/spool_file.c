#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/spool_entry.h"
#include "base/spool_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 8192

struct SpoolFile {
	Spool *spool;
	SpoolLane lane;
	int fd;
	int tmp_fd;    /* of its folder, the spool's */
	char name[48]; /* in there */
	GString *buffer;
	gint64 size; /* of the bytes */
	bool committed;
	SpoolKey key;
};

static bool
failed(GError **error, const char *what)
{
	return error_set_errno(error, ERROR_TEMPORARY, errno, "A spool file can't be %s", what);
}

static bool
flush(SpoolFile *file, GError **error)
{
	if (file->buffer->len == 0)
		return true;
	if (fault_point("spool-write") != 0 ||
	    !file_write_all(file->fd, file->buffer->str, file->buffer->len))
		return failed(error, "written");
	g_string_truncate(file->buffer, 0);
	return true;
}

/* entry may be of any kind; its source and start are filled in. */
static SpoolFile *
new_file(Spool *spool, const SpoolEntry *entry, SpoolLane lane, GError **error)
{
	g_autoptr(SpoolFile) file = g_new0(SpoolFile, 1);
	SpoolEntry copy = *entry;
	gint64 serial;

	g_mutex_lock(&spool->lock);
	serial = ++spool->serial;
	copy.key = spool->drawn; /* for source and start */
	g_mutex_unlock(&spool->lock);
	file->spool = spool;
	file->lane = lane;
	file->tmp_fd = spool->tmp_fd[serial / SPOOL_TMP_RUN % SPOOL_TMP_FOLDERS];
	file->buffer = g_string_sized_new(1024);
	g_snprintf(file->name, sizeof file->name, "%" G_GINT64_MODIFIER "x.%" G_GINT64_FORMAT,
	    copy.key.start, serial);
	file->fd = -1;
	if (fault_point("spool-create") == 0)
		file->fd = openat(file->tmp_fd, file->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (file->fd < 0) {
		failed(error, "made");
		return NULL;
	}
	spool_entry_format(&copy, file->buffer);
	return g_steal_pointer(&file);
}

SpoolFile *
spool_file_new(Spool *spool, const SpoolEntry *entry, SpoolLane lane, GError **error)
{
	return new_file(spool, entry, lane, error);
}

bool
spool_file_write(SpoolFile *file, const void *data, gsize length, GError **error)
{
	if (file->buffer->len + length > BUFFER_SIZE && !flush(file, error))
		return false;
	file->size += (gint64)length;
	if (length < BUFFER_SIZE) {
		g_string_append_len(file->buffer, data, (gssize)length);
		return true;
	}
	if (fault_point("spool-write") != 0 || !file_write_all(file->fd, data, length))
		return failed(error, "written");
	return true;
}

void
spool_file_free(SpoolFile *file)
{
	if (file == NULL)
		return;
	if (file->fd >= 0) {
		close(file->fd);
		if (!file->committed)
			unlinkat(file->tmp_fd, file->name, 0);
	}
	g_string_free(file->buffer, TRUE);
	g_free(file);
}

const SpoolKey *
spool_file_key(const SpoolFile *file)
{
	return file->committed ? &file->key : NULL;
}

/* Everything but durability: the rest of the bytes, and the lines that had to wait for them. */
static bool
complete(SpoolFile *file, const char *queue_id, GError **error)
{
	g_autoptr(GString) late = g_string_new(NULL);

	if (!flush(file, error))
		return false;
	spool_entry_format_late(file->size, clock_ms(), queue_id, late);
	if (fault_point("spool-late") != 0 ||
	    pwrite(file->fd, late->str, late->len, SPOOL_LATE_OFFSET) != (ssize_t)late->len)
		return failed(error, "completed");
	return true;
}

/* Gives the file its number by renaming it, with the lock held. n is used up only when the rename
 * succeeds. */
static SpoolHour *
place(SpoolFile *file, gint64 n, GError **error)
{
	Spool *spool = file->spool;
	char name[48];

	g_snprintf(name, sizeof name, "%" G_GINT64_MODIFIER "x.%010" G_GINT64_FORMAT,
	    spool->drawn.start, n);
	for (int attempt = 0; attempt < 2; attempt++) {
		g_autoptr(SpoolHour) hour = spool_current_hour(spool, file->lane, attempt > 0);

		if (hour == NULL)
			break;
		if (fault_point("spool-rename") == 0 &&
		    renameat2(file->tmp_fd, file->name, hour->fd, name, RENAME_NOREPLACE) == 0) {
			file->committed = true;
			file->key = spool->drawn;
			file->key.n = spool->drawn.n = n;
			return g_steal_pointer(&hour);
		}
		/* ENOENT: the reader has removed the folder, empty since long; make it again */
		if (errno != ENOENT)
			break;
	}
	failed(error, "renamed");
	return NULL;
}

static bool
sync_hour(SpoolHour *hour, GError **error)
{
	if (!spool_hour_sync(hour))
		return failed(error, "made durable in its folder");
	return true;
}

static bool
sync_file(SpoolFile *file, GError **error)
{
	if (fault_point("spool-fsync") != 0 || fsync(file->fd) != 0)
		return failed(error, "made durable");
	return true;
}

bool
spool_ensure_started(Spool *spool, GError **error)
{
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_START, spool->via);
	g_autoptr(SpoolFile) file = NULL;
	g_autoptr(SpoolHour) hour = NULL;
	bool done;

	g_mutex_lock(&spool->lock);
	done = spool->started;
	g_mutex_unlock(&spool->lock);
	if (done)
		return true;
	entry->previous_start = spool->previous.start;
	entry->previous_number = spool->previous.n;
	file = new_file(spool, entry, SPOOL_LIVE, error);
	if (file == NULL || !complete(file, NULL, error) || !sync_file(file, error))
		return false;
	g_mutex_lock(&spool->lock);
	done = spool->started;
	if (!done)
		hour = place(file, 0, error);
	spool->started = done || hour != NULL;
	g_mutex_unlock(&spool->lock);
	if (done)
		return true;
	if (hour == NULL || !sync_hour(hour, error))
		return false;
	spool_note_durable(spool, 0);
	return true;
}

bool
spool_file_commit(SpoolFile *file, const char *queue_id, SpoolKey *ret, GError **error)
{
	Spool *spool = file->spool;
	g_autoptr(SpoolHour) hour = NULL;

	if (!spool_ensure_started(spool, error) || !complete(file, queue_id, error) ||
	    !sync_file(file, error))
		return false;
	g_mutex_lock(&spool->lock);
	hour = place(file, spool->drawn.n + 1, error);
	g_mutex_unlock(&spool->lock);
	if (hour == NULL || !sync_hour(hour, error))
		return false;
	spool_note_durable(spool, file->key.n);
	if (fault_point("spool-committed") != 0)
		return failed(error, "told of");
	if (ret != NULL)
		*ret = file->key;
	return true;
}

bool
spool_record(Spool *spool, const SpoolEntry *entry, SpoolKey *ret, GError **error)
{
	g_autoptr(SpoolFile) file = new_file(spool, entry, SPOOL_LIVE, error);

	return file != NULL && spool_file_commit(file, entry->queue_id, ret, error);
}

bool
spool_commit_all(Spool *spool, GPtrArray *files, GError **error)
{
	g_autoptr(SpoolHour) hour = NULL;
	gint64 last = 0;
	bool ok = true;

	if (!spool_ensure_started(spool, error))
		return false;
	for (guint i = 0; i < files->len; i++)
		if (!complete(files->pdata[i], NULL, error))
			return false;
	if (fault_point("spool-syncfs") != 0 || syncfs(spool->fd) != 0)
		return failed(error, "made durable");
	g_mutex_lock(&spool->lock);
	for (guint i = 0; i < files->len && ok; i++) {
		SpoolHour *next = place(files->pdata[i], spool->drawn.n + 1, error);

		ok = next != NULL;
		if (ok && hour != NULL && hour != next)
			ok = sync_hour(hour, error);
		if (next != NULL) {
			g_clear_pointer(&hour, spool_hour_unref);
			hour = next;
			last = spool->drawn.n;
		}
	}
	g_mutex_unlock(&spool->lock);
	if (hour != NULL && !sync_hour(hour, ok ? error : NULL))
		return false;
	if (last > 0)
		spool_note_durable(spool, last);
	return ok;
}

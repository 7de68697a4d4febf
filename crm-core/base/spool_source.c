#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/spool_entry.h"
#include "base/spool_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LAST_SYNC_MS 1000

static const char *const lane_names[] = {"new", "backlog"};

static void
hour_clear(gpointer data)
{
	SpoolHour *hour = data;

	close(hour->fd);
	g_mutex_clear(&hour->lock);
	g_cond_clear(&hour->synced);
}

void
spool_hour_unref(SpoolHour *hour)
{
	g_atomic_rc_box_release_full(hour, hour_clear);
}

/* Makes the folder if it is missing and opens it; -1 with errno set. */
static int
open_folder(int parent, const char *name)
{
	if (mkdirat(parent, name, 0770) != 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* The same for one that holds what was told yes. One that was there may have been made by a start that was killed before
 * its fsync. */
static int
open_durable_folder(int parent, const char *name)
{
	int fd = open_folder(parent, name), saved;

	if (fd < 0 || fsync(parent) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Opening a source ------------------------------------------------------------------------------
 */

static void
empty_folder(int fd)
{
	DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(fd, entry->d_name, 0);
	closedir(dir);
}

/* The mark "T" of chattr(1), where the file system knows it; it is a hint and nothing more. */
static void
spread_folders(int fd)
{
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0 || (flags & FS_TOPDIR_FL) != 0)
		return;
	flags |= FS_TOPDIR_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0)
		return;
}

static bool
open_tmp(Spool *spool)
{
	int tmp = open_folder(spool->fd, "tmp");
	bool ok = tmp >= 0;

	if (ok)
		spread_folders(tmp);
	for (int i = 0; i < SPOOL_TMP_FOLDERS && ok; i++) {
		char name[8];

		g_snprintf(name, sizeof name, "%x", i);
		spool->tmp_fd[i] = open_folder(tmp, name);
		ok = spool->tmp_fd[i] >= 0;
	}
	if (tmp >= 0)
		close(tmp);
	return ok;
}

/* What "last" says, and what the names that still wait say: a crash may have left "last" a little
 * behind. */
static void
find_previous(Spool *spool, const char *directory)
{
	char text[64] = "", *rest;

	if (pread(spool->last_fd, text, sizeof text - 1, 0) > 0) {
		/* not sscanf: its %i takes a number with zeros before it for octal */
		gint64 start = g_ascii_strtoll(text, &rest, 16), n = g_ascii_strtoll(rest, NULL, 10);

		if (start > 0 && n >= 0 && *rest == ' ') {
			spool->previous.start = start;
			spool->previous.n = n;
		}
	}
	spool_scan_newest(directory, spool->drawn.source, &spool->previous);
}

static bool
take_lock(Spool *spool, const char *path, GError **error)
{
	spool->last_fd = openat(spool->fd, "last", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (spool->last_fd < 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "%s/last can't be opened", path);
	if (flock(spool->last_fd, LOCK_EX | LOCK_NB) != 0)
		return error_set(error, ERROR_CONFLICT,
		    "Another program writes to %s; each source needs a spool name of its own.",
		    path);
	return true;
}

/* "00000000000000000003 00000001763919999123": always of one length, so that a full disk takes it. */
static void
write_missed(Spool *spool, gint64 when)
{
	char text[64];
	int length = g_snprintf(text, sizeof text,
	    "%020" G_GINT64_FORMAT " %020" G_GINT64_FORMAT "\n", spool->missed, when);

	if (pwrite(spool->missed_fd, text, (size_t)length, 0) != length)
		return; /* the log has the alarm */
}

gint64
spool_missed(const char *directory, const char *source, gint64 *last)
{
	g_autofree char *path = g_build_filename(directory, source, "missed", NULL);
	g_autoptr(GBytes) bytes = file_read(path, 64, NULL);
	g_autofree char *text = bytes == NULL ? NULL : g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	gint64 count = 0, when = 0;
	char *rest = NULL;

	/* in tens whatever the zeros before them: sscanf's %i takes them for octal */
	if (text != NULL) {
		count = g_ascii_strtoll(text, &rest, 10);
		when = g_ascii_strtoll(rest, NULL, 10);
	}
	if (count < 0 || when <= 0)
		count = when = 0;
	if (last != NULL)
		*last = when;
	return count;
}

void
spool_note_missed(Spool *spool)
{
	g_mutex_lock(&spool->lock);
	spool->missed++;
	write_missed(spool, clock_ms());
	g_mutex_unlock(&spool->lock);
}

static bool
open_missed(Spool *spool, const char *directory, GError **error)
{
	gint64 last;

	spool->missed = spool_missed(directory, spool->drawn.source, &last);
	spool->missed_fd =
	    openat(spool->fd, "missed", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (spool->missed_fd < 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The spool file missed can't be opened");
	write_missed(spool, last);
	return true;
}

static bool
open_folders(Spool *spool, const char *directory, const char *path, GError **error)
{
	if (!file_make_folder(path, 0770, error))
		return false;
	file_sync_folder(directory, NULL); /* who may not read it has not made path either */
	spool->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->fd >= 0 && open_tmp(spool)) {
		for (int lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++)
			spool->lane_fd[lane] = open_durable_folder(spool->fd, lane_names[lane]);
	}
	if (spool->lane_fd[0] < 0 || spool->lane_fd[1] < 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The spool folder %s can't be used", path);
	return true;
}

Spool *
spool_open(const char *directory, const char *source, SpoolVia via, GError **error)
{
	g_autoptr(Spool) spool = g_new0(Spool, 1);
	g_autofree char *path = g_build_filename(directory, source, NULL);

	spool->missed_fd = spool->fd = spool->last_fd = spool->lane_fd[0] = spool->lane_fd[1] = -1;
	for (int i = 0; i < SPOOL_TMP_FOLDERS; i++)
		spool->tmp_fd[i] = -1;
	spool->via = via;
	g_mutex_init(&spool->lock);
	if (!spool_source_is_valid(source)) {
		error_set(error, ERROR_INVALID, "%s is no valid name of a spool source.", source);
		return NULL;
	}
	g_strlcpy(spool->drawn.source, source, sizeof spool->drawn.source);
	if (!open_folders(spool, directory, path, error) || !take_lock(spool, path, error) ||
	    !open_missed(spool, directory, error))
		return NULL;
	for (int i = 0; i < SPOOL_TMP_FOLDERS; i++)
		empty_folder(spool->tmp_fd[i]);
	find_previous(spool, directory);
	spool->drawn.start = clock_ms_after(spool->previous.start + 1);
	/* On a full disk the source runs all the same and is started with its first item. */
	spool_ensure_started(spool, NULL);
	return g_steal_pointer(&spool);
}

void
spool_free(Spool *spool)
{
	if (spool == NULL)
		return;
	for (int lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++) {
		g_clear_pointer(&spool->hour[lane], spool_hour_unref);
		if (spool->lane_fd[lane] >= 0)
			close(spool->lane_fd[lane]);
	}
	if (spool->last_fd >= 0) {
		fdatasync(spool->last_fd);
		close(spool->last_fd);
	}
	if (spool->missed_fd >= 0)
		close(spool->missed_fd);
	for (int i = 0; i < SPOOL_TMP_FOLDERS; i++)
		if (spool->tmp_fd[i] >= 0)
			close(spool->tmp_fd[i]);
	if (spool->fd >= 0)
		close(spool->fd);
	g_mutex_clear(&spool->lock);
	g_free(spool);
}

SpoolKey
spool_last_key(Spool *spool)
{
	SpoolKey key;

	g_mutex_lock(&spool->lock);
	key = spool->drawn;
	key.n = spool->durable;
	g_mutex_unlock(&spool->lock);
	return key;
}

bool
spool_has_room(Spool *spool, const ConfSpace *minimum, GError **error)
{
	struct statvfs fs;
	gint64 room, wanted;

	if (fault_point("spool-room") != 0 || fstatvfs(spool->fd, &fs) != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "The free space of the spool can't be told");
	room = (gint64)fs.f_bavail * (gint64)fs.f_frsize;
	wanted =
	    minimum->bytes + (gint64)fs.f_blocks / 100 * minimum->percent * (gint64)fs.f_frsize;
	/* no files at all: a file system that makes them as it needs them (btrfs) */
	if (fs.f_files > 0 && fs.f_favail == 0)
		return error_set(error, ERROR_TEMPORARY,
		    "The spool's file system takes no more files; remove some.");
	if (room < wanted)
		return error_set(error, ERROR_TEMPORARY,
		    "The spool has %" G_GINT64_FORMAT
		    " MB left, below its mark of %" G_GINT64_FORMAT " MB; make room.",
		    room >> 20, wanted >> 20);
	return true;
}

/* Hours and numbers -----------------------------------------------------------------------------
 */

SpoolHour *
spool_current_hour(Spool *spool, SpoolLane lane, bool anew)
{
	g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_ms() / CLOCK_SECOND);
	g_autofree char *name = g_date_time_format(now, "%Y%m%d%H");
	SpoolHour *hour = spool->hour[lane];
	int fd;

	if (hour == NULL || anew || strcmp(hour->name, name) != 0) {
		fd = fault_point("spool-hour") == 0
			 ? open_durable_folder(spool->lane_fd[lane], name)
			 : -1;
		if (fd < 0)
			return NULL;
		g_clear_pointer(&spool->hour[lane], spool_hour_unref);
		hour = g_atomic_rc_box_new0(SpoolHour);
		hour->fd = fd;
		g_mutex_init(&hour->lock);
		g_cond_init(&hour->synced);
		g_strlcpy(hour->name, name, sizeof hour->name);
		spool->hour[lane] = hour;
	}
	return g_atomic_rc_box_acquire(hour);
}

void
spool_note_durable(Spool *spool, gint64 n)
{
	char text[64];
	gint64 now = clock_monotonic_ms();
	bool sync = false;
	int length;

	g_mutex_lock(&spool->lock);
	if (n >= spool->durable) {
		spool->durable = n;
		length = g_snprintf(text, sizeof text,
		    "%016" G_GINT64_MODIFIER "x %020" G_GINT64_FORMAT "\n", spool->drawn.start, n);
		sync = pwrite(spool->last_fd, text, (size_t)length, 0) == length &&
		       now - spool->last_sync >= LAST_SYNC_MS;
		if (sync)
			spool->last_sync = now;
	}
	g_mutex_unlock(&spool->lock);
	if (sync)
		fdatasync(spool->last_fd);
}

/* One fsync for all questions that have been asked, with hour->lock held at both ends. */
static void
sync_for_all(SpoolHour *hour)
{
	guint64 asked = hour->asked;
	int error;

	hour->syncing = true;
	g_mutex_unlock(&hour->lock);
	error = fault_point("spool-sync-folder") == 0 && fsync(hour->fd) == 0 ? 0 : errno;
	g_mutex_lock(&hour->lock);
	if (error != 0) {
		hour->failed = asked;
		hour->error = error;
	}
	hour->done = asked;
	hour->syncing = false;
	g_cond_broadcast(&hour->synced);
}

bool
spool_hour_sync(SpoolHour *hour)
{
	guint64 mine;
	int error = 0;

	g_mutex_lock(&hour->lock);
	mine = ++hour->asked;
	while (hour->done < mine)
		if (hour->syncing)
			g_cond_wait(&hour->synced, &hour->lock);
		else
			sync_for_all(hour);
	/* who wakes up late, after a later failure, says no to what is durable: it comes again */
	if (mine <= hour->failed)
		error = hour->error;
	g_mutex_unlock(&hour->lock);
	errno = error;
	return error == 0;
}

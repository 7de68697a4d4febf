#include "base/file.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool
file_write_all(int fd, const void *data, size_t length)
{
	const char *p = data;

	while (length > 0) {
		ssize_t n = write(fd, p, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		length -= (size_t)n;
	}
	return true;
}

static bool
read_exactly(int fd, char *data, gsize length, const char *path, GError **error)
{
	gsize have = 0;

	while (have < length) {
		ssize_t n = read(fd, data + have, length - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set_errno(
			    error, ERROR_INTERNAL, errno, "%s can't be read", path);
		if (n == 0)
			return error_set(
			    error, ERROR_TEMPORARY, "%s became shorter while it was read.", path);
		have += (gsize)n;
	}
	return true;
}

/* Opens a regular file for reading; -1 with error set. */
static int
open_regular(const char *path, struct stat *st, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		error_set_errno(error,
		    errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND : ERROR_DENIED, errno,
		    "%s can't be opened", path);
		return -1;
	}
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
		error_set(error, ERROR_INVALID, "%s is not a regular file.", path);
		close(fd);
		return -1;
	}
	return fd;
}

GBytes *
file_read(const char *path, gsize max, GError **error)
{
	struct stat st;
	g_autofree char *data = NULL;
	int fd = open_regular(path, &st, error);
	bool ok;

	if (fd < 0)
		return NULL;
	if (st.st_size < 0 || (guint64)st.st_size > max) {
		close(fd);
		error_set(error, ERROR_TOO_BIG, "%s is larger than %" G_GSIZE_FORMAT " bytes.",
		    path, max);
		return NULL;
	}
	data = g_malloc((gsize)st.st_size + 1);
	data[st.st_size] = '\0'; /* so that text can be read as a string */
	ok = read_exactly(fd, data, (gsize)st.st_size, path, error);
	close(fd);
	return ok ? g_bytes_new_take(g_steal_pointer(&data), (gsize)st.st_size) : NULL;
}

bool
file_read_secret(const char *path, void *secret, gsize length, GError **error)
{
	struct stat st;
	g_autofree char *data = NULL;
	int fd = open_regular(path, &st, error);
	bool ok;

	if (fd < 0)
		return false;
	if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
		close(fd);
		return error_set(error, ERROR_DENIED,
		    "%s is a secret that others can reach; use: chmod 0400 %s", path, path);
	}
	if (st.st_size < 0 || (guint64)st.st_size != length) {
		close(fd);
		return error_set(error, ERROR_INVALID,
		    "%s must have %" G_GSIZE_FORMAT " bytes, it has %" G_GINT64_FORMAT ".", path,
		    length, (gint64)st.st_size);
	}
	data = g_malloc0(length);
	ok = read_exactly(fd, data, length, path, error);
	close(fd);
	if (ok)
		memcpy(secret, data, length);
	explicit_bzero(data, length);
	return ok;
}

bool
file_sync_folder(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The folder %s can't be opened", path);
	if (fault_point("file-sync-folder") != 0 || fsync(fd) != 0) {
		error_set_errno(
		    error, ERROR_INTERNAL, errno, "The folder %s can't be made durable", path);
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

static bool
write_durably(int fd, const void *data, gsize length, mode_t mode)
{
	bool ok = fault_point("file-publish-write") == 0 && file_write_all(fd, data, length) &&
		  fchmod(fd, mode) == 0 && fsync(fd) == 0;
	int saved = errno;

	/* close() tells of a late failure on some file systems */
	if (close(fd) != 0 && ok)
		return false;
	errno = saved;
	return ok;
}

bool
file_publish(const char *path, const void *data, gsize length, mode_t mode, GError **error)
{
	return file_publish_for(path, data, length, mode, (gid_t)-1, error);
}

bool
file_publish_for(
    const char *path, const void *data, gsize length, mode_t mode, gid_t group, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *temporary = g_strdup_printf("%s/.%s.XXXXXX", folder, name);
	int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "No file can be made in %s", folder);
	if (fchown(fd, (uid_t)-1, group) != 0) {
		error_set_errno(
		    error, ERROR_DENIED, errno, "%s can't be given to its reader's group", path);
		close(fd);
		unlink(temporary);
		return false;
	}
	if (!write_durably(fd, data, length, mode) || fault_point("file-publish-rename") != 0 ||
	    rename(temporary, path) != 0) {
		error_set_errno(error, ERROR_INTERNAL, errno, "%s can't be written", path);
		unlink(temporary);
		return false;
	}
	return file_sync_folder(folder, error);
}

bool
file_make_folder(const char *path, mode_t mode, GError **error)
{
	if (g_mkdir_with_parents(path, (int)mode) != 0)
		return error_set_errno(
		    error, ERROR_CONFLICT, errno, "The folder \"%s\" can't be made", path);
	return true;
}

int
file_lock(const char *path, bool wait, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result;

	if (fd < 0) {
		error_set_errno(error, ERROR_DENIED, errno, "The lock %s can't be opened", path);
		return -1;
	}
	do
		result = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
	while (result != 0 && errno == EINTR);
	if (result == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		error_set(error, ERROR_CONFLICT,
		    "%s is locked: another program that does the same is running.", path);
	else
		error_set_errno(error, ERROR_INTERNAL, errno, "%s can't be locked", path);
	close(fd);
	return -1;
}

/*
 * file: what every program needs around files: whole writes, publishing by rename, locks, secrets.
 *
 * Paths are the operator's, so they may stand in an error's message.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Writes all of it, going on after EINTR and short writes. errno is set on failure. */
bool file_write_all(int fd, const void *data, size_t length);

/* The whole file, at most max bytes (ERROR_TOO_BIG). NOT_FOUND when there is none. */
GBytes *file_read(const char *path, gsize max, GError **error);

/* A secret of exactly length bytes from a file that group and others can't write and others can't
 * read (ERROR_DENIED). Caller wipes it. */
bool file_read_secret(const char *path, void *secret, gsize length, GError **error);

/* Replaces path at once: a temporary file beside it, fsync, rename, fsync of the folder. Readers
 * see the old or the new content, never half of one. */
bool file_publish(const char *path, const void *data, gsize length, mode_t mode, GError **error);

/* The same, given to a group before it is seen; (gid_t)-1: to none. ERROR_DENIED: this user isn't a member of it. */
bool file_publish_for(
    const char *path, const void *data, gsize length, mode_t mode, gid_t group, GError **error);

/* fsync of a folder, after a rename or an unlink in it. */
bool file_sync_folder(const char *path, GError **error);

/* Creates a folder and its parents (mode for each new one); existing ones stay as they are. */
bool file_make_folder(const char *path, mode_t mode, GError **error);

/* Opens (creates 0600) path and takes an exclusive flock on it: the lock is held until the fd is
 * closed, also by a killed holder's death, and doesn't survive exec (O_CLOEXEC; a forked child that
 * doesn't exec shares it). wait: block until it is free, otherwise ERROR_CONFLICT. Returns the fd
 * or -1. */
int file_lock(const char *path, bool wait, GError **error);

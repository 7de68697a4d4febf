#include "store/lock.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* Between two tries, in microseconds: short at first, since most transactions end within 10 ms. */
#define PAUSE_FIRST 100
#define PAUSE_MOST 2000

struct Lock {
	char *path;
	int fd, queue;
	int depth;
};

Lock *
lock_new(const char *path)
{
	Lock *lock = g_new0(Lock, 1);

	lock->path = g_strdup(path);
	lock->fd = lock->queue = -1;
	return lock;
}

void
lock_free(Lock *lock)
{
	if (lock == NULL)
		return;
	if (lock->fd >= 0)
		close(lock->fd);
	if (lock->queue >= 0)
		close(lock->queue);
	g_free(lock->path);
	g_free(lock);
}

bool
lock_is_held(const Lock *lock)
{
	return lock->depth > 0;
}

bool
lock_is_wanted(const Lock *lock)
{
	if (flock(lock->queue, LOCK_EX | LOCK_NB) != 0)
		return true;
	flock(lock->queue, LOCK_UN);
	return false;
}

static bool
open_one(const Lock *lock, const char *suffix, int *fd, GError **error)
{
	g_autofree char *path = NULL;

	if (*fd >= 0)
		return true;
	path = g_strconcat(lock->path, suffix, NULL);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The lock %s can't be opened", path);
	return true;
}

static bool
wait_for(int fd, gint64 until, const char *path, GError **error)
{
	gulong pause = PAUSE_FIRST;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set_errno(
			    error, ERROR_INTERNAL, errno, "%s can't be locked", path);
		if (clock_monotonic_ms() >= until)
			return error_set(error, ERROR_TEMPORARY,
			    "%s is in use by another program: try again later", path);
		g_usleep(pause);
		pause = MIN(pause * 2, PAUSE_MOST);
	}
	return true;
}

bool
lock_take(Lock *lock, gint64 wait_ms, GError **error)
{
	gint64 until = clock_monotonic_ms() + wait_ms;
	bool done;

	if (lock->depth > 0) {
		lock->depth++;
		return true;
	}
	if (fault_point("lock-take") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "%s can't be locked", lock->path);
	if (!open_one(lock, "-queue", &lock->queue, error) ||
	    !open_one(lock, "-lock", &lock->fd, error) ||
	    !wait_for(lock->queue, until, lock->path, error))
		return false;
	done = wait_for(lock->fd, until, lock->path, error);
	flock(lock->queue, LOCK_UN);
	lock->depth = done ? 1 : 0;
	return done;
}

void
lock_give(Lock *lock)
{
	g_assert(lock->depth > 0);
	if (--lock->depth == 0)
		flock(lock->fd, LOCK_UN);
}

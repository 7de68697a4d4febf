#include "base/foreground.h"

#include "base/fault.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FILE_NAME "foreground"
#define STEP_US 1000
#define MOST_US 100000 /* more than most pages take */
#define AFTER_US 5000  /* the next page may be on its way */

static int held = -1; /* the file, locked */

static struct {
	int fd;
	GMutex lock; /* all below */
	int paused; /* since then; otherwise it has worked. Set with the lock held, read without it */
	gint64 since;   /* us */
	gint64 entered; /* us: when somebody was there the last time */
	gint64 owed;    /* us paused that aren't made good by work yet */
	bool must_work; /* until nothing is owed */
} watch = {.fd = -1};

/* The lock belongs to the open file, so it tells two programs as well as two threads apart. */
static int
open_file(const char *run_directory, int flags)
{
	g_autofree char *path = g_build_filename(run_directory, FILE_NAME, NULL);

	return open(path, O_RDONLY | O_CLOEXEC | flags, 0600);
}

void
foreground_enter(const char *run_directory)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	held = open_file(run_directory, 0);
	if (held >= 0)
		fcntl(held, F_OFD_SETLK, &lock);
}

void
foreground_leave(void)
{
	if (held >= 0)
		close(held);
	held = -1;
}

void
foreground_watch(const char *run_directory, bool make)
{
	g_assert(watch.fd < 0);
	watch.fd = open_file(run_directory, make ? O_CREAT : 0);
	if (watch.fd < 0 && make)
		log_warning("foreground", "file=%s/%s errno=%d", run_directory, FILE_NAME, errno);
}

static bool
is_entered(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(watch.fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Keeps account of pauses and work. Is there a pause from now on? */
static bool
settle(bool entered, bool enough)
{
	gint64 now = g_get_monotonic_time(), passed;
	bool pause;

	g_mutex_lock(&watch.lock);
	passed = now - watch.since;
	watch.owed = watch.paused ? watch.owed + passed : MAX(0, watch.owed - passed);
	watch.must_work = watch.owed >= MOST_US || (watch.must_work && watch.owed > 0);
	watch.since = now;
	if (entered)
		watch.entered = now;
	pause = !enough && !watch.must_work && now - watch.entered < AFTER_US;
	g_atomic_int_set(&watch.paused, pause);
	g_mutex_unlock(&watch.lock);
	return pause;
}

void
foreground_let_by(ForegroundEnough enough, void *data)
{
	bool entered;

	if (watch.fd < 0)
		return;
	entered = is_entered();
	if (!entered && !g_atomic_int_get(&watch.paused))
		return;
	for (; settle(entered, enough != NULL && enough(data)); entered = is_entered()) {
		fault_point("foreground-pause");
		g_usleep(STEP_US);
	}
}

#include "prog/letter-out.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS (60 * CLOCK_SECOND)

/* Waits until it has ended; one that takes too long is ended. */
static bool
has_taken_it(GPid pid)
{
	gint64 until = clock_monotonic_ms() + PATIENCE_MS;
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && clock_monotonic_ms() < until)
		g_usleep(10000);
	if (ended == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return false;
	}
	return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
letter_out_send(const char *program, const char *text, gsize length, GError **error)
{
	char *argv[] = {(char *)program, (char *)"-i", (char *)"-t", NULL};
	GPid pid;
	int in;
	bool written;

	if (!g_spawn_async_with_pipes("/", argv, NULL,
		G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, &in, NULL,
		NULL, NULL))
		return error_set(error, ERROR_TEMPORARY, "%s can't be run.", program);
	/* no longer than a pipe holds, or a sendmail that reads: its end ends the write, too */
	written = file_write_all(in, text, length);
	close(in);
	if (!has_taken_it(pid) || !written)
		return error_set(error, ERROR_TEMPORARY, "%s didn't take the letter.", program);
	return true;
}

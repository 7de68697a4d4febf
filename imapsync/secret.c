#include "imapsync/secret.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET_MAX 8192
#define COMMAND_MS 30000

void
secret_free(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	g_free(secret);
}

/* The first line of length bytes, which are wiped. */
static char *
take_line(char *buffer, gsize length, const char *what, GError **error)
{
	gsize line = strcspn(buffer, "\r\n");
	char *secret = NULL;

	if (length == 0 || line == 0)
		error_set(error, ERROR_INVALID, "%s has no secret in its first line.", what);
	else if (length >= SECRET_MAX)
		error_set(error, ERROR_INVALID, "%s has more than %d bytes; that is no secret.",
		    what, SECRET_MAX);
	else if (!g_utf8_validate(buffer, (gssize)line, NULL))
		error_set(error, ERROR_INVALID, "The secret of %s is no text in UTF-8.", what);
	else
		secret = g_strndup(buffer, line);
	explicit_bzero(buffer, length);
	return secret;
}

static gsize
read_all(int fd, char buffer[static SECRET_MAX + 1], gint64 deadline)
{
	gsize length = 0;

	while (length < SECRET_MAX) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		gint64 left = deadline - clock_monotonic_ms();
		ssize_t n;

		if (left <= 0 || (n = poll(&ready, 1, (int)left)) == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		n = read(fd, buffer + length, SECRET_MAX - length);
		if (n <= 0)
			break;
		length += (gsize)n;
	}
	buffer[length] = '\0';
	return length;
}

char *
secret_from_file(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char buffer[SECRET_MAX + 1];
	struct stat st;
	gsize length;

	if (fd < 0) {
		error_set_errno(
		    error, ERROR_NOT_FOUND, errno, "The secret %s can't be opened", path);
		return NULL;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		close(fd);
		error_set(error, ERROR_DENIED,
		    "The secret %s must be a file that nobody else may read or write: chmod 600 %s",
		    path, path);
		return NULL;
	}
	length = read_all(fd, buffer, clock_monotonic_ms() + COMMAND_MS);
	close(fd);
	return take_line(buffer, length, path, error);
}

static char *
fill_in(const char *command, const char *user)
{
	g_autofree char *quoted = g_shell_quote(user);
	g_auto(GStrv) parts = g_strsplit(command, "%u", -1);

	return g_strjoinv(quoted, parts);
}

/* Waits until it has ended or its time is over. */
static bool
has_succeeded(GPid pid, gint64 deadline)
{
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && clock_monotonic_ms() < deadline)
		g_usleep(5000);
	if (ended == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return false;
	}
	return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

char *
secret_from_command(const char *command, const char *user, GError **error)
{
	g_autofree char *filled = fill_in(command, user);
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", filled, NULL};
	gint64 deadline = clock_monotonic_ms() + COMMAND_MS;
	char buffer[SECRET_MAX + 1];
	gsize length;
	GPid pid;
	int out;

	if (!g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
		NULL, &out, NULL, NULL)) {
		error_set(error, ERROR_INTERNAL, "The secret-command can't be run.");
		return NULL;
	}
	length = read_all(out, buffer, deadline);
	close(out);
	if (!has_succeeded(pid, deadline)) {
		explicit_bzero(buffer, sizeof buffer);
		error_set(error, ERROR_TEMPORARY,
		    "The secret-command failed, or took more than 30 seconds.");
		return NULL;
	}
	return take_line(buffer, length, "The secret-command", error);
}

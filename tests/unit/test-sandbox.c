/* What a program can still do after giving things up: each case in a child of its own. */
#include "base/error.h"
#include "base/priv.h"
#include "base/sandbox.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs the case in a child; its status, or 1000 plus the signal that ended it. */
static int
in_child(int (*run)(void))
{
	pid_t child = fork();
	int status;

	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		_exit(run());
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

#ifndef WITH_SANITIZERS
static int
try_parser(void)
{
	char *memory;
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0 || !sandbox_enter(&sandbox_parser))
		return 1;
	if (write(fd, "x", 1) != 1)
		return 2;
	memory = malloc(8 << 20);
	if (memory == NULL)
		return 3;
	memset(memory, 1, 8 << 20);
	free(memory);
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EPERM)
		return 4;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
		return 5;
	if (fork() >= 0)
		return 6;
	if (execl("/bin/true", "true", NULL) == 0 || errno != EPERM)
		return 7;
	if (kill(getppid(), 0) == 0 || errno != EPERM)
		return 8;
	/* a charset that nobody has loaded is unknown, and nothing worse */
	if (iconv_open("UTF-8", "KOI8-U") != (iconv_t)-1)
		return 9;
	return 0;
}

static int
try_cgi(void)
{
	int fd;

	if (!sandbox_enter(&sandbox_cgi))
		return 1;
	fd = open("/dev/null", O_RDONLY);
	if (fd < 0)
		return 2;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
		return 3;
	if (execl("/bin/true", "true", NULL) == 0 || errno != EPERM)
		return 4;
	return 0;
}
#endif

static void
test_filters(void)
{
#ifdef WITH_SANITIZERS
	g_test_skip("sanitizers need what a filter forbids");
#else
	g_assert_cmpint(in_child(try_parser), ==, 0);
	g_assert_cmpint(in_child(try_cgi), ==, 0);
#endif
}

static int
try_drop(void)
{
	gid_t groups[64];
	int n;

	if (!priv_drop("nobody", NULL, NULL) || geteuid() == 0 || getegid() == 0)
		return 1;
	n = getgroups(64, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			return 2;
	if (seteuid(0) == 0)
		return 3;
	if (!priv_drop("nobody", NULL, NULL)) /* is it already */
		return 4;
	return priv_drop("root", NULL, NULL) ? 5 : 0;
}

static void
test_drop(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(priv_drop("", "", &error));
	g_assert_false(priv_drop("no-such-user", NULL, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	if (geteuid() != 0)
		g_test_skip("only root can become somebody else");
	else
		g_assert_cmpint(in_child(try_drop), ==, 0);
}

static int
try_limits(void)
{
	PrivLimits limits = {.cpu_seconds = 1, .files = 10, .file_size = 0};
	volatile unsigned n = 0;

	if (!priv_limit(&limits, NULL) || !priv_harden(0027, NULL))
		return 1;
	if (umask(0) != 0027)
		return 2;
	for (int i = 0; i < 20; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			for (;;)
				n++;
	return 3;
}

static void
test_limits(void)
{
	int status = in_child(try_limits);

	g_assert_true(status == 1000 + SIGKILL || status == 1000 + SIGXCPU);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sandbox/filters", test_filters);
	g_test_add_func("/priv/drop", test_drop);
	g_test_add_func("/priv/limits", test_limits);
	return g_test_run();
}

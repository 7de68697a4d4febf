/* Can a program of the MTA, which runs as another user and often in a chroot, reach the milter's socket? */
#include "config.h"

#include "prog/doctor.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child: becomes the user, in the chroot, with the queue as its folder; returns errno of connect(). */
static int
connect_as(const struct passwd *user, const gid_t *groups, int n, const char *queue, bool chrooted, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if ((chrooted && chroot(queue) != 0) || chdir(chrooted ? "/" : queue) != 0 ||
	    setgroups((size_t)n, groups) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
		return 0; /* it can't be tried here */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
}

/* 0 when it can, or when that can't be tried; else errno. */
static int
try_to_reach(const char *owner, const char *queue, bool chrooted, const char *path)
{
	const struct passwd *user = getpwnam(owner);
	gid_t groups[256];
	int n = G_N_ELEMENTS(groups), status;
	pid_t child;

	if (geteuid() != 0 || user == NULL || getgrouplist(owner, user->pw_gid, groups, &n) < 0)
		return 0;
	child = fork();
	if (child == 0)
		_exit(connect_as(user, groups, n, queue, chrooted, path));
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 0;
	return WEXITSTATUS(status);
}

/* A line of "postconf -M" is: name, type, private, unprivileged, chroot, wakeup, processes, command. */
static bool
runs_in(const char *line, const char *command, bool *ret_chrooted)
{
	g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
	const char *columns[8] = {NULL};
	gsize n = 0;

	for (char **word = words; *word != NULL && n < G_N_ELEMENTS(columns); word++)
		if (**word != '\0')
			columns[n++] = *word;
	if (n < G_N_ELEMENTS(columns) || strcmp(columns[7], command) != 0)
		return false;
	*ret_chrooted = strcmp(columns[4], "y") == 0;
	return true;
}

static void
judge(Doctor *doctor, const DoctorReach *reach, bool chrooted)
{
	const char *path = strchr(reach->milter, ':') + 1;
	int failed = try_to_reach(reach->owner, reach->queue, chrooted, path);

	if (failed == 0 || failed == ECONNREFUSED)
		return; /* nobody listens: said already */
	if (failed == ENOENT && chrooted)
		doctor_say(doctor, DOCTOR_FAIL, "Postfix",
		    "%s runs in a chroot at %s and finds no socket %s there, so it puts off all mail: have the socket "
		    "below %s, as contrib/mta/postfix.md shows.",
		    reach->command, reach->queue, path, reach->queue);
	else
		doctor_say(doctor, DOCTOR_FAIL, "Postfix",
		    "%s, which runs as %s, can't connect to %s (%s), so it puts off all mail: open folder and socket "
		    "to its group (milter/group, contrib/mta/postfix.md).",
		    reach->command, reach->owner, reach->milter, g_strerror(failed));
}

void
doctor_check_reach(Doctor *doctor, const DoctorReach *reach)
{
	g_auto(GStrv) lines = g_strsplit(reach->services, "\n", -1);
	bool seen[2] = {false, false};
	struct stat st;

	if (!g_str_has_prefix(reach->socket, "unix:") || stat(reach->socket + strlen("unix:"), &st) != 0)
		return; /* a port, or no milter runs */
	for (char **line = lines; *line != NULL; line++) {
		bool chrooted;

		if (!runs_in(*line, reach->command, &chrooted) || seen[chrooted])
			continue;
		seen[chrooted] = true;
		judge(doctor, reach, chrooted);
	}
}

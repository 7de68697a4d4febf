#include "milter/socket.h"

#include "base/error.h"

#include <errno.h>
#include <grp.h>
#include <libmilter/mfapi.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The path of "unix:/path"; NULL for a socket of another kind. */
static const char *
unix_path(const char *socket_name)
{
	return g_str_has_prefix(socket_name, "unix:") ? socket_name + strlen("unix:") : NULL;
}

/* libmilter removes any old socket, also one that is in use. */
static bool
is_answered(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answered;

	if (fd < 0)
		return false;
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	answered = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	close(fd);
	return answered;
}

/* "inet:port@host" or "inet6:port@host". */
static bool
is_port(const char *name)
{
	const char *port = g_str_has_prefix(name, "inet:") ? name + 5 : g_str_has_prefix(name, "inet6:") ? name + 6 : "";
	const char *at = strchr(port, '@');
	g_autofree char *digits = g_strndup(port, at == NULL ? 0 : (gsize)(at - port));

	return at != NULL && at[1] != '\0' && g_ascii_string_to_unsigned(digits, 10, 1, 65535, NULL, NULL);
}

bool
socket_check(const Conf *conf, GError **error)
{
	const char *name = conf->milter.socket, *path = unix_path(name);

	if (path == NULL && !is_port(name))
		return error_set(error, ERROR_INVALID,
		    "[milter] socket = %s: use unix:/path, inet:port@host or inet6:port@host.",
		    name);
	if (path == NULL)
		return true;
	if (!g_path_is_absolute(path) ||
	    strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
		return error_set(error, ERROR_INVALID,
		    "[milter] socket = %s: the path must begin with \"/\" and be shorter than 108 "
		    "bytes.",
		    name);
	return true;
}

static bool
give_to_group(const char *path, const Conf *conf, GError **error)
{
	const struct group *group;

	if (chmod(path, (mode_t)conf->milter.socket_mode) != 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "The mode of %s can't be set", path);
	if (*conf->milter.group == '\0')
		return true;
	group = getgrnam(conf->milter.group);
	if (group == NULL)
		return error_set(error, ERROR_NOT_FOUND,
		    "[milter] group = %s: there is no such group.", conf->milter.group);
	if (chown(path, (uid_t)-1, group->gr_gid) != 0)
		return error_set_errno(error, ERROR_DENIED, errno,
		    "%s can't be given to the group %s", path, conf->milter.group);
	return true;
}

bool
socket_open(const Conf *conf, GError **error)
{
	const char *name = conf->milter.socket, *path = unix_path(name);
	mode_t mask;
	int result;

	if (path != NULL && is_answered(path))
		return error_set(error, ERROR_CONFLICT, "A milter already listens at %s.", path);
	smfi_settimeout((int)conf->milter.timeout);
	mask = umask(0177); /* nobody before mode and group are right */
	result =
	    smfi_setconn(conf->milter.socket) == MI_SUCCESS ? smfi_opensocket(true) : MI_FAILURE;
	umask(mask);
	if (result != MI_SUCCESS)
		return error_set(error, ERROR_INVALID,
		    "The socket %s can't be opened: its folder must exist and be writable, or the "
		    "port be free.",
		    name);
	return path == NULL || give_to_group(path, conf, error);
}

void
socket_remove(const Conf *conf)
{
	const char *path = unix_path(conf->milter.socket);

	if (path != NULL)
		unlink(path);
}

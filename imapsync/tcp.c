#include "imapsync/tcp.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	if (address->sa_family != AF_INET6)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == 127);
}

/* 0, or the errno of a connect() that is under way. */
static int
finish_connect(int fd, guint timeout, int cancel_fd)
{
	const gint64 end = clock_monotonic_ms() + (gint64)MIN(timeout, 3600) * 1000;
	struct pollfd fds[] = {{fd, POLLOUT, 0}, {cancel_fd, POLLIN, 0}};
	int errnum = 0;
	socklen_t size = sizeof errnum;

	while (poll(fds, G_N_ELEMENTS(fds), (int)MAX(0, end - clock_monotonic_ms())) < 0)
		if (errno != EINTR)
			return errno;
	if (fds[1].revents != 0)
		return ECANCELED;
	if (fds[0].revents == 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &size) == 0 ? errnum : errno;
}

/* One address: 0 and a socket, or an errno. */
static int
connect_one(const struct addrinfo *address, guint timeout, int cancel_fd, int *ret_fd)
{
	const int on = 1, idle = 120, interval = 30, count = 4;
	int errnum, fd;

	fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	errnum = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
	if (errnum == EINPROGRESS)
		errnum = finish_connect(fd, timeout, cancel_fd);
	if (errnum != 0) {
		close(fd);
		return errnum;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	/* A connection that idles behind a router that has forgotten it must be noticed. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
	*ret_fd = fd;
	return 0;
}

int
tcp_connect(const char *host, guint16 port, bool loopback_only, guint timeout, int cancel_fd,
    GError **error)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	g_autofree char *service = g_strdup_printf("%u", port);
	struct addrinfo *list = NULL;
	int result, fd = -1, errnum = ECONNREFUSED;
	bool foreign = false;

	result = getaddrinfo(host, service, &hints, &list);
	if (result != 0) {
		error_set(error, ERROR_TEMPORARY, "The address of %s can't be found: %s.", host,
		    result == EAI_SYSTEM ? g_strerror(errno) : gai_strerror(result));
		return -1;
	}
	for (const struct addrinfo *a = list;
	     a != NULL && fd < 0 && errnum != ECANCELED && !foreign; a = a->ai_next) {
		foreign = loopback_only && !is_loopback(a->ai_addr);
		if (!foreign)
			errnum = connect_one(a, timeout, cancel_fd, &fd);
	}
	freeaddrinfo(list);
	if (fd < 0 && foreign)
		error_set(error, ERROR_INVALID,
		    "%s isn't this machine: without TLS a password would be readable on the way; "
		    "use implicit "
		    "TLS or STARTTLS.",
		    host);
	else if (fd < 0)
		error_set_errno(
		    error, ERROR_TEMPORARY, errnum, "%s, port %u can't be reached", host, port);
	return fd;
}

#include "base/wish.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SEND_SECONDS 10 /* that a peer may leave what was sent to it unread */

/* Waits until fd is ready for events, or now is until; false with errno set. */
static bool
wait_for(int fd, short events, gint64 until)
{
	struct pollfd ready = {.fd = fd, .events = events};
	gint64 left;
	int n;

	do {
		left = until - clock_monotonic_ms();
		n = left > 0 ? poll(&ready, 1, (int)MIN(left, G_MAXINT)) : 0;
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

static bool
send_all(int fd, const char *data, gsize length)
{
	gint64 until = clock_monotonic_ms() + SEND_SECONDS * CLOCK_SECOND;

	while (length > 0) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno != EAGAIN || !wait_for(fd, POLLOUT, until)))
			return false;
		if (n > 0) {
			data += n;
			length -= (gsize)n;
		}
	}
	return true;
}

/* Bytes that came, in memory that is wiped: a request may hold a password. */
typedef struct {
	char *data;
	gsize length, size;
} Buffer;

static void
buffer_clear(Buffer *buffer)
{
	if (buffer->data != NULL)
		explicit_bzero(buffer->data, buffer->size);
	g_free(buffer->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Buffer, buffer_clear)

static void
buffer_grow(Buffer *buffer, gsize max)
{
	gsize size = MIN(MAX(4096, 2 * buffer->size), max);
	char *data = g_malloc(size);

	if (buffer->length > 0)
		memcpy(data, buffer->data, buffer->length);
	buffer_clear(buffer);
	buffer->data = data;
	buffer->size = size;
}

/* Appends what has come. The number of bytes, 0 at the end, -1 with errno set: EMSGSIZE beyond max. */
static ssize_t
receive(int fd, Buffer *buffer, gsize max, gint64 until)
{
	ssize_t n;

	if (buffer->length == max) {
		errno = EMSGSIZE;
		return -1;
	}
	if (buffer->length == buffer->size)
		buffer_grow(buffer, max);
	if (!wait_for(fd, POLLIN, until))
		return -1;
	do
		n = recv(fd, buffer->data + buffer->length, buffer->size - buffer->length, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		buffer->length += (gsize)n;
	return n;
}

/* The core's end ----------------------------------------------------------------------------------
 */

int
wish_connect(const char *path, GError **error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = SEND_SECONDS};
	int fd;

	if (*path == '\0' || strlen(path) >= sizeof address.sun_path) {
		error_set(error, ERROR_INVALID,
		    "[imap] control-socket must be a path of at most %zu bytes.",
		    sizeof address.sun_path - 1);
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* a poller that takes nobody in holds nobody up for long */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		error_set_errno(error, ERROR_TEMPORARY, errno,
		    "The IMAP poller, kartoteka-imapsync, doesn't answer at %s; does it run", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

WishReply *
wish_ask_on(int fd, const Wish *wish, guint silence, GError **error)
{
	GString *line = wish_format(wish);
	bool sent = send_all(fd, line->str, line->len);
	int send_errno = errno;
	g_auto(Buffer) reply = {NULL, 0, 0};
	ssize_t n;

	explicit_bzero(line->str, line->len);
	g_string_free(line, TRUE);
	/* Who took no wish may have said why; who hung up before it was read leaves a reset behind its answer. */
	do
		n = receive(
		    fd, &reply, WISH_REPLY_MAX, clock_monotonic_ms() + silence * CLOCK_SECOND);
	while (n > 0);
	if (n < 0 && (errno != ECONNRESET || reply.length == 0)) {
		error_set_errno(error, ERROR_TEMPORARY, sent ? errno : send_errno,
		    "kartoteka-imapsync didn't answer to the end");
		return NULL;
	}
	if (reply.length == 0) {
		error_set(error, ERROR_TEMPORARY,
		    "kartoteka-imapsync hung up without an answer; its log says why.");
		return NULL;
	}
	return wish_reply_parse(reply.data, reply.length, error);
}

WishReply *
wish_ask(const char *socket, const Wish *wish, guint silence, GError **error)
{
	int fd = wish_connect(socket, error);
	WishReply *reply;

	if (fd < 0)
		return NULL;
	reply = wish_ask_on(fd, wish, silence, error);
	close(fd);
	return reply;
}

/* The poller's end --------------------------------------------------------------------------------
 */

static bool
uid_of(const char *user, uid_t *ret)
{
	g_autofree char *buffer = g_malloc(16384);
	struct passwd entry, *found = NULL;

	if (getpwnam_r(user, &entry, buffer, 16384, &found) != 0 || found == NULL)
		return false;
	*ret = found->pw_uid;
	return true;
}

bool
wish_peer_is(int fd, const char *user, GError **error)
{
	struct ucred peer;
	socklen_t length = sizeof peer;
	uid_t wanted = geteuid();

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
		return error_set_errno(
		    error, ERROR_INTERNAL, errno, "Who connected to the control socket is unknown");
	if (user != NULL && *user != '\0' && !uid_of(user, &wanted))
		return error_set(
		    error, ERROR_INTERNAL, "[data] user = %s: there is no such user.", user);
	if (peer.uid != wanted)
		return error_set(error, ERROR_DENIED,
		    "The control socket is for the user of the database alone.");
	return true;
}

Wish *
wish_receive(int fd, guint milliseconds, GError **error)
{
	gint64 until = clock_monotonic_ms() + milliseconds;
	g_auto(Buffer) request = {NULL, 0, 0};
	const char *newline = NULL;

	while (newline == NULL) {
		gsize had = request.length;
		ssize_t n = receive(fd, &request, WISH_REQUEST_MAX, until);

		if (n < 0 && errno == EMSGSIZE) {
			error_set(
			    error, ERROR_TOO_BIG, "A wish has at most %d bytes.", WISH_REQUEST_MAX);
			return NULL;
		}
		if (n <= 0) {
			error_set(error, ERROR_TEMPORARY, "The wish had no end.");
			return NULL;
		}
		newline = memchr(request.data + had, '\n', (gsize)n);
	}
	return wish_parse(request.data, (gsize)(newline - request.data), error);
}

static bool
send_fields(int fd, const char *const *fields)
{
	g_autoptr(GString) line = g_string_new(NULL);

	for (; *fields != NULL; fields++)
		wish_append_field(line, *fields);
	g_string_append_c(line, '\n');
	return send_all(fd, line->str, line->len);
}

bool
wish_send_found(int fd, const char *login, const char *folder, gint64 count)
{
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, count);
	const char *const fields[] = {"found", login, folder, number, NULL};

	return send_fields(fd, fields);
}

bool
wish_send_ok(int fd, const char *value)
{
	const char *const fields[] = {"ok", value, NULL};

	return send_fields(fd, fields);
}

bool
wish_send_ok_number(int fd, gint64 value)
{
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, value);

	return wish_send_ok(fd, number);
}

bool
wish_send_error(int fd, const GError *error)
{
	const char *const fields[] = {"error", error_name(error_code(error)), error->message, NULL};

	return send_fields(fd, fields);
}

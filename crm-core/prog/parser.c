#include "config.h"

#include "prog/parser.h"

#include "base/error.h"
#include "mail/record.h"
#include "mail/text.h"
#include "prog/parser-reply.h"
#include "prog/parser-wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH_BYTES (16 << 20) /* of raw mail in one child, unless one mail alone is larger */
#define BATCH_TIME                                                                                 \
	4 /* times one mail's: what a whole batch may take before it is repeated one by one */
#define PORTION (128 << 10) /* of what is read at once */
#define START_MS 30000
#define GRACE_MS 5000 /* the program itself must answer this soon after a child's time is over */

struct ParserClient {
	char *path;
	pid_t pid;   /* 0: not running */
	int control; /* -1: not running */
};

static void
stop(ParserClient *client)
{
	if (client->control >= 0)
		close(client->control); /* it ends itself then */
	client->control = -1;
	if (client->pid > 0) {
		kill(client->pid, SIGKILL);
		while (waitpid(client->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	client->pid = 0;
}

void
parser_free(ParserClient *client)
{
	if (!client)
		return;
	stop(client);
	g_free(client->path);
	g_free(client);
}

/* Nothing of ours but the control socket crosses, whatever is open by now: posix_spawn() doesn't
 * run our code between fork and exec, and locks can't live on in the program. */
static int
spawn(const char *path, int control, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	char *const arguments[] = {(char *)path, NULL};
	GPtrArray *environment = g_ptr_array_new_with_free_func(g_free);
	int result;

	g_ptr_array_add(environment, g_strdup("LC_ALL=C.UTF-8"));
	g_ptr_array_add(environment, g_strdup("TZ=UTC"));
	g_ptr_array_add(environment, g_strdup("G_SLICE=always-malloc"));
#ifdef FAULT_POINTS
	if (g_getenv("KARTOTEKA_FAULT"))
		g_ptr_array_add(environment,
		    g_strconcat("KARTOTEKA_FAULT=", g_getenv("KARTOTEKA_FAULT"), NULL));
#endif
	g_ptr_array_add(environment, NULL);
	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, control, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	result =
	    posix_spawn(pid, path, &actions, &attributes, arguments, (char **)environment->pdata);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	g_ptr_array_unref(environment);
	return result;
}

/* One packet from the program; false when it is gone or says nothing for so long. */
static bool
hear(int control, void *to, gsize length, int timeout_ms)
{
	struct pollfd fd = {.fd = control, .events = POLLIN};
	int n;

	do
		n = poll(&fd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n == 1 && recv(control, to, length, 0) == (ssize_t)length;
}

static bool
start(ParserClient *client, GError **error)
{
	int pair[2], result;
	ParserHello hello;

	stop(client);
	if (access(client->path, X_OK) != 0)
		return error_set_errno(error, ERROR_NOT_FOUND, errno,
		    "The parser %s can't be executed; install kartoteka-parse there", client->path);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "No socket for the parser");
	result = spawn(client->path, pair[1], &client->pid);
	close(pair[1]);
	client->control = pair[0];
	if (result != 0) {
		client->pid = 0;
		stop(client);
		return error_set_errno(
		    error, ERROR_TEMPORARY, result, "The parser can't be started");
	}
	if (!hear(client->control, &hello, sizeof(hello), START_MS) ||
	    hello.version != PARSER_WIRE_VERSION) {
		stop(client);
		return error_set(error, ERROR_INTERNAL,
		    "The parser %s doesn't start, or is of another version; run it by hand and see "
		    "what it says",
		    client->path);
	}
	return true;
}

ParserClient *
parser_start(const char *path, GError **error)
{
	ParserClient *client = g_new0(ParserClient, 1);

#ifdef FAULT_POINTS
	if (!path)
		path = g_getenv("KARTOTEKA_PARSE");
#endif
	client->control = -1;
	client->path = g_strdup(path ? path : LIBEXECDIR "/kartoteka-parse");
	if (!start(client, error))
		g_clear_pointer(&client, parser_free);
	return client;
}

/* A request on its way: what still has to be written, what came back. */
typedef struct {
	int channel; /* -1 when the child has closed it */
	GPtrArray *raw;
	guint first, count;
	guint64 lengths[PARSER_BATCH];
	gsize size, written; /* of lengths and bytes together */
	GByteArray *got;
	gsize max_got;
	bool too_much;
	char charsets[PARSE_CHARSETS + 8]; /* to be opened for this mail, or "" */
} Exchange;

/* What is still to be written; how many pieces that are. */
static guint
next_pieces(const Exchange *x, struct iovec pieces[static PARSER_BATCH + 1])
{
	gsize skip = x->written;
	guint count = 0;

	for (guint i = 0; i <= x->count; i++) {
		gsize size = x->count * sizeof(x->lengths[0]);
		const char *data = (const char *)x->lengths;

		if (i > 0)
			data = g_bytes_get_data(x->raw->pdata[x->first + i - 1], &size);
		if (skip < size)
			pieces[count++] = (struct iovec){(char *)data + skip, size - skip};
		skip -= MIN(skip, size);
	}
	return count;
}

static void
hang_up(Exchange *x)
{
	if (x->channel >= 0)
		close(x->channel);
	x->channel = -1;
}

static void
exchange_step(Exchange *x, short events)
{
	struct iovec pieces[PARSER_BATCH + 1];
	struct msghdr message = {.msg_iov = pieces};
	guint got = x->got->len;
	ssize_t n;

	if (events & POLLOUT && (message.msg_iovlen = next_pieces(x, pieces)) > 0) {
		n = sendmsg(x->channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			x->written += (gsize)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			events |= POLLIN; /* the child is gone; read what it left */
	}
	if (!(events & (POLLIN | POLLHUP | POLLERR)))
		return;
	g_byte_array_set_size(x->got, got + PORTION);
	n = recv(x->channel, x->got->data + got, PORTION, MSG_DONTWAIT);
	g_byte_array_set_size(x->got, got + (guint)MAX(n, 0));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		hang_up(x);
	if (x->got->len > x->max_got) {
		x->too_much = true;
		hang_up(x); /* the next write ends the child */
	}
}

/* Bytes there, replies back, until the program has said how the child ended. */
static bool
exchange(ParserClient *client, Exchange *x, guint timeout_ms, ParserStatus *status)
{
	gint64 end =
	    g_get_monotonic_time() + ((gint64)timeout_ms * PARSER_WALL_CLOCK + GRACE_MS) * 1000;
	bool ended = false;

	while (!ended || x->channel >= 0) {
		bool more = x->written < x->size;
		struct pollfd fds[] = {
		    {.fd = x->channel, .events = (short)(POLLIN | (more ? POLLOUT : 0))},
		    {.fd = ended ? -1 : client->control, .events = POLLIN}};
		gint64 left = (end - g_get_monotonic_time()) / 1000;
		int n = left > 0 ? poll(fds, 2, (int)left) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (fds[0].revents)
			exchange_step(x, fds[0].revents);
		if (fds[1].revents) {
			if (recv(client->control, status, sizeof(*status), 0) != sizeof(*status))
				return false;
			ended = true;
		}
	}
	return true;
}

static bool
send_request(ParserClient *client, const ParserRequest *request, int channel)
{
	char space[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = {.iov_base = (void *)request, .iov_len = sizeof(*request)};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = space,
	    .msg_controllen = sizeof(space)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &channel, sizeof(channel));
	return sendmsg(client->control, &message, MSG_NOSIGNAL) == sizeof(*request);
}

static gsize
most_bytes(const MailLimits *limits, guint count)
{
	/* Text twice (part and body), and headers that grow when they are decoded. */
	return (gsize)limits->text * 4 + (8 << 20) + count * (gsize)4096;
}

typedef enum {
	RAN,       /* results are there */
	DIED,      /* the child did: *status tells how */
	NO_PARSER, /* the program did, or never was */
} RunEnd;

static RunEnd
run_once(ParserClient *client, Exchange *x, const ParserLimits *limits,
    ParserResult *const *results, ParserStatus *status)
{
	guint timeout_ms = limits->timeout_ms * MIN(x->count, BATCH_TIME);
	ParserRequest request = {.version = PARSER_WIRE_VERSION,
	    .count = x->count,
	    .timeout_ms = timeout_ms,
	    .memory = limits->memory,
	    .limits = limits->mail};
	int pair[2];
	bool sent;

	g_strlcpy(request.charsets, x->charsets, sizeof(request.charsets));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return NO_PARSER;
	x->channel = pair[0];
	x->written = 0;
	g_byte_array_set_size(x->got, 0);
	sent = send_request(client, &request, pair[1]);
	close(pair[1]);
	if (!sent || !exchange(client, x, timeout_ms, status)) {
		hang_up(x);
		return NO_PARSER;
	}
	if (status->wait_status == 0 && !status->no_child && !x->too_much &&
	    parser_reply_take(
		x->got, x->lengths, x->count, x->charsets[0] != '\0', results + x->first))
		return RAN;
	parser_reply_forget(results + x->first, x->count);
	return DIED;
}

static bool run(ParserClient *client, Exchange *x, const ParserLimits *limits,
    ParserResult *const *results, GError **error);

/* Mail in a rare charset: in a child that has opened it. */
static bool
run_again(ParserClient *client, Exchange *x, const ParserLimits *limits,
    ParserResult *const *results, GError **error)
{
	guint first = x->first, count = x->count;
	bool ok = true;

	for (guint i = first; i < first + count && ok; i++) {
		if (results[i]->outcome != PARSER_AGAIN)
			continue;
		x->first = i;
		x->count = 1;
		g_strlcpy(x->charsets, results[i]->error->message, sizeof(x->charsets));
		g_clear_error(&results[i]->error);
		ok = run(client, x, limits, results, error);
		x->charsets[0] = '\0';
	}
	return ok;
}

/* Runs x->count mails from x->first. A program that is gone is started again, twice at most; a mail whose child died gets
 * another one. */
static bool
run(ParserClient *client, Exchange *x, const ParserLimits *limits, ParserResult *const *results,
    GError **error)
{
	ParserStatus status = {0};
	bool died = false;

	x->size = x->count * sizeof(x->lengths[0]);
	for (guint i = 0; i < x->count; i++) {
		x->lengths[i] = g_bytes_get_size(x->raw->pdata[x->first + i]);
		x->size += x->lengths[i];
	}
	x->max_got = most_bytes(&limits->mail, x->count);
	for (guint attempt = 0; attempt < 3; attempt++) {
		RunEnd end = NO_PARSER;

		x->too_much = false;
		if (client->pid == 0 && !start(client, error))
			return false;
		end = run_once(client, x, limits, results, &status);
		if (end == RAN)
			return run_again(client, x, limits, results, error);
		if (end == DIED && status.no_child)
			return error_set(error, ERROR_TEMPORARY,
			    "The machine has no process left for the parser");
		if (end == DIED && (x->count > 1 || status.timed_out || died))
			break;
		if (end == DIED) { /* a mail alone: was it the mail, or chance? */
			died = true;
			continue;
		}
		stop(client);
		status = (ParserStatus){.wait_status = SIGKILL};
	}
	if (x->count > 1) { /* one by one: only one of them is to blame */
		guint first = x->first, count = x->count;

		for (guint i = 0; i < count; i++) {
			x->first = first + i;
			x->count = 1;
			if (!run(client, x, limits, results, error))
				return false;
		}
		return true;
	}
	if (x->too_much)
		parser_reply_decide(results[x->first], PARSER_BAD, ERROR_TOO_BIG,
		    "The parser answers too much for this mail");
	else if (status.wait_status == 0 && !status.timed_out)
		parser_reply_decide(results[x->first], PARSER_BAD, ERROR_INVALID,
		    "The parser answers no record for this mail");
	else
		parser_reply_blame(results[x->first], &status);
	return true;
}

bool
parser_run(ParserClient *client, GPtrArray *raw, const ParserLimits *limits, GPtrArray **results,
    GError **error)
{
	g_autoptr(GPtrArray) made =
	    g_ptr_array_new_with_free_func((GDestroyNotify)parser_result_free);
	g_autoptr(GByteArray) got = g_byte_array_new();
	Exchange x = {.channel = -1, .raw = raw, .got = got};

	g_assert(raw->len >= 1 && raw->len <= PARSER_BATCH);
	for (guint i = 0; i < raw->len; i++)
		g_ptr_array_add(made, g_new0(ParserResult, 1));
	for (guint first = 0; first < raw->len;) {
		gsize bytes = 0;
		guint count = 0;

		/* A mail that is too large never leaves this process. */
		if (g_bytes_get_size(raw->pdata[first]) > limits->mail.bytes) {
			parser_reply_decide(made->pdata[first++], PARSER_LIMIT, ERROR_TOO_BIG,
			    "The mail is larger than the limit");
			continue;
		}
		while (first + count < raw->len) {
			bytes += g_bytes_get_size(raw->pdata[first + count]);
			if (count > 0 && bytes > BATCH_BYTES)
				break;
			count++;
		}
		x.first = first;
		x.count = count;
		if (!run(client, &x, limits, (ParserResult *const *)made->pdata, error))
			return false;
		first += count;
	}
	*results = g_steal_pointer(&made);
	return true;
}

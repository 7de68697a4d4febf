/*
 * kartoteka-parse: the sandboxed parser. Started by parser.c, never by hand.
 *
 * It warms up (GMime, all charsets), then forks a child per request. The child has one
 * socket, no files, no network, limits of memory and time, and lives for this request only. Opens
 * no file for writing, needs no configuration, logs nothing: what mail makes GMime say could be
 * somebody's words.
 */
#include "config.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/priv.h"
#include "base/sandbox.h"
#include "mail/decode.h"
#include "mail/parse.h"
#include "mail/record.h"
#include "prog/parser-wire.h"
#include "prog/parser.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTROL = 0, PORTION = 64 << 10, FREE_HEAP_MOST = 4 << 20 };

static guint64 warm_memory; /* bytes of address space that the warm program has */

static guint64
address_space(void)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL))
		return 1 << 30;
	return g_ascii_strtoull(text, NULL, 10) * (guint64)sysconf(_SC_PAGESIZE);
}

/* What comes from the client: read in portions, too. */
typedef struct {
	int channel;
	char *data;
	gsize size;    /* of data */
	gsize at, end; /* what is read and not taken yet */
} Questions;

/* The next bytes, until the next call; NULL when they don't come. */
static const char *
questions_take(Questions *questions, gsize length)
{
	const char *taken;

	if (length > questions->end - questions->at && questions->at > 0) {
		questions->end -= questions->at;
		memmove(questions->data, questions->data + questions->at, questions->end);
		questions->at = 0;
	}
	if (length > questions->size) {
		questions->size = MAX(length, PORTION);
		questions->data = g_realloc(questions->data, questions->size);
	}
	while (questions->end - questions->at < length) {
		ssize_t n = read(questions->channel, questions->data + questions->end,
		    questions->size - questions->end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		questions->end += (gsize)n;
	}
	taken = questions->data + questions->at;
	questions->at += length;
	return taken;
}

/* What the child has to say, in portions: each write wakes the client up. */
typedef struct {
	int channel;
	GByteArray *bytes;
} Answers;

static void
answers_flush(Answers *answers)
{
	if (!file_write_all(answers->channel, answers->bytes->data, answers->bytes->len))
		_exit(EXIT_FAILURE); /* nobody listens any more */
	g_byte_array_set_size(answers->bytes, 0);
}

/* The record or else the text. */
static void
answers_add(Answers *answers, ParserReplyCode code, const Mail *mail, const char *text)
{
	GByteArray *bytes = answers->bytes;
	ParserReply reply = {.code = code};
	gsize start = bytes->len;

	g_byte_array_append(bytes, (const guint8 *)&reply, sizeof(reply));
	if (mail)
		record_append(bytes, mail, RECORD_WIRE);
	else
		g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
	reply.length = (guint32)(bytes->len - start - sizeof(reply));
	memcpy(bytes->data + start, &reply, sizeof(reply));
	if (bytes->len >= PORTION)
		answers_flush(answers);
}

static void
parse_one(Answers *answers, GBytes *raw, const ParserRequest *request)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) mail = NULL;
	g_autofree char *lacking = NULL;

	if (fault_point("parse-mail") != 0) /* raise(3) is refused here; abort(3) finds its way */
		abort();
	if (!request->charsets[0])
		lacking = parse_lacking_charsets(raw);
	if (!lacking)
		mail = parse_mail(raw, &request->limits, &error);
	if (lacking)
		answers_add(answers, PARSER_REPLY_CHARSET, NULL, lacking);
	else if (mail)
		answers_add(answers, PARSER_REPLY_RECORD, mail, NULL);
	else
		answers_add(answers, PARSER_REPLY_LIMIT, NULL, error->message);
}

/* Names that a child of its own asked for: only glibc's own are opened. */
static void
open_charsets(const char *names)
{
	g_auto(GStrv) words = NULL;

	if (!*names)
		return;
	words = g_strsplit(names, " ", -1);
	for (char **word = words; *word; word++)
		decode_open_charset(*word);
}

/* The child: everything is taken away, then the bytes are asked for. */
static void
serve(int channel, const ParserRequest *request)
{
	guint64 lengths[PARSER_BATCH];
	Questions questions = {0};
	Answers answers = {0};
	const char *bytes;
	PrivLimits limits = {.memory = (gint64)(warm_memory + request->memory),
	    .cpu_seconds = request->timeout_ms / 1000 + 2, /* should the parent not see to it */
	    .files = 0,
	    .file_size = 0};

	if (fault_point("parse-child") != 0)
		_exit(EXIT_FAILURE);
	if (dup2(channel, 0) < 0 || dup2(1, 2) < 0 || syscall(SYS_close_range, 3, ~0U, 0) != 0)
		_exit(EXIT_FAILURE);
	channel = 0;
	open_charsets(request->charsets);
	if (request->count > 1) /* live mail comes alone */
		priv_give_way();
	if (!priv_limit(&limits, NULL) || !sandbox_enter(&sandbox_parser))
		_exit(EXIT_FAILURE);
	questions.channel = answers.channel = channel;
	answers.bytes = g_byte_array_sized_new(request->count > 1 ? PORTION + PORTION / 4 : 0);
	bytes = questions_take(&questions, request->count * sizeof(lengths[0]));
	if (!bytes)
		_exit(EXIT_FAILURE);
	memcpy(lengths, bytes, request->count * sizeof(lengths[0]));
	for (guint32 i = 0; i < request->count; i++) {
		GBytes *raw;

		bytes = questions_take(&questions, lengths[i]);
		if (!bytes)
			_exit(EXIT_FAILURE);
		raw = g_bytes_new_static(bytes, lengths[i]);
		parse_one(&answers, raw, request);
		g_bytes_unref(raw);
	}
	answers_flush(&answers);
	_exit(EXIT_SUCCESS);
}

/* The next request and its channel; false when the client is gone. */
static bool
receive(ParserRequest *request, int *channel)
{
	char space[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = {.iov_base = request, .iov_len = sizeof(*request)};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = space,
	    .msg_controllen = sizeof(space)};
	struct cmsghdr *head;
	ssize_t n;

	do
		n = recvmsg(CONTROL, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (n != sizeof(*request) || !head || head->cmsg_type != SCM_RIGHTS ||
	    request->version != PARSER_WIRE_VERSION ||
	    !memchr(request->charsets, '\0', sizeof(request->charsets)) || request->count < 1 ||
	    request->count > PARSER_BATCH)
		return false;
	memcpy(channel, CMSG_DATA(head), sizeof(*channel));
	return true;
}

/* Milliseconds of processor time that the child has used. */
static gint64
cpu_ms(pid_t child)
{
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(child, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return (gint64)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* Waits for the child. Kills it when its processor time is over, when it does nothing for much
 * longer than that (a busy machine is no reason), or when the client is gone. */
static ParserStatus
wait_for(pid_t child, guint timeout_ms)
{
	ParserStatus status = {0};
	int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * PARSER_WALL_CLOCK * 1000;
	int wait_status = 0;

	for (;;) {
		struct pollfd fds[] = {
		    {.fd = pidfd, .events = POLLIN}, {.fd = CONTROL, .events = POLLRDHUP}};
		gint64 left = (end - g_get_monotonic_time()) / 1000;
		gint64 cpu_left = (gint64)timeout_ms - cpu_ms(child);
		int n;

		n = poll(fds, 2, (int)CLAMP(MIN(left, cpu_left + 1), 0, G_MAXINT));
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && fds[0].revents)
			break;
		if (n == 0 && left > 0 && cpu_ms(child) < (gint64)timeout_ms)
			continue;
		status.timed_out = n == 0;
		kill(child, SIGKILL);
		break;
	}
	close(pidfd);
	while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR)
		;
	status.wait_status = wait_status;
	return status;
}

static bool
answer(const ParserRequest *request, int channel)
{
	ParserStatus status;
	pid_t self = getpid();
	bool doomed = fault_point("parse-fork") != 0; /* counted here: the next child lives */
	pid_t child = fork();

	if (child == 0) {
		if (!priv_die_with_parent(self) || (doomed && raise(SIGKILL) == 0))
			_exit(EXIT_FAILURE);
		serve(channel, request);
	}
	close(channel);
	if (child < 0)
		status = (ParserStatus){.no_child = 1};
	else
		status = wait_for(child, request->timeout_ms);
	return send(CONTROL, &status, sizeof(status), MSG_NOSIGNAL) == sizeof(status);
}

/* What was freed while warming up lies in pieces all over the heap, and a child that takes them, or only sorts them, copies
 * a page for each. They are taken here for good: a child's memory is new, and in one piece. */
static void
use_up_free_heap(void)
{
	static void *taken; /* a list */
	gsize most = FREE_HEAP_MOST;

	malloc_trim(0);
	for (gsize size = 64 << 10; size >= 16; size -= size > 1024 ? 1024 : 16) {
		gsize top = mallinfo2().keepcost; /* what has never been used: it shrinks when no piece is so large */

		while (most >= size && mallinfo2().keepcost == top) {
			void **piece = malloc(size);

			if (piece == NULL)
				return;
			*piece = taken;
			taken = piece;
			most -= size;
		}
	}
}

/* GLib's and GMime's remarks may quote mail. */
static GLogWriterOutput
say_nothing(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
	return G_LOG_WRITER_HANDLED;
}

int
main(void)
{
	g_autoptr(GError) error = NULL;
	ParserHello hello = {.version = PARSER_WIRE_VERSION};
	int null = open("/dev/null", O_RDWR);
	int type = 0;
	socklen_t length = sizeof(type);

	if (getsockopt(CONTROL, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
	    type != SOCK_SEQPACKET) {
		fputs("kartoteka-parse is started by kartotekad, not by hand.\n", stderr);
		return error_exit_status(ERROR_INVALID);
	}
	if (!priv_harden(077, &error) || null < 0 || dup2(null, 1) < 0) {
		fprintf(stderr, "kartoteka-parse: %s\n", error ? error->message : "no /dev/null");
		return error_exit_status(ERROR_INTERNAL);
	}
	close(null);
	g_log_set_writer_func(say_nothing, NULL, NULL);
	parse_warm_up();
	use_up_free_heap();
	warm_memory = address_space();
	if (send(CONTROL, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello))
		return EXIT_FAILURE;
	for (;;) {
		ParserRequest request;
		int channel;

		if (!receive(&request, &channel) || !answer(&request, channel))
			return EXIT_SUCCESS;
	}
}

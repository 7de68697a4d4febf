/*
 * milter-load SOCKET CONNECTIONS MAILS BYTES [PID]: speaks to a milter as an MTA does, without one.
 *
 * Each connection sends MAILS mails of BYTES. Prints how long the milter took to answer the end of a message (p50, p99,
 * worst) and, with the milter's PID, its memory when all connections have a whole mail in flight.
 */
#include <errno.h>
#include <glib.h>
#include <libmilter/mfdef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 65535

static struct {
	const char *path, *pid;
	guint connections, mails;
	gsize bytes;
	GMutex lock;
	GCond changed;
	guint arrived;   /* connections that have sent a whole mail, of each round */
	GArray *answers; /* of gint64, microseconds */
} load;

typedef struct {
	int fd;
	guint32 steps; /* what the milter has asked for */
} Peer;

G_NORETURN static void
die(const char *what)
{
	fprintf(stderr, "milter-load: %s: %s\n", what, g_strerror(errno));
	exit(1);
}

static void
write_all(int fd, const char *data, gsize length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);

		if (n < 0)
			die("write");
		data += n;
		length -= (gsize)n;
	}
}

static void
send_packet(const Peer *peer, char command, const char *data, gsize length)
{
	guint32 size = GUINT32_TO_BE((guint32)length + 1);
	char head[5];

	memcpy(head, &size, 4);
	head[4] = command;
	write_all(peer->fd, head, 5);
	write_all(peer->fd, data, length);
}

/* Returns the command; the data, up to 64 bytes of it, in data. */
static char
read_packet(const Peer *peer, char data[static 64])
{
	char head[5];
	guint32 size;

	if (recv(peer->fd, head, 5, MSG_WAITALL) != 5)
		die("read");
	memcpy(&size, head, 4);
	size = GUINT32_FROM_BE(size) - 1;
	for (guint32 have = 0; have < size;) {
		char rest[64];
		ssize_t n = recv(peer->fd, rest, MIN(size - have, sizeof rest), 0);

		if (n <= 0)
			die("read");
		if (have == 0)
			memcpy(data, rest, (gsize)n);
		have += (guint32)n;
	}
	return head[4];
}

/* A command, and its answer if the milter gives one at that stage. */
static void
say(const Peer *peer, char command, const char *data, gsize length, guint32 quiet)
{
	char answer[64];

	send_packet(peer, command, data, length);
	if ((peer->steps & quiet) == 0 && read_packet(peer, answer) != SMFIR_CONTINUE)
		die("the milter refuses");
}

static void
negotiate(Peer *peer)
{
	guint32 words[3] = {GUINT32_TO_BE(6), GUINT32_TO_BE(0x1ff), GUINT32_TO_BE(0x1fffff)};
	char answer[64];

	send_packet(peer, SMFIC_OPTNEG, (const char *)words, sizeof words);
	if (read_packet(peer, answer) != SMFIC_OPTNEG)
		die("negotiation");
	memcpy(words, answer, sizeof words);
	peer->steps = GUINT32_FROM_BE(words[2]);
}

static void
send_mail(const Peer *peer, const char *body)
{
	static const char from[] = "M{mail_addr}\0a@b.example";
	static const char *const header[] = {"Received\0 from client.example by mail.example; now",
	    "From\0 a@b.example", "To\0 jana@firma.example", "Subject\0 a test of speed",
	    "Date\0 Mon, 23 Nov 2026 17:40:12 +0000", "Message-ID\0 <1@b.example>"};

	send_packet(peer, SMFIC_MACRO, from, sizeof from);
	say(peer, SMFIC_MAIL, "<a@b.example>", 14, SMFIP_NR_MAIL);
	say(peer, SMFIC_RCPT, "<jana@firma.example>", 21, SMFIP_NR_RCPT);
	for (gsize i = 0; i < G_N_ELEMENTS(header); i++) {
		gsize name = strlen(header[i]) + 1;

		say(peer, SMFIC_HEADER, header[i], name + strlen(header[i] + name) + 1,
		    SMFIP_NR_HDR);
	}
	say(peer, SMFIC_EOH, "", 0, SMFIP_NR_EOH);
	for (gsize sent = 0; sent < load.bytes; sent += CHUNK)
		say(peer, SMFIC_BODY, body, MIN(CHUNK, load.bytes - sent), SMFIP_NR_BODY);
}

static void
finish_mail(const Peer *peer)
{
	char answer[64];
	gint64 start = g_get_monotonic_time(), took;

	send_packet(peer, SMFIC_BODYEOB, "", 0);
	if (read_packet(peer, answer) != SMFIR_CONTINUE)
		die("a mail is refused");
	took = g_get_monotonic_time() - start;
	g_mutex_lock(&load.lock);
	g_array_append_val(load.answers, took);
	g_mutex_unlock(&load.lock);
}

static void
print_memory(void)
{
	g_autofree char *path = g_strdup_printf("/proc/%s/status", load.pid);
	g_autofree char *text = NULL;
	const char *line = NULL;

	g_usleep(500000); /* until the milter has read what is on the way */
	if (!g_file_get_contents(path, &text, NULL, NULL) ||
	    (line = strstr(text, "VmHWM:")) == NULL)
		die(path);
	printf("most memory %ld MB\n", (strtol(line + 6, NULL, 10) + 512) / 1024);
}

/* Waits until every connection has a whole mail in flight. */
static void
meet(void)
{
	g_mutex_lock(&load.lock);
	if (++load.arrived == load.connections) {
		print_memory();
		g_cond_broadcast(&load.changed);
	}
	while (load.arrived < load.connections)
		g_cond_wait(&load.changed, &load.lock);
	g_mutex_unlock(&load.lock);
}

static gpointer
run_connection(gpointer unused)
{
	static const char host[] = "client.example\0004\0\031192.0.2.7";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_autofree char *body = g_strnfill(CHUNK, 'x');
	Peer peer = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};

	g_strlcpy(address.sun_path, load.path, sizeof address.sun_path);
	if (connect(peer.fd, (struct sockaddr *)&address, sizeof address) != 0)
		die(load.path);
	for (gsize i = 77; i < CHUNK; i += 79)
		memcpy(body + i, "\r\n", 2);
	negotiate(&peer);
	say(&peer, SMFIC_CONNECT, host, sizeof host, SMFIP_NR_CONN);
	say(&peer, SMFIC_HELO, "client.example", 15, SMFIP_NR_HELO);
	for (guint i = 0; i < load.mails; i++) {
		send_mail(&peer, body);
		if (i == 0 && load.pid != NULL)
			meet();
		finish_mail(&peer);
	}
	send_packet(&peer, SMFIC_QUIT, "", 0);
	close(peer.fd);
	return NULL;
}

static gint
compare(gconstpointer a, gconstpointer b)
{
	gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	g_autoptr(GPtrArray) threads = g_ptr_array_new();
	gint64 start = g_get_monotonic_time();
	double seconds;
	guint n;

	if (argc < 5) {
		fputs("usage: milter-load SOCKET CONNECTIONS MAILS BYTES [PID]\n", stderr);
		return 64;
	}
	load.path = argv[1];
	load.connections = (guint)atoi(argv[2]);
	load.mails = (guint)atoi(argv[3]);
	load.bytes = (gsize)atol(argv[4]);
	load.pid = argc > 5 ? argv[5] : NULL;
	load.answers = g_array_new(FALSE, FALSE, sizeof(gint64));
	for (guint i = 0; i < load.connections; i++)
		g_ptr_array_add(threads, g_thread_new("connection", run_connection, NULL));
	for (guint i = 0; i < threads->len; i++)
		g_thread_join(threads->pdata[i]);
	seconds = (double)(g_get_monotonic_time() - start) / 1e6;
	g_array_sort(load.answers, compare);
	n = load.answers->len;
	printf("%.0f mails/s, answer p50 %.1f ms, p99 %.1f ms, worst %.1f ms\n", n / seconds,
	    (double)g_array_index(load.answers, gint64, n / 2) / 1e3,
	    (double)g_array_index(load.answers, gint64, n * 99 / 100) / 1e3,
	    (double)g_array_index(load.answers, gint64, n - 1) / 1e3);
	return 0;
}

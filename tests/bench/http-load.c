/*
 * http-load PORT COUNT {PATH COOKIE WANT}...: asks for each page COUNT times, one after the other and in turns, so that
 * all of them meet the same machine; each on a connection of its own. Prints p50, p90 and the worst in ms, a line for each
 * page. Every answer must have status 200 and hold WANT.
 */
#include "config.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WARM 3 /* turns that don't count */

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The whole answer in ms, or -1. */
static double
ask(int port, const char *request, GString *answer)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((guint16)port)};
	gint64 start = g_get_monotonic_time();
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char buffer[65536];
	ssize_t n;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	g_string_truncate(answer, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
		close(fd);
		return -1;
	}
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		g_string_append_len(answer, buffer, n);
	close(fd);
	return n < 0 ? -1 : (double)(g_get_monotonic_time() - start) / 1000;
}

typedef struct {
	const char *path, *want;
	char *request;
	double *times;
} Target;

static bool
ask_once(int port, Target *target, int turn)
{
	g_autoptr(GString) answer = g_string_new(NULL);
	double ms = ask(port, target->request, answer);

	if (ms < 0 || strncmp(answer->str, "HTTP/1.1 200", 12) != 0 ||
	    strstr(answer->str, target->want) == NULL) {
		fprintf(stderr, "http-load: %s isn't what it should be: %.300s\n", target->path,
		    answer->str);
		return false;
	}
	target->times[MAX(turn, 0)] = ms;
	return true;
}

static void
print(Target *target, int count)
{
	qsort(target->times, (size_t)count, sizeof *target->times, compare);
	printf("%.2f %.2f %.2f\n", target->times[count / 2], target->times[count * 9 / 10],
	    target->times[count - 1]);
	g_free(target->request);
	g_free(target->times);
}

int
main(int argc, char **argv)
{
	int targets = (argc - 3) / 3, count, port;
	g_autofree Target *target = NULL;

	if (argc < 6 || argc % 3 != 0 || (count = atoi(argv[2])) < 1) {
		fputs("usage: http-load PORT COUNT {PATH COOKIE WANT}...\n", stderr);
		return 64;
	}
	port = atoi(argv[1]);
	target = g_new0(Target, targets);
	for (int i = 0; i < targets; i++) {
		char **words = argv + 3 + i * 3;

		target[i].path = words[0];
		target[i].want = words[2];
		target[i].request =
		    g_strdup_printf("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: "
				    "%s\r\nConnection: close\r\n\r\n",
			words[0], port, words[1]);
		target[i].times = g_new(double, count);
	}
	for (int turn = -WARM; turn < count; turn++)
		for (int i = 0; i < targets; i++)
			if (!ask_once(port, &target[i], turn))
				return 1;
	for (int i = 0; i < targets; i++)
		print(&target[i], count);
	return 0;
}

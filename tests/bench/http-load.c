/*
 * http-load PORT PATH COOKIE COUNT [WANT]: asks for a page COUNT times, one after the other, each on a
 * connection of its own; prints p50, p90 and the worst in ms. Every answer must have status 200 and hold WANT.
 */
#include "config.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

int
main(int argc, char **argv)
{
	g_autofree char *request = NULL;
	g_autofree double *times = NULL;
	g_autoptr(GString) answer = g_string_new(NULL);
	int count;

	if (argc < 5 || (count = atoi(argv[4])) < 1) {
		fputs("usage: http-load PORT PATH COOKIE COUNT [WANT]\n", stderr);
		return 64;
	}
	request =
	    g_strdup_printf("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nCookie: %s\r\nConnection: "
			    "close\r\n\r\n",
		argv[2], argv[1], argv[3]);
	times = g_new(double, count);
	for (int i = -3; i < count; i++) {
		double ms = ask(atoi(argv[1]), request, answer);

		if (ms < 0 || strncmp(answer->str, "HTTP/1.1 200", 12) != 0 ||
		    (argc > 5 && strstr(answer->str, argv[5]) == NULL)) {
			fprintf(stderr, "http-load: %s isn't what it should be: %.300s\n", argv[2],
			    answer->str);
			return 1;
		}
		times[MAX(i, 0)] = ms;
	}
	qsort(times, (size_t)count, sizeof *times, compare);
	printf("%.2f %.2f %.2f\n", times[count / 2], times[count * 9 / 10], times[count - 1]);
	return 0;
}

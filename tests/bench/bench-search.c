/*
 * bench-search FOLDER: how long a search takes in the database that fill-database made.
 *
 * As a user with few books, and as one who sees nothing of what matches: word, phrase, word beginning, each
 * with the access record's row (durable) and, in the second column, without it. Limits: 10, 20, 50 ms.
 */
#include "config.h"

#include "rules/search.h"
#include "store/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TIMES 21

static void
stop_on(GError *error)
{
	if (error == NULL)
		return;
	fprintf(stderr, "bench-search: %s\n", error->message);
	exit(1);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The whole search as a page asks for it; ms, median. */
static double
measure_all(Session *session, const char *query, guint *ret_hits, double *ret_cpu)
{
	double times[TIMES];
	clock_t cpu = clock();

	for (int i = 0; i < TIMES; i++) {
		g_autoptr(GError) error = NULL;
		gint64 start = g_get_monotonic_time();
		g_autoptr(SearchPage) page = search_all(session, query, NULL, 50, &error);

		stop_on(error);
		times[i] = (double)(g_get_monotonic_time() - start) / 1000;
		*ret_hits = page->mail->len;
	}
	*ret_cpu = (double)(clock() - cpu) * 1000 / CLOCKS_PER_SEC / TIMES;
	qsort(times, TIMES, sizeof *times, compare);
	return times[TIMES / 2];
}

/* Finding and deciding alone. */
static double
measure_find(Session *session, const char *query)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) parsed = query_parse(query, 0, &error);
	SearchAsk ask = {.before = G_MAXINT64};
	double times[TIMES];

	stop_on(error);
	ask.match = parsed->mail;
	ask.without = parsed->mail_without;
	for (int i = 0; i < TIMES; i++) {
		gint64 start = g_get_monotonic_time();
		bool more;
		g_autoptr(GPtrArray) rows =
		    letter_search(session->store, session->viewer, &ask, NULL, 50, &more, &error);

		stop_on(error);
		times[i] = (double)(g_get_monotonic_time() - start) / 1000;
	}
	qsort(times, TIMES, sizeof *times, compare);
	return times[TIMES / 2];
}

static Session *
open_session(Store *store, const char *login)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(User) user = user_find(store, login, &error);
	Actor actor = {.kind = ACTOR_USER};
	Session *session;

	stop_on(error);
	g_assert(user != NULL);
	actor.user = user->id;
	session = session_new(store, &actor, SURFACE_PAGE, &error);
	stop_on(error);
	return session;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *query, *what;
		double limit;
	} queries[] = {
	    {"kato", "word, common", 10},
	    {"ref", "word in every mail", 10},
	    {"\"kato toto\"", "phrase", 20},
	    {"kato toto -reto", "two words, one not", 20},
	    {"kat*", "word beginning", 50},
	    {"ref*", "beginning of a word in every mail", 50},
	    {"kato before:today-30", "word before a day", 10},
	};
	static const char *const logins[] = {"few", "none", "boss"};
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = NULL;
	g_autoptr(Store) store = NULL;
	bool good = true;

	if (argc != 2) {
		fputs("usage: bench-search FOLDER\n", stderr);
		return 64;
	}
	path = g_build_filename(argv[1], "kartoteka.conf", NULL);
	conf = conf_load(path, &error);
	stop_on(error);
	store = store_open(conf, STORE_KEEP_OPEN, &error);
	stop_on(error);
	printf("%-36s %-5s %5s %10s %10s %10s %8s\n", "search", "as", "hits", "whole ms", "its CPU",
	    "find ms", "limit");
	for (gsize q = 0; q < G_N_ELEMENTS(queries); q++) {
		for (gsize i = 0; i < G_N_ELEMENTS(logins); i++) {
			g_autoptr(Session) session = open_session(store, logins[i]);
			guint hits;
			double cpu;
			double whole = measure_all(session, queries[q].query, &hits, &cpu);
			double find = measure_find(session, queries[q].query);

			printf("%-36s %-5s %5u %10.2f %10.2f %10.2f %8.0f\n", queries[q].what,
			    logins[i], hits, whole, cpu, find, queries[q].limit);
			if (i < 2 && whole > queries[q].limit)
				good = false;
		}
	}
	puts(good ? "within the limits" : "NOT within the limits");
	return good ? 0 : 1;
}

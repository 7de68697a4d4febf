/* Fetching bodies alone, over verified TLS: imap.h beside a bare libetpan loop in batches of 50 on the same stream.
 *	IMAP_SECRET=password imap-fetch PORT CA-FILE USER ROUNDS
 * All mails of INBOX, ROUNDS times each, in turn. Prints mails per second by the wall and by our processor time (median of the
 * rounds), and the ratio; the server's own time is in the wall alone. */
#include "base/clock.h"
#include "imapsync/imap.h"
#include "imapsync/tls.h"

#include <libetpan/libetpan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BATCH 50

typedef struct {
	guint16 port;
	const char *ca, *user, *secret;
} Target;

typedef struct {
	double wall, cpu; /* seconds */
	guint64 mails, bytes;
} Cost;

static void
fail(const char *what, const GError *error)
{
	fprintf(stderr, "%s: %s\n", what, error != NULL ? error->message : "failed");
	exit(1);
}

static double
cpu_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
start(Cost *cost)
{
	*cost = (Cost){-(double)g_get_monotonic_time() / 1e6, -cpu_now(), 0, 0};
}

static void
stop(Cost *cost)
{
	cost->wall += (double)g_get_monotonic_time() / 1e6;
	cost->cpu += cpu_now();
}

/* Ours
 * --------------------------------------------------------------------------------------------------------
 */

static bool
take(const ImapPiece *piece, gpointer data, GError **error)
{
	Cost *cost = data;

	cost->bytes += piece->length;
	cost->mails += piece->last;
	return true;
}

static Cost
ours(const Target *target)
{
	const ImapServer server = {
	    .host = "localhost", .port = target->port, .ca_file = target->ca};
	const ImapLogin login = {.user = target->user, .secret = target->secret};
	g_autoptr(Imap) imap = imap_new(&server);
	g_autoptr(UidSet) uids = uidset_new();
	g_autoptr(GArray) messages = imap_messages_new();
	g_autoptr(GError) error = NULL;
	ImapStatus status;
	Cost cost;

	if (!imap_connect(imap, &error) || !imap_login(imap, &login, &error) ||
	    !imap_examine(imap, "INBOX", NULL, &status, NULL, &error) ||
	    !imap_search_all(imap, 1, uids, &error) ||
	    !imap_fetch_sizes(imap, uids, messages, &error))
		fail("imap.h", error);
	start(&cost);
	if (!imap_fetch(imap, messages, 0, take, &cost, &error))
		fail("imap_fetch", error);
	stop(&cost);
	imap_logout(imap);
	return cost;
}

/* libetpan alone
 * --------------------------------------------------------------------------------------------------------
 */

static ssize_t
bare_read(mailstream_low *low, void *buffer, size_t size)
{
	gsize n = tls_read(low->data, buffer, size, NULL);

	return n > 0 ? (ssize_t)n : -1;
}

static ssize_t
bare_write(mailstream_low *low, const void *buffer, size_t size)
{
	return tls_write(low->data, buffer, size, NULL) ? (ssize_t)size : -1;
}

static int
bare_close(mailstream_low *low)
{
	return 0;
}

static void
bare_free(mailstream_low *low)
{
	free(low);
}

static void
fetch_batch(mailimap *session, uint32_t first, uint32_t last, Cost *cost)
{
	struct mailimap_set *set = mailimap_set_new_interval(first, last);
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	clist *list = NULL;

	mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_uid());
	mailimap_fetch_type_new_fetch_att_list_add(
	    type, mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL)));
	if (mailimap_uid_fetch(session, set, type, &list) != MAILIMAP_NO_ERROR)
		fail("mailimap_uid_fetch", NULL);
	for (clistiter *i = clist_begin(list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att *message = clist_content(i);

		for (clistiter *j = clist_begin(message->att_list); j != NULL; j = clist_next(j)) {
			const struct mailimap_msg_att_item *item = clist_content(j);

			if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
			    item->att_data.att_static->att_type == MAILIMAP_MSG_ATT_BODY_SECTION) {
				cost->mails++;
				cost->bytes += item->att_data.att_static->att_data.att_body_section
						   ->sec_length;
			}
		}
	}
	mailimap_fetch_list_free(list);
	mailimap_fetch_type_free(type);
	mailimap_set_free(set);
}

static Cost
bare(const Target *target)
{
	static mailstream_low_driver driver = {.mailstream_read = bare_read,
	    .mailstream_write = bare_write,
	    .mailstream_close = bare_close,
	    .mailstream_free = bare_free};
	g_autoptr(Tls) tls = tls_new();
	g_autoptr(GError) error = NULL;
	mailimap *session = mailimap_new(0, NULL);
	uint32_t last;
	Cost cost;

	if (!tls_connect(tls, "localhost", target->port, false, 10, &error) ||
	    !tls_start(tls, target->ca, 10, &error))
		fail("tls", error);
	tls_set_timeout(tls, 60, 3600);
	if (mailimap_connect(session, mailstream_new(mailstream_low_new(tls, &driver), 8192)) !=
		MAILIMAP_NO_ERROR_NON_AUTHENTICATED ||
	    mailimap_login(session, target->user, target->secret) != MAILIMAP_NO_ERROR ||
	    mailimap_examine(session, "INBOX") != MAILIMAP_NO_ERROR)
		fail("libetpan", NULL);
	last = session->imap_selection_info->sel_uidnext - 1;
	start(&cost);
	for (uint32_t first = 1; first <= last; first += BATCH)
		fetch_batch(session, first, MIN(last, first + BATCH - 1), &cost);
	stop(&cost);
	mailimap_logout(session); /* closes the stream, too */
	mailimap_free(session);
	return cost;
}

static int
compare(gconstpointer a, gconstpointer b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof *values, compare);
	return values[count / 2];
}

int
main(int argc, char **argv)
{
	Target target;
	int rounds;

	if (argc != 5 || g_getenv("IMAP_SECRET") == NULL) {
		fprintf(stderr, "usage: IMAP_SECRET=... imap-fetch PORT CA USER ROUNDS\n");
		return 2;
	}
	target = (Target){(guint16)atoi(argv[1]), argv[2], argv[3], g_getenv("IMAP_SECRET")};
	rounds = CLAMP(atoi(argv[4]), 1, 99);
	bare(&target); /* warms up the server */
	{
		double ours_wall[99], ours_cpu[99], bare_wall[99], bare_cpu[99], ratio[99];
		Cost a = {0}, b = {0};

		for (int i = 0; i < rounds; i++) {
			a = i % 2 != 0 ? ours(&target) : a;
			b = bare(&target);
			a = i % 2 != 0 ? a : ours(&target);
			if (a.mails != b.mails || a.bytes != b.bytes)
				fail("the two fetched something else", NULL);
			ours_wall[i] = (double)a.mails / a.wall,
			ours_cpu[i] = (double)a.mails / a.cpu;
			bare_wall[i] = (double)b.mails / b.wall,
			bare_cpu[i] = (double)b.mails / b.cpu;
			ratio[i] = b.wall / a.wall;
		}
		printf("%" G_GUINT64_FORMAT " mails, %" G_GUINT64_FORMAT " bytes, %d rounds\n",
		    a.mails, a.bytes, rounds);
		printf("imap.h         %8.0f mails/s, %8.0f a second of our processor time\n",
		    median(ours_wall, rounds), median(ours_cpu, rounds));
		printf("bare libetpan  %8.0f mails/s, %8.0f a second of our processor time\n",
		    median(bare_wall, rounds), median(bare_cpu, rounds));
		printf("imap.h is %.2f times as fast by the wall (at least 0.8)\n",
		    median(ratio, rounds));
		return median(ratio, rounds) < 0.8;
	}
}

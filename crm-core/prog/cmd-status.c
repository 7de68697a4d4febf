/* How the system is: for people, for programs, for Prometheus. Numbers and times only. */
#include "config.h"

#include "base/clock.h"
#include "prog/command.h"
#include "prog/spool-state.h"
#include "prog/status-poller.h"
#include "prog/status-file.h"
#include "store/numbers.h"

#include <stdio.h>

#define MINUTE (60 * CLOCK_SECOND)
#define FRESH (15 * CLOCK_SECOND) /* kartotekad writes its status every few seconds */

static gboolean option_prometheus;

static const GOptionEntry status_options[] = {
    {"prometheus", 0, 0, G_OPTION_ARG_NONE, &option_prometheus,
	"Write metrics in the text format of Prometheus", NULL},
    {NULL},
};

typedef struct {
	Numbers numbers;
	StatusNumbers daemon;
	const Conf *conf;
	PollerView poller;
	bool running, spool_known;
	SpoolState live, backlog;
	guint strange;
	gint64 missed, last_missed; /* accepted, but not spooled */
	gint64 data_free, data_percent, spool_free, spool_percent;
} Status;

static bool
collect(Command *command, Status *status, GError **error)
{
	Store *store = command_store(command, error);
	const Conf *conf = command->conf;

	if (store == NULL || !numbers_read(store, &status->numbers, error))
		return false;
	status->conf = conf;
	poller_view_read(conf, &status->poller);
	status->running = status_file_read(conf, &status->daemon, NULL) &&
			  clock_ms() - status->daemon.written < FRESH;
	status->spool_known = spool_check(conf->data.spool_directory, NULL) &&
	    spool_state_read(conf, SPOOL_LIVE, &status->live, &status->strange, NULL) &&
	    spool_state_read(conf, SPOOL_BACKLOG, &status->backlog, &status->strange, NULL);
	status->missed = spool_state_missed(conf, &status->last_missed);
	spool_state_free_space(conf->data.directory, &status->data_free, &status->data_percent);
	spool_state_free_space(
	    conf->data.spool_directory, &status->spool_free, &status->spool_percent);
	return true;
}

static void
print_lane(const char *name, const Status *status, const SpoolState *lane)
{
	g_autofree char *age = lane->oldest < 2 * MINUTE
				   ? g_strdup_printf("%.1f s", (double)lane->oldest / CLOCK_SECOND)
				   : g_strdup_printf("%d h %02d min", (int)(lane->oldest / (60 * MINUTE)),
					 (int)(lane->oldest % (60 * MINUTE) / MINUTE));

	if (!status->spool_known)
		printf("%-16s unknown: the spool can't be read; \"kartoteka doctor\" says why\n", name);
	else if (lane->items == 0)
		printf("%-16s nothing waits\n", name);
	else
		printf("%-16s %u wait, the oldest for %s\n", name, lane->items, age);
}

static void
print_daemon(const Status *status)
{
	if (!status->running)
		puts("kartotekad       doesn't run: mail stays in the spool until it does");
	else
		printf("kartotekad       runs (pid %d), %d taken in since its start%s%s%s\n",
		    (int)status->daemon.pid, (int)status->daemon.taken,
		    status->daemon.trouble ? "; filing fails and is tried again" : "",
		    status->daemon.parser_failed ? "; the parser can't be started" : "",
		    status->daemon.publish_failed ? "; lists can't be published" : "");
}

static void
print_missed(const Status *status)
{
	g_autofree char *last = command_time_text(status->last_missed);

	if (status->missed > 0)
		printf("%-16s %" G_GINT64_FORMAT
		       " mails went on without being spooled, the last one %s\n",
		    "alarm", status->missed, last);
}

static void
print_text(const Status *status)
{
	g_autofree char *last = command_time_text(status->numbers.last_taken);
	g_autofree char *data = g_format_size((guint64)MAX(0, status->data_free));
	g_autofree char *spool = g_format_size((guint64)MAX(0, status->spool_free));

	print_daemon(status);
	print_lane("live mail", status, &status->live);
	print_lane("backlog", status, &status->backlog);
	if (status->strange > 0)
		printf("%-16s %u names in it are no spool files\n", "spool", status->strange);
	print_missed(status);
	status_poller_text(status->conf, &status->poller, status->numbers.rewind_due);
	for (int state = 0; state < ITEM_N_STATES; state++)
		printf("%-16s %" G_GINT64_FORMAT "\n", item_state_name((ItemState)state),
		    status->numbers.items[state]);
	printf("%-16s %s\n", "last taken in", last);
	printf(
	    "%-16s %" G_GINT64_FORMAT " messages\n", "search lags by", status->numbers.search_lag);
	printf("%-16s %" G_GINT64_FORMAT "\n", "keys ahead", status->numbers.keys_ahead);
	printf("%-16s %s for data (%d %%), %s for the spool (%d %%)\n", "free space", data,
	    (int)status->data_percent, spool, (int)status->spool_percent);
}

static void
put_lane(Json *json, const char *name, const SpoolState *lane)
{
	json_open_object(json, name);
	json_int(json, "items", lane->items);
	json_int(json, "oldest_ms", lane->oldest);
	json_close(json);
}

static void
print_json(Json *json, const Status *status)
{
	json_open_object(json, NULL);
	json_open_object(json, "daemon");
	json_bool(json, "running", status->running);
	json_int(json, "pid", status->running ? status->daemon.pid : 0);
	json_int(json, "taken", status->daemon.taken);
	json_int(json, "lag_ms", status->daemon.lag);
	json_bool(json, "trouble", status->daemon.trouble);
	json_bool(json, "parser_failed", status->daemon.parser_failed);
	json_bool(json, "publish_failed", status->daemon.publish_failed);
	json_close(json);
	json_open_object(json, "spool");
	json_bool(json, "known", status->spool_known);
	put_lane(json, "live", &status->live);
	put_lane(json, "backlog", &status->backlog);
	json_int(json, "strange", status->strange);
	json_int(json, "missed", status->missed);
	json_int(json, "free_bytes", status->spool_free);
	json_close(json);
	status_poller_json(json, status->conf, &status->poller, status->numbers.rewind_due);
	json_open_object(json, "items");
	for (int state = 0; state < ITEM_N_STATES; state++)
		json_int(json, item_state_name((ItemState)state), status->numbers.items[state]);
	json_close(json);
	json_time(json, "last_taken", status->numbers.last_taken);
	json_int(json, "search_lag", status->numbers.search_lag);
	json_int(json, "keys_ahead", status->numbers.keys_ahead);
	json_int(json, "data_free_bytes", status->data_free);
	json_close(json);
	json_print(json);
}

static void
metric(const char *name, const char *label, const char *help, gint64 value)
{
	if (help != NULL)
		printf("# HELP kartoteka_%s %s\n# TYPE kartoteka_%s %s\n", name, help, name,
		    g_str_has_suffix(name, "_total") ? "counter" : "gauge");
	printf("kartoteka_%s%s %" G_GINT64_FORMAT "\n", name, label, value);
}

static void
print_prometheus(const Status *status)
{
	metric("up", "", "Whether kartotekad runs.", status->running);
	metric("trouble", "", "Whether filing fails and is tried again.",
	    status->daemon.trouble || status->daemon.parser_failed ||
		status->daemon.publish_failed);
	if (status->spool_known) {
		metric("spool_items", "{lane=\"live\"}", "Items that wait in the spool.",
		    status->live.items);
		metric("spool_items", "{lane=\"backlog\"}", NULL, status->backlog.items);
		metric("spool_oldest_milliseconds", "{lane=\"live\"}",
		    "Age of the oldest file in the spool.", status->live.oldest);
		metric("spool_oldest_milliseconds", "{lane=\"backlog\"}", NULL,
		    status->backlog.oldest);
	}
	metric("missed_total", "", "Mails accepted although they couldn't be spooled.",
	    status->missed);
	for (int state = 0; state < ITEM_N_STATES; state++) {
		g_autofree char *label =
		    g_strdup_printf("{state=\"%s\"}", item_state_name((ItemState)state));

		metric("items", label, state == 0 ? "Items ever taken in, by state." : NULL,
		    status->numbers.items[state]);
	}
	metric("last_taken_timestamp_seconds", "", "When the last item was taken in.",
	    status->numbers.last_taken / CLOCK_SECOND);
	metric("search_lag_messages", "", "Messages that are not indexed yet.",
	    status->numbers.search_lag);
	metric("keys_ahead", "", "Keys that lie ready.", status->numbers.keys_ahead);
	metric("free_bytes", "{of=\"data\"}", "Free space.", status->data_free);
	metric("free_bytes", "{of=\"spool\"}", NULL, status->spool_free);
	status_poller_prometheus(status->conf, &status->poller);
}

static bool
run_status(Command *command, char **arguments, GError **error)
{
	Status status = {.running = false};

	if (option_prometheus && command->json)
		return command_usage(command, error, "--json and --prometheus exclude each other.");
	if (!collect(command, &status, error))
		return false;
	if (option_prometheus)
		print_prometheus(&status);
	else if (command->json)
		print_json(command->out, &status);
	else
		print_text(&status);
	poller_view_clear(&status.poller);
	return true;
}

extern const CommandEntry cmd_status_table[];
const CommandEntry cmd_status_table[] = {
    {"status", NULL, "Say how the system is: lag, counts, quarantine", status_options, 0, 0,
	COMMAND_JSON, run_status},
    {NULL},
};

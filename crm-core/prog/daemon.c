#include "prog/daemon.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/spool.h"
#include "prog/alarm.h"
#include "prog/indexer.h"
#include "prog/status-file.h"
#include "prog/sweeper.h"
#include "prog/upkeep.h"
#include "prog/watch.h"

#include <poll.h>
#include <unistd.h>

#define TICK_MS 1000
#define SCAN_MS (60 * CLOCK_SECOND) /* a whole scan now and then, whatever inotify said */
#define BACKOFF_FIRST 200
#define BACKOFF_LAST 30000
#define STATUS_MS (5 * CLOCK_SECOND)  /* so often it says that it runs while it waits */
#define CLOSED_MS (10 * CLOCK_SECOND) /* while a folder of the spool is closed */
#define FRESH_MAX (12 << 20)          /* bytes of texts that the index will soon want */

struct Daemon {
	const Conf *conf;
	Store *store;
	Session *session;
	SearchFresh *fresh;
	Filer *filer;
	Intake *intake;
	Sweeper *sweeper;
	Watch *watch;
	Indexer *indexer;
	Upkeep *upkeep;
	Alarm *alarm;
	int signals, lock;
	bool once, ending;
	bool tried_again;  /* with --once: what couldn't be read */
	bool spool_closed; /* a folder of it, to this user */
	gint64 backoff;    /* ms of the next pause; 0: all is well */
	gint64 scanned;    /* when last */
	StatusNumbers numbers;
};

/* Two would file nothing twice, but parse all mail twice, and each publish and tell of alarms. */
static bool
lock_out_others(Daemon *daemon, GError **error)
{
	g_autofree char *path =
	    g_build_filename(daemon->conf->data.directory, "kartotekad-lock", NULL);
	g_autoptr(GError) why = NULL;

	daemon->lock = file_lock(path, false, &why);
	if (daemon->lock >= 0)
		return true;
	if (error_code(why) == ERROR_CONFLICT)
		return error_set(error, ERROR_CONFLICT,
		    "kartotekad runs already (%s is locked) and files what comes: stop it before "
		    "you start another.",
		    path);
	g_propagate_error(error, g_steal_pointer(&why));
	return false;
}

Daemon *
daemon_new(const Conf *conf, GPtrArray *parsers, int signals, GError **error)
{
	g_autoptr(Daemon) daemon = g_new0(Daemon, 1);

	daemon->conf = conf;
	daemon->signals = signals;
	daemon->lock = -1;
	daemon->store = store_open(conf, STORE_KEEP_OPEN, error);
	if (daemon->store == NULL || !lock_out_others(daemon, error))
		return NULL;
	daemon->session = session_new_daemon(daemon->store, error);
	if (daemon->session == NULL)
		return NULL;
	daemon->fresh = search_fresh_new(FRESH_MAX);
	daemon->filer = filer_new(daemon->session, daemon->fresh, error);
	if (daemon->filer == NULL)
		return NULL;
	daemon->watch = watch_new(conf->data.spool_directory, error);
	if (daemon->watch == NULL)
		return NULL;
	daemon->intake = intake_new(conf, parsers, filer_preparer(daemon->filer));
	daemon->sweeper = sweeper_new(daemon->intake);
	daemon->indexer = indexer_new(conf, daemon->fresh);
	daemon->upkeep = upkeep_new(conf, daemon->store, daemon->session, daemon->indexer);
	daemon->alarm = alarm_new(conf);
	return g_steal_pointer(&daemon);
}

void
daemon_free(Daemon *daemon)
{
	if (daemon == NULL)
		return;
	upkeep_free(daemon->upkeep);
	indexer_free(daemon->indexer);
	sweeper_free(daemon->sweeper);
	intake_free(daemon->intake);
	alarm_free(daemon->alarm);
	watch_free(daemon->watch);
	filer_free(daemon->filer);
	search_fresh_free(daemon->fresh);
	session_free(daemon->session);
	store_free(daemon->store);
	if (daemon->lock >= 0)
		close(daemon->lock);
	g_free(daemon);
}

/* Waits for a signal at most so long. True when it came. */
static bool
pause_for(Daemon *daemon, gint64 ms)
{
	struct pollfd fd = {.fd = daemon->signals, .events = POLLIN};

	if (poll(&fd, 1, ms) > 0 && daemon->signals >= 0)
		daemon->ending = true;
	return daemon->ending;
}

/* A failure that may pass: says so once, then waits longer and longer. */
static void
back_off(Daemon *daemon, const char *what, const GError *error)
{
	if (daemon->backoff == 0)
		log_gerror(LOG_LEVEL_ERROR, what, error);
	daemon->backoff = CLAMP(daemon->backoff * 2, BACKOFF_FIRST, BACKOFF_LAST);
	daemon->numbers.trouble = true;
	for (gint64 left = daemon->backoff; left > 0 && !daemon->ending; left -= STATUS_MS) {
		status_file_write(daemon->conf, &daemon->numbers);
		pause_for(daemon, MIN(left, STATUS_MS));
	}
}

static void
all_is_well(Daemon *daemon)
{
	if (daemon->backoff != 0)
		log_info("filing-goes-on", "taken=%" G_GINT64_FORMAT, daemon->numbers.taken);
	daemon->backoff = 0;
	daemon->numbers.trouble = false;
}

static void
say_quarantined(const FileJob *job, const FileResult *result)
{
	g_autofree char *why = log_escape(file_job_note(job));

	log_warning("quarantined", "reason=%s text=\"%s\"", item_reason_name(result->reason), why);
}

static void
say_filed(Daemon *daemon, const FileJob *job)
{
	const FileResult *result = file_job_result(job);
	const SpoolEntry *entry = file_job_entry(job);
	LogLevel level = entry->lane == SPOOL_LIVE ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
	char id[SPOOL_ID_SIZE], message[ID_TEXT_SIZE];

	spool_key_text(&entry->key, id);
	log_set_item(id);
	id_to_text(&result->message, message);
	if (entry->kind == SPOOL_START && result->state == ITEM_FILED)
		log_line(level, "source-started", "source=%s", entry->key.source);
	else if (result->already)
		log_line(level, "already-there", "source=%s", entry->key.source);
	else if (result->state == ITEM_QUARANTINED)
		say_quarantined(job, result);
	else if (result->state == ITEM_EXCLUDED)
		log_line(level, "excluded", "reason=%s", item_reason_name(result->reason));
	else
		log_line(level, item_state_name(result->state), "message=%s contacts=%u%s", message,
		    result->contacts, result->merged ? " merged=yes" : "");
	daemon->numbers.taken += entry->kind != SPOOL_START && !result->already;
	log_set_item(NULL);
}

/* These of a batch are accounted for: their files may go. */
static void
settle(Daemon *daemon, const ReadyBatch *batch, guint from, guint count)
{
	GPtrArray *packs = g_ptr_array_sized_new(count);

	for (guint i = from; i < from + count; i++) {
		say_filed(daemon, g_ptr_array_index(batch->jobs, i));
		g_ptr_array_add(packs, g_ptr_array_index(batch->packs, i));
	}
	sweeper_add(daemon->sweeper, packs);
}

static bool
quarantine(Daemon *daemon, const SpoolPack *pack, FileJob *job, const GError *why, GError **error)
{
	guint place = (guint)(file_job_entry(job)->key.n - pack->first.n), filed;
	g_autoptr(GBytes) whole = spool_read_whole(pack, place, error);

	if (whole == NULL)
		return false;
	log_gerror(LOG_LEVEL_ERROR, "filing-defect", why);
	file_job_quarantine(job, whole, ITEM_REASON_DEFECT, why->message);
	return file_some(daemon->filer, &job, 1, NULL, NULL, &filed, error);
}

/* One transaction, as in file_some(). A defect of ours with one of many mails must not stop the others: they are filed
 * in ever smaller parts, until it stands alone. False only for a failure that may pass. */
static bool
file_jobs(Daemon *daemon, const ReadyBatch *batch, guint from, guint count, guint *ret_filed,
    GError **error)
{
	FileJob **jobs = (FileJob **)batch->jobs->pdata + from;
	FileIsUrgent is_urgent = batch->lane == SPOOL_BACKLOG ? ready_has_live : NULL;
	g_autoptr(GError) failed = NULL;

	if (!file_some(daemon->filer, jobs, count, is_urgent, intake_ready(daemon->intake),
		ret_filed, &failed)) {
		bool defect = g_error_matches(failed, ERROR_DOMAIN, ERROR_INTERNAL);

		if (defect && count > 1)
			return file_jobs(daemon, batch, from, count / 2, ret_filed, error);
		if (!defect || !quarantine(daemon, g_ptr_array_index(batch->packs, from), *jobs,
				   failed, NULL)) {
			g_propagate_error(error, g_steal_pointer(&failed));
			return false;
		}
		*ret_filed = 1;
	}
	settle(daemon, batch, from, *ret_filed);
	indexer_wake(daemon->indexer, *ret_filed);
	return true;
}

/* Files what is ready, as often as it takes, live mail first. What isn't filed when the program ends is in the spool. */
static bool
file_ready(Daemon *daemon, GError **error)
{
	Ready *ready = intake_ready(daemon->intake);
	g_autoptr(ReadyBatch) batch = ready_take(ready);
	guint from = 0, filed;

	while (batch != NULL && from < batch->jobs->len && !daemon->ending) {
		g_autoptr(GError) failed = NULL;

		if (file_jobs(daemon, batch, from, batch->jobs->len - from, &filed, &failed)) {
			all_is_well(daemon);
			from += filed;
			if (batch->lane == SPOOL_LIVE || from == batch->jobs->len ||
			    !ready_has_live(ready))
				continue;
			ready_give_back(ready, g_steal_pointer(&batch), from);
			return true;
		}
		if (daemon->once) {
			g_propagate_error(error, g_steal_pointer(&failed));
			return false;
		}
		back_off(daemon, "filing-failed", failed);
	}
	return true;
}

/* Mail in a folder that is closed to this user waits unseen: says so once, and watches anew when it is open again. */
static void
look_at_spool(Daemon *daemon)
{
	const char *directory = daemon->conf->data.spool_directory;
	g_autoptr(GError) error = NULL, failed = NULL;
	Watch *watch;

	if (!spool_check(directory, &error)) {
		if (!daemon->spool_closed)
			log_gerror(LOG_LEVEL_ERROR, "spool-closed", error);
		daemon->spool_closed = true;
		return;
	}
	if (!daemon->spool_closed)
		return;
	log_info("spool-open", "folder=%s", directory);
	watch = watch_new(directory, &failed);
	if (watch == NULL) {
		log_gerror(LOG_LEVEL_ERROR, "watch-failed", failed);
		return;
	}
	watch_free(daemon->watch);
	daemon->watch = watch;
	daemon->spool_closed = false;
}

static void
scan(Daemon *daemon)
{
	g_autoptr(GError) error = NULL;

	look_at_spool(daemon);
	if (!intake_scan(daemon->intake, NULL, &error))
		log_gerror(LOG_LEVEL_ERROR, "scan-failed", error);
	daemon->scanned = clock_monotonic_ms();
}

static void
hear(Daemon *daemon)
{
	g_autoptr(GPtrArray) packs = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	bool rescan = false;

	if (!watch_read(daemon->watch, packs, &rescan, &error))
		log_gerror(LOG_LEVEL_ERROR, "watch-failed", error);
	for (guint i = 0; i < packs->len; i++)
		intake_add(daemon->intake, g_ptr_array_index(packs, i));
	if (rescan || error != NULL)
		scan(daemon);
}

/* --- Once a second, and to the end ----------------------------------------------------------------- */

static void
say_how_it_is(Daemon *daemon)
{
	g_autofree char *trouble = intake_trouble(daemon->intake);
	gint64 oldest;
	bool rescan;

	daemon->numbers.spooled = intake_waiting(daemon->intake, &oldest, &rescan);
	daemon->numbers.lag = oldest != 0 ? MAX(0, clock_ms() - oldest) : 0;
	daemon->numbers.parser_failed = trouble != NULL;
	status_file_write(daemon->conf, &daemon->numbers);
	if (rescan ||
	    clock_monotonic_ms() - daemon->scanned > (daemon->spool_closed ? CLOSED_MS : SCAN_MS))
		scan(daemon);
}

static void
tick(Daemon *daemon, bool *more)
{
	ready_flush(intake_ready(daemon->intake)); /* a slow mail keeps no others waiting */
	if (!daemon->once)
		alarm_tick(daemon->alarm);
	say_how_it_is(daemon);
	/* What can't be read waits for somebody who mends it, and keeps nobody busy. */
	upkeep_step(
	    daemon->upkeep, daemon->numbers.spooled > intake_unreadable(daemon->intake), more);
	daemon->numbers.publish_failed = upkeep_publish_failed(daemon->upkeep);
}

/* Is there nothing left to do? For --once. */
static bool
is_done(Daemon *daemon)
{
	guint unreadable = intake_unreadable(daemon->intake);
	bool rescan;

	if (intake_waiting(daemon->intake, NULL, &rescan) > unreadable)
		return false;
	if (rescan || (unreadable > 0 && !daemon->tried_again)) {
		daemon->tried_again = true;
		scan(daemon);
		return false;
	}
	return true;
}

static bool
finish_once(Daemon *daemon, GError **error)
{
	g_autofree char *trouble = intake_trouble(daemon->intake);
	guint unreadable = intake_unreadable(daemon->intake);
	bool more = true;

	if (trouble != NULL)
		return error_set(error, ERROR_TEMPORARY, "%s", trouble);
	if (!spool_check(daemon->conf->data.spool_directory, error))
		return false;
	if (unreadable > 0)
		return error_set(
		    error, ERROR_TEMPORARY, "%u items of the spool can't be read.", unreadable);
	while (more && !pause_for(daemon, 0))
		upkeep_file_waiting(daemon->upkeep, &more);
	indexer_hurry(daemon->indexer);
	/* Beside the index: the kernel takes its time to close the watch, and the logs are copied, so that they
	 * need only be cut in the end. */
	g_clear_pointer(&daemon->watch, watch_free);
	if (!store_copy_logs(daemon->store, error))
		return false;
	return indexer_finish(daemon->indexer) ||
	       error_set(error, ERROR_TEMPORARY, "The search index can't be written now");
}

bool
daemon_run(Daemon *daemon, bool once, GError **error)
{
	gint64 ticked = 0;
	bool more = false;

	daemon->once = once;
	scan(daemon);
	while (!daemon->ending) {
		struct pollfd fds[] = {
		    {.fd = ready_fd(intake_ready(daemon->intake)), .events = POLLIN},
		    {.fd = watch_fd(daemon->watch), .events = POLLIN},
		    {.fd = daemon->signals, .events = POLLIN},
		};
		gint64 now = clock_monotonic_ms();

		if (now - ticked >= TICK_MS || ticked == 0 || more) {
			tick(daemon, &more);
			ticked = clock_monotonic_ms();
		}
		if (once && is_done(daemon))
			return finish_once(daemon, error);
		if (poll(fds, G_N_ELEMENTS(fds), more ? 0 : once ? 20 : TICK_MS) <= 0)
			continue;
		if (fds[2].revents != 0)
			daemon->ending = true;
		if (fds[1].revents != 0)
			hear(daemon);
		if (fds[0].revents != 0 && !file_ready(daemon, error))
			return false;
	}
	return true;
}

#include "prog/indexer.h"

#include "base/log.h"
#include "base/priv.h"
#include "rules/index.h"

#define BUDGET_MS 250
#define IDLE_US (2 * G_USEC_PER_SEC)
#define REST_US 200000 /* between two times when mail comes steadily: a commit for many mails */
#define MANY 512       /* messages for which the rest ends early */
#define PAUSE_US (5 * G_USEC_PER_SEC) /* after a failure */

struct Indexer {
	const Conf *conf;
	SearchFresh *fresh;
	GThread *thread;
	GMutex lock; /* all below */
	GCond wake, done;
	bool ending;
	bool failed;      /* the last time */
	bool hurry;       /* somebody waits for the end */
	gint64 done_at;   /* us: when it had caught up the last time */
	guint64 asked;    /* how often indexer_wake() was called */
	guint64 finished; /* what asked was when it had caught up */
	guint64 waiting;  /* messages that were committed since it began to catch up */
};

/* Waits for work. False: the end. *idle: nothing came. */
static bool
wait(Indexer *indexer, gint64 us, bool *idle, guint64 *asked)
{
	gint64 until = g_get_monotonic_time() + us;
	bool go_on;

	g_mutex_lock(&indexer->lock);
	*idle = false;
	while (!indexer->ending && indexer->asked == *asked && !*idle)
		*idle = !g_cond_wait_until(&indexer->wake, &indexer->lock, until);
	until = indexer->done_at + REST_US;
	while (!indexer->ending && !indexer->hurry && !*idle && indexer->waiting < MANY &&
	       g_get_monotonic_time() < until)
		g_cond_wait_until(&indexer->wake, &indexer->lock, until);
	indexer->hurry = false;
	indexer->waiting = 0;
	*asked = indexer->asked;
	go_on = !indexer->ending;
	g_mutex_unlock(&indexer->lock);
	return go_on;
}

static bool
is_ending(Indexer *indexer)
{
	bool ending;

	g_mutex_lock(&indexer->lock);
	ending = indexer->ending;
	g_mutex_unlock(&indexer->lock);
	return ending;
}

/* The end, or more to index than what was asked for when this began. */
static bool
is_wanted(Indexer *indexer, guint64 asked)
{
	bool wanted;

	g_mutex_lock(&indexer->lock);
	wanted = indexer->ending || indexer->asked != asked;
	g_mutex_unlock(&indexer->lock);
	return wanted;
}

/* Catches up, then merges as long as nothing else is asked for. */
static bool
catch_up(Session *session, Indexer *indexer, bool idle, guint64 asked, GError **error)
{
	bool more = true;

	while (more && !is_ending(indexer))
		if (!index_catch_up(session, indexer->fresh, BUDGET_MS, &more, error))
			return false;
	for (more = idle; more && !is_wanted(indexer, asked);)
		if (!index_idle(session, &more, error))
			return false;
	return true;
}

/* At the start: all of it when the index was lost, or lies on a disk that is emptied with the machine. */
static void
say_behind(Session *session)
{
	gint64 lag;

	if (index_lag(session, &lag, NULL) && lag > 0)
		log_info("index-behind", "changes=%" G_GINT64_FORMAT, lag);
}

static void
finish(Indexer *indexer, guint64 asked, const GError *error)
{
	g_mutex_lock(&indexer->lock);
	if (error == NULL)
		indexer->finished = asked;
	else if (!indexer->failed)
		log_gerror(LOG_LEVEL_ERROR, "index-failed", error);
	if (error == NULL && indexer->failed)
		log_info("index-goes-on", "after=failure");
	indexer->failed = error != NULL;
	indexer->done_at = g_get_monotonic_time();
	g_cond_broadcast(&indexer->done);
	g_mutex_unlock(&indexer->lock);
}

static gpointer
run(gpointer data)
{
	Indexer *indexer = data;
	g_autoptr(Store) store = NULL;
	g_autoptr(Session) session = NULL;
	guint64 asked = 0;
	bool idle = false, go_on = true;

	priv_give_way();
	while (go_on) {
		g_autoptr(GError) error = NULL;

		if (store == NULL)
			store = store_open(indexer->conf, STORE_KEEP_OPEN, &error);
		if (store != NULL && session == NULL &&
		    (session = session_new_daemon(store, &error)) != NULL)
			say_behind(session);
		if (session != NULL)
			catch_up(session, indexer, idle, asked, &error);
		finish(indexer, asked, error);
		go_on = wait(indexer, error != NULL ? PAUSE_US : IDLE_US, &idle, &asked);
	}
	return NULL;
}

Indexer *
indexer_new(const Conf *conf, SearchFresh *fresh)
{
	Indexer *indexer = g_new0(Indexer, 1);

	indexer->conf = conf;
	indexer->fresh = fresh;
	g_mutex_init(&indexer->lock);
	g_cond_init(&indexer->wake);
	g_cond_init(&indexer->done);
	indexer->thread = g_thread_new("indexer", run, indexer);
	return indexer;
}

void
indexer_free(Indexer *indexer)
{
	if (indexer == NULL)
		return;
	g_mutex_lock(&indexer->lock);
	indexer->ending = true;
	g_cond_broadcast(&indexer->wake);
	g_mutex_unlock(&indexer->lock);
	g_thread_join(indexer->thread);
	g_cond_clear(&indexer->wake);
	g_cond_clear(&indexer->done);
	g_mutex_clear(&indexer->lock);
	g_free(indexer);
}

void
indexer_wake(Indexer *indexer, guint messages)
{
	g_mutex_lock(&indexer->lock);
	indexer->asked++;
	indexer->waiting += messages;
	g_cond_signal(&indexer->wake);
	g_mutex_unlock(&indexer->lock);
}

void
indexer_hurry(Indexer *indexer)
{
	g_mutex_lock(&indexer->lock);
	indexer->asked++;
	indexer->failed = false;
	indexer->hurry = true;
	g_cond_signal(&indexer->wake);
	g_mutex_unlock(&indexer->lock);
}

bool
indexer_finish(Indexer *indexer)
{
	bool done;

	g_mutex_lock(&indexer->lock);
	while (indexer->finished < indexer->asked && !indexer->failed)
		g_cond_wait(&indexer->done, &indexer->lock);
	done = indexer->finished >= indexer->asked;
	g_mutex_unlock(&indexer->lock);
	return done;
}

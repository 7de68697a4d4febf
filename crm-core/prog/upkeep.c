#include "prog/upkeep.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/spool.h"
#include "rules/destroy.h"
#include "rules/exclude.h"
#include "rules/file.h"
#include "rules/posture.h"
#include "store/access.h"
#include "store/revision.h"

#define SIGN_MS (3600 * CLOCK_SECOND) /* what was read since can be cut off unseen */
#define EXPIRE_MS (600 * CLOCK_SECOND)
#define JUMP_MS 10000 /* of the clock: more than what is put right bit by bit */

struct Upkeep {
	const Conf *conf;
	Store *store;
	Session *session;
	Indexer *indexer;
	gint64 published; /* revision that the published lists are of; -1: none */
	bool publish_failed;
	gint64 expired;     /* when last, by the clock that never jumps; ms, 0: not yet */
	gint64 signed_hour; /* the last one, in hours since 1970 */
	gint64 steady;      /* since when the clock runs evenly, by the one that never jumps; ms */
	gint64 offset;      /* by how much the clock is ahead of that one; ms */
};

Upkeep *
upkeep_new(const Conf *conf, Store *store, Session *session, Indexer *indexer)
{
	Upkeep *upkeep = g_new0(Upkeep, 1);

	upkeep->conf = conf;
	upkeep->store = store;
	upkeep->session = session;
	upkeep->indexer = indexer;
	upkeep->published = -1;
	return upkeep;
}

void
upkeep_free(Upkeep *upkeep)
{
	g_free(upkeep);
}

bool
upkeep_publish_failed(const Upkeep *upkeep)
{
	return upkeep->publish_failed;
}

static void
publish(Upkeep *upkeep)
{
	g_autoptr(GError) error = NULL;
	gint64 revision = revision_at(upkeep->store, G_MAXINT64, &error);

	if (revision == upkeep->published && error == NULL)
		return;
	if (error == NULL && exclude_publish(upkeep->store, &error) &&
	    posture_publish(upkeep->store, &error))
		upkeep->published = revision;
	if (error != NULL && !upkeep->publish_failed)
		log_gerror(LOG_LEVEL_ERROR, "publish-failed", error);
	upkeep->publish_failed = error != NULL;
}

void
upkeep_file_waiting(Upkeep *upkeep, bool *ret_more)
{
	g_autoptr(GError) error = NULL;

	if (!file_pending(upkeep->session, ret_more, &error))
		log_gerror(LOG_LEVEL_WARNING, "pending-failed", error);
	else if (*ret_more)
		indexer_wake(upkeep->indexer, 0);
}

/* A clock that is wrong at the start is put right within minutes, and what was destroyed by it is gone. */
static bool
is_steady(Upkeep *upkeep)
{
	gint64 now = clock_monotonic_ms(), offset = clock_ms() - now, jump;

	jump = upkeep->steady != 0 ? offset - upkeep->offset : 0;
	upkeep->offset = offset;
	if (upkeep->steady == 0 || ABS(jump) > JUMP_MS)
		upkeep->steady = now;
	if (ABS(jump) > JUMP_MS)
		log_warning("clock-jumped", "seconds=%" G_GINT64_FORMAT, jump / CLOCK_SECOND);
	return now - upkeep->steady > EXPIRE_MS;
}

/* Waiting mail, by a clock that can be trusted; what was begun goes on in any case. */
static void
expire(Upkeep *upkeep, bool steady, bool *ret_more)
{
	g_autoptr(GError) error = NULL;

	*ret_more = false;
	if (upkeep->expired != 0 && clock_monotonic_ms() - upkeep->expired <= EXPIRE_MS)
		return;
	if (!(steady ? file_expire(upkeep->session, ret_more, &error)
		     : destroy_continue(upkeep->session, &error))) {
		log_gerror(LOG_LEVEL_WARNING, "expire-failed", error);
		*ret_more = false;
	}
	if (*ret_more)
		return;
	spool_tidy(upkeep->conf->data.spool_directory);
	upkeep->expired = clock_monotonic_ms();
}

static void
sign(Upkeep *upkeep)
{
	g_autoptr(GError) error = NULL;
	gint64 hour = clock_ms() / SIGN_MS;

	if (upkeep->signed_hour == hour)
		return;
	if (access_checkpoint(upkeep->store, &error))
		upkeep->signed_hour = hour;
	else
		log_gerror(LOG_LEVEL_WARNING, "checkpoint-failed", error);
}

void
upkeep_step(Upkeep *upkeep, bool busy, bool *ret_more)
{
	g_autoptr(GError) error = NULL;
	bool waiting = false, expiring = false, idle = false, steady = is_steady(upkeep);

	publish(upkeep);
	upkeep_file_waiting(upkeep, &waiting);
	expire(upkeep, steady, &expiring);
	sign(upkeep);
	if (!store_idle(upkeep->store, busy, &idle, &error))
		log_gerror(LOG_LEVEL_WARNING, "idle-failed", error);
	*ret_more = waiting || expiring || idle;
}

#include "prog/ready.h"

#include "base/log.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Mails that have room whatever a transaction takes: the threads shouldn't wait for each other. */
#define LEAST 16

typedef struct {
	GQueue batches; /* ReadyBatch */
	guint mails;
	gsize bytes;
} Lane;

struct Ready {
	guint transaction;
	int event;
	GMutex lock; /* all below; the last of all locks: no other is taken while it is held */
	GCond room;  /* a batch was taken */
	bool ending;
	Lane lanes[2]; /* by SpoolLane */
};

ReadyBatch *
ready_batch_new(SpoolLane lane)
{
	ReadyBatch *batch = g_new0(ReadyBatch, 1);

	batch->lane = lane;
	batch->jobs = g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);
	batch->packs = g_ptr_array_new();
	return batch;
}

void
ready_batch_free(ReadyBatch *batch)
{
	if (batch == NULL)
		return;
	g_clear_pointer(&batch->jobs, g_ptr_array_unref);
	g_clear_pointer(&batch->packs, g_ptr_array_unref);
	g_free(batch);
}

Ready *
ready_new(guint transaction)
{
	Ready *ready = g_new0(Ready, 1);

	ready->transaction = CLAMP(transaction, 1, FILE_MOST);
	ready->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	g_assert(ready->event >= 0);
	g_mutex_init(&ready->lock);
	g_cond_init(&ready->room);
	return ready;
}

void
ready_free(Ready *ready)
{
	if (ready == NULL)
		return;
	for (gsize lane = 0; lane < G_N_ELEMENTS(ready->lanes); lane++)
		g_queue_clear_full(&ready->lanes[lane].batches, (GDestroyNotify)ready_batch_free);
	close(ready->event);
	g_cond_clear(&ready->room);
	g_mutex_clear(&ready->lock);
	g_free(ready);
}

void
ready_end(Ready *ready)
{
	g_mutex_lock(&ready->lock);
	ready->ending = true;
	g_cond_broadcast(&ready->room);
	g_mutex_unlock(&ready->lock);
}

int
ready_fd(const Ready *ready)
{
	return ready->event;
}

static void
tell(Ready *ready)
{
	guint64 one = 1;

	if (write(ready->event, &one, sizeof one) < 0)
		log_error("eventfd", "errno=%d", errno);
}

/* With the lock held. */
static bool
has_room(const Ready *ready, const ReadyBatch *batch)
{
	const Lane *lane = &ready->lanes[batch->lane];
	guint most = MAX(ready->transaction, LEAST);

	return lane->mails == 0 || (lane->mails + batch->jobs->len <= most &&
				       lane->bytes + batch->bytes <= READY_BYTES);
}

/* With the lock held. */
static void
count(Lane *lane, const ReadyBatch *batch)
{
	lane->mails += batch->jobs->len;
	lane->bytes += batch->bytes;
}

/* With the lock held. */
static ReadyBatch *
pop(Lane *lane)
{
	ReadyBatch *batch = g_queue_pop_head(&lane->batches);

	lane->mails -= batch->jobs->len;
	lane->bytes -= batch->bytes;
	return batch;
}

/* With the lock held: is there enough to be taken? */
static bool
is_enough(const Ready *ready, SpoolLane lane)
{
	return lane == SPOOL_LIVE || ready->lanes[lane].mails >= ready->transaction / 2 ||
	       ready->lanes[lane].bytes >= READY_BYTES / 2;
}

void
ready_put(Ready *ready, ReadyBatch *batch)
{
	SpoolLane lane = batch->lane;

	g_mutex_lock(&ready->lock);
	while (!ready->ending && !has_room(ready, batch)) {
		tell(ready);
		g_cond_wait(&ready->room, &ready->lock);
	}
	g_queue_push_tail(&ready->lanes[lane].batches, batch);
	count(&ready->lanes[lane], batch);
	if (is_enough(ready, lane))
		tell(ready);
	g_mutex_unlock(&ready->lock);
}

void
ready_flush(Ready *ready)
{
	g_mutex_lock(&ready->lock);
	if (ready->lanes[SPOOL_BACKLOG].mails > 0)
		tell(ready);
	g_mutex_unlock(&ready->lock);
}

void
ready_give_back(Ready *ready, ReadyBatch *batch, guint filed)
{
	Lane *lane = &ready->lanes[batch->lane];

	batch->bytes = batch->bytes / batch->jobs->len * (batch->jobs->len - filed); /* about */
	g_ptr_array_remove_range(batch->jobs, 0, filed);
	g_ptr_array_remove_range(batch->packs, 0, filed);
	g_mutex_lock(&ready->lock);
	g_queue_push_head(&lane->batches, batch);
	count(lane, batch);
	g_mutex_unlock(&ready->lock);
	tell(ready);
}

/* Appends next, and frees it. */
static void
append(ReadyBatch *batch, ReadyBatch *next)
{
	batch->bytes += next->bytes;
	g_ptr_array_extend_and_steal(batch->jobs, g_steal_pointer(&next->jobs));
	g_ptr_array_extend_and_steal(batch->packs, g_steal_pointer(&next->packs));
	ready_batch_free(next);
}

/* With the lock held. */
static ReadyBatch *
take(Ready *ready, Lane *lane)
{
	ReadyBatch *batch = pop(lane);
	const ReadyBatch *next;

	while ((next = g_queue_peek_head(&lane->batches)) != NULL &&
	       batch->jobs->len + next->jobs->len <= ready->transaction)
		append(batch, pop(lane));
	g_cond_broadcast(&ready->room);
	return batch;
}

ReadyBatch *
ready_take(Ready *ready)
{
	ReadyBatch *batch = NULL;
	guint64 told;
	bool more = false;

	if (read(ready->event, &told, sizeof told) < 0 && errno != EAGAIN)
		log_error("eventfd", "errno=%d", errno);
	g_mutex_lock(&ready->lock);
	for (gsize lane = 0; lane < G_N_ELEMENTS(ready->lanes); lane++) {
		if (batch == NULL && ready->lanes[lane].mails > 0)
			batch = take(ready, &ready->lanes[lane]);
		more = more || ready->lanes[lane].mails > 0;
	}
	g_mutex_unlock(&ready->lock);
	if (more)
		tell(ready);
	return batch;
}

bool
ready_has_live(gpointer data)
{
	Ready *ready = data;
	bool live;

	g_mutex_lock(&ready->lock);
	live = ready->lanes[SPOOL_LIVE].mails > 0;
	g_mutex_unlock(&ready->lock);
	return live;
}

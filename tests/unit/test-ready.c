#include "prog/ready.h"

#include <poll.h>

static ReadyBatch *
batch(SpoolLane lane, guint mails, gsize bytes)
{
	ReadyBatch *made = ready_batch_new(lane);

	made->bytes = bytes;
	for (guint i = 0; i < mails; i++) {
		g_ptr_array_add(made->jobs, NULL);
		g_ptr_array_add(made->packs, NULL);
	}
	return made;
}

static bool
is_told(const Ready *ready)
{
	struct pollfd fd = {.fd = ready_fd(ready), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void
check_taken(Ready *ready, SpoolLane lane, guint mails)
{
	g_autoptr(ReadyBatch) taken = NULL;

	g_assert_true(is_told(ready));
	taken = ready_take(ready);
	g_assert_nonnull(taken);
	g_assert_cmpint(taken->lane, ==, lane);
	g_assert_cmpuint(taken->packs->len, ==, mails);
	g_assert_cmpuint(taken->jobs->len, ==, mails);
}

/* Live mail first, each lane by itself, as much as a transaction takes; what is given back comes next. */
static void
test_order(void)
{
	g_autoptr(Ready) ready = ready_new(100);
	ReadyBatch *taken;

	g_assert_null(ready_take(ready));
	ready_put(ready, batch(SPOOL_BACKLOG, 60, 1));
	ready_put(ready, batch(SPOOL_BACKLOG, 40, 1));
	g_assert_false(ready_has_live(ready));
	ready_put(ready, batch(SPOOL_LIVE, 1, 1));
	ready_put(ready, batch(SPOOL_LIVE, 1, 1));
	g_assert_true(ready_has_live(ready));
	check_taken(ready, SPOOL_LIVE, 2);
	g_assert_false(ready_has_live(ready));
	taken = ready_take(ready);
	g_assert_cmpuint(taken->jobs->len, ==, 100);
	ready_put(ready, batch(SPOOL_BACKLOG, 64, 1));
	ready_give_back(ready, taken, 30);
	check_taken(ready, SPOOL_BACKLOG, 70);
	check_taken(ready, SPOOL_BACKLOG, 64);
	g_assert_false(is_told(ready));
	g_assert_null(ready_take(ready));
}

/* A backlog is gathered until it is worth a transaction, or no more is coming. */
static void
test_gather(void)
{
	g_autoptr(Ready) ready = ready_new(100);

	ready_flush(ready);
	g_assert_false(is_told(ready));
	ready_put(ready, batch(SPOOL_BACKLOG, 30, 1));
	g_assert_false(is_told(ready));
	ready_flush(ready);
	check_taken(ready, SPOOL_BACKLOG, 30);
	ready_put(ready, batch(SPOOL_BACKLOG, 30, 1));
	g_assert_false(is_told(ready));
	ready_put(ready, batch(SPOOL_BACKLOG, 30, 1));
	check_taken(ready, SPOOL_BACKLOG, 60);
	ready_put(ready, batch(SPOOL_BACKLOG, 1, READY_BYTES / 2));
	check_taken(ready, SPOOL_BACKLOG, 1);
	ready_put(ready, batch(SPOOL_BACKLOG, 1, 1));
	ready_put(ready, batch(SPOOL_LIVE, 1, 1));
	check_taken(ready, SPOOL_LIVE, 1);
	check_taken(ready, SPOOL_BACKLOG, 1);
}

typedef struct {
	Ready *ready;
	ReadyBatch *batch;
	gint put; /* atomic */
} Putter;

static gpointer
put(gpointer data)
{
	Putter *putter = data;

	ready_put(putter->ready, putter->batch);
	g_atomic_int_set(&putter->put, 1);
	return NULL;
}

/* Who brings more than there is room for waits until somebody takes, or until the end. */
static void
check_waits(guint mails, gsize bytes, bool end)
{
	g_autoptr(Ready) ready = ready_new(100);
	Putter putter = {ready, batch(SPOOL_BACKLOG, mails, bytes), 0};
	GThread *thread;

	ready_put(ready, batch(SPOOL_BACKLOG, 50, READY_BYTES / 2));
	thread = g_thread_new("put", put, &putter);
	g_usleep(50000);
	g_assert_cmpint(g_atomic_int_get(&putter.put), ==, 0);
	ready_put(ready, batch(SPOOL_LIVE, mails, bytes)); /* isn't kept waiting by the backlog */
	if (end)
		ready_end(ready);
	else
		check_taken(ready, SPOOL_LIVE, mails);
	if (!end)
		check_taken(ready, SPOOL_BACKLOG, 50);
	g_thread_join(thread);
	g_assert_cmpint(putter.put, ==, 1);
}

static void
test_room(void)
{
	check_waits(51, 1, false);
	check_waits(1, READY_BYTES, false);
	check_waits(51, 1, true);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ready/order", test_order);
	g_test_add_func("/ready/gather", test_gather);
	g_test_add_func("/ready/room", test_room);
	return g_test_run();
}

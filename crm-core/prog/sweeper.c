#include "prog/sweeper.h"

#include "base/log.h"

struct Sweeper {
	Intake *intake;
	GThreadPool *pool;
};

static void
sweep_one(Sweeper *sweeper, const SpoolItem *item)
{
	g_autoptr(GError) error = NULL;
	char id[SPOOL_ID_SIZE];

	if (!spool_unlink(item, &error)) {
		spool_key_text(&item->key, id);
		log_set_item(id);
		log_gerror(LOG_LEVEL_ERROR, "spool-unlink", error);
		log_set_item(NULL);
	}
	intake_done(sweeper->intake, item);
}

static void
sweep(gpointer data, gpointer sweeper)
{
	g_autoptr(GPtrArray) items = data;

	for (guint i = 0; i < items->len; i++)
		sweep_one(sweeper, g_ptr_array_index(items, i));
}

Sweeper *
sweeper_new(Intake *intake)
{
	Sweeper *sweeper = g_new0(Sweeper, 1);

	sweeper->intake = intake;
	sweeper->pool = g_thread_pool_new(sweep, sweeper, 1, TRUE, NULL);
	g_assert(sweeper->pool != NULL);
	return sweeper;
}

void
sweeper_free(Sweeper *sweeper)
{
	if (sweeper == NULL)
		return;
	g_thread_pool_free(sweeper->pool, FALSE, TRUE);
	g_free(sweeper);
}

void
sweeper_add(Sweeper *sweeper, GPtrArray *items)
{
	g_thread_pool_push(sweeper->pool, items, NULL);
}

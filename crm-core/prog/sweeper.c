#include "prog/sweeper.h"

#include "base/foreground.h"
#include "base/log.h"

struct Sweeper {
	Intake *intake;
	GThreadPool *pool;
};

static void
sweep_one(Sweeper *sweeper, const SpoolPack *pack)
{
	g_autoptr(GError) error = NULL;
	char id[SPOOL_ID_SIZE];

	if (!spool_unlink(pack, &error)) {
		spool_key_text(&pack->first, id);
		log_set_item(id);
		log_gerror(LOG_LEVEL_ERROR, "spool-unlink", error);
		log_set_item(NULL);
	}
	intake_forget(sweeper->intake, pack);
}

static void
sweep(gpointer data, gpointer sweeper)
{
	g_autoptr(GPtrArray) packs = data;

	for (guint i = 0; i < packs->len; i++) {
		const SpoolPack *pack = g_ptr_array_index(packs, i);

		foreground_let_by(NULL, NULL);
		if (intake_done(((Sweeper *)sweeper)->intake, pack))
			sweep_one(sweeper, pack);
	}
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
sweeper_add(Sweeper *sweeper, GPtrArray *packs)
{
	g_thread_pool_push(sweeper->pool, packs, NULL);
}

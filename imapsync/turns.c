#include "imapsync/turns.h"

struct Turns {
	GMutex lock;
	GCond changed;
	guint count, taken;
	bool closed;
};

Turns *
turns_new(guint count)
{
	Turns *turns = g_new0(Turns, 1);

	turns->count = count;
	g_mutex_init(&turns->lock);
	g_cond_init(&turns->changed);
	return turns;
}

void
turns_free(Turns *turns)
{
	if (turns == NULL)
		return;
	g_cond_clear(&turns->changed);
	g_mutex_clear(&turns->lock);
	g_free(turns);
}

bool
turns_enter(Turns *turns)
{
	bool entered;

	g_mutex_lock(&turns->lock);
	while (!turns->closed && turns->taken >= turns->count)
		g_cond_wait(&turns->changed, &turns->lock);
	entered = !turns->closed;
	turns->taken += entered;
	g_mutex_unlock(&turns->lock);
	return entered;
}

void
turns_leave(Turns *turns)
{
	g_mutex_lock(&turns->lock);
	turns->taken--;
	g_cond_signal(&turns->changed);
	g_mutex_unlock(&turns->lock);
}

void
turns_close(Turns *turns)
{
	g_mutex_lock(&turns->lock);
	turns->closed = true;
	g_cond_broadcast(&turns->changed);
	g_mutex_unlock(&turns->lock);
}

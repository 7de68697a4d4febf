#include "imapsync/server.h"

#include "base/clock.h"
#include "imapsync/turns.h"

#define DEBT_MS (100 * CLOCK_SECOND) /* after so long without a byte all is paid */

struct Server {
	const ConfImapServer *conf;
	guint mailboxes;
	Turns *connections;
	GMutex lock; /* all below */
	GCond changed;
	bool closed;
	gint64 debt;    /* bytes that have come before their time */
	gint64 debt_at; /* clock_monotonic_ms() */
};

Server *
server_new(const ConfImapServer *conf, guint mailboxes)
{
	Server *server = g_new0(Server, 1);

	server->conf = conf;
	server->mailboxes = mailboxes;
	server->connections = turns_new((guint)conf->connections);
	g_mutex_init(&server->lock);
	g_cond_init(&server->changed);
	return server;
}

void
server_free(Server *server)
{
	if (server == NULL)
		return;
	turns_free(server->connections);
	g_cond_clear(&server->changed);
	g_mutex_clear(&server->lock);
	g_free(server);
}

const ConfImapServer *
server_conf(const Server *server)
{
	return server->conf;
}

bool
server_may_watch(const Server *server)
{
	return server->conf->connections > (gint64)server->mailboxes;
}

bool
server_may_watch_two(const Server *server)
{
	return server->conf->connections > 2 * (gint64)server->mailboxes;
}

bool
server_enter(Server *server)
{
	return turns_enter(server->connections);
}

void
server_leave(Server *server)
{
	turns_leave(server->connections);
}

void
server_account(Server *server, gsize bytes)
{
	gint64 now, wait;

	if (server->conf->rate == 0)
		return;
	g_mutex_lock(&server->lock);
	now = clock_monotonic_ms();
	server->debt -= MIN(now - server->debt_at, DEBT_MS) * server->conf->rate / CLOCK_SECOND;
	server->debt = MAX(server->debt, 0) + (gint64)bytes;
	server->debt_at = now;
	wait = now + server->debt * CLOCK_SECOND / server->conf->rate;
	/* what fits into a second needs no waiting for */
	while (!server->closed && clock_monotonic_ms() + CLOCK_SECOND < wait)
		g_cond_wait_until(&server->changed, &server->lock,
		    g_get_monotonic_time() + (wait - CLOCK_SECOND - clock_monotonic_ms()) * 1000);
	g_mutex_unlock(&server->lock);
}

void
server_close(Server *server)
{
	g_mutex_lock(&server->lock);
	server->closed = true;
	turns_close(server->connections);
	g_cond_broadcast(&server->changed);
	g_mutex_unlock(&server->lock);
}

/*
 * kartoteka-milter: catches each mail that passes the MTA and lays it into the spool. See kartoteka-milter(8).
 */
#include "base/priv.h"
#include "base/program.h"
#include "milter/exclusions.h"
#include "milter/message.h"
#include "milter/session.h"
#include "milter/socket.h"

#include <glib.h>
#include <libmilter/mfapi.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

/* Everything that must be there before the first mail. The socket is opened with the rights of the start, the spool
 * with those that the program keeps. */
static bool
prepare(const Conf *conf, Milter *milter, GError **error)
{
	if (!session_register(milter, error) || !socket_open(conf, error) ||
	    !priv_drop(conf->milter.user, conf->milter.group, error) || !priv_harden(0007, error))
		return false;
	milter->conf = conf;
	milter->spool =
	    spool_open(conf->data.spool_directory, conf->milter.spool_name, SPOOL_SMTP, error);
	if (milter->spool == NULL)
		return false;
	milter->exclusions = exclusions_new(conf);
	return true;
}

static gpointer
run_libmilter(gpointer ret)
{
	*(int *)ret = smfi_main();
	kill(getpid(), SIGTERM); /* when it ended by itself */
	return NULL;
}

/* libmilter looks only every five seconds whether it shall stop, and smfi_stop() waits for that. So the main thread, to
 * which the kernel gives a signal first, waits for it: nobody is let in any more, answers that are being worked out are
 * given; mail that is still coming gets none and is sent again. */
static int
serve(const Conf *conf)
{
	static int result = MI_SUCCESS;
	sigset_t signals;
	int got;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	g_thread_unref(g_thread_new("libmilter", run_libmilter, &result));
	sigwait(&signals, &got);
	socket_remove(conf);
	for (int i = 0; i < 500 && session_busy(); i++)
		g_usleep(10000);
	return result;
}

static int
run(const Conf *conf)
{
	static Milter milter; /* its threads live as long as the program */
	g_autoptr(GError) error = NULL;
	int result;

	if (!prepare(conf, &milter, &error))
		return program_fail(error, 0);
	program_started("milter", spool_last_key(milter.spool), "socket=%s", conf->milter.socket);
	result = serve(conf);
	program_end(spool_last_key(milter.spool), result == MI_SUCCESS ? EXIT_SUCCESS : EX_TEMPFAIL);
}

int
main(int argc, char **argv)
{
	Program program = {.name = "kartoteka-milter",
	    .summary = "Catches each mail that passes the MTA and lays it into Kartoteka's spool."};
	g_autoptr(Conf) conf = NULL;
	g_autoptr(GError) error = NULL;
	int status;

	/* A thread per connection: few heaps, or each keeps what it once needed. */
	mallopt(M_ARENA_MAX, 2);
	conf = program_begin(&program, &argc, &argv, &status);
	if (conf == NULL)
		return status;
	if (!socket_check(conf, &error))
		return program_fail(error, EX_CONFIG);
	if (program.check)
		return status;
	conf_open_log(conf, program.name);
	return run(conf);
}

/*
 * kartoteka-milter: catches each mail that passes the MTA and lays it into the spool. See kartoteka-milter(8).
 */
#include "base/conf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/priv.h"
#include "base/spool.h"
#include "config.h"
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

typedef struct {
	char *config;
	gboolean check, version;
} Options;

static bool
parse_options(int *argc, char ***argv, Options *options, GError **error)
{
	const GOptionEntry entries[] = {
	    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
		"Read this configuration file", "FILE"},
	    {"check", 0, 0, G_OPTION_ARG_NONE, &options->check, "Check the configuration and leave",
		NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
	    {0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(
	    context, "Catches each mail that passes the MTA and lays it into Kartoteka's spool.");
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	if (*argc > 1)
		return error_set(error, ERROR_INVALID, "There is no argument %s.", (*argv)[1]);
	return true;
}

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

static int
fail(const GError *error, int status)
{
	log_gerror(LOG_LEVEL_ERROR, "stopped", error);
	return status;
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
	SpoolKey start;
	int result;

	if (!prepare(conf, &milter, &error))
		return fail(error, error_exit_status(error_code(error)));
	if (geteuid() == 0)
		log_warning("runs-as-root", "text=\"Set [milter] user.\"");
	start = spool_last_key(milter.spool);
	log_info("started", "source=%s start=%" G_GINT64_MODIFIER "x socket=%s", start.source,
	    start.start, conf->milter.socket);
	result = serve(conf);
	start = spool_last_key(milter.spool);
	log_info("ended", "source=%s start=%" G_GINT64_MODIFIER "x items=%" G_GINT64_FORMAT,
	    start.source, start.start, start.n);
	/* not exit(): threads of libmilter are still there */
	fflush(NULL);
	_exit(result == MI_SUCCESS ? EXIT_SUCCESS : EX_TEMPFAIL);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = NULL;
	Options options = {0};

	/* A thread per connection: few heaps, or each keeps what it once needed. */
	mallopt(M_ARENA_MAX, 2);
	log_open("kartoteka-milter", LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	if (!parse_options(&argc, &argv, &options, &error))
		return fail(error, EX_USAGE);
	if (options.version) {
		puts("kartoteka-milter " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	conf = conf_load(options.config, &error);
	g_free(options.config);
	if (conf == NULL)
		return fail(error, EX_CONFIG);
	if (options.check)
		return EXIT_SUCCESS;
	conf_open_log(conf, "kartoteka-milter");
	return run(conf);
}

/*
 * kartotekad: takes mail out of the spool and files it. See kartotekad(8).
 */
#include "base/error.h"
#include "base/foreground.h"
#include "base/log.h"
#include "base/priv.h"
#include "base/program.h"
#include "config.h"
#include "prog/daemon.h"
#include "prog/parser.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define REOPEN_SECONDS 10

/* Before keys, locks and databases are opened, and before signals are blocked. */
static GPtrArray *
start_parsers(const Conf *conf, GError **error)
{
	g_autoptr(GPtrArray) parsers = g_ptr_array_new_with_free_func((GDestroyNotify)parser_free);

	for (gint64 i = 0; i < conf->parser.children; i++) {
		ParserClient *parser = parser_start(NULL, error);

		if (parser == NULL)
			return NULL;
		g_ptr_array_add(parsers, parser);
	}
	return g_steal_pointer(&parsers);
}

static int
open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* Did a signal come within that time? */
static bool
told_to_end(int signals, int seconds)
{
	sigset_t set;
	struct timespec time = {.tv_sec = seconds};

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &time) > 0;
}

/* A key that isn't there yet, a locked file, a full disk: mail waits in the spool. An old schema doesn't
 * mend itself. */
static bool
may_pass(const GError *error)
{
	return error_code(error) == ERROR_TEMPORARY || error_code(error) == ERROR_NOT_FOUND ||
	       error_code(error) == ERROR_DENIED;
}

static int
serve(const Conf *conf, bool once)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) parsers = NULL;
	g_autoptr(Daemon) daemon = NULL;
	int signals;

	if (!priv_drop(conf->data.user, NULL, &error))
		return program_fail(error, 0);
	umask(0027);
	parsers = start_parsers(conf, &error);
	if (parsers == NULL)
		return program_fail(error, 0);
	signals = open_signals();
	foreground_watch(conf->data.run_directory, true);
	while ((daemon = daemon_new(conf, parsers, signals, &error)) == NULL) {
		if (once || !may_pass(error))
			return program_fail(error, 0);
		log_gerror(LOG_LEVEL_ERROR, "cannot-open", error);
		g_clear_error(&error);
		if (told_to_end(signals, REOPEN_SECONDS))
			return EXIT_SUCCESS;
	}
	log_info("started", "version=%s parsers=%u", PACKAGE_VERSION, parsers->len);
	if (!daemon_run(daemon, once, &error))
		return program_fail(error, 0);
	log_info("ended", "pid=%d", (int)getpid());
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	gboolean once = FALSE;
	const GOptionEntry entries[] = {
	    {"once", 0, 0, G_OPTION_ARG_NONE, &once, "File all that lies in the spool and leave",
		NULL},
	    {0},
	};
	Program program = {.name = "kartotekad",
	    .summary = "Takes mail out of the spool and files it.",
	    .entries = entries};
	g_autoptr(Conf) conf = NULL;
	int status;

	conf = program_begin(&program, &argc, &argv, &status);
	if (conf == NULL || program.check)
		return status;
	conf_open_log(conf, program.name);
	return serve(conf, once);
}

/*
 * kartotekad: takes mail out of the spool and files it. See kartotekad(8).
 */
#include "base/conf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/priv.h"
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

typedef struct {
	char *config;
	gboolean once, check, version;
} Options;

static bool
parse_options(int *argc, char ***argv, Options *options, GError **error)
{
	const GOptionEntry entries[] = {
	    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
		"Read this configuration file", "FILE"},
	    {"once", 0, 0, G_OPTION_ARG_NONE, &options->once,
		"File all that lies in the spool and leave", NULL},
	    {"check", 0, 0, G_OPTION_ARG_NONE, &options->check, "Check the configuration and leave",
		NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
	    {0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(context, "Takes mail out of the spool and files it.");
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	if (*argc > 1)
		return error_set(error, ERROR_INVALID, "There is no argument %s", (*argv)[1]);
	return true;
}

static int
fail(const GError *error, int status)
{
	log_gerror(LOG_LEVEL_ERROR, "stopped", error);
	return status;
}

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
serve(const Conf *conf, const Options *options)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) parsers = NULL;
	g_autoptr(Daemon) daemon = NULL;
	int signals;

	if (!priv_drop(conf->data.user, NULL, &error))
		return fail(error, error_exit_status(error_code(error)));
	umask(0027);
	parsers = start_parsers(conf, &error);
	if (parsers == NULL)
		return fail(error, error_exit_status(error_code(error)));
	signals = open_signals();
	while ((daemon = daemon_new(conf, parsers, signals, &error)) == NULL) {
		if (options->once || !may_pass(error))
			return fail(error, error_exit_status(error_code(error)));
		log_gerror(LOG_LEVEL_ERROR, "cannot-open", error);
		g_clear_error(&error);
		if (told_to_end(signals, REOPEN_SECONDS))
			return EXIT_SUCCESS;
	}
	log_info("started", "version=%s parsers=%u", PACKAGE_VERSION, parsers->len);
	if (!daemon_run(daemon, options->once, &error))
		return fail(error, error_exit_status(error_code(error)));
	log_info("ended", "pid=%d", (int)getpid());
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = NULL;
	Options options = {0};

	if (!parse_options(&argc, &argv, &options, &error)) {
		fprintf(stderr, "kartotekad: %s\n", error->message);
		return EX_USAGE;
	}
	if (options.version) {
		printf("kartotekad (Kartoteka) %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	conf = conf_load(options.config, &error);
	if (conf == NULL) {
		fprintf(stderr, "kartotekad: %s\n", error->message);
		return EX_CONFIG;
	}
	if (options.check)
		return EXIT_SUCCESS;
	conf_open_log(conf, "kartotekad");
	return serve(conf, &options);
}

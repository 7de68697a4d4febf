#include "base/program.h"

#include "base/error.h"
#include "base/log.h"
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

int
program_fail(const GError *error, int status)
{
	log_gerror(LOG_LEVEL_ERROR, "stopped", error);
	return status != 0 ? status : error_exit_status(error_code(error));
}

static bool
parse_command(Program *program, int argc, char **argv, GError **error)
{
	if (program->command != NULL && argc == 3 && strcmp(argv[1], program->command) == 0)
		program->argument = argv[2];
	else if (argc > 1)
		return error_set(error, ERROR_INVALID, "There is no argument %s.", argv[1]);
	return true;
}

static bool
parse(Program *program, int *argc, char ***argv, char **config, gboolean *version, GError **error)
{
	const GOptionEntry entries[] = {
	    {"config", 'c', 0, G_OPTION_ARG_FILENAME, config, "Read this configuration file",
		"FILE"},
	    {"check", 0, 0, G_OPTION_ARG_NONE, &program->check, "Check the configuration and leave",
		NULL},
	    {"version", 0, 0, G_OPTION_ARG_NONE, version, "Print the version", NULL},
	    {0},
	};
	g_autofree char *rest = program->command != NULL
				    ? g_strdup_printf("[%s %s]", program->command, program->what)
				    : NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(rest);
	g_autoptr(GError) wrong = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	if (program->entries != NULL)
		g_option_context_add_main_entries(context, program->entries, NULL);
	g_option_context_set_summary(context, program->summary);
	if (!g_option_context_parse(context, argc, argv, &wrong))
		return error_set(error, ERROR_INVALID, "%s", wrong->message);
	return parse_command(program, *argc, *argv, error);
}

Conf *
program_begin(Program *program, int *argc, char ***argv, int *ret_status)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *config = NULL;
	gboolean version = FALSE;
	Conf *conf = NULL;

	log_open(program->name, LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	*ret_status = EXIT_SUCCESS;
	if (!parse(program, argc, argv, &config, &version, &error))
		*ret_status = program_fail(error, EX_USAGE);
	else if (version)
		printf("%s %s\n", program->name, PACKAGE_VERSION);
	else if ((conf = conf_load(config, &error)) == NULL)
		*ret_status = program_fail(error, EX_CONFIG);
	return conf;
}

void
program_started(const char *section, SpoolKey start, const char *format, ...)
{
	g_autofree char *more = NULL;
	va_list args;

	va_start(args, format);
	more = g_strdup_vprintf(format, args);
	va_end(args);
	if (geteuid() == 0)
		log_warning("runs-as-root", "text=\"Set [%s] user.\"", section);
	log_info("started", "source=%s start=%" G_GINT64_MODIFIER "x %s", start.source, start.start,
	    more);
}

void
program_end(SpoolKey last, int status)
{
	log_info("ended", "source=%s start=%" G_GINT64_MODIFIER "x items=%" G_GINT64_FORMAT,
	    last.source, last.start, last.n);
	fflush(NULL);
	_exit(status);
}

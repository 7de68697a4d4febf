/*
 * kartoteka: the command line. Finds the command, reads its options, runs it, and says what went wrong.
 */
#include "config.h"

#include "prog/command.h"

#include "base/log.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *option_config, *option_as;
static gboolean option_json;

static const GOptionEntry common_options[] = {
    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &option_config, "Read this configuration file", "FILE"},
    {"as", 0, 0, G_OPTION_ARG_STRING, &option_as, "Act for this user; is recorded", "LOGIN"},
    {NULL},
};
static const GOptionEntry json_options[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &option_json, "Write JSON, for programs", NULL},
    {NULL},
};

/* Positions of the first words that are no option, at most max; returns how many. */
static int
find_words(int argc, char **argv, int max, int *ret)
{
	int n = 0;

	for (int i = 1; i < argc && n < max; i++) {
		if (strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "-c") == 0 || strcmp(argv[i], "--as") == 0)
			i++;
		else if (strcmp(argv[i], "--") == 0)
			break;
		else if (argv[i][0] != '-')
			ret[n++] = i;
	}
	return n;
}

/* The entry that the words name; *ret_used: by how many words. */
static const CommandEntry *
find_entry(int n, const char *first, const char *second, int *ret_used)
{
	g_autofree char *both = n < 2 ? NULL : g_strconcat(first, " ", second, NULL);

	for (gsize i = 0; command_tables[i] != NULL; i++)
		for (const CommandEntry *e = command_tables[i]; e->words != NULL; e++) {
			if (n >= 1 && strcmp(e->words, first) == 0) {
				*ret_used = 1;
				return e;
			}
			if (both != NULL && strcmp(e->words, both) == 0) {
				*ret_used = 2;
				return e;
			}
		}
	return NULL;
}

/* Commands that begin with a word, or all of them; returns how many. */
static int
list_commands(FILE *to, const char *first)
{
	int n = 0;

	for (gsize i = 0; command_tables[i] != NULL; i++)
		for (const CommandEntry *e = command_tables[i]; e->words != NULL; e++) {
			g_autofree char *form = NULL;

			if (first != NULL &&
			    (!g_str_has_prefix(e->words, first) || e->words[strlen(first)] != ' '))
				continue;
			form = g_strjoin(" ", e->words, e->arguments, NULL);
			fprintf(to, "  %-44s %s\n", form, e->summary);
			n++;
		}
	return n;
}

/* One line, whatever was typed that the message repeats. */
static int complain(int status, const char *format, ...) G_GNUC_PRINTF(2, 3);

static int
complain(int status, const char *format, ...)
{
	g_autofree char *text = NULL, *safe = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	safe = log_escape(text);
	fprintf(stderr, "kartoteka: %s\n", safe);
	return status;
}

static int
unknown_command(const char *first, const char *second)
{
	if (first == NULL)
		return complain(
		    COMMAND_ERROR_USAGE, "Say what to do: \"kartoteka help\" lists the commands.");
	complain(COMMAND_ERROR_USAGE,
	    "There is no command \"%s%s%s\"%s; \"kartoteka help\" lists what there is.", first,
	    second == NULL ? "" : " ", second == NULL ? "" : second,
	    second == NULL ? " alone" : "");
	list_commands(stderr, first);
	return COMMAND_ERROR_USAGE;
}

/* The first option where no command is; NULL: none that isn't known. */
static const char *
unknown_option(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool takes_value = strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "-c") == 0 ||
				   strcmp(argv[i], "--as") == 0;

		if (!takes_value && argv[i][0] == '-' && !g_str_has_prefix(argv[i], "--config=") &&
		    !g_str_has_prefix(argv[i], "--as=") && strcmp(argv[i], "--json") != 0)
			return argv[i];
		i += takes_value;
	}
	return NULL;
}

static void
take_out(int *argc, char **argv, int at)
{
	memmove(argv + at, argv + at + 1, (gsize)(*argc - at) * sizeof *argv);
	(*argc)--;
}

static GOptionContext *
options_of(const CommandEntry *entry)
{
	GOptionContext *options = g_option_context_new(entry->arguments);
	g_autofree char *summary = g_strconcat(entry->summary, ".", NULL);

	g_option_context_set_summary(options, summary);
	if (entry->options != NULL)
		g_option_context_add_main_entries(options, entry->options, NULL);
	if (entry->flags & COMMAND_JSON)
		g_option_context_add_main_entries(options, json_options, NULL);
	g_option_context_add_main_entries(options, common_options, NULL);
	return options;
}

static bool
check_arguments(const CommandEntry *entry, int n, char **arguments, GError **error)
{
	const char *form = entry->arguments == NULL ? "" : entry->arguments;

	if (n < entry->least || (entry->most >= 0 && n > entry->most))
		return error_set(error, ERROR_INVALID,
		    "%s arguments: the form is \"kartoteka %s%s%s\".",
		    n < entry->least ? "Too few" : "Too many", entry->words, *form ? " " : "",
		    form);
	for (int i = 0; i < n; i++)
		if (!g_utf8_validate(arguments[i], -1, NULL))
			return error_set(error, ERROR_INVALID, "Argument %d is not UTF-8.", i + 1);
	if ((entry->flags & COMMAND_AS) && option_as == NULL)
		return error_set(error, ERROR_INVALID,
		    "This touches personal data: say for whom with --as LOGIN.");
	return true;
}

static int
run(const CommandEntry *entry, int argc, char **argv)
{
	g_autoptr(GOptionContext) options = options_of(entry);
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_strconcat("kartoteka ", entry->words, NULL);
	Command command = {0};
	int status;

	g_set_prgname(name);
	argv[0] = name; /* argv is a copy, its strings aren't freed */
	if (!g_option_context_parse(options, &argc, &argv, &error))
		return complain(
		    COMMAND_ERROR_USAGE, "%s; see \"%s --help\".", error->message, name);
	if (argc > 1 && strcmp(argv[1], "--") == 0)
		take_out(&argc, argv, 1);
	if (!check_arguments(entry, argc - 1, argv + 1, &error))
		return complain(COMMAND_ERROR_USAGE, "%s", error->message);
	command.config_path = option_config;
	command.as = option_as;
	command.json = option_json;
	command.out = json_new();
	if (entry->run(&command, argv + 1, &error)) {
		status = command.status;
	} else {
		g_autofree char *arguments = g_strjoinv(" ", argv + 1);
		g_autofree char *asked = g_strconcat(entry->words, " ", arguments, NULL);
		ErrorCode code = error_code(error);

		if (command.session != NULL && (code == ERROR_DENIED || code == ERROR_NOT_FOUND))
			session_record_refusal(
			    command.session, PURPOSE_READ, code, g_strchomp(asked));
		status = complain(command.status != 0 ? command.status : error_exit_status(code),
		    "%s", error->message);
	}
	session_free(command.session);
	store_free(command.store);
	conf_free(command.conf);
	json_free(command.out);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain(0, "What was to be printed could not be written.");
		return status != 0 ? status : error_exit_status(ERROR_TEMPORARY);
	}
	return status;
}

static int
help(void)
{
	puts("Kartoteka files a company's mail under the contacts that it concerns.\n\n"
	     "kartoteka [--config FILE] [--as LOGIN] [--json] COMMAND ...\n\nCommands:");
	list_commands(stdout, NULL);
	puts("\n\"kartoteka COMMAND --help\" tells more of one; see also kartoteka(1).");
	return 0;
}

static bool
asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int
dispatch(int argc, char **argv)
{
	int at[3] = {0}, used = 0, n = find_words(argc, argv, 3, at);
	const CommandEntry *entry;

	if (n == 0 && argc > 1 && strcmp(argv[argc - 1], "--version") == 0) {
		puts("kartoteka " PACKAGE_VERSION);
		return 0;
	}
	if (n == 0 && argc > 1 && asks_for_help(argv[argc - 1]))
		return help();
	if (n >= 1 && strcmp(argv[at[0]], "help") == 0) {
		if (n == 1)
			return help();
		entry = find_entry(n - 1, argv[at[1]], n > 2 ? argv[at[2]] : NULL, &used);
		if (entry == NULL)
			return list_commands(stdout, argv[at[1]]) > 0
				   ? 0
				   : unknown_command(argv[at[1]], n > 2 ? argv[at[2]] : NULL);
		char *asked[] = {argv[0], (char *)"--help", NULL};

		return run(entry, 2, asked);
	}
	if (n == 0 && unknown_option(argc, argv) != NULL)
		return complain(COMMAND_ERROR_USAGE, "There is no option %s; \"kartoteka help\" lists the commands.",
		    unknown_option(argc, argv));
	entry = find_entry(n, argv[at[0]], n > 1 ? argv[at[1]] : NULL, &used);
	if (entry == NULL && n == 1 && argc > 2 && asks_for_help(argv[argc - 1]) &&
	    list_commands(stdout, argv[at[0]]) > 0)
		return 0;
	if (entry == NULL)
		return unknown_command(n > 0 ? argv[at[0]] : NULL, n > 1 ? argv[at[1]] : NULL);
	if (used == 2)
		take_out(&argc, argv, at[1]);
	take_out(&argc, argv, at[0]);
	return run(entry, argc, argv);
}

int
main(int argc, char **argv)
{
	g_autofree char **copy = g_memdup2(argv, (gsize)(argc + 1) * sizeof *argv);
	const char *charset;

	setlocale(LC_ALL, "");
	if (!g_get_charset(&charset))
		setlocale(LC_CTYPE, "C.UTF-8");
	log_open("kartoteka", LOG_TARGET_STDERR, LOG_LEVEL_WARNING);
	return dispatch(argc, copy);
}

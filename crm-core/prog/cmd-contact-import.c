/* Lists of contacts: import with a preview, and undo. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/contact-import.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX (256 * 1024 * 1024)

static char *option_book, *option_format, *option_separator;
static char **option_maps;
static gboolean option_dry_run, option_duplicates, option_strict;

static const GOptionEntry import_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "Into this address book", "BOOK"},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &option_dry_run, "Only say what would be done", NULL},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &option_strict,
	"All or nothing: any problem in the file ends it", NULL},
    {"duplicates", 0, 0, G_OPTION_ARG_NONE, &option_duplicates, "Add duplicates, too", NULL},
    {"format", 0, 0, G_OPTION_ARG_STRING, &option_format, "vcard, csv or ldif", "FORMAT"},
    {"separator", 0, 0, G_OPTION_ARG_STRING, &option_separator, "Of CSV: a character, or \"tab\"",
	"C"},
    {"map", 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_maps,
	"What a column of CSV holds (several times)", "COLUMN=FIELD"},
    {NULL},
};

static const char *const outcome_names[] = {
    [CONTACT_IMPORT_NEW] = "new",
    [CONTACT_IMPORT_KNOWN] = "known",
    [CONTACT_IMPORT_DUPLICATE] = "duplicate",
    [CONTACT_IMPORT_UNUSABLE] = "unusable",
};

static void
print_text(const ContactImport *import, bool everything)
{
	static const char *const headings[] = {"LINE", "OUTCOME", "NAME", "WHY", NULL};
	CommandTable *table = command_table_new(headings);

	for (guint i = 0; i < import->entries->len; i++) {
		const ContactImportEntry *entry = import->entries->pdata[i];
		g_autofree char *line = g_strdup_printf("%u", entry->line);

		if (everything || entry->outcome != CONTACT_IMPORT_NEW)
			command_table_row(table, line, outcome_names[entry->outcome], entry->name,
			    entry->why, NULL);
	}
	for (guint i = 0; i < import->problems->len; i++) {
		const VcardProblem *problem = import->problems->pdata[i];
		g_autofree char *line = g_strdup_printf("%u", problem->line);

		command_table_row(table, line, "problem", "", problem->text, NULL);
	}
	command_table_print(table);
	for (char **column = import->unused; *column != NULL; column++)
		printf(
		    "The column \"%s\" isn't known and is left out: --map \"%s=FIELD\" takes it.\n",
		    *column, *column);
}

static void
print_json(Json *json, const ContactImport *import, guint added, bool done)
{
	json_open_object(json, NULL);
	json_id(json, "import", &import->id);
	json_bool(json, "done", done);
	json_int(json, "added", added);
	for (guint i = 0; i < G_N_ELEMENTS(outcome_names); i++)
		json_int(json, outcome_names[i], import->counts[i]);
	json_open_array(json, "entries");
	for (guint i = 0; i < import->entries->len; i++) {
		const ContactImportEntry *entry = import->entries->pdata[i];

		json_open_object(json, NULL);
		json_int(json, "line", entry->line);
		json_string(json, "outcome", outcome_names[entry->outcome]);
		json_string(json, "name", entry->name);
		json_string(json, "why", entry->why);
		json_id(json, "existing", &entry->existing);
		json_close(json);
	}
	json_close(json);
	json_open_array(json, "problems");
	for (guint i = 0; i < import->problems->len; i++) {
		const VcardProblem *problem = import->problems->pdata[i];

		json_open_object(json, NULL);
		json_int(json, "line", problem->line);
		json_string(json, "text", problem->text);
		json_close(json);
	}
	json_close(json);
	json_strings(json, "unused_columns", import->unused);
	json_close(json);
	json_print(json);
}

static bool
check_strict(const ContactImport *import, GError **error)
{
	if (import->problems->len > 0) {
		const VcardProblem *problem = import->problems->pdata[0];

		return error_set(error, ERROR_INVALID, "Line %u: %s Nothing was imported.",
		    problem->line, problem->text);
	}
	if (import->counts[CONTACT_IMPORT_UNUSABLE] > 0)
		return error_set(error, ERROR_INVALID,
		    "%u entries are unusable. Nothing was imported.",
		    import->counts[CONTACT_IMPORT_UNUSABLE]);
	return true;
}

static bool
parse_separator(Command *command, char *ret, GError **error)
{
	if (option_separator == NULL)
		*ret = '\0';
	else if (strcmp(option_separator, "tab") == 0)
		*ret = '\t';
	else if (strlen(option_separator) == 1 && *option_separator != '"')
		*ret = *option_separator;
	else
		return command_usage(command, error, "--separator is one character, or tab.");
	return true;
}

static ContactImport *
read_file(Command *command, const char *path, GError **error)
{
	ContactImportOptions options = {.format = option_format, .mappings = option_maps};
	g_autoptr(GBytes) bytes = NULL;

	if (!parse_separator(command, &options.separator, error))
		return NULL;
	bytes = command_read_file(path, FILE_MAX, error);
	return bytes == NULL ? NULL : contact_import_read(bytes, &options, error);
}

static bool
run_import(Command *command, char **arguments, GError **error)
{
	g_autoptr(ContactImport) import = NULL;
	g_autofree char *text = NULL;
	Session *session;
	guint added = 0;
	Id book;

	if (option_book == NULL)
		return command_usage(command, error, "Say into which address book with --book.");
	if ((import = read_file(command, arguments[0], error)) == NULL ||
	    (session = command_session(command, error)) == NULL ||
	    !command_find_book(command, option_book, &book, error) ||
	    !contact_import_plan(session, import, &book, error) ||
	    (option_strict && !check_strict(import, error)))
		return false;
	text = id_text(&import->id);
	if (!option_dry_run &&
	    !contact_import_run(session, import, &book, option_duplicates, &added, error)) {
		fprintf(stderr,
		    "kartoteka: %u contacts were added; \"kartoteka contact undo %s\" "
		    "takes them back.\n",
		    added, text);
		return false;
	}
	if (command->json) {
		print_json(command->out, import, added, !option_dry_run);
		return true;
	}
	print_text(import, option_dry_run);
	printf("%u new, %u known, %u duplicates, %u unusable, %u problems", import->counts[0],
	    import->counts[1], import->counts[2], import->counts[3], import->problems->len);
	if (option_dry_run)
		puts("; nothing was imported");
	else if (added > 0)
		printf("; %u added, \"kartoteka contact undo %s\" takes them back\n", added, text);
	else
		puts("; none added");
	return true;
}

static bool
run_undo(Command *command, char **arguments, GError **error)
{
	Session *session = command_session(command, error);
	guint removed;
	Id id;

	if (session == NULL || !id_parse(arguments[0], &id, error) ||
	    !contact_import_undo(session, &id, &removed, error))
		return false;
	printf("%u contacts were taken back.\n", removed);
	return true;
}

extern const CommandEntry cmd_contact_import_table[];
const CommandEntry cmd_contact_import_table[] = {
    {"contact import", "FILE", "Take contacts from a vCard, CSV or LDIF file", import_options, 1, 1,
	COMMAND_AS | COMMAND_JSON, run_import},
    {"contact undo", "IMPORT", "Take the unchanged contacts of an import back", NULL, 1, 1,
	COMMAND_AS, run_undo},
    {NULL},
};

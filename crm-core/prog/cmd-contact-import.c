/* Lists of contacts: import with a preview, and undo. */
#include "config.h"

#include "prog/command-find.h"
#include "rules/contact-import.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX (256 * 1024 * 1024)

static char *option_book, *option_duplicates, *option_format, *option_separator;
static char **option_maps;
static gboolean option_dry_run, option_strict;

static const GOptionEntry import_options[] = {
    {"book", 0, 0, G_OPTION_ARG_STRING, &option_book, "Into this address book", "BOOK"},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &option_dry_run, "Only say what would be done", NULL},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &option_strict,
	"All or nothing: any problem in the file ends it", NULL},
    {"duplicates", 0, 0, G_OPTION_ARG_STRING, &option_duplicates,
	"What becomes of who is there already: skip (unless given), add or merge", "HOW"},
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
    [CONTACT_IMPORT_MERGE] = "merge",
    [CONTACT_IMPORT_UNUSABLE] = "unusable",
};

/* "The mail address is there already. Adds: telephone. Stays as it was: title." */
static char *
entry_text(const ContactImportEntry *entry)
{
	return g_strconcat(entry->why, *entry->adds == '\0' ? "" : " Adds: ", entry->adds,
	    *entry->adds == '\0' ? "" : ".",
	    *entry->keeps == '\0' ? "" : " Stays as it was: ", entry->keeps,
	    *entry->keeps == '\0' ? "" : ".", NULL);
}

static void
print_text(const ContactImport *import, bool everything)
{
	static const char *const headings[] = {"LINE", "OUTCOME", "NAME", "WHY", NULL};
	CommandTable *table = command_table_new(headings);

	for (guint i = 0; i < import->entries->len; i++) {
		const ContactImportEntry *entry = import->entries->pdata[i];
		g_autofree char *line = g_strdup_printf("%u", entry->line);
		g_autofree char *why = entry_text(entry);

		if (everything || entry->outcome != CONTACT_IMPORT_NEW)
			command_table_row(
			    table, line, outcome_names[entry->outcome], entry->name, why, NULL);
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
print_json(Json *json, const ContactImport *import, const ContactImportResult *result, bool done)
{
	json_open_object(json, NULL);
	json_id(json, "import", &import->id);
	json_bool(json, "done", done);
	json_int(json, "added", result->added);
	json_int(json, "merged", result->merged);
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
		json_string(json, "adds", entry->adds);
		json_string(json, "keeps", entry->keeps);
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

static void
print_sums(const ContactImport *import, const ContactImportResult *result)
{
	g_autofree char *text = id_text(&import->id);
	const guint *counts = import->counts;

	printf("%u new, %u known, %u duplicates, %u to merge, %u unusable, %u problems",
	    counts[CONTACT_IMPORT_NEW], counts[CONTACT_IMPORT_KNOWN],
	    counts[CONTACT_IMPORT_DUPLICATE], counts[CONTACT_IMPORT_MERGE],
	    counts[CONTACT_IMPORT_UNUSABLE], import->problems->len);
	if (option_dry_run)
		puts("; nothing was imported");
	else if (result->added + result->merged == 0)
		puts("; none added");
	else
		printf("; %u added, %u merged, \"kartoteka contact undo %s\" takes them back\n",
		    result->added, result->merged, text);
}

static bool
run_import(Command *command, char **arguments, GError **error)
{
	ContactDuplicates duplicates = CONTACT_DUPLICATES_SKIP;
	g_autoptr(ContactImport) import = NULL;
	ContactImportResult result = {0};
	Session *session;
	Id book;

	if (option_book == NULL)
		return command_usage(command, error, "Say into which address book with --book.");
	if ((option_duplicates != NULL &&
		!contact_duplicates_parse(option_duplicates, &duplicates, error)) ||
	    (import = read_file(command, arguments[0], error)) == NULL ||
	    (session = command_session(command, error)) == NULL ||
	    !command_find_book(command, option_book, &book, error) ||
	    !contact_import_plan(session, import, &book, duplicates, error) ||
	    (option_strict && !check_strict(import, error)))
		return false;
	if (!option_dry_run && !contact_import_run(session, import, &book, &result, error)) {
		g_autofree char *text = id_text(&import->id);

		fprintf(stderr,
		    "kartoteka: %u contacts were added, %u merged; \"kartoteka contact undo %s\" "
		    "takes them back.\n",
		    result.added, result.merged, text);
		return false;
	}
	if (command->json) {
		print_json(command->out, import, &result, !option_dry_run);
		return true;
	}
	print_text(import, option_dry_run);
	print_sums(import, &result);
	return true;
}

static void
print_undo(const ContactUndo *undo)
{
	static const char *const headings[] = {"ID", "NAME", "WHY", NULL};
	CommandTable *table = command_table_new(headings);

	for (guint i = 0; i < undo->left->len; i++) {
		const ContactUndoLeft *left = undo->left->pdata[i];
		g_autofree char *id = id_text(&left->id);

		command_table_row(table, id, left->name, left->why, NULL);
	}
	command_table_print(table);
	printf("%u contacts were taken back, %u are as before, %u were left as they are.\n",
	    undo->removed, undo->restored, undo->left->len);
}

static void
print_undo_json(Json *json, const ContactUndo *undo)
{
	json_open_object(json, NULL);
	json_int(json, "removed", undo->removed);
	json_int(json, "restored", undo->restored);
	json_open_array(json, "left");
	for (guint i = 0; i < undo->left->len; i++) {
		const ContactUndoLeft *left = undo->left->pdata[i];

		json_open_object(json, NULL);
		json_id(json, "id", &left->id);
		json_string(json, "name", left->name);
		json_string(json, "why", left->why);
		json_close(json);
	}
	json_close(json);
	json_close(json);
	json_print(json);
}

static bool
run_undo(Command *command, char **arguments, GError **error)
{
	g_autoptr(ContactUndo) undo = NULL;
	Session *session;
	Id id;

	if (!id_parse(arguments[0], &id, error) ||
	    (session = command_session(command, error)) == NULL ||
	    (undo = contact_import_undo(session, &id, error)) == NULL)
		return false;
	if (command->json)
		print_undo_json(command->out, undo);
	else
		print_undo(undo);
	return true;
}

extern const CommandEntry cmd_contact_import_table[];
const CommandEntry cmd_contact_import_table[] = {
    {"contact import", "FILE", "Take contacts from a vCard, CSV or LDIF file", import_options, 1, 1,
	COMMAND_AS | COMMAND_JSON, run_import},
    {"contact undo", "IMPORT", "Take back what an import added, unless it was changed since", NULL,
	1, 1, COMMAND_AS | COMMAND_JSON, run_undo},
    {NULL},
};

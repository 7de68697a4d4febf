/* Files to entries. */
#include "rules/contact-import.h"

#include "base/error.h"
#include "rules/contact-mark.h"
#include "rules/csv.h"

#include <string.h>

static void
entry_free(gpointer data)
{
	ContactImportEntry *entry = data;

	g_free(entry->name);
	g_free(entry->why);
	g_free(entry->adds);
	g_free(entry->keeps);
	vcard_free(entry->card);
	g_free(entry);
}

void
contact_import_free(ContactImport *import)
{
	if (import == NULL)
		return;
	g_ptr_array_unref(import->entries);
	g_ptr_array_unref(import->problems);
	g_strfreev(import->unused);
	g_free(import);
}

static ContactImport *
import_new(void)
{
	ContactImport *import = g_new0(ContactImport, 1);

	import->id = id_new();
	import->entries = g_ptr_array_new_with_free_func(entry_free);
	import->problems = g_ptr_array_new_with_free_func(g_free);
	import->unused = g_new0(char *, 1);
	return import;
}

/* Takes the card. */
static void
add_entry(ContactImport *import, Vcard *card, guint line)
{
	ContactImportEntry *entry = g_new0(ContactImportEntry, 1);

	contact_mark_clear(card);
	entry->card = card;
	entry->line = line;
	entry->name = vcard_name(card);
	if (entry->name == NULL)
		entry->name = g_strdup("");
	entry->why = g_strdup("");
	entry->adds = g_strdup("");
	entry->keeps = g_strdup("");
	g_ptr_array_add(import->entries, entry);
}

static void
add_problem(ContactImport *import, guint line, const char *text)
{
	VcardProblem *problem = g_new0(VcardProblem, 1);

	problem->line = line;
	problem->text = text;
	g_ptr_array_add(import->problems, problem);
}

static ContactImport *
read_vcards(GBytes *bytes, GError **error)
{
	g_autoptr(GPtrArray) problems = NULL;
	g_autoptr(GPtrArray) cards = vcard_read(bytes, &problems, error);
	ContactImport *import;

	if (cards == NULL)
		return NULL;
	import = import_new();
	g_ptr_array_unref(import->problems);
	import->problems = g_steal_pointer(&problems);
	for (guint i = 0; i < cards->len; i++) {
		Vcard *card = cards->pdata[i];

		cards->pdata[i] = NULL;
		add_entry(import, card, card->line);
	}
	g_ptr_array_set_free_func(cards, NULL);
	return import;
}

/* "COLUMN=field" */
static bool
map_columns(char *const *columns, char *const *mappings, Field *fields, GError **error)
{
	for (; mappings != NULL && *mappings != NULL; mappings++) {
		const char *equals = strrchr(*mappings, '=');
		g_autofree char *column =
		    equals == NULL ? NULL : g_strndup(*mappings, (gsize)(equals - *mappings));
		bool found = false;
		Field field;

		if (column == NULL)
			return error_set(error, ERROR_INVALID, "A mapping is COLUMN=FIELD.");
		if (!field_parse(equals + 1, &field, error))
			return false;
		for (guint i = 0; columns[i] != NULL; i++)
			if (strcmp(columns[i], column) == 0) {
				fields[i] = field;
				found = true;
			}
		if (!found)
			return error_set(error, ERROR_INVALID,
			    "The file has no column of the name in a mapping.");
	}
	return true;
}

static ContactImport *
read_csv(GBytes *bytes, const ContactImportOptions *options, GError **error)
{
	g_autoptr(GPtrArray) rows = csv_read(bytes, options->separator, error);
	g_autoptr(ContactImport) import = import_new();
	g_autoptr(GStrvBuilder) unused = g_strv_builder_new();
	g_autofree Field *fields = NULL;
	const CsvRow *head;
	guint n, known = 0;

	if (rows == NULL)
		return NULL;
	if (rows->len < 2) {
		error_set(error, ERROR_INVALID,
		    "There are no contacts in it: the first row names the columns.");
		return NULL;
	}
	head = rows->pdata[0];
	n = g_strv_length(head->cells);
	fields = g_new0(Field, n + 1);
	for (guint i = 0; i < n; i++)
		fields[i] = field_of_column(head->cells[i]);
	if (!map_columns(head->cells, options->mappings, fields, error))
		return NULL;
	for (guint i = 0; i < n; i++) {
		known += fields[i] != FIELD_NONE;
		if (fields[i] == FIELD_NONE && *head->cells[i] != '\0')
			g_strv_builder_add(unused, head->cells[i]);
	}
	if (known == 0) {
		error_set(error, ERROR_INVALID,
		    "Line 1: none of the columns is known: say what they hold with mappings.");
		return NULL;
	}
	g_strfreev(import->unused);
	import->unused = g_strv_builder_end(unused);
	for (guint i = 1; i < rows->len; i++) {
		const CsvRow *row = rows->pdata[i];
		Vcard *card = field_card(fields, n, row->cells);

		if (g_strv_length(row->cells) > n)
			add_problem(
			    import, row->line, "The row has more cells than the first row.");
		if (card != NULL)
			add_entry(import, card, row->line);
		else
			add_problem(import, row->line, "The row has nothing that is known.");
	}
	return g_steal_pointer(&import);
}

/* One attribute of an LDIF entry: "name: text" or "name:: base64"; options ("cn;lang-cs") don't
 * count. */
static void
ldif_attribute(GArray *fields, GPtrArray *cells, const char *line)
{
	const char *colon = strchr(line, ':');
	g_autofree char *name = NULL, *text = NULL;
	Field field;

	if (colon == NULL || colon == line)
		return;
	name = g_strndup(line, strcspn(line, ";:"));
	field = field_of_column(name);
	if (field == FIELD_NONE)
		return;
	if (colon[1] == ':') {
		gsize size;
		g_autofree guchar *bytes = g_base64_decode(g_strstrip((char *)colon + 2), &size);
		g_autoptr(GBytes) plain = g_bytes_new(bytes, size);

		text = csv_text(plain);
	} else {
		text = g_strdup(colon + 1);
	}
	g_array_append_val(fields, field);
	g_ptr_array_add(cells, g_strstrip(g_steal_pointer(&text)));
}

static void
ldif_finish(ContactImport *import, GArray *fields, GPtrArray *cells, guint line)
{
	Vcard *card;

	g_ptr_array_add(cells, NULL);
	card = field_card(
	    (const Field *)(const void *)fields->data, fields->len, (char *const *)cells->pdata);
	if (card != NULL)
		add_entry(import, card, line);
	g_array_set_size(fields, 0);
	g_ptr_array_set_size(cells, 0);
}

/* RFC 2849: entries between empty lines, folding by one blank. */
static ContactImport *
read_ldif(GBytes *bytes, GError **error)
{
	g_autoptr(ContactImport) import = import_new();
	g_autofree char *text = csv_text(bytes);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(Field));
	g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
	guint begin = 1;

	for (guint i = 0; lines[i] != NULL; i++) {
		g_autoptr(GString) line = g_string_new(lines[i]);

		while (lines[i + 1] != NULL && lines[i + 1][0] == ' ')
			g_string_append(line, lines[++i] + 1);
		if (line->len == 0) {
			ldif_finish(import, fields, cells, begin);
			begin = i + 2;
		} else if (line->str[0] != '#' && g_ascii_strncasecmp(line->str, "dn:", 3) != 0) {
			ldif_attribute(fields, cells, line->str);
		}
	}
	ldif_finish(import, fields, cells, begin);
	if (import->entries->len == 0) {
		error_set(error, ERROR_INVALID, "Line 1: there are no contacts in it.");
		return NULL;
	}
	return g_steal_pointer(&import);
}

static const char *
guess_format(GBytes *bytes)
{
	g_autofree char *text = csv_text(bytes);
	const char *p = text + strspn(text, " \t\n");

	if (g_ascii_strncasecmp(p, "BEGIN:VCARD", strlen("BEGIN:VCARD")) == 0)
		return "vcard";
	if (g_ascii_strncasecmp(p, "dn:", 3) == 0 || g_ascii_strncasecmp(p, "version:", 8) == 0)
		return "ldif";
	return "csv";
}

ContactImport *
contact_import_read(GBytes *bytes, const ContactImportOptions *options, GError **error)
{
	const char *format = options->format != NULL ? options->format : guess_format(bytes);

	if (strcmp(format, "vcard") == 0)
		return read_vcards(bytes, error);
	if (strcmp(format, "csv") == 0)
		return read_csv(bytes, options, error);
	if (strcmp(format, "ldif") == 0)
		return read_ldif(bytes, error);
	error_set(error, ERROR_INVALID, "A format is vcard, csv or ldif.");
	return NULL;
}

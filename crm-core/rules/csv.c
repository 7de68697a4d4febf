#include "rules/csv.h"

#include "base/error.h"
#include "mail/decode.h"

#include <string.h>

static void
row_free(gpointer data)
{
	CsvRow *row = data;

	g_strfreev(row->cells);
	g_free(row);
}

char *
csv_text(GBytes *bytes)
{
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);

	if (size >= 2 && memcmp(data, "\xff\xfe", 2) == 0)
		return decode_charset(data + 2, size - 2, "utf-16le", NULL);
	if (size >= 2 && memcmp(data, "\xfe\xff", 2) == 0)
		return decode_charset(data + 2, size - 2, "utf-16be", NULL);
	if (size >= 2 && (data[0] == '\0') != (data[1] == '\0')) /* without a mark */
		return decode_charset(data, size, data[0] == '\0' ? "utf-16be" : "utf-16le", NULL);
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		return decode_charset(data + 3, size - 3, "utf-8", NULL);
	if (g_utf8_validate(data, (gssize)size, NULL))
		return decode_charset(data, size, "utf-8", NULL);
	return decode_charset(data, size, "windows-1250", NULL);
}

static char
guess_separator(const char *text)
{
	static const char candidates[] = ",;\t|";
	gsize counts[sizeof candidates] = {0}, best = 0;
	bool quoted = false;

	for (; *text != '\0' && (quoted || *text != '\n'); text++) {
		const char *found = strchr(candidates, *text);

		if (*text == '"')
			quoted = !quoted;
		else if (!quoted && found != NULL)
			counts[found - candidates]++;
	}
	for (gsize i = 1; i < sizeof candidates - 1; i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

typedef struct {
	const char *at;
	guint line;
	char separator;
} Reader;

/* One cell; *last: it ends its row. NULL when a quote isn't closed. */
static char *
read_cell(Reader *r, bool *last)
{
	g_autoptr(GString) cell = g_string_new(NULL);
	bool quoted = *r->at == '"';

	if (quoted)
		r->at++;
	for (;; r->at++) {
		if (*r->at == '\0' && quoted)
			return NULL;
		if (quoted && *r->at == '"') {
			if (r->at[1] != '"')
				quoted = false;
			else
				g_string_append_c(cell, *++r->at);
			continue;
		}
		if (!quoted && (*r->at == r->separator || *r->at == '\n' || *r->at == '\0'))
			break;
		if (*r->at == '\n')
			r->line++;
		g_string_append_c(cell, *r->at);
	}
	*last = *r->at != r->separator;
	if (*r->at == '\n')
		r->line++;
	if (*r->at != '\0')
		r->at++;
	g_strstrip(cell->str);
	return g_strdup(cell->str);
}

static CsvRow *
read_row(Reader *r, GError **error)
{
	g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
	guint line = r->line;
	bool last = false;
	CsvRow *row;

	while (!last) {
		char *cell = read_cell(r, &last);

		if (cell == NULL) {
			error_set(error, ERROR_INVALID, "Line %u: a quote isn't closed.", line);
			return NULL;
		}
		g_ptr_array_add(cells, cell);
		if (cells->len > CSV_COLUMNS_MAX) {
			error_set(error, ERROR_INVALID, "Line %u: there are more than %d columns.",
			    line, CSV_COLUMNS_MAX);
			return NULL;
		}
	}
	g_ptr_array_add(cells, NULL);
	row = g_new0(CsvRow, 1);
	row->line = line;
	row->cells = (char **)g_ptr_array_steal(cells, NULL);
	return row;
}

static bool
is_empty(const CsvRow *row)
{
	for (char **cell = row->cells; *cell != NULL; cell++)
		if (**cell != '\0')
			return false;
	return true;
}

GPtrArray *
csv_read(GBytes *bytes, char separator, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
	g_autofree char *text = csv_text(bytes);
	Reader r = {.at = text, .line = 1, .separator = separator};

	if (separator == '\0')
		r.separator = guess_separator(text);
	while (*r.at != '\0') {
		CsvRow *row = read_row(&r, error);

		if (row == NULL)
			return NULL;
		if (is_empty(row))
			row_free(row);
		else
			g_ptr_array_add(rows, row);
	}
	return g_steal_pointer(&rows);
}

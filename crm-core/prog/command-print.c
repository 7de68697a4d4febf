#include "prog/command.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

struct CommandTable {
	GPtrArray *rows; /* of char ** */
	GArray *widths;  /* of glong */
};

static void
table_add(CommandTable *table, char **cells)
{
	for (guint i = 0; cells[i] != NULL; i++) {
		glong width = g_utf8_strlen(cells[i], -1);

		if (i >= table->widths->len)
			g_array_append_val(table->widths, width);
		else if (g_array_index(table->widths, glong, i) < width)
			g_array_index(table->widths, glong, i) = width;
	}
	g_ptr_array_add(table->rows, cells);
}

CommandTable *
command_table_new(const char *const *headings)
{
	CommandTable *table = g_new0(CommandTable, 1);

	table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	table->widths = g_array_new(FALSE, FALSE, sizeof(glong));
	table_add(table, g_strdupv((char **)headings));
	return table;
}

void
command_table_row(CommandTable *table, const char *first, ...)
{
	g_autoptr(GStrvBuilder) cells = g_strv_builder_new();
	va_list args;

	va_start(args, first);
	for (const char *cell = first; cell != NULL; cell = va_arg(args, const char *)) {
		g_autofree char *safe = log_escape(cell);

		g_strv_builder_add(cells, safe);
	}
	va_end(args);
	table_add(table, g_strv_builder_end(cells));
}

void
command_table_free(CommandTable *table)
{
	g_ptr_array_unref(table->rows);
	g_array_unref(table->widths);
	g_free(table);
}

void
command_table_print(CommandTable *table)
{
	for (guint i = 0; table->rows->len > 1 && i < table->rows->len; i++) {
		char **cells = table->rows->pdata[i];

		for (guint c = 0; cells[c] != NULL; c++) {
			glong pad =
			    g_array_index(table->widths, glong, c) - g_utf8_strlen(cells[c], -1);

			fputs(cells[c], stdout);
			if (cells[c + 1] != NULL)
				printf("%*s", (int)pad + 2, "");
		}
		putchar('\n');
	}
	command_table_free(table);
}

char *
command_time_text(gint64 ms)
{
	g_autoptr(GDateTime) time = NULL;

	if (ms == 0 || (time = g_date_time_new_from_unix_local(ms / CLOCK_SECOND)) == NULL)
		return g_strdup("-");
	return g_date_time_format(time, "%Y-%m-%d %H:%M");
}

#include "base/fields.h"

#include <string.h>

void
fields_append(GString *text, const char *value)
{
	if (text->len > 0 && text->str[text->len - 1] != '\n')
		g_string_append_c(text, '\t');
	for (; value != NULL && *value != '\0'; value++) {
		guint8 c = (guint8)*value;

		if (c < 0x20 || c == 0x7f || c == '%')
			g_string_append_printf(text, "%%%02X", c);
		else
			g_string_append_c(text, *value);
	}
}

void
fields_append_number(GString *text, gint64 value)
{
	char number[24];

	g_snprintf(number, sizeof number, "%" G_GINT64_FORMAT, value);
	fields_append(text, number);
}

void
fields_end(GString *text)
{
	g_string_append_c(text, '\n');
}

/* In place; false when it is broken. */
static bool
unescape(char *field)
{
	char *to = field;

	for (const char *p = field; *p != '\0'; p++) {
		int c = (guint8)*p;

		if (c == '%') {
			int high = g_ascii_xdigit_value(p[1]);
			int low = high < 0 ? -1 : g_ascii_xdigit_value(p[2]);

			c = high << 4 | low;
			if (low < 0 || c == 0)
				return false;
			p += 2;
		} else if (c < 0x20 || c == 0x7f)
			return false;
		*to++ = (char)c;
	}
	*to = '\0';
	return g_utf8_validate(field, -1, NULL);
}

char **
fields_split(const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", -1);

	for (char **field = fields; *field != NULL; field++)
		if (!unescape(*field))
			return NULL;
	return g_steal_pointer(&fields);
}

bool
fields_number(const char *field, gint64 min, gint64 max, gint64 *ret)
{
	char *end = NULL;
	gint64 n = g_ascii_isdigit(*field) ? g_ascii_strtoll(field, &end, 10) : -1;

	if (end == NULL || *end != '\0' || strlen(field) > 19 || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

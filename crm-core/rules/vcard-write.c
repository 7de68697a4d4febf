#include "rules/vcard.h"

#include <string.h>

#define LINE_MAX_BYTES 75

/* RFC 6868; in quotes where RFC 6350 wants them. */
static void
write_param_value(GString *line, const char *value)
{
	bool quotes = strpbrk(value, ":;,") != NULL;

	if (quotes)
		g_string_append_c(line, '"');
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '^')
			g_string_append(line, "^^");
		else if (*p == '\n')
			g_string_append(line, "^n");
		else if (*p == '"')
			g_string_append(line, "^'");
		else if ((guchar)*p >= 32)
			g_string_append_c(line, *p);
	}
	if (quotes)
		g_string_append_c(line, '"');
}

static void
write_param(GString *line, const char *name, char *const *values)
{
	g_string_append_printf(line, ";%s=", name);
	for (guint i = 0; values[i] != NULL; i++) {
		if (i > 0)
			g_string_append_c(line, ',');
		write_param_value(line, values[i]);
	}
}

/* Folds between characters, never inside one. */
static void
write_folded(GString *to, const GString *line)
{
	gsize at = 0, room = LINE_MAX_BYTES;

	while (line->len - at > room) {
		gsize end = at + room;

		while (end > at + 1 && ((guchar)line->str[end] & 0xc0) == 0x80)
			end--;
		g_string_append_len(to, line->str + at, (gssize)(end - at));
		g_string_append(to, "\r\n ");
		at = end;
		room = LINE_MAX_BYTES - 1;
	}
	g_string_append_len(to, line->str + at, (gssize)(line->len - at));
	g_string_append(to, "\r\n");
}

/* "data:image/jpeg;base64,..." as 3.0 writes it; false when it is no such value. */
static bool
write_data_30(GString *line, const char *value)
{
	const char *comma, *type = value + strlen("data:"), *slash, *semicolon;

	if (!g_str_has_prefix(value, "data:"))
		return false;
	comma = strchr(value, ',');
	if (comma == NULL && (comma = strstr(value, "\\,")) == NULL)
		return false;
	semicolon = memchr(type, ';', (gsize)(comma - type));
	slash = memchr(type, '/', (gsize)(comma - type));
	if (semicolon == NULL || strstr(semicolon, "base64") == NULL)
		return false;
	g_string_append(line, ";ENCODING=b");
	if (slash != NULL && slash < semicolon) {
		g_autofree char *subtype = g_ascii_strup(slash + 1, semicolon - slash - 1);

		g_strdelimit(subtype, "\\", '\0');
		if (*subtype != '\0')
			g_string_append_printf(line, ";TYPE=%s", subtype);
	}
	g_string_append_printf(line, ":%s", strchr(comma, ',') + 1);
	return true;
}

static void
write_params(GString *line, const VcardProperty *property, int version)
{
	for (guint i = 0; i < property->params->len; i++) {
		const VcardParam *param = property->params->pdata[i];

		if (version == 30 && strcmp(param->name, "PREF") == 0)
			g_string_append(line, ";TYPE=PREF");
		else if (version == 30 && strcmp(param->name, "VALUE") == 0 &&
			 strcmp(property->name, "TEL") == 0)
			continue;
		else
			write_param(line, param->name, param->values);
	}
}

static void
write_property(GString *to, const VcardProperty *property, int version)
{
	g_autoptr(GString) line = g_string_new(NULL);
	const char *value = property->value;

	if (property->group != NULL)
		g_string_append_printf(line, "%s.", property->group);
	g_string_append(line, property->name);
	write_params(line, property, version);
	if (version == 30 && strcmp(property->name, "TEL") == 0 &&
	    g_ascii_strncasecmp(value, "tel:", 4) == 0)
		value += 4;
	if (version != 30 || !write_data_30(line, value))
		g_string_append_printf(line, ":%s", value);
	write_folded(to, line);
}

/* What a version demands and the card lacks. */
static void
write_missing(GString *to, const Vcard *vcard, int version)
{
	g_autoptr(GString) line = g_string_new(NULL);
	g_autofree char *name = vcard_name(vcard);
	g_autofree char *escaped = vcard_escape(name == NULL ? "" : name);

	if (vcard_find(vcard, "FN") == NULL) {
		g_string_printf(line, "FN:%s", escaped);
		write_folded(to, line);
	}
	if (version == 30 && vcard_find(vcard, "N") == NULL) {
		g_string_printf(line, "N:%s;;;;", escaped);
		write_folded(to, line);
	}
}

char *
vcard_write(const Vcard *vcard, int version)
{
	GString *to = g_string_new("BEGIN:VCARD\r\n");

	g_assert(version == 30 || version == 40);
	g_string_append(to, version == 30 ? "VERSION:3.0\r\n" : "VERSION:4.0\r\n");
	write_missing(to, vcard, version);
	for (guint i = 0; i < vcard->properties->len; i++)
		write_property(to, vcard->properties->pdata[i], version);
	g_string_append(to, "END:VCARD\r\n");
	return g_string_free(to, FALSE);
}

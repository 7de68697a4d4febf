#include "rules/vcard-value.h"

#include "mail/decode.h"

#include <string.h>

/* RFC 6868. */
static char *
param_text(const char *begin, gsize size)
{
	GString *text = g_string_sized_new(size);
	const char *end = begin + size;

	for (const char *p = begin; p < end; p++) {
		if (*p == '^' && p + 1 < end && strchr("n^'", p[1]) != NULL) {
			p++;
			g_string_append_c(text, *p == 'n' ? '\n' : *p == '^' ? '^' : '"');
		} else if (*p != '"') {
			g_string_append_c(text, *p);
		}
	}
	if (!g_utf8_validate(text->str, (gssize)text->len, NULL)) {
		char *decoded = decode_charset(text->str, text->len, "windows-1250", NULL);

		g_string_free(text, TRUE);
		return decoded;
	}
	return g_string_free(text, FALSE);
}

static void
add_param(VcardProperty *property, char *name, GPtrArray *values)
{
	VcardParam *param = NULL;

	for (guint i = 0; i < property->params->len; i++) {
		VcardParam *other = property->params->pdata[i];

		if (strcmp(other->name, name) == 0 && strcmp(name, "TYPE") == 0)
			param = other;
	}
	if (param == NULL) {
		param = g_new0(VcardParam, 1);
		param->name = g_strdup(name);
		param->values = g_new0(char *, 1);
		g_ptr_array_add(property->params, param);
	}
	for (guint i = 0; i < values->len; i++) {
		guint n = g_strv_length(param->values);

		if (strcmp(name, "TYPE") == 0 &&
		    g_strv_contains((const char *const *)param->values, values->pdata[i]))
			continue;
		param->values = g_renew(char *, param->values, n + 2);
		param->values[n] = g_strdup(values->pdata[i]);
		param->values[n + 1] = NULL;
	}
}

/* "TYPE=work,voice", "TYPE=\"work,voice\"", or 2.1's bare "WORK". */
void
vcard_read_param(VcardProperty *property, const char *begin, gsize size)
{
	const char *equals = memchr(begin, '=', size);
	g_autofree char *name = NULL;
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
	const char *value = equals == NULL ? begin : equals + 1, *end = begin + size;
	bool quoted = false, split_quoted;

	if (memchr(begin, '\0', size) != NULL)
		return;
	if (equals == NULL) {
		g_autofree char *upper = g_ascii_strup(begin, (gssize)size);
		static const char *const encodings[] = {
		    "QUOTED-PRINTABLE", "BASE64", "B", "8BIT", "7BIT", NULL};

		name = g_strdup(g_strv_contains(encodings, upper) ? "ENCODING" : "TYPE");
	} else {
		name = g_ascii_strup(begin, (gssize)(equals - begin));
		g_strstrip(name);
	}
	split_quoted = strcmp(name, "TYPE") == 0;
	for (const char *p = value, *from = value; p <= end; p++) {
		if (p < end && *p == '"')
			quoted = !quoted;
		if (p == end || (*p == ',' && (!quoted || split_quoted))) {
			char *text = param_text(from, (gsize)(p - from));

			if (split_quoted) {
				char *lower = g_ascii_strdown(text, -1);

				g_free(text);
				text = lower;
			}
			g_ptr_array_add(values, g_strstrip(text));
			from = p + 1;
		}
	}
	if (*name != '\0' && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen(name))
		add_param(property, name, values);
}

/* The first value of that name; all parameters of it go. */
static char *
take_param(VcardProperty *property, const char *name)
{
	char *value = NULL;

	for (guint i = 0; i < property->params->len;) {
		VcardParam *param = property->params->pdata[i];

		if (strcmp(param->name, name) != 0) {
			i++;
			continue;
		}
		if (value == NULL)
			value = g_strdup(param->values[0] == NULL ? "" : param->values[0]);
		g_ptr_array_remove_index(property->params, i);
	}
	return value;
}

static bool
take_type(VcardProperty *property, const char *type)
{
	for (guint i = 0; i < property->params->len; i++) {
		VcardParam *param = property->params->pdata[i];

		for (guint n = 0; strcmp(param->name, "TYPE") == 0 && param->values[n] != NULL;
		     n++) {
			if (strcmp(param->values[n], type) != 0)
				continue;
			g_free(param->values[n]);
			do
				param->values[n] = param->values[n + 1];
			while (param->values[n++] != NULL);
			if (param->values[0] == NULL)
				g_ptr_array_remove_index(property->params, i);
			return true;
		}
	}
	return false;
}

/* 2.1 knows "\;" alone: what 4.0 would read otherwise is escaped. */
static void
escape_21(GString *value, const char *name)
{
	g_autofree char *old = g_strndup(value->str, value->len);
	bool structured =
	    strcmp(name, "N") == 0 || strcmp(name, "ADR") == 0 || strcmp(name, "ORG") == 0;

	g_string_truncate(value, 0);
	for (const char *p = old; *p != '\0'; p++) {
		if (*p == '\n')
			g_string_append(value, "\\n");
		else if (*p == '\\' && (p[1] == ';' || p[1] == ',' || p[1] == 'n' || p[1] == '\\'))
			g_string_append_printf(value, "\\%c", *++p);
		else if (*p == '\\')
			g_string_append(value, "\\\\");
		else if (*p == ',' && structured)
			g_string_append(value, "\\,");
		else if (*p != '\r')
			g_string_append_c(value, *p);
	}
}

/* Bytes to UTF-8 with the escapes of 4.0. */
void
vcard_decode_value(RawProperty *raw, bool old)
{
	VcardProperty *property = raw->property;
	g_autofree char *encoding = take_param(property, "ENCODING");
	g_autofree char *charset = take_param(property, "CHARSET");
	g_autofree char *text = NULL;
	g_autoptr(GString) value = NULL;
	bool quoted = encoding != NULL && g_ascii_strcasecmp(encoding, "QUOTED-PRINTABLE") == 0;

	if (encoding != NULL && (g_ascii_strcasecmp(encoding, "B") == 0 ||
				    g_ascii_strcasecmp(encoding, "BASE64") == 0)) {
		g_autofree char *packed = g_strndup(raw->raw->str, raw->raw->len);
		g_autofree char *type = take_param(property, "TYPE");
		char *to = packed;

		for (char *p = packed; *p != '\0'; p++)
			if (g_ascii_isalnum(*p) || strchr("+/=", *p) != NULL)
				*to++ = *p;
		*to = '\0';
		property->value = g_strdup_printf("data:%s%s;base64,%s",
		    strcmp(property->name, "SOUND") == 0 ? "audio/"
		    : strcmp(property->name, "KEY") == 0 ? "application/"
							 : "image/",
		    type == NULL || *type == '\0' ? "octet-stream" : type, packed);
		return;
	}
	if (quoted && raw->raw->len > 0) {
		g_autoptr(GBytes) bytes = g_bytes_new(raw->raw->str, raw->raw->len);
		g_autoptr(GBytes) plain =
		    decode_transfer(bytes, 0, raw->raw->len, MAIL_ENCODING_QUOTED_PRINTABLE, NULL);
		gsize size;
		const char *data = g_bytes_get_data(plain, &size);

		g_string_truncate(raw->raw, 0);
		g_string_append_len(raw->raw, data, (gssize)size);
	}
	if (charset == NULL && !g_utf8_validate(raw->raw->str, (gssize)raw->raw->len, NULL))
		charset = g_strdup("windows-1250");
	text = decode_charset(raw->raw->str, raw->raw->len, charset, NULL);
	value = g_string_new(text);
	if (old || quoted)
		escape_21(value, property->name);
	property->value = g_strdup(value->str);
}

/* What 2.1 and 3.0 say differently. */
void
vcard_modernise(VcardProperty *property)
{
	if (take_type(property, "pref"))
		vcard_set_param(property, "PREF", "1");
	take_type(property, "internet");
	for (char *p = property->value; *p != '\0'; p++)
		if ((guchar)*p < 32 && *p != '\t')
			*p = ' ';
}

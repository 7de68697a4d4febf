#include "prog/json.h"

#include "base/clock.h"

#include <stdio.h>

struct Json {
	GString *text;
	GString *closing; /* stack of ']' and '}' */
	bool first;
};

Json *
json_new(void)
{
	Json *json = g_new0(Json, 1);

	json->text = g_string_new(NULL);
	json->closing = g_string_new(NULL);
	json->first = true;
	return json;
}

void
json_free(Json *json)
{
	if (json == NULL)
		return;
	g_string_free(json->text, TRUE);
	g_string_free(json->closing, TRUE);
	g_free(json);
}

static void
json_quote(GString *to, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	g_string_append_c(to, '"');
	for (const char *p = valid; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_printf(to, "\\%c", *p);
		else if (*p == '\n')
			g_string_append(to, "\\n");
		else if ((guchar)*p < 32 || *p == 127)
			g_string_append_printf(to, "\\u%04x", (guchar)*p);
		else
			g_string_append_c(to, *p);
	}
	g_string_append_c(to, '"');
}

static void
json_lead(Json *json, const char *key)
{
	if (!json->first)
		g_string_append(json->text, ", ");
	json->first = false;
	if (key == NULL)
		return;
	json_quote(json->text, key);
	g_string_append(json->text, ": ");
}

static void
json_open(Json *json, const char *key, char opening, char closing)
{
	json_lead(json, key);
	g_string_append_c(json->text, opening);
	g_string_append_c(json->closing, closing);
	json->first = true;
}

void
json_open_object(Json *json, const char *key)
{
	json_open(json, key, '{', '}');
}

void
json_open_array(Json *json, const char *key)
{
	json_open(json, key, '[', ']');
}

void
json_close(Json *json)
{
	g_assert(json->closing->len > 0);
	g_string_append_c(json->text, json->closing->str[json->closing->len - 1]);
	g_string_truncate(json->closing, json->closing->len - 1);
	json->first = false;
}

void
json_string(Json *json, const char *key, const char *value)
{
	if (value == NULL) {
		json_null(json, key);
		return;
	}
	json_lead(json, key);
	json_quote(json->text, value);
}

void
json_int(Json *json, const char *key, gint64 value)
{
	json_lead(json, key);
	g_string_append_printf(json->text, "%" G_GINT64_FORMAT, value);
}

void
json_bool(Json *json, const char *key, bool value)
{
	json_lead(json, key);
	g_string_append(json->text, value ? "true" : "false");
}

void
json_null(Json *json, const char *key)
{
	json_lead(json, key);
	g_string_append(json->text, "null");
}

void
json_id(Json *json, const char *key, const Id *id)
{
	char text[ID_TEXT_SIZE];

	if (!id_is_zero(id))
		id_to_text(id, text);
	json_string(json, key, id_is_zero(id) ? NULL : text);
}

void
json_time(Json *json, const char *key, gint64 ms)
{
	g_autofree char *text = ms == 0 ? NULL : clock_text(ms);

	json_string(json, key, text);
}

void
json_strings(Json *json, const char *key, char *const *values)
{
	json_open_array(json, key);
	for (; values != NULL && *values != NULL; values++)
		json_string(json, NULL, *values);
	json_close(json);
}

char *
json_take(Json *json)
{
	g_assert(json->closing->len == 0);
	GString *text = json->text;

	json->text = g_string_new(NULL);
	json->first = true;
	return g_string_free(text, FALSE);
}

void
json_print(Json *json)
{
	g_autofree char *text = json_take(json);

	puts(text);
}

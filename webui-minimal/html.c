#include "webui-minimal/html.h"

#include <stdarg.h>
#include <string.h>

struct Html {
	HtmlKind kind;
	GString *out;
	GPtrArray *stack; /* const char *, literals */
	bool in_tag;      /* attributes may follow */
};

static void
begin(Html *h)
{
	g_string_append(h->out, h->kind == HTML_XML ? "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
						    : "<!DOCTYPE html>\n");
}

Html *
html_new(HtmlKind kind)
{
	Html *h = g_new0(Html, 1);

	h->kind = kind;
	h->out = g_string_sized_new(16 << 10);
	h->stack = g_ptr_array_new();
	begin(h);
	return h;
}

void
html_free(Html *h)
{
	if (h == NULL)
		return;
	g_string_free(h->out, TRUE);
	g_ptr_array_unref(h->stack);
	g_free(h);
}

/* How many bytes of plain text from here on need nothing done. */
static gsize
plain_length(const char *text, gsize length)
{
	gsize i = 0;

	while (i < length) {
		guchar c = (guchar)text[i];

		if (c >= 0x7f || (c < 0x20 && c != '\n' && c != '\t') || c == '<' || c == '>' ||
		    c == '&' || c == '"' || c == '\'')
			break;
		i++;
	}
	return i;
}

/* Embeddings, overrides and isolates: they could reach beyond the text that they stand in. */
static bool
turns_direction(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static gsize
escape_one(const Html *h, const char *text, gsize length)
{
	GString *out = h->out;

	gunichar c = g_utf8_get_char_validated(text, (gssize)length);
	const char *entity = NULL;

	if (c == '<')
		entity = "&lt;";
	else if (c == '>')
		entity = "&gt;";
	else if (c == '&')
		entity = "&amp;";
	else if (c == '"')
		entity = "&quot;";
	else if (c == '\'')
		entity = "&#39;";
	else if (h->kind == HTML_HTML && turns_direction(c))
		return 3;
	else if (c >= 0x110000 || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c & 0xfffe) == 0xfffe ||
		 (c >= 0xfdd0 && c <= 0xfdef)) {
		g_string_append(out, "\xef\xbf\xbd");
		return c >= 0x110000 ? 1 : (gsize)(g_utf8_next_char(text) - text);
	}
	if (entity != NULL) {
		g_string_append(out, entity);
		return 1;
	}
	g_string_append_unichar(out, c);
	return (gsize)(g_utf8_next_char(text) - text);
}

static void
escape(const Html *h, const char *text, gsize length)
{
	while (length > 0) {
		gsize n = plain_length(text, length);

		g_string_append_len(h->out, text, (gssize)n);
		text += n;
		length -= n;
		if (length == 0)
			break;
		n = escape_one(h, text, length);
		text += n;
		length -= n;
	}
}

static void
end_tag(Html *h)
{
	if (h->in_tag)
		g_string_append_c(h->out, '>');
	h->in_tag = false;
}

static bool
is_name(const char *name)
{
	if (!g_ascii_isalpha(*name))
		return false;
	for (; *name != '\0'; name++)
		if (!g_ascii_isalnum(*name) && strchr("-:_", *name) == NULL)
			return false;
	return true;
}

static bool
is_address_attribute(const char *name)
{
	return strcmp(name, "href") == 0 || strcmp(name, "src") == 0 || strcmp(name, "action") == 0;
}

static bool
is_safe_address(const char *value)
{
	static const char *const prefixes[] = {
	    "?", "#", "http://", "https://", "mailto:", "tel:", "data:image/"};

	if (value[0] == '/')
		return value[1] != '/' && value[1] != '\\';
	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_ascii_strncasecmp(value, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

void
html_attr(Html *h, const char *name, const char *value)
{
	g_assert(h->in_tag && is_name(name));
	if (value == NULL)
		return;
	if (h->kind == HTML_HTML && is_address_attribute(name) && !is_safe_address(value))
		value = "#";
	g_string_append_c(h->out, ' ');
	g_string_append(h->out, name);
	g_string_append(h->out, "=\"");
	escape(h, value, strlen(value));
	g_string_append_c(h->out, '"');
}

void
html_attrf(Html *h, const char *name, const char *format, ...)
{
	g_autofree char *value = NULL;
	va_list list;

	va_start(list, format);
	value = g_strdup_vprintf(format, list);
	va_end(list);
	html_attr(h, name, value);
}

void
html_open(Html *h, const char *element, ...)
{
	const char *name;
	va_list list;

	g_assert(is_name(element));
	end_tag(h);
	g_string_append_c(h->out, '<');
	g_string_append(h->out, element);
	h->in_tag = true;
	g_ptr_array_add(h->stack, (gpointer)element);
	va_start(list, element);
	while ((name = va_arg(list, const char *)) != NULL)
		html_attr(h, name, va_arg(list, const char *));
	va_end(list);
}

void
html_text_length(Html *h, const char *text, gsize length)
{
	end_tag(h);
	escape(h, text, length);
}

void
html_text(Html *h, const char *text)
{
	if (text != NULL)
		html_text_length(h, text, strlen(text));
}

void
html_textf(Html *h, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list list;

	va_start(list, format);
	text = g_strdup_vprintf(format, list);
	va_end(list);
	html_text(h, text);
}

void
html_foreign(Html *h, const char *text)
{
	if (text == NULL)
		return;
	html_open(h, "bdi", NULL);
	html_text(h, text);
	html_close(h);
}

/* HTML, "void elements": they have neither content nor end tag. */
static bool
is_void(const char *element)
{
	static const char *const names[] = {"area", "base", "br", "col", "embed", "hr", "img",
	    "input", "link", "meta", "source", "track", "wbr"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i][0] == element[0] && strcmp(names[i], element) == 0)
			return true;
	return false;
}

void
html_close(Html *h)
{
	const char *element;

	g_assert(h->stack->len > 0);
	element = g_ptr_array_steal_index(h->stack, h->stack->len - 1);
	if (h->kind == HTML_HTML && is_void(element)) {
		g_assert(h->in_tag);
		end_tag(h);
	} else if (h->kind == HTML_XML && h->in_tag) {
		g_string_append(h->out, "/>");
		h->in_tag = false;
	} else {
		end_tag(h);
		g_string_append_len(h->out, "</", 2);
		g_string_append(h->out, element);
		g_string_append_c(h->out, '>');
	}
}

void
html_element(Html *h, const char *element, const char *class, const char *text)
{
	html_open(h, element, "class", class, NULL);
	html_text(h, text);
	html_close(h);
}

void
html_hidden(Html *h, const char *name, const char *value)
{
	html_open(h, "input", "type", "hidden", "name", name, "value", value, NULL);
	html_close(h);
}

guint
html_depth(const Html *h)
{
	return h->stack->len;
}

void
html_close_to(Html *h, guint depth)
{
	while (h->stack->len > depth)
		html_close(h);
}

GBytes *
html_finish(Html *h)
{
	GString *out = h->out;

	html_close_to(h, 0);
	g_string_append_c(out, '\n');
	h->out = g_string_new(NULL);
	begin(h);
	return g_string_free_to_bytes(out);
}

char *
html_url_part(const char *text)
{
	return g_uri_escape_string(text, NULL, FALSE);
}

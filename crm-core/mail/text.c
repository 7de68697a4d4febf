#include "mail/text.h"

#include <string.h>

/* The depth of "> > >" at the start of a line; *length of it with blanks between. */
static guint
quote_depth(const char *line, gsize size, gsize *length)
{
	gsize at = 0;
	guint depth = 0;

	while (at < size && line[at] == '>') {
		depth++;
		at++;
	}
	*length = at;
	return depth;
}

char *
text_unflow(const char *text, bool delsp)
{
	GString *out = g_string_sized_new(strlen(text) + 16);
	guint open_depth = 0;
	bool open = false;

	while (*text) {
		gsize length = strcspn(text, "\n"), at;
		guint depth = quote_depth(text, length, &at);
		const char *line = text + at;
		bool flowed, signature;

		length -= at;
		if (length > 0 && *line == ' ') { /* space-stuffing */
			line++;
			length--;
		}
		signature = length == 3 && strncmp(line, "-- ", 3) == 0;
		flowed = length > 0 && line[length - 1] == ' ' && !signature;
		if (open && (depth != open_depth || signature))
			g_string_append_c(out, '\n');
		if (!open || depth != open_depth || signature) {
			for (guint i = 0; i < depth; i++)
				g_string_append_c(out, '>');
			if (depth)
				g_string_append_c(out, ' ');
		}
		g_string_append_len(out, line, (gssize)(flowed && delsp ? length - 1 : length));
		if (!flowed)
			g_string_append_c(out, '\n');
		open = flowed;
		open_depth = depth;
		text = line + length;
		if (*text == '\n')
			text++;
	}
	if (open)
		g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

char *
text_normal(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 1);
	gsize used = 0; /* up to the last line that isn't empty */

	while (*text) {
		gsize length = strcspn(text, "\r\n"), kept = length;

		while (kept > 0 && (text[kept - 1] == ' ' || text[kept - 1] == '\t'))
			kept--;
		g_string_append_len(out, text, (gssize)kept);
		if (kept)
			used = out->len;
		g_string_append_c(out, '\n');
		text += length;
		if (text[0] == '\r' && text[1] == '\n')
			text += 2;
		else if (*text)
			text++;
	}
	g_string_truncate(out, used);
	return g_string_free(out, FALSE);
}

char *
text_one_line(const char *text)
{
	char *line = g_malloc(strlen(text) + 1), *out = line;
	const guchar *in = (const guchar *)text;
	bool blank = false;

	for (; *in; in++) {
		if (*in <= 0x20 || *in == 0x7f) {
			blank = out > line;
			continue;
		}
		if (*in == 0xc2 && in[1] < 0xa0) {
			blank = out > line;
			in++;
			continue;
		}
		if (blank)
			*out++ = ' ';
		blank = false;
		*out++ = (char)*in;
	}
	*out = '\0';
	return line;
}

/* One line of body that lies in no span, or the rest of it. */
static void
append_words(GString *out, const char *text, gsize length, gsize *chars_left)
{
	const char *end = text + length;

	while (text<end && * chars_left> 0) {
		if (g_ascii_isspace(*text)) {
			if (out->len && out->str[out->len - 1] != ' ') {
				g_string_append_c(out, ' ');
				--*chars_left;
			}
			text++;
			continue;
		}
		g_string_append_len(out, text, g_utf8_next_char(text) - text);
		text = g_utf8_next_char(text);
		--*chars_left;
	}
	if (out->len && out->str[out->len - 1] != ' ' && *chars_left > 0) {
		g_string_append_c(out, ' ');
		--*chars_left;
	}
}

char *
text_snippet(const char *body, const GArray *spans, gsize max_chars)
{
	GString *out = g_string_new(NULL);
	gsize size = strlen(body), at = 0, left = max_chars;

	for (guint i = 0; i <= spans->len && left > 0; i++) {
		const MailSpan *span = i < spans->len ? &g_array_index(spans, MailSpan, i) : NULL;
		gsize end = span ? span->offset : size;

		if (end > at)
			append_words(out, body + at, end - at, &left);
		at = span ? (gsize)span->offset + span->length : size;
	}
	if (out->len && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	return g_string_free(out, FALSE);
}

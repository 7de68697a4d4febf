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
	char *normal = g_malloc(strlen(text) + 2), *out = normal;
	char *end = normal; /* of the last line that isn't empty */

	while (*text) {
		gsize length = strcspn(text, "\r\n"), kept = length;

		while (kept > 0 && (text[kept - 1] == ' ' || text[kept - 1] == '\t'))
			kept--;
		memcpy(out, text, kept);
		out += kept;
		if (kept)
			end = out;
		*out++ = '\n';
		text += length;
		if (text[0] == '\r' && text[1] == '\n')
			text += 2;
		else if (*text)
			text++;
	}
	*end = '\0';
	return normal;
}

/* Sixteen bytes at once, in whatever the processor has for that. */
typedef guint8 Block __attribute__((vector_size(16)));
typedef gint8 Marks __attribute__((vector_size(16)));

static Block
block_at(const char *text)
{
	Block block;

	memcpy(&block, text, sizeof(block));
	return block;
}

static bool
any(Marks marks)
{
	guint64 halves[2];

	memcpy(halves, &marks, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

bool
text_is_ascii(const char *text, gsize length)
{
	for (; length >= sizeof(Block); text += sizeof(Block), length -= sizeof(Block)) {
		Block block = block_at(text);

		if (any((block == 0) | (block >= 0x80)))
			return false;
	}
	for (; length > 0; text++, length--) {
		if (*text <= 0)
			return false;
	}
	return true;
}

/* Bytes of the character beyond ASCII that begins there; 0: none does, or a control character. */
static gsize
wide_character(const char *text, gsize length)
{
	gunichar c = (guchar)*text < 0x80 ? 0 : g_utf8_get_char_validated(text, (gssize)length);

	return c >= 0xa0 && c < (gunichar)-2 ? (gsize)g_utf8_skip[(guchar)*text] : 0;
}

/* Printable ASCII and the ends of lines, which most text is. */
static bool
is_plain_block(Block block)
{
	return !any(((block < 0x20) & (block != '\n') & (block != '\t')) | (block >= 0x7f));
}

static bool
is_plain(guchar c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

const char *
text_unclean(const char *text, const char *end)
{
	while (text < end) {
		gsize n = 0;

		while (end - text >= (gssize)sizeof(Block) && is_plain_block(block_at(text)))
			text += sizeof(Block);
		for (; text < end && is_plain((guchar)*text); text++)
			;
		for (; text < end; text += n) {
			n = wide_character(text, (gsize)(end - text));
			if (n == 0)
				break;
		}
		if (text < end && !is_plain((guchar)*text))
			break;
	}
	return text;
}

char *
text_one_line(const char *text)
{
	char *line = g_malloc(strlen(text) + 1), *out = line;
	const guchar *in = (const guchar *)text;
	bool blank = false;

	while (*in) {
		bool c1 = *in == 0xc2 && in[1] < 0xa0;

		if (*in <= 0x20 || *in == 0x7f || c1) {
			blank = out > line;
			in += c1 ? 2 : 1;
			continue;
		}
		if (blank)
			*out++ = ' ';
		blank = false;
		do
			*out++ = (char)*in++;
		while (*in > 0x20 && *in < 0x7f);
	}
	*out = '\0';
	return line;
}

static void
append_blank(GString *out, gsize *chars_left)
{
	if (out->len == 0 || out->str[out->len - 1] == ' ' || *chars_left == 0)
		return;
	g_string_append_c(out, ' ');
	--*chars_left;
}

/* The lines of body between two spans. */
static void
append_words(GString *out, const char *text, gsize length, gsize *chars_left)
{
	const char *end = text + length;

	while (text < end && *chars_left != 0) {
		const char *word = text;

		for (; text < end && *chars_left != 0 && !g_ascii_isspace(*text); --*chars_left)
			text = g_utf8_next_char(text);
		g_string_append_len(out, word, text - word);
		append_blank(out, chars_left);
		while (text < end && g_ascii_isspace(*text))
			text++;
	}
}

char *
text_snippet(const char *body, const GArray *spans, gsize max_chars)
{
	gsize size = strlen(body), at = 0, left = max_chars;
	GString *out = g_string_sized_new(MIN(size, max_chars) + 1);

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

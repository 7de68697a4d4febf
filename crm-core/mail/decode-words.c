/* Encoded words, RFC 2047, as liberal as readers of mail must be: in the middle of words, with
 * blanks inside, with a character that begins in one word and ends in the next. */
#include "mail/decode.h"

#include <string.h>

typedef struct {
	const char *charset;
	gsize charset_length;
	char encoding; /* 'b', 'q' */
	const char *text;
	gsize text_length;
	const char *end; /* behind "?=" */
} Word;

/* The encoded word that begins at at ("=?"). */
static bool
read_word(const char *at, const char *end, Word *ret)
{
	const char *p = at + 2;
	const char *stop;

	ret->charset = p;
	while (p<end && * p> ' ' && *p < 0x7f && *p != '?' && *p != '=')
		p++;
	ret->charset_length = (gsize)(p - ret->charset);
	if (ret->charset_length == 0 || ret->charset_length > 60 || end - p < 5 || p[0] != '?' ||
	    p[2] != '?')
		return false;
	ret->encoding = g_ascii_tolower(p[1]);
	if (ret->encoding != 'b' && ret->encoding != 'q')
		return false;
	ret->text = p + 3;
	for (stop = ret->text; stop + 1 < end; stop++) {
		if (stop[0] == '?' && stop[1] == '=')
			break;
		if (stop[0] == '=' && stop[1] == '?' && stop[2] != '=')
			return false; /* another begins: this one has no end */
	}
	if (stop + 1 >= end)
		return false;
	ret->text_length = (gsize)(stop - ret->text);
	ret->end = stop + 2;
	return true;
}

static void
append_q(GByteArray *to, const char *text, gsize length)
{
	for (const char *end = text + length; text < end; text++) {
		guint8 byte = (guint8)*text;

		if (byte == '_') {
			byte = ' ';
		} else if (byte == '=' && end - text > 2 && g_ascii_isxdigit(text[1]) &&
			   g_ascii_isxdigit(text[2])) {
			byte = (guint8)(g_ascii_xdigit_value(text[1]) << 4 |
					g_ascii_xdigit_value(text[2]));
			text += 2;
		}
		g_byte_array_append(to, &byte, 1);
	}
}

static void
append_word(GByteArray *to, const Word *word)
{
	if (word->encoding == 'q') {
		append_q(to, word->text, word->text_length);
	} else {
		g_autoptr(GBytes) raw = g_bytes_new_static(word->text, word->text_length);
		g_autoptr(GBytes) decoded =
		    decode_transfer(raw, 0, word->text_length, MAIL_ENCODING_BASE64, NULL);
		gsize size;
		gconstpointer data = g_bytes_get_data(decoded, &size);

		if (size)
			g_byte_array_append(to, data, (guint)size);
	}
}

static void
flush_words(GString *out, GByteArray *bytes, const char *charset)
{
	g_autofree char *text = NULL;

	if (bytes->len == 0)
		return;
	text = decode_charset((const char *)bytes->data, bytes->len, charset, NULL);
	g_string_append(out, text);
	g_byte_array_set_size(bytes, 0);
}

static void
append_plain(GString *out, const char *text, gsize length)
{
	g_autofree char *plain = NULL;

	if (length == 0)
		return;
	plain = decode_charset(text, length, NULL, NULL);
	g_string_append(out, plain);
}

static bool
is_blank(const char *text, const char *end)
{
	while (text < end && g_ascii_isspace(*text))
		text++;
	return text == end;
}

char *
decode_words(const char *value)
{
	const char *end = value + strlen(value);
	const char *plain = value; /* what isn't written yet */
	GString *out;
	g_autoptr(GByteArray) bytes = NULL; /* of the words that belong together */
	char charset[64] = "";

	if (!strstr(value, "=?"))
		return decode_charset(value, (gsize)(end - value), NULL, NULL);
	out = g_string_sized_new((gsize)(end - value));
	bytes = g_byte_array_new();
	for (const char *at = value; (at = strstr(at, "=?"));) {
		g_autofree char *name = NULL;
		Word word;

		if (!read_word(at, end, &word)) {
			at += 2;
			continue;
		}
		name = g_strndup(word.charset, word.charset_length);
		if (bytes->len == 0 || !is_blank(plain, at) ||
		    g_ascii_strcasecmp(name, charset) != 0) {
			bool after_word = bytes->len > 0;
			flush_words(out, bytes, charset);
			if (!after_word || !is_blank(plain, at))
				append_plain(out, plain, (gsize)(at - plain));
		}
		g_strlcpy(charset, name, sizeof(charset));
		append_word(bytes, &word);
		at = plain = word.end;
	}
	flush_words(out, bytes, charset);
	append_plain(out, plain, (gsize)(end - plain));
	return g_string_free(out, FALSE);
}

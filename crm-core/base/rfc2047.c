#include "base/rfc2047.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
	char *charset;
	char encoding; /* 'q' or 'b' */
	const char *text, *text_end, *end;
} Word;

static bool
is_token(char c)
{
	return (guint8)c > 0x20 && (guint8)c < 0x7f && strchr("()<>@,;:\"/[]?.=", c) == NULL;
}

/* "=?charset[*language]?q?text?=" at p. Liberal in what stands between the last two "?", as mail
 * is. */
static bool
parse_word(const char *p, Word *ret)
{
	const char *charset = p + 2, *q, *star;

	if (p[0] != '=' || p[1] != '?')
		return false;
	for (q = charset; is_token(*q); q++)
		;
	if (q == charset || *q != '?' || strchr("QqBb", q[1]) == NULL || q[1] == '\0' ||
	    q[2] != '?')
		return false;
	ret->text = q + 3;
	ret->text_end = strstr(ret->text, "?=");
	/* "=?utf-8?q?=41?=" has a "?=" that begins the text */
	if (ret->text_end == ret->text && strstr(ret->text + 2, "?=") != NULL &&
	    g_ascii_isxdigit(ret->text[2]))
		ret->text_end = strstr(ret->text + 2, "?=");
	if (ret->text_end == NULL || memchr(ret->text, '\n', ret->text_end - ret->text) != NULL)
		return false;
	star = memchr(charset, '*', q - charset);
	ret->charset = g_strndup(charset, (star != NULL ? star : q) - charset);
	ret->encoding = g_ascii_tolower(q[1]);
	ret->end = ret->text_end + 2;
	return true;
}

static GString *
decode_q(const char *p, const char *end)
{
	GString *out = g_string_new(NULL);

	for (; p < end; p++) {
		if (*p == '=' && end - p > 2 && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
			g_string_append_c(out,
			    (char)(g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2])));
			p += 2;
		} else {
			g_string_append_c(out, *p == '_' ? ' ' : *p);
		}
	}
	return out;
}

static GString *
decode_b(const char *p, const char *end)
{
	g_autofree guchar *bytes = g_malloc((gsize)(end - p) * 3 / 4 + 4);
	int state = 0;
	guint save = 0;
	gsize n = g_base64_decode_step(p, end - p, bytes, &state, &save);

	return g_string_new_len((const char *)bytes, (gssize)n);
}

/* The bytes of neighbouring words of one charset are joined before they are converted: many
 * programs split a multi-byte character between two words. */
static bool
append_converted(GString *out, const GString *bytes, const char *charset)
{
	g_autofree char *text = NULL;
	g_autofree char *valid = NULL;
	gsize length = 0;

	if (bytes->len == 0)
		return true;
	if (g_ascii_strcasecmp(charset, "utf-8") == 0 ||
	    g_ascii_strcasecmp(charset, "us-ascii") == 0) {
		valid = g_utf8_make_valid(bytes->str, (gssize)bytes->len);
		g_string_append(out, valid);
		return true;
	}
	text = g_convert_with_fallback(
	    bytes->str, (gssize)bytes->len, "UTF-8", charset, "\357\277\275", NULL, &length, NULL);
	if (text == NULL)
		return false;
	valid = g_utf8_make_valid(text, (gssize)length);
	g_string_append(out, valid);
	return true;
}

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
		p++;
	return p;
}

/* Decodes the run of words of one charset at p; returns where it ends, NULL when there is none. */
static const char *
decode_run(const char *p, GString *out)
{
	g_autoptr(GString) bytes = g_string_new(NULL);
	g_autofree char *charset = NULL;
	const char *start = p, *end = NULL;
	Word word;

	while (parse_word(p, &word)) {
		g_autofree char *this_charset = word.charset;
		g_autoptr(GString) part = NULL;

		if (charset != NULL && g_ascii_strcasecmp(charset, this_charset) != 0)
			break;
		part = word.encoding == 'q' ? decode_q(word.text, word.text_end)
					    : decode_b(word.text, word.text_end);
		g_string_append_len(bytes, part->str, (gssize)part->len);
		if (charset == NULL)
			charset = g_steal_pointer(&this_charset);
		end = word.end;
		p = skip_blanks(end);
	}
	if (end != NULL && !append_converted(out, bytes, charset))
		g_string_append_len(out, start, end - start);
	return end;
}

/* Raw 8-bit text as UTF-8, line breaks of folding taken out (RFC 5322, 2.2.3). */
static char *
unfolded(const char *value)
{
	GString *out = g_string_new(NULL);
	char *text;

	for (const char *p = value; *p != '\0'; p++)
		if (*p != '\r' && *p != '\n')
			g_string_append_c(out, *p);
	if (g_utf8_validate(out->str, (gssize)out->len, NULL))
		return g_string_free(out, FALSE);
	text = g_convert(out->str, (gssize)out->len, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
	if (text == NULL)
		text = g_utf8_make_valid(out->str, (gssize)out->len);
	g_string_free(out, TRUE);
	return text;
}

char *
rfc2047_decode(const char *value)
{
	g_autofree char *text = unfolded(value);
	GString *out = g_string_new(NULL);
	bool after_word = false;

	for (const char *p = text; *p != '\0';) {
		const char *word = after_word ? skip_blanks(p) : p;
		const char *end = decode_run(word, out);

		after_word = end != NULL;
		if (end != NULL)
			p = end;
		else
			g_string_append_c(out, *p++);
	}
	return g_string_free(out, FALSE);
}

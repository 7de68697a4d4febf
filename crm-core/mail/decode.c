/* Transfer encodings. Charsets are in charset.c. */
#include "mail/decode.h"

#include <string.h>

static const gint8 *
base64_values(void)
{
	static gint8 values[256];
	static gsize ready;

	if (g_once_init_enter(&ready)) {
		static const char alphabet[] =
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

		memset(values, -1, sizeof(values));
		for (int i = 0; i < 64; i++)
			values[(guchar)alphabet[i]] = (gint8)i;
		values[' '] = values['\t'] = values['\r'] = values['\n'] = -2;
		values['='] = -3;
		g_once_init_leave(&ready, 1);
	}
	return values;
}

/* Bytes in the group of n sextets that padding or the end cut off. */
static gsize
rest_of_group(guchar *out, guint32 bits, guint n)
{
	if (n < 2)
		return 0;
	if (out) {
		out[0] = (guchar)(bits >> (n == 2 ? 4 : 10));
		if (n == 3)
			out[1] = (guchar)(bits >> 2);
	}
	return n - 1;
}

/* The size of what is decoded, and with to != NULL the bytes: inlined once for each. */
static inline G_ALWAYS_INLINE gsize
base64_walk(const guchar *in, gsize length, guchar *to, bool *valid)
{
	const gint8 *values = base64_values();
	gsize size = 0;
	guint32 bits = 0;
	guint n = 0;
	bool padded = false;

	for (const guchar *end = in + length; in < end; in++) {
		gint8 value;

		/* Nearly all of it is whole groups. */
		while (n == 0 && !padded && end - in >= 4) {
			gint8 a = values[in[0]], b = values[in[1]], c = values[in[2]],
			      d = values[in[3]];

			if ((a | b | c | d) < 0)
				break;
			if (to) {
				to[size] = (guchar)(a << 2 | b >> 4);
				to[size + 1] = (guchar)(b << 4 | c >> 2);
				to[size + 2] = (guchar)(c << 6 | d);
			}
			size += 3;
			in += 4;
		}
		if (in == end)
			break;
		value = values[*in];
		if (value >= 0) {
			if (padded && n == 0)
				*valid = false; /* goes on behind the padding: joined pieces */
			bits = bits << 6 | (guint32)value;
			if (++n == 4) {
				if (to) {
					to[size] = (guchar)(bits >> 16);
					to[size + 1] = (guchar)(bits >> 8);
					to[size + 2] = (guchar)bits;
				}
				size += 3;
				n = 0;
			}
		} else if (value == -3) {
			if (n == 1)
				*valid = false;
			size += rest_of_group(to ? to + size : NULL, bits, n);
			n = 0;
			padded = true;
		} else if (value == -1) {
			*valid = false;
		}
	}
	if (n)
		*valid = false;
	return size + rest_of_group(to ? to + size : NULL, bits, n);
}

static gsize
base64_decode(const guchar *in, gsize length, guchar *to, bool *valid)
{
	return base64_walk(in, length, to, valid);
}

gsize
decode_base64_size(GBytes *raw, gsize offset, gsize length, bool *ret_valid)
{
	gsize size;
	const guchar *data = g_bytes_get_data(raw, &size);

	g_assert(offset <= size && length <= size - offset);
	*ret_valid = true;
	return base64_walk(data + offset, length, NULL, ret_valid);
}

static int
hex_value(guchar c)
{
	return g_ascii_isxdigit(c) ? g_ascii_xdigit_value((char)c) : -1;
}

/* The blanks at the end of a line were put there on the way (RFC 2045 6.7 rule 3). */
static gsize
qp_decode(const guchar *in, gsize length, guchar *to, bool *valid)
{
	const guchar *end = in + length;
	guchar *out = to, *blanks = NULL;

	while (in < end) {
		guchar c = *in++;
		if (c == '=') {
			const guchar *p = in;
			int high = p + 1 < end ? hex_value(p[0]) : -1;
			int low = high >= 0 ? hex_value(p[1]) : -1;
			if (low >= 0) {
				*out++ = (guchar)(high << 4 | low);
				in += 2;
				blanks = NULL;
				continue;
			}
			while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
				p++;
			if (p == end || *p == '\n') { /* soft line break */
				in = p == end ? end : p + 1;
				blanks = NULL;
				continue;
			}
			*valid = false;
			*out++ = c;
			blanks = NULL;
		} else if (c == '\n') {
			if (blanks)
				out = blanks;
			blanks = NULL;
			if (in - 2 >= end - length && in[-2] == '\r')
				*out++ = '\r';
			*out++ = c;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			if (!blanks)
				blanks = out;
			*out++ = c;
		} else {
			blanks = NULL;
			*out++ = c;
		}
	}
	return (gsize)(out - to);
}

GBytes *
decode_transfer(GBytes *raw, gsize offset, gsize length, MailEncoding encoding, bool *ret_valid)
{
	gsize size, decoded;
	const guchar *data = g_bytes_get_data(raw, &size);
	guchar *to;
	bool valid = true;

	g_assert(offset <= size && length <= size - offset);
	if (ret_valid)
		*ret_valid = true;
	if (encoding != MAIL_ENCODING_BASE64 && encoding != MAIL_ENCODING_QUOTED_PRINTABLE)
		return g_bytes_new_from_bytes(raw, offset, length);
	if (length == 0)
		return g_bytes_new_static("", 0);
	/* Joined base64 pieces of one padding each can't give more than that either. */
	to = g_malloc(length + 4);
	if (encoding == MAIL_ENCODING_BASE64)
		decoded = base64_decode(data + offset, length, to, &valid);
	else
		decoded = qp_decode(data + offset, length, to, &valid);
	if (ret_valid)
		*ret_valid = valid;
	return g_bytes_new_take(g_realloc(to, decoded ? decoded : 1), decoded);
}

GBytes *
decode_base64_again(GBytes *decoded, const DecodeLayout *layout)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	gsize size, chars, lines;
	const guchar *in = g_bytes_get_data(decoded, &size);
	gsize column = 0;
	char *to, *out;

	chars = (size + 2) / 3 * 4;
	lines = layout->line ? chars / layout->line + 1 : 1;
	to = out = g_malloc(chars + 2 * lines + 2);
	while (size > 0) {
		guint32 bits = (guint32)in[0] << 16 | (size > 1 ? (guint32)in[1] << 8 : 0) |
			       (size > 2 ? in[2] : 0);
		if (layout->line && column == layout->line) {
			if (layout->crlf)
				*out++ = '\r';
			*out++ = '\n';
			column = 0;
		}
		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = size > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = size > 2 ? alphabet[bits & 63] : '=';
		column += 4;
		in += size > 2 ? 3 : size;
		size -= size > 2 ? 3 : size;
	}
	if (layout->last_break) {
		if (layout->crlf)
			*out++ = '\r';
		*out++ = '\n';
	}
	return g_bytes_new_take(to, (gsize)(out - to));
}

GBytes *
decode_base64(GBytes *raw, gsize offset, gsize length, DecodeLayout *ret)
{
	g_autoptr(GBytes) decoded = NULL, again = NULL;
	DecodeLayout layout = {0};
	gsize size;
	const char *data = (const char *)g_bytes_get_data(raw, &size) + offset;
	const char *newline;
	bool valid;

	g_assert(offset <= size && length <= size - offset);
	newline = memchr(data, '\n', length);
	if (newline) {
		gsize line = (gsize)(newline - data);
		if (line > 0 && newline[-1] == '\r') {
			layout.crlf = true;
			line--;
		}
		if (line == 0 || line % 4 != 0 || line > G_MAXUINT32)
			return NULL;
		layout.line = (guint32)line;
		layout.last_break = data[length - 1] == '\n';
	}
	decoded = decode_transfer(raw, offset, length, MAIL_ENCODING_BASE64, &valid);
	if (!valid)
		return NULL;
	again = decode_base64_again(decoded, &layout);
	if (g_bytes_get_size(again) != length ||
	    memcmp(g_bytes_get_data(again, NULL), data, length) != 0)
		return NULL;
	*ret = layout;
	return g_steal_pointer(&decoded);
}

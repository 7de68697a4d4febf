#include "imapsync/mutf7.h"

#include <stdbool.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool
is_direct(gunichar c)
{
	return c >= 0x20 && c <= 0x7e;
}

/* One UTF-16 unit into text, *high is a surrogate that waits for its second half. */
static bool
take_unit(GString *text, guint unit, guint *high)
{
	gunichar c = unit;

	if (*high != 0 && (unit < 0xdc00 || unit > 0xdfff))
		return false;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		*high = unit;
		return true;
	}
	if (*high != 0)
		c = 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00);
	else if (unit >= 0xdc00 && unit <= 0xdfff)
		return false;
	*high = 0;
	/* What may stand for itself must: otherwise one folder would have two names. */
	if (is_direct(c) || c == 0)
		return false;
	g_string_append_unichar(text, c);
	return true;
}

/* Behind "&": base64 up to "-". */
static bool
decode_shift(const char **p, GString *text)
{
	guint bits = 0, value = 0, high = 0;

	for (; **p != '-'; (*p)++) {
		const char *digit = **p != '\0' ? strchr(digits, **p) : NULL;

		if (digit == NULL)
			return false;
		value = (value << 6 | (guint)(digit - digits)) & 0xffffff;
		bits += 6;
		if (bits >= 16) {
			bits -= 16;
			if (!take_unit(text, value >> bits & 0xffff, &high))
				return false;
		}
	}
	(*p)++;
	return high == 0 && bits < 6 && (value & ((1u << bits) - 1)) == 0;
}

char *
mutf7_decode(const char *raw)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *p = raw;

	while (*p != '\0') {
		if (!is_direct((guchar)*p))
			return NULL;
		if (*p != '&') {
			g_string_append_c(text, *p++);
		} else if (p[1] == '-') {
			g_string_append_c(text, '&');
			p += 2;
		} else {
			p++;
			if (!decode_shift(&p, text))
				return NULL;
		}
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
encode_unit(GString *raw, guint unit, guint *value, guint *bits)
{
	*value = (*value << 16 | unit) & 0x3fffff;
	for (*bits += 16; *bits >= 6;) {
		*bits -= 6;
		g_string_append_c(raw, digits[*value >> *bits & 63]);
	}
}

/* A run of characters that can't stand for themselves; returns its end. */
static const char *
encode_shift(GString *raw, const char *p)
{
	guint value = 0, bits = 0;

	g_string_append_c(raw, '&');
	for (gunichar c; *p != '\0' && !is_direct(c = g_utf8_get_char(p));
	     p = g_utf8_next_char(p)) {
		if (c >= 0x10000) {
			encode_unit(raw, 0xd800 + ((c - 0x10000) >> 10), &value, &bits);
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		encode_unit(raw, c, &value, &bits);
	}
	if (bits > 0)
		g_string_append_c(raw, digits[value << (6 - bits) & 63]);
	g_string_append_c(raw, '-');
	return p;
}

char *
mutf7_encode(const char *utf8)
{
	GString *raw = g_string_new(NULL);
	const char *p = utf8;

	while (*p != '\0') {
		if (!is_direct(g_utf8_get_char(p))) {
			p = encode_shift(raw, p);
			continue;
		}
		g_string_append(raw, *p == '&' ? "&-" : (char[]){*p, '\0'});
		p++;
	}
	return g_string_free(raw, FALSE);
}

#include "rules/collate.h"

#include "rules/query.h"

#include <string.h>

/* č, ř, š and ž come after all of their base letter. */
static guint8
weight(gunichar letter, gunichar base)
{
	switch (g_unichar_tolower(letter)) {
	case 0x10d:
	case 0x159:
	case 0x161:
	case 0x17e:
		return 2;
	default:
		return base < 0x80 && !g_ascii_isalnum((gchar)base) ? 0 : 1;
	}
}

static void
append(GByteArray *key, gunichar base, guint8 rank)
{
	char text[7];
	int length = g_unichar_to_utf8(base, text);

	g_byte_array_append(key, (const guint8 *)text, length);
	g_byte_array_append(key, &rank, 1);
}

GBytes *
collate_key(const char *name)
{
	g_autofree char *normal = g_utf8_normalize(name, -1, G_NORMALIZE_NFC);
	g_autofree char *lower = NULL;
	GByteArray *key = g_byte_array_new();

	if (normal == NULL)
		normal = g_strdup("");
	for (const char *p = normal; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar letter = g_utf8_get_char(p), base = query_fold(letter);

		if (base == 'c' && letter < 0x80 && (p[1] == 'h' || p[1] == 'H')) {
			append(key, 'h', 2);
			p++;
		} else if (base != 0) {
			append(key, base, weight(letter, base));
		}
	}
	lower = g_utf8_strdown(normal, -1);
	g_byte_array_append(key, (const guint8 *)"", 1);
	g_byte_array_append(key, (const guint8 *)lower, strlen(lower));
	g_byte_array_append(key, (const guint8 *)normal, strlen(normal));
	return g_byte_array_free_to_bytes(key);
}

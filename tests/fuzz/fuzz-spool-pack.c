/* The table of a pack: whoever wrote it, no entry lies outside of the file or within another one. */
#include "base/error.h"
#include "base/spool_pack.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	for (guint count = 2; count <= SPOOL_PACK_ITEMS; count++) {
		SpoolPlace places[SPOOL_PACK_ITEMS], again[SPOOL_PACK_ITEMS];
		gsize lengths[SPOOL_PACK_ITEMS], end = size, shift;
		g_autoptr(GString) text = g_string_new(NULL);

		if (!spool_pack_parse((const char *)data, size, count, places, NULL))
			continue;
		for (guint i = count; i-- > 0; end = places[i].offset) {
			g_assert_cmpuint(places[i].offset, <=, end);
			g_assert_cmpuint(places[i].length, ==, end - places[i].offset);
			g_assert_cmpuint(places[i].length, <=, SPOOL_PACKED_MAX);
			lengths[i] = MAX(places[i].length, 1);
		}
		/* what is written for that is understood the same way */
		spool_pack_format(lengths, count, text);
		shift = text->len - end;
		g_string_append_len(text, (const char *)data + end, (gssize)(size - end));
		g_assert_true(spool_pack_parse(text->str, text->len, count, again, NULL));
		for (guint i = 0; i < count && places[i].length > 0; i++) {
			g_assert_cmpuint(again[i].offset, ==, places[i].offset + shift);
			g_assert_cmpuint(again[i].length, ==, places[i].length);
		}
	}
	return 0;
}

#include "config.h"

#include "base/pack.h"

#include <string.h>

static void
test_round(void)
{
	static const guint64 numbers[] = {0, 1, 127, 128, 16383, 16384, G_MAXUINT32, G_MAXUINT64};
	static const gint64 with_sign[] = {0, -1, 1, G_MININT64, G_MAXINT64};
	GByteArray *to = g_byte_array_new();
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *text = NULL, *empty = NULL, *none = NULL;
	const void *data;
	gsize size;
	Unpack in;

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		pack_number(to, numbers[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(with_sign); i++)
		pack_signed(to, with_sign[i]);
	pack_text(to, "Příliš žluťoučký");
	pack_text(to, "");
	pack_text(to, NULL);
	pack_bytes(to, "\0\xff", 2);
	bytes = g_byte_array_free_to_bytes(to);
	in = unpack_begin(bytes);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		g_assert_cmpuint(unpack_number(&in, G_MAXUINT64, "too large"), ==, numbers[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(with_sign); i++)
		g_assert_cmpint(unpack_signed(&in), ==, with_sign[i]);
	text = unpack_text(&in);
	empty = unpack_text(&in);
	none = unpack_text(&in);
	g_assert_cmpstr(text, ==, "Příliš žluťoučký");
	g_assert_cmpstr(empty, ==, "");
	g_assert_null(none);
	data = unpack_bytes(&in, &size);
	g_assert_cmpmem(data, size, "\0\xff", 2);
	g_assert_true(unpack_end(&in));
}

/* Bytes, and whether a number, a text and a count of them are refused. */
static void
test_wrong(void)
{
	static const struct {
		const char *bytes;
		gsize size;
		bool number, text;
	} rows[] = {
	    {"", 0, true, true}, {"\x80", 1, true, true},                 /* ends too early */
	    {"\x80\x00", 2, true, true},                                  /* not the shortest */
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, true, true}, /* 65 bits */
	    {"\x05", 1, false, true},                                     /* longer than all */
	    {"\x02\xff", 2, false, true},                                 /* not UTF-8 */
	    {"\x02\0", 2, false, true},                                   /* a NUL */
	    {"\x66", 1, true, true},                                      /* above 100 */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) bytes = g_bytes_new_static(rows[i].bytes, rows[i].size);
		Unpack in = unpack_begin(bytes);
		g_autofree char *text = NULL;

		unpack_number(&in, 100, "it is above 100");
		g_assert_cmpint(in.wrong != NULL, ==, rows[i].number);
		in = unpack_begin(bytes);
		text = unpack_text(&in);
		g_assert_cmpint(in.wrong != NULL, ==, rows[i].text);
		g_assert_null(text);
		g_assert_false(rows[i].text && unpack_end(&in));
		in = unpack_begin(bytes);
		g_assert_cmpuint(unpack_count(&in, 1000), <=, rows[i].size);
	}
}

/* What stands behind the end is wrong, too. */
static void
test_end(void)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static("\x01\x02", 2);
	Unpack in = unpack_begin(bytes);

	g_assert_cmpuint(unpack_number(&in, 1, "too large"), ==, 1);
	g_assert_false(unpack_end(&in));
	g_assert_cmpuint(unpack_number(&in, 9, "too large"), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pack/round", test_round);
	g_test_add_func("/pack/wrong", test_wrong);
	g_test_add_func("/pack/end", test_end);
	return g_test_run();
}

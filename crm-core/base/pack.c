#include "base/pack.h"

#include <string.h>

void
pack_number(GByteArray *to, guint64 number)
{
	guint8 bytes[10];
	guint n = 0;

	for (; number >= 0x80; number >>= 7)
		bytes[n++] = (guint8)(number | 0x80);
	bytes[n++] = (guint8)number;
	g_byte_array_append(to, bytes, n);
}

void
pack_signed(GByteArray *to, gint64 number)
{
	pack_number(to, (guint64)number << 1 ^ (number < 0 ? G_MAXUINT64 : 0));
}

void
pack_text(GByteArray *to, const char *text)
{
	pack_bytes(to, text, text != NULL ? strlen(text) : 0);
}

void
pack_bytes(GByteArray *to, const void *data, gsize size)
{
	if (data == NULL) {
		pack_number(to, 0);
		return;
	}
	pack_number(to, (guint64)size + 1);
	g_byte_array_append(to, data, (guint)size);
}

Unpack
unpack_begin(GBytes *bytes)
{
	Unpack in = {0};
	gsize size;

	in.at = g_bytes_get_data(bytes, &size); /* NULL when there is nothing */
	in.end = size == 0 ? in.at : in.at + size;
	return in;
}

void
unpack_refuse(Unpack *in, const char *what)
{
	if (in->wrong == NULL)
		in->wrong = what;
	in->at = in->end;
}

guint64
unpack_number(Unpack *in, guint64 max, const char *what)
{
	guint64 number = 0;

	for (guint shift = 0; shift < 64; shift += 7) {
		guint8 byte;

		if (in->at == in->end) {
			unpack_refuse(in, "it ends too early");
			return 0;
		}
		byte = *in->at++;
		if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
			break; /* too large, or not the shortest form */
		number |= (guint64)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			if (number > max)
				break;
			return number;
		}
	}
	unpack_refuse(in, what);
	return 0;
}

gint64
unpack_signed(Unpack *in)
{
	guint64 number = unpack_number(in, G_MAXUINT64, "a number is too large");

	return (gint64)(number >> 1) ^ -(gint64)(number & 1);
}

guint
unpack_count(Unpack *in, guint max)
{
	guint64 left = (guint64)(in->end - in->at);

	return (guint)unpack_number(in, MIN(max, left), "it counts too many");
}

const void *
unpack_bytes(Unpack *in, gsize *size)
{
	guint64 length = unpack_number(in, G_MAXUINT32, "a string is too long");
	const void *bytes = in->at;

	*size = 0;
	if (in->wrong != NULL || length == 0)
		return NULL;
	length--;
	if (length > (guint64)(in->end - in->at)) {
		unpack_refuse(in, "a string is longer than all");
		return NULL;
	}
	in->at += length;
	*size = length;
	return bytes;
}

char *
unpack_text(Unpack *in)
{
	gsize size;
	const char *text = unpack_bytes(in, &size);

	if (text == NULL)
		return NULL;
	if (!g_utf8_validate_len(text, size, NULL)) {
		unpack_refuse(in, "a string isn't UTF-8");
		return NULL;
	}
	return g_strndup(text, size);
}

bool
unpack_end(Unpack *in)
{
	if (in->wrong == NULL && in->at != in->end)
		unpack_refuse(in, "something stands behind its end");
	return in->wrong == NULL;
}

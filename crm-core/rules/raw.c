#include "rules/raw.h"

#include "base/error.h"

#include <string.h>

#define VERSION 1

static void
hole_clear(gpointer data)
{
	RawHole *hole = data;

	g_clear_pointer(&hole->decoded, g_bytes_unref);
}

static int
hole_order(gconstpointer a, gconstpointer b)
{
	const RawHole *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void
put(GByteArray *out, guint64 value)
{
	guint8 byte;

	for (; value >= 0x80; value >>= 7) {
		byte = (value & 0x7f) | 0x80;
		g_byte_array_append(out, &byte, 1);
	}
	byte = value;
	g_byte_array_append(out, &byte, 1);
}

static bool
get(const guint8 *data, gsize size, gsize *at, guint64 *ret)
{
	*ret = 0;
	for (guint shift = 0; shift < 63 && *at < size; shift += 7) {
		guint8 byte = data[(*at)++];

		*ret |= (guint64)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static GArray *
find_holes(GBytes *raw, const Mail *mail)
{
	GArray *holes = g_array_new(FALSE, TRUE, sizeof(RawHole));
	gsize end = 0;

	g_array_set_clear_func(holes, hole_clear);
	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = g_ptr_array_index(mail->parts, i);
		RawHole hole = {.part = i, .offset = part->offset, .length = part->length};

		if (part->encoding != MAIL_ENCODING_BASE64 || part->length < RAW_HOLE_MINIMUM)
			continue;
		hole.decoded = decode_base64(raw, hole.offset, hole.length, &hole.layout);
		if (hole.decoded != NULL)
			g_array_append_val(holes, hole);
	}
	g_array_sort(holes, hole_order);
	for (guint i = 0; i < holes->len;) {
		const RawHole *hole = &g_array_index(holes, RawHole, i);

		if (hole->offset < end) { /* a part within a part: the outer one is enough */
			g_array_remove_index(holes, i);
			continue;
		}
		end = hole->offset + hole->length;
		i++;
	}
	return holes;
}

GBytes *
raw_pack(GBytes *raw, const Mail *mail, GArray **holes)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	GArray *found = find_holes(raw, mail);
	gsize size, at = 0;
	const guint8 *data = g_bytes_get_data(raw, &size);

	put(out, VERSION);
	put(out, found->len);
	for (guint i = 0; i < found->len; i++) {
		const RawHole *hole = &g_array_index(found, RawHole, i);

		put(out, hole->offset);
		put(out, hole->length);
		put(out, hole->part);
		put(out, hole->layout.line);
		put(out, (hole->layout.crlf ? 1 : 0) | (hole->layout.last_break ? 2 : 0));
	}
	for (guint i = 0; i < found->len; i++) {
		const RawHole *hole = &g_array_index(found, RawHole, i);

		g_byte_array_append(out, data + at, hole->offset - at);
		at = hole->offset + hole->length;
	}
	if (size > at)
		g_byte_array_append(out, data + at, size - at);
	*holes = found;
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static bool
damaged(GError **error)
{
	return error_set(error, ERROR_INTERNAL, "The stored bytes of the message are damaged");
}

static GArray *
read_holes(const guint8 *data, gsize size, gsize *at, GError **error)
{
	g_autoptr(GArray) holes = g_array_new(FALSE, TRUE, sizeof(RawHole));
	guint64 version, n, value[5], end = 0;

	if (!get(data, size, at, &version) || version != VERSION || !get(data, size, at, &n) ||
	    n > size) {
		damaged(error);
		return NULL;
	}
	while (n-- > 0) {
		RawHole hole = {0};

		for (int i = 0; i < 5; i++) {
			if (!get(data, size, at, &value[i])) {
				damaged(error);
				return NULL;
			}
		}
		hole.offset = value[0];
		hole.length = value[1];
		hole.part = value[2];
		hole.layout.line = value[3];
		hole.layout.crlf = value[4] & 1;
		hole.layout.last_break = value[4] & 2;
		if (hole.offset < end || value[2] > G_MAXUINT32 || value[3] > G_MAXUINT32) {
			damaged(error);
			return NULL;
		}
		end = value[0] + value[1];
		g_array_append_val(holes, hole);
	}
	return g_steal_pointer(&holes);
}

GBytes *
raw_unpack(GBytes *packed, GBytes *(*fetch)(guint part, gpointer data, GError **error),
    gpointer user_data, GError **error)
{
	gsize size, at = 0;
	const guint8 *data = g_bytes_get_data(packed, &size);
	g_autoptr(GArray) holes = read_holes(data, size, &at, error);
	g_autoptr(GByteArray) out = g_byte_array_new();

	if (holes == NULL)
		return NULL;
	for (guint i = 0; i < holes->len; i++) {
		const RawHole *hole = &g_array_index(holes, RawHole, i);
		g_autoptr(GBytes) decoded = NULL, encoded = NULL;
		gsize before = hole->offset - out->len;

		if (hole->offset < out->len || before > size - at) {
			damaged(error);
			return NULL;
		}
		g_byte_array_append(out, data + at, before);
		at += before;
		decoded = fetch(hole->part, user_data, error);
		if (decoded == NULL)
			return NULL;
		encoded = decode_base64_again(decoded, &hole->layout);
		if (encoded == NULL || g_bytes_get_size(encoded) != hole->length) {
			damaged(error);
			return NULL;
		}
		g_byte_array_append(out, g_bytes_get_data(encoded, NULL), hole->length);
	}
	if (size > at)
		g_byte_array_append(out, data + at, size - at);
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

typedef struct {
	Store *store;
	const Viewer *viewer;
	const Id *message;
} ReadFrom;

static GBytes *
fetch_stored(guint part, gpointer data, GError **error)
{
	const ReadFrom *from = data;

	return message_attachment(from->store, from->viewer, from->message, part, error);
}

GBytes *
raw_read(Store *store, const Viewer *viewer, const Id *message, GError **error)
{
	g_autoptr(GBytes) packed = message_raw(store, viewer, message, error);
	ReadFrom from = {store, viewer, message};

	return packed != NULL ? raw_unpack(packed, fetch_stored, &from, error) : NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Is it a header field of that name? */
static bool
is_field(const char *field, gsize length, const char *name)
{
	gsize at = strlen(name);

	if (length <= at || g_ascii_strncasecmp(field, name, at) != 0)
		return false;
	while (at < length && (field[at] == ' ' || field[at] == '\t'))
		at++;
	return at < length && field[at] == ':';
}

/* Fields that name whom a copy was for, whether or not he stands in To or Cc. */
static bool
names_recipient(const char *field, gsize length)
{
	static const char *const names[] = {"bcc", "resent-bcc", "delivered-to", "x-delivered-to",
	    "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (is_field(field, length, names[i]))
			return true;
	return false;
}

/* Where the address ends that stands at that place of a Received field. */
static gsize
end_of_address(const char *field, gsize length, gsize at)
{
	const char *bracket = field[at] == '<' ? memchr(field + at, '>', length - at) : NULL;

	if (bracket != NULL)
		return (gsize)(bracket - field) + 1;
	while (at < length && !is_blank(field[at]) && field[at] != ';')
		at++;
	return at;
}

/* A Received field without its "for <address>" (RFC 5321, 4.4). */
static bool
append_received(GByteArray *out, const char *field, gsize length)
{
	gsize done = 0;

	for (gsize i = 1; i + 4 < length; i++) {
		gsize at = i + 3;

		if (!is_blank(field[i - 1]) || !is_blank(field[at]) ||
		    g_ascii_strncasecmp(field + i, "for", 3) != 0)
			continue;
		while (at < length && is_blank(field[at]))
			at++;
		if (at == length)
			break;
		g_byte_array_append(out, (const guint8 *)field + done, i - done);
		done = end_of_address(field, length, at);
		i = done;
	}
	g_byte_array_append(out, (const guint8 *)field + done, length - done);
	return done > 0;
}

/* A header field with its folded lines. */
static gsize
field_length(const char *data, gsize size)
{
	gsize at = 0;

	do {
		const char *newline = memchr(data + at, '\n', size - at);

		at = newline != NULL ? (gsize)(newline - data) + 1 : size;
	} while (at < size && (data[at] == ' ' || data[at] == '\t'));
	return at;
}

GBytes *
raw_without_bcc(GBytes *raw)
{
	gsize size, at = 0;
	const char *data = g_bytes_get_data(raw, &size);
	g_autoptr(GByteArray) out = g_byte_array_sized_new(size);
	bool left_out = false;

	while (at < size) {
		const char *field = data + at;
		gsize length = field_length(field, size - at);

		if (field[0] == '\n' || (field[0] == '\r' && at + 1 < size && field[1] == '\n'))
			break; /* the end of the header block */
		if (names_recipient(field, length))
			left_out = true;
		else if (is_field(field, length, "received"))
			left_out |= append_received(out, field, length);
		else
			g_byte_array_append(out, (const guint8 *)field, length);
		at += length;
	}
	if (!left_out)
		return g_bytes_ref(raw);
	g_byte_array_append(out, (const guint8 *)data + at, size - at);
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

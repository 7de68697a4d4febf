#include "rules/raw.h"

#include "base/error.h"
#include "base/pack.h"
#include "rules/header.h"

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
	GArray *found = find_holes(raw, mail);
	gsize size, at = 0;
	const guint8 *data = g_bytes_get_data(raw, &size);
	g_autoptr(GByteArray) out = g_byte_array_sized_new(MIN(size, 16384) + 16);

	pack_number(out, VERSION);
	pack_number(out, found->len);
	for (guint i = 0; i < found->len; i++) {
		const RawHole *hole = &g_array_index(found, RawHole, i);

		pack_number(out, hole->offset);
		pack_number(out, hole->length);
		pack_number(out, hole->part);
		pack_number(out, hole->layout.line);
		pack_number(out, (hole->layout.crlf ? 1 : 0) | (hole->layout.last_break ? 2 : 0));
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

static bool
read_hole(Unpack *in, guint64 after, RawHole *ret)
{
	guint64 flags;

	*ret = (RawHole){0};
	ret->offset = unpack_number(in, G_MAXINT64, "a hole is damaged");
	ret->length = unpack_number(in, G_MAXINT64, "a hole is damaged");
	ret->part = (guint)unpack_number(in, G_MAXUINT32, "a hole is damaged");
	ret->layout.line = (guint)unpack_number(in, G_MAXUINT32, "a hole is damaged");
	flags = unpack_number(in, G_MAXUINT64, "a hole is damaged");
	ret->layout.crlf = flags & 1;
	ret->layout.last_break = flags & 2;
	return in->wrong == NULL && ret->offset >= after;
}

/* *in stands at the bytes then. */
static GArray *
read_holes(Unpack *in, GError **error)
{
	g_autoptr(GArray) holes = g_array_new(FALSE, TRUE, sizeof(RawHole));
	bool ok = unpack_number(in, VERSION, "its version is unknown") == VERSION;
	guint n = unpack_count(in, G_MAXUINT);
	guint64 end = 0;

	for (; ok && n > 0; n--) {
		RawHole hole;

		ok = read_hole(in, end, &hole);
		end = hole.offset + hole.length;
		g_array_append_val(holes, hole);
	}
	if (!ok || in->wrong != NULL) {
		damaged(error);
		return NULL;
	}
	return g_steal_pointer(&holes);
}

GBytes *
raw_unpack(GBytes *packed, GBytes *(*fetch)(guint part, gpointer data, GError **error),
    gpointer user_data, GError **error)
{
	Unpack in = unpack_begin(packed);
	g_autoptr(GArray) holes = read_holes(&in, error);
	g_autoptr(GByteArray) out = g_byte_array_new();

	if (holes == NULL)
		return NULL;
	for (guint i = 0; i < holes->len; i++) {
		const RawHole *hole = &g_array_index(holes, RawHole, i);
		g_autoptr(GBytes) decoded = NULL, encoded = NULL;
		gsize before = hole->offset - out->len;

		if (hole->offset < out->len || before > (gsize)(in.end - in.at)) {
			damaged(error);
			return NULL;
		}
		g_byte_array_append(out, in.at, before);
		in.at += before;
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
	if (in.end > in.at)
		g_byte_array_append(out, in.at, in.end - in.at);
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

/* Fields that name whom a copy was for, whether or not he stands in To or Cc. */
static bool
names_recipient(const char *field, gsize length)
{
	static const char *const names[] = {"bcc", "resent-bcc", "delivered-to", "x-delivered-to",
	    "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (header_is(field, length, names[i]))
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

GBytes *
raw_without_bcc(GBytes *raw)
{
	gsize size, at = 0;
	const char *data = g_bytes_get_data(raw, &size);
	g_autoptr(GByteArray) out = g_byte_array_sized_new(size);
	bool left_out = false;

	while (at < size) {
		const char *field = data + at;
		gsize length = header_field(field, size - at);

		if (length == 0)
			break;
		if (names_recipient(field, length))
			left_out = true;
		else if (header_is(field, length, "received"))
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

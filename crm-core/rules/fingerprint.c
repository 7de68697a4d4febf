#include "rules/fingerprint.h"

#include "mail/address.h"
#include "mail/decode.h"
#include "mail/text.h"
#include "rules/header.h"

#include <string.h>

/* Fields are length-prefixed, so that no two lists of fields look alike. */
static void
add(GByteArray *out, const void *data, gsize size)
{
	guint64 length = GUINT64_TO_LE((guint64)size);

	g_byte_array_append(out, (const guint8 *)&length, sizeof length);
	if (size > 0)
		g_byte_array_append(out, data, size);
}

static void
add_text(GByteArray *out, const char *text)
{
	add(out, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static int
text_order(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The set of addresses in these two roles, in an order that doesn't depend on the mail's. */
static guint
add_addresses(GByteArray *out, const Mail *mail, MailRole one, MailRole other)
{
	g_autoptr(GPtrArray) set = g_ptr_array_new_with_free_func(g_free);
	const char *last = NULL;
	guint n = 0;

	for (guint i = 0; i < mail->addresses->len; i++) {
		const MailAddress *address = g_ptr_array_index(mail->addresses, i);
		char *canonical;

		if (address->role != one && address->role != other)
			continue;
		canonical = address_canonical(address->address);
		if (canonical != NULL)
			g_ptr_array_add(set, canonical);
	}
	g_ptr_array_sort(set, text_order);
	for (guint i = 0; i < set->len; i++) {
		const char *canonical = g_ptr_array_index(set, i);

		if (last != NULL && strcmp(last, canonical) == 0)
			continue;
		add_text(out, canonical);
		last = canonical;
		n++;
	}
	add_text(out, NULL);
	return n;
}

/* Has it parts? Children follow their parent. */
static bool
holds_parts(const Mail *mail, guint i)
{
	const MailPart *next = i + 1 < mail->parts->len ? mail->parts->pdata[i + 1] : NULL;

	return next != NULL && next->parent == (int)i;
}

static void
add_leaf(GByteArray *out, GBytes *raw, const MailPart *part)
{
	g_autofree char *text = NULL, *normal = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (part->text == NULL)
		bytes = decode_transfer(raw, part->offset, part->length, part->encoding, NULL);
	if (!g_str_has_prefix(part->type, "text/")) {
		if (bytes != NULL)
			add(out, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
		else
			add_text(out, part->text);
		return;
	}
	if (bytes != NULL)
		text = decode_charset(
		    g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), part->charset, NULL);
	normal = text_normal(text != NULL ? text : part->text);
	add_text(out, normal);
}

/* What these fields of a header block say, decoded, between two lengths that no leaf has; skip: so many of each
 * name are left out. */
static void
add_fields(GByteArray *out, const char *data, gsize size, const char *const *names, guint skip)
{
	static const guint64 bound = G_MAXUINT64;

	g_byte_array_append(out, (const guint8 *)&bound, sizeof bound);
	for (; *names != NULL; names++) {
		guint nth = 0;

		for (gsize at = 0, length; (length = header_field(data + at, size - at)) > 0;
		     at += length) {
			g_autofree char *value = NULL, *decoded = NULL, *line = NULL;
			const char *colon;

			if (!header_is(data + at, length, *names) || nth++ < skip)
				continue;
			colon = memchr(data + at, ':', length);
			value = g_strndup(colon + 1, length - (gsize)(colon + 1 - (data + at)));
			decoded = decode_words(value);
			line = text_one_line(decoded);
			add_text(out, *names);
			add_text(out, line);
		}
	}
	g_byte_array_append(out, (const guint8 *)&bound, sizeof bound);
}

/* Who reads a mail in which such a field stands twice may see the other one. Every From counts anyway. */
static void
add_repeated(GByteArray *out, GBytes *raw)
{
	static const char *const once[] = {"date", "subject", NULL};
	gsize size;
	const char *data = g_bytes_get_data(raw, &size);

	add_fields(out, data, size, once, 1);
}

/* What an attached message is known by: two with the same text may be of different people. */
static void
add_message(GByteArray *out, GBytes *raw, const MailPart *part)
{
	static const char *const names[] = {"from", "date", "subject", "to", "cc", NULL};
	const char *data = g_bytes_get_data(raw, NULL);

	add_fields(out, data + part->offset, part->length, names, 0);
}

/* Headers that each hop adds, and that differ between copies of the same bytes. */
static bool
is_trace(const char *line, gsize length)
{
	static const char *const names[] = {"received", "return-path", "delivered-to",
	    "x-original-to", "envelope-to", "authentication-results", "received-spf",
	    "arc-authentication-results", "arc-message-signature", "arc-seal", "x-received",
	    "x-spam-status", "x-spam-level", "x-spam-checker-version", "status", "x-status"};
	const char *colon = memchr(line, ':', length);

	if (colon == NULL)
		return false;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if ((gsize)(colon - line) == strlen(names[i]) &&
		    g_ascii_strncasecmp(line, names[i], colon - line) == 0)
			return true;
	return false;
}

static void
add_line(GByteArray *out, const char *line, gsize length)
{
	if (length > 0 && line[length - 1] == '\n')
		length--;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	g_byte_array_append(out, (const guint8 *)line, length);
	g_byte_array_append(out, (const guint8 *)"\n", 1);
}

/* The bytes with LF, trace headers aside. */
static void
add_bytes(GByteArray *out, GBytes *raw)
{
	gsize size;
	const char *data = g_bytes_get_data(raw, &size);
	bool header = true, trace = false;

	for (gsize at = 0; at < size;) {
		const char *line = data + at, *newline = memchr(line, '\n', size - at);
		gsize length = newline != NULL ? (gsize)(newline - line) + 1 : size - at;

		if (header && (line[0] == '\n' || (length == 2 && line[0] == '\r')))
			header = trace = false;
		else if (header && line[0] != ' ' && line[0] != '\t')
			trace = is_trace(line, length);
		if (!trace)
			add_line(out, line, length);
		at += length;
	}
}

static void
end(const Hasher *hasher, const char *space, const GByteArray *data, MessageHash *ret)
{
	hasher_make(hasher, space, data->data, data->len, ret);
}

void
fingerprint_make(const Hasher *hasher, const Mail *mail, GBytes *raw, Fingerprint *ret)
{
	g_autoptr(GByteArray) data = g_byte_array_sized_new(8192);
	gint64 date = GINT64_TO_LE(mail->date);

	if (!mail->has_date || add_addresses(data, mail, MAIL_FROM, MAIL_FROM) == 0) {
		g_byte_array_set_size(data, 0);
		add_bytes(data, raw);
		end(hasher, "bytes", data, &ret->content);
		ret->letter = ret->content;
		ret->bytes_only = true;
		return;
	}
	add(data, &date, sizeof date);
	add_text(data, mail->subject);
	add_addresses(data, mail, MAIL_TO, MAIL_CC);
	end(hasher, "letter", data, &ret->letter);
	g_byte_array_set_size(data, 0);
	add(data, ret->letter.bytes, sizeof ret->letter.bytes);
	if (mail->defects & MAIL_DEFECT_MANY_HEADERS)
		add_repeated(data, raw);
	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = g_ptr_array_index(mail->parts, i);

		if (g_str_has_prefix(part->type, "multipart/"))
			continue;
		if (holds_parts(mail, i))
			add_message(data, raw, part);
		else
			add_leaf(data, raw, part);
	}
	end(hasher, "content", data, &ret->content);
	ret->bytes_only = false;
}

void
fingerprint_mid(const Hasher *hasher, const char *message_id, MessageHash *ret)
{
	hasher_make(hasher, "message-id", message_id, strlen(message_id), ret);
}

#include "rules/view.h"

#include "base/error.h"
#include "mail/decode.h"
#include "mail/record.h"
#include "rules/raw.h"

#include <string.h>

/* Images of an HTML mail that are shown within it. */
static const char *const image_types[] = {
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", NULL};

static MailPart *
part_copy(const MailPart *part)
{
	MailPart *copy = g_memdup2(part, sizeof *part);

	copy->type = g_strdup(part->type);
	copy->charset = g_strdup(part->charset);
	copy->name = g_strdup(part->name);
	copy->disposition = g_strdup(part->disposition);
	copy->content_id = g_strdup(part->content_id);
	copy->text = NULL;
	return copy;
}

/* What the message says, and whether the viewer is on the sender's side. */
static Mail *
read_mail(Session *session, const Id *message, bool *ret_sender_side, GError **error)
{
	g_autoptr(Message) row = message_get(session->store, session->viewer, message, error);
	g_autoptr(GBytes) stored = NULL;

	if (row == NULL)
		return NULL;
	if (ret_sender_side != NULL)
		*ret_sender_side = row->sender_side;
	stored = message_parsed(session->store, session->viewer, message, error);
	if (stored == NULL)
		return NULL;
	session_note(session, OBJECT_MESSAGE, message);
	return record_read(stored, (guint64)row->size, error);
}

/* The decoded bytes: an attachment that is stored by itself, or cut out of the raw bytes. *raw keeps these
 * for the next part. */
static GBytes *
read_part(Session *session, const Id *message, const Mail *mail, guint index, GBytes **raw,
    GError **error)
{
	const MailPart *part = mail->parts->pdata[index];
	g_autoptr(GError) problem = NULL;
	GBytes *bytes =
	    message_attachment(session->store, session->viewer, message, index, &problem);

	if (bytes != NULL)
		return bytes;
	if (error_code(problem) != ERROR_NOT_FOUND) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return NULL;
	}
	if (*raw == NULL)
		*raw = raw_read(session->store, session->viewer, message, error);
	if (*raw == NULL)
		return NULL;
	if (part->offset > g_bytes_get_size(*raw) ||
	    part->length > g_bytes_get_size(*raw) - part->offset) {
		error_set(error, ERROR_INTERNAL, "A stored message is damaged");
		return NULL;
	}
	return decode_transfer(*raw, part->offset, part->length, part->encoding, NULL);
}

GBytes *
view_part(Session *session, const Id *message, int part, MailPart **ret_part, GError **error)
{
	g_autoptr(Mail) mail = read_mail(session, message, NULL, error);
	g_autoptr(GBytes) raw = NULL, bytes = NULL;

	if (mail == NULL)
		return NULL;
	if (part < 0 || (guint)part >= mail->parts->len ||
	    g_str_has_prefix(((MailPart *)mail->parts->pdata[part])->type, "multipart/")) {
		error_set(error, ERROR_NOT_FOUND, "The message has no such part");
		return NULL;
	}
	bytes = read_part(session, message, mail, (guint)part, &raw, error);
	if (bytes == NULL || !session_record(session, PURPOSE_READ, NULL, error))
		return NULL;
	if (ret_part != NULL)
		*ret_part = part_copy(mail->parts->pdata[part]);
	return g_steal_pointer(&bytes);
}

/* The image with that Content-ID (as it stands in a URL), or -1. */
static int
find_image(const Mail *mail, const char *url, gsize length)
{
	g_autofree char *text = g_strndup(url, length);
	g_autofree char *id = g_uri_unescape_string(text, NULL);

	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = mail->parts->pdata[i];

		if (part->content_id != NULL && !part->in_message &&
		    g_strv_contains(image_types, part->type) &&
		    (g_strcmp0(part->content_id, id) == 0 ||
			g_strcmp0(part->content_id, text) == 0))
			return (int)i;
	}
	return -1;
}

static bool
append_image(Session *session, const Id *message, const Mail *mail, guint index, GBytes **raw,
    GString *out, GError **error)
{
	const MailPart *part = mail->parts->pdata[index];
	g_autoptr(GBytes) bytes = read_part(session, message, mail, index, raw, error);
	g_autofree char *base64 = NULL;
	const guint8 *data;
	gsize size;

	if (bytes == NULL)
		return false;
	data = g_bytes_get_data(bytes, &size);
	if (out->len + size / 3 * 4 > VIEW_HTML_MAX) {
		g_string_append(out, "data:,");
		return true;
	}
	base64 = g_base64_encode(data, size);
	g_string_append_printf(out, "data:%s;base64,%s", part->type, base64);
	return true;
}

/* Every cid: that names an image of the mail becomes a data: URL. */
static char *
put_images_in(Session *session, const Id *message, const Mail *mail, const char *html, GBytes **raw,
    GError **error)
{
	g_autoptr(GString) out = g_string_sized_new(strlen(html));
	const char *p = html;

	while (*p != '\0') {
		gsize length;
		int image;

		if (g_ascii_strncasecmp(p, "cid:", 4) != 0) {
			g_string_append_c(out, *p++);
			continue;
		}
		length = strcspn(p + 4, "\"'<>() \t\r\n");
		image = find_image(mail, p + 4, length);
		if (image < 0) {
			g_string_append_len(out, p, 4);
			p += 4;
			continue;
		}
		if (!append_image(session, message, mail, (guint)image, raw, out, error))
			return NULL;
		p += 4 + length;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
view_html(Session *session, const Id *message, GError **error)
{
	g_autoptr(Mail) mail = read_mail(session, message, NULL, error);
	g_autoptr(GBytes) raw = NULL, bytes = NULL;
	g_autofree char *text = NULL, *html = NULL;

	if (mail == NULL)
		return NULL;
	for (guint i = 0; i < mail->parts->len && text == NULL; i++) {
		const MailPart *part = mail->parts->pdata[i];

		if (part->is_attachment || part->in_message || strcmp(part->type, "text/html") != 0)
			continue;
		bytes = read_part(session, message, mail, i, &raw, error);
		if (bytes == NULL)
			return NULL;
		text = decode_charset(
		    g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), part->charset, NULL);
	}
	if (text == NULL) {
		error_set(error, ERROR_NOT_FOUND, "The message has no HTML text");
		return NULL;
	}
	html = put_images_in(session, message, mail, text, &raw, error);
	if (html == NULL || !session_record(session, PURPOSE_READ, NULL, error))
		return NULL;
	return g_steal_pointer(&html);
}

GBytes *
view_source(Session *session, const Id *message, GError **error)
{
	bool sender_side;
	g_autoptr(Mail) mail = read_mail(session, message, &sender_side, error);
	g_autoptr(GBytes) raw = NULL, shown = NULL;

	if (mail == NULL)
		return NULL;
	raw = raw_read(session->store, session->viewer, message, error);
	if (raw == NULL)
		return NULL;
	shown = sender_side ? g_bytes_ref(raw) : raw_without_bcc(raw);
	if (!session_record(session, PURPOSE_READ, "source", error))
		return NULL;
	return g_steal_pointer(&shown);
}

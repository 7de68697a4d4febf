/* The MIME tree: what GMime found becomes parts with their places in the raw bytes, and the body
 * for reading. */
#include "mail/parse-internal.h"

#include "base/error.h"
#include "mail/decode.h"
#include "mail/text.h"

#include <string.h>

typedef struct {
	ParseTree *tree;
	Mail *mail;
	GError **error;
} Walk;

/* What a walker has to know about where it is. */
typedef struct {
	int parent;
	guint depth;
	bool in_message;
	bool in_report;
	const char *boundary; /* of the nearest multipart, or NULL */
} Place;

static bool walk(Walk *w, GMimeObject *object, Place place);

static bool
has_type(const MailPart *part, const char *type)
{
	return strcmp(part->type, type) == 0;
}

static char *
lower_clean(const char *value)
{
	g_autofree char *lower = value ? g_ascii_strdown(value, -1) : NULL;

	return parse_clean(lower);
}

/* A name to save under: without the folders that some programs send along. */
static char *
file_name(GMimeObject *object)
{
	g_autofree char *name = NULL;
	const char *base, *backslash;

	name = parse_clean(g_mime_object_get_content_disposition_parameter(object, "filename"));
	if (!name)
		name = parse_clean(g_mime_object_get_content_type_parameter(object, "name"));
	if (!name)
		return NULL;
	/* Parameters may hold encoded words although RFC 2047 forbids them. */
	if (strstr(name, "=?")) {
		g_autofree char *decoded = parse_words(name);

		g_free(name);
		name = g_steal_pointer(&decoded);
		if (!name)
			return NULL;
	}
	base = strrchr(name, '/');
	base = base ? base + 1 : name;
	backslash = strrchr(base, '\\');
	return parse_clean(backslash ? backslash + 1 : base);
}

/* "Content-Type: text" and other values that are no type: RFC 2045 5.2 reads them as plain text. */
static const char *
type_or_plain(GMimeObject *object, const char *type)
{
	const char *written = NULL;

	if (type && strcmp(type, "application/octet-stream") == 0)
		written = g_mime_object_get_header(object, "Content-Type");
	if (!type || (written && !strchr(written, '/')))
		return "text/plain";
	return type;
}

static MailPart *
add_part(Walk *w, GMimeObject *object, const Place *place)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	g_autofree char *joined = g_strdup_printf("%s/%s", g_mime_content_type_get_media_type(type),
	    g_mime_content_type_get_media_subtype(type));
	g_autofree char *name = lower_clean(joined);
	MailPart *part = mail_add_part(w->mail, place->parent, type_or_plain(object, name));

	part->charset = lower_clean(g_mime_content_type_get_parameter(type, "charset"));
	part->disposition = lower_clean(g_mime_object_get_disposition(object));
	part->content_id = parse_clean(g_mime_object_get_content_id(object));
	part->name = file_name(object);
	part->in_message = place->in_message;
	g_ptr_array_add(w->tree->objects, object);
	return part;
}

/* Signatures and the machine's parts of reports and encrypted mail are no attachments for a
 * reader. */
static bool
is_machinery(const MailPart *part, const Place *place)
{
	static const char *const types[] = {"application/pgp-signature",
	    "application/pkcs7-signature", "application/x-pkcs7-signature",
	    "application/pgp-encrypted", "message/delivery-status",
	    "message/global-delivery-status", "message/disposition-notification",
	    "text/rfc822-headers", "message/feedback-report", NULL};

	return place->in_report || g_strv_contains(types, part->type);
}

static MailEncoding
encoding_of(GMimePart *leaf)
{
	switch (g_mime_part_get_content_encoding(leaf)) {
	case GMIME_CONTENT_ENCODING_BASE64:
		return MAIL_ENCODING_BASE64;
	case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
		return MAIL_ENCODING_QUOTED_PRINTABLE;
	case GMIME_CONTENT_ENCODING_UUENCODE:
		return MAIL_ENCODING_UUENCODE;
	default:
		return MAIL_ENCODING_IDENTITY;
	}
}

/* Where GMime found the content: a substream of the raw bytes. */
static void
locate(Walk *w, GMimePart *leaf, MailPart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(leaf);
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	gint64 size = (gint64)g_bytes_get_size(w->tree->raw);
	gint64 start, end;

	if (!stream)
		return;
	start = stream->bound_start + w->tree->shift;
	end = stream->bound_end < 0 ? size : stream->bound_end + w->tree->shift;
	if (start < 0 || start > size || end > size || start > end)
		return;
	part->offset = (guint64)start;
	part->length = (guint64)(end - start);
}

static bool
is_text_of_mail(const MailPart *part)
{
	return g_str_has_prefix(part->type, "text/") && !part->is_attachment && !part->in_message;
}

static void
read_text(Walk *w, MailPart *part, GBytes *decoded)
{
	gsize size;
	const char *bytes = g_bytes_get_data(decoded, &size);

	if (size > w->tree->text_left) {
		size = w->tree->text_left;
		w->mail->defects |= MAIL_DEFECT_TRUNCATED;
	}
	part->text = decode_charset(bytes, size, part->charset, &w->mail->defects);
	size = strlen(part->text);
	if (size > w->tree->text_left) { /* conversion made it longer */
		const char *cut =
		    g_utf8_find_prev_char(part->text, part->text + w->tree->text_left + 1);
		part->text[cut ? cut - part->text : 0] = '\0';
		size = w->tree->text_left;
		w->mail->defects |= MAIL_DEFECT_TRUNCATED;
	}
	w->tree->text_left -= size;
}

static char *
leaf_text(Walk *w, const MailPart *part)
{
	g_autoptr(GBytes) decoded = NULL;
	gsize size;
	const char *bytes;

	decoded = decode_transfer(w->tree->raw, part->offset, part->length, part->encoding, NULL);
	bytes = g_bytes_get_data(decoded, &size);
	return decode_charset(bytes, MIN(size, 1 << 20), part->charset, NULL);
}

static void
take_leaf_flags(Walk *w, const MailPart *part)
{
	Mail *mail = w->mail;

	if (part->in_message)
		return;
	if (has_type(part, "text/calendar") || has_type(part, "application/ics"))
		mail->flags |= MAIL_FLAG_CALENDAR;
	if (part->is_attachment)
		mail->flags |= MAIL_FLAG_ATTACHMENTS;
	else if (has_type(part, "text/html"))
		mail->flags |= MAIL_FLAG_HTML;
}

static void
take_smime_flags(Walk *w, GMimeObject *object, const MailPart *part)
{
	const char *type = g_mime_object_get_content_type_parameter(object, "smime-type");

	if (part->in_message || (!has_type(part, "application/pkcs7-mime") &&
				    !has_type(part, "application/x-pkcs7-mime")))
		return;
	if (type && g_ascii_strcasecmp(type, "signed-data") == 0)
		w->mail->flags |= MAIL_FLAG_SIGNED;
	else if (!type || g_ascii_strcasecmp(type, "certs-only") != 0)
		w->mail->flags |= MAIL_FLAG_ENCRYPTED;
}

static void
take_report_leaf(Walk *w, const MailPart *part)
{
	g_autofree char *text = NULL;

	if (part->in_message)
		return;
	if (has_type(part, "message/delivery-status") ||
	    has_type(part, "message/global-delivery-status")) {
		w->mail->flags |= MAIL_FLAG_DSN;
		text = leaf_text(w, part);
		parse_report_fields(w->mail, text);
	} else if (has_type(part, "message/disposition-notification") ||
		   has_type(part, "message/global-disposition-notification")) {
		w->mail->flags |= MAIL_FLAG_MDN;
		text = leaf_text(w, part);
		parse_report_fields(w->mail, text);
	} else if (has_type(part, "text/rfc822-headers")) {
		text = leaf_text(w, part);
		parse_report_headers(w->mail, text);
	}
}

/* Texts that nobody reads as they are: to be downloaded, unless they are an alternative to something. */
static bool
is_for_machines(const MailPart *part)
{
	static const char *const types[] = {"text/calendar", "text/css", "text/csv",
	    "text/directory", "text/javascript", "text/rtf", "text/tab-separated-values",
	    "text/vcard", "text/x-amp-html", "text/x-vcard", "text/xml", NULL};

	return g_strv_contains(types, part->type);
}

static bool
is_alternative(const Walk *w, const MailPart *part)
{
	const MailPart *parent = part->parent < 0 ? NULL : w->mail->parts->pdata[part->parent];

	return parent && has_type(parent, "multipart/alternative");
}

/* The decoded size, and the text where it is the mail's own. */
static void
measure(Walk *w, MailPart *part)
{
	GBytes *raw = w->tree->raw;
	bool valid = true;

	part->size = part->length;
	if (is_text_of_mail(part) || part->encoding == MAIL_ENCODING_QUOTED_PRINTABLE) {
		g_autoptr(GBytes) decoded =
		    decode_transfer(raw, part->offset, part->length, part->encoding, &valid);

		part->size = g_bytes_get_size(decoded);
		if (is_text_of_mail(part))
			read_text(w, part, decoded);
	} else if (part->encoding == MAIL_ENCODING_BASE64) {
		part->size = decode_base64_size(raw, part->offset, part->length, &valid);
	}
	if (!valid)
		w->mail->defects |= MAIL_DEFECT_BAD_ENCODING;
}

static bool
walk_leaf(Walk *w, GMimePart *leaf, Place place)
{
	MailPart *part = add_part(w, GMIME_OBJECT(leaf), &place);
	bool text = g_str_has_prefix(part->type, "text/");
	bool root = place.parent < 0;
	bool attached = part->disposition && strcmp(part->disposition, "attachment") == 0;

	part->encoding = encoding_of(leaf);
	locate(w, leaf, part);
	if (!is_machinery(part, &place))
		part->is_attachment = attached || (!root && part->name) || !text ||
				      (!root && is_for_machines(part) && !is_alternative(w, part));
	take_leaf_flags(w, part);
	take_smime_flags(w, GMIME_OBJECT(leaf), part);
	measure(w, part);
	take_report_leaf(w, part);
	return true;
}

/* An attached message ends before the next line that begins like the boundary around it. */
static void
locate_message(Walk *w, MailPart *part, GMimeMessage *message, const char *boundary)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	GMimeObject *inner = g_mime_message_get_mime_part(message);
	gsize size, length = boundary ? strlen(boundary) : 0;
	const char *data = g_bytes_get_data(w->tree->raw, &size);
	const char *at, *end = data + size;
	gint64 start = -1;

	/* Content-* headers are the inner part's, the others the message's. */
	for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
		gint64 offset =
		    g_mime_header_get_offset(g_mime_header_list_get_header_at(headers, i));
		if (offset >= 0 && (start < 0 || offset < start))
			start = offset;
	}
	headers = inner ? g_mime_object_get_header_list(inner) : NULL;
	for (int i = 0; headers && i < g_mime_header_list_get_count(headers); i++) {
		gint64 offset =
		    g_mime_header_get_offset(g_mime_header_list_get_header_at(headers, i));
		if (offset >= 0 && (start < 0 || offset < start))
			start = offset;
	}
	start += w->tree->shift;
	if (start < 0 || (guint64)start > size)
		return;
	for (at = data + start; boundary && at < end;) {
		const char *newline;

		if ((gsize)(end - at) >= length + 2 && at[0] == '-' && at[1] == '-' &&
		    memcmp(at + 2, boundary, length) == 0) {
			end = at;
			if (end > data + start && end[-1] == '\n')
				end--;
			if (end > data + start && end[-1] == '\r')
				end--;
			break;
		}
		newline = memchr(at, '\n', (gsize)(end - at));
		at = newline ? newline + 1 : end;
	}
	part->offset = (guint64)start;
	part->size = part->length = (guint64)(end - (data + start));
}

static void
take_returned_message(Walk *w, GMimeMessage *message)
{
	MailReport *report = mail_make_report(w->mail);
	const char *id = g_mime_object_get_header(GMIME_OBJECT(message), "Message-ID");

	if (!report->message_id && id)
		report->message_id = parse_first_id(id);
	if (!report->subject)
		report->subject = parse_clean(g_mime_message_get_subject(message));
}

static bool
walk_message(Walk *w, GMimeMessagePart *holder, Place place)
{
	MailPart *part = add_part(w, GMIME_OBJECT(holder), &place);
	GMimeMessage *message = g_mime_message_part_get_message(holder);
	Place inside = {.parent = (int)w->mail->parts->len - 1,
	    .depth = place.depth + 1,
	    .in_message = true,
	    .boundary = place.boundary};
	GMimeHeaderList *headers;

	part->is_attachment = !is_machinery(part, &place);
	if (part->is_attachment && !part->in_message)
		w->mail->flags |= MAIL_FLAG_ATTACHMENTS;
	if (!message)
		return true;
	locate_message(w, part, message, place.boundary);
	headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
	if ((guint)g_mime_header_list_get_count(headers) > w->tree->limits->header_lines)
		return error_set(w->error, ERROR_TOO_BIG,
		    "A message attached to the mail has more than %u header lines",
		    w->tree->limits->header_lines);
	if (place.in_report && !place.in_message)
		take_returned_message(w, message);
	if (!part->name && part->is_attachment) {
		g_autofree char *subject = parse_clean(g_mime_message_get_subject(message));
		if (subject)
			part->name = g_strdelimit(g_strconcat(subject, ".eml", NULL), "/\\", '_');
	}
	if (!g_mime_message_get_mime_part(message))
		return true;
	return walk(w, g_mime_message_get_mime_part(message), inside);
}

/* A multipart in which no part can be found is read as the text that it is. */
static void
add_whole_body(Walk *w)
{
	MailPart *part = mail_add_part(w->mail, 0, "text/plain");
	g_autoptr(GBytes) bytes = NULL;

	g_ptr_array_add(w->tree->objects, NULL);
	part->offset = w->mail->body_offset;
	part->size = part->length = g_bytes_get_size(w->tree->raw) - part->offset;
	bytes = g_bytes_new_from_bytes(w->tree->raw, part->offset, part->length);
	read_text(w, part, bytes);
}

static bool
walk_multipart(Walk *w, GMimeMultipart *multipart, Place place)
{
	MailPart *part = add_part(w, GMIME_OBJECT(multipart), &place);
	int n = g_mime_multipart_get_count(multipart);
	Place inside = place;

	inside.parent = (int)w->mail->parts->len - 1;
	inside.depth++;
	/* Never g_mime_multipart_get_boundary(): it makes one up and writes the parameters again. */
	inside.boundary =
	    g_mime_object_get_content_type_parameter(GMIME_OBJECT(multipart), "boundary");
	inside.in_report = has_type(part, "multipart/report");
	if (!place.in_message) {
		if (has_type(part, "multipart/signed"))
			w->mail->flags |= MAIL_FLAG_SIGNED;
		else if (has_type(part, "multipart/encrypted"))
			w->mail->flags |= MAIL_FLAG_ENCRYPTED;
	}
	if (!inside.boundary || n == 0)
		w->mail->defects |= MAIL_DEFECT_NO_BOUNDARY;
	if (n == 0 && place.parent < 0)
		add_whole_body(w);
	for (int i = 0; i < n; i++) {
		Place child = inside;

		/* The first part of a report is for people. */
		child.in_report = inside.in_report && i > 0;
		if (!walk(w, g_mime_multipart_get_part(multipart, i), child))
			return false;
	}
	return true;
}

static bool
walk(Walk *w, GMimeObject *object, Place place)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(object);

	if (place.depth > w->tree->limits->nesting)
		return error_set(w->error, ERROR_TOO_BIG, "The mail nests parts deeper than %u",
		    w->tree->limits->nesting);
	if (w->mail->parts->len >= w->tree->limits->parts)
		return error_set(w->error, ERROR_TOO_BIG, "The mail has more than %u parts",
		    w->tree->limits->parts);
	if ((guint)g_mime_header_list_get_count(headers) > w->tree->limits->header_lines)
		return error_set(w->error, ERROR_TOO_BIG,
		    "A part of the mail has more than %u header lines",
		    w->tree->limits->header_lines);
	if (GMIME_IS_MULTIPART(object))
		return walk_multipart(w, GMIME_MULTIPART(object), place);
	if (GMIME_IS_MESSAGE_PART(object))
		return walk_message(w, GMIME_MESSAGE_PART(object), place);
	if (GMIME_IS_PART(object))
		return walk_leaf(w, GMIME_PART(object), place);
	add_part(w, object, &place); /* message/partial is a leaf; nothing else exists today */
	return true;
}

bool
parse_parts(ParseTree *tree, GMimeMessage *message, GError **error)
{
	Walk w = {.tree = tree, .mail = tree->mail, .error = error};

	return walk(&w, g_mime_message_get_mime_part(message), (Place){.parent = -1});
}

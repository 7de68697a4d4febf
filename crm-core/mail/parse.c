#include "mail/parse.h"

#include "mail/decode.h"
#include "mail/parse-internal.h"
#include "mail/text.h"

static GMimeParserOptions *options;

void
parse_warm_up(void)
{
	static const char *fallbacks[] = {"utf-8", "windows-1252", NULL};
	static const char sample[] =
	    "From: =?iso-8859-2?q?=BE?= <a@b.cz>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
	    "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nx\n--x\n"
	    "Content-Type: message/rfc822\n\nSubject: x\n\nx\n--x--\n";
	g_autoptr(GBytes) raw = g_bytes_new_static(sample, sizeof(sample) - 1);
	MailLimits limits = MAIL_LIMITS_DEFAULT;

	if (options)
		return;
	g_mime_init();
	options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(options, fallbacks);
	decode_warm_up();
	mail_free(parse_mail(raw, &limits, NULL)); /* registers GMime's types */
}

/* GMime gets the headers that it is needed for and the body; the others would cost as much as all
 * the rest. The stream keeps nothing: array must live as long as the message. */
static GMimeMessage *
construct(GByteArray *array)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
	GMimeParser *parser;
	GMimeMessage *message;

	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, options);
	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

/* A mail without structure: its body is one text. */
static void
add_only_part(Mail *mail, GBytes *raw)
{
	MailPart *part = mail_add_part(mail, -1, "text/plain");

	part->offset = mail->body_offset;
	part->size = part->length = g_bytes_get_size(raw) - mail->body_offset;
}

static bool
read_message(Mail *mail, GBytes *raw, GByteArray *array, gint64 shift, const MailLimits *limits,
    GError **error)
{
	g_autoptr(GPtrArray) objects = g_ptr_array_new();
	ParseTree tree = {.mail = mail,
	    .raw = raw,
	    .shift = shift,
	    .limits = limits,
	    .text_left = limits->text,
	    .objects = objects};
	GMimeMessage *message = construct(array);
	bool ok = true;

	if (message && g_mime_message_get_mime_part(message)) {
		ok = parse_parts(&tree, message, error);
		if (ok)
			parse_body(&tree);
	} else {
		add_only_part(mail, raw);
	}
	g_clear_object(&message);
	return ok;
}

Mail *
parse_mail(GBytes *raw, const MailLimits *limits, GError **error)
{
	g_autoptr(Mail) mail = mail_new();
	g_autoptr(GArray) headers = g_array_sized_new(false, false, sizeof(ParseHeader), 40);
	g_autoptr(GByteArray) array = NULL;
	gsize size;
	const guint8 *data = g_bytes_get_data(raw, &size);
	gsize left;

	g_assert(options); /* parse_warm_up() */
	if (!parse_scan(raw, limits, mail, headers, error))
		return NULL;
	left = size - mail->body_offset;
	array = g_byte_array_sized_new((guint)(left + MIN(mail->body_offset, 4096) + 2));
	if (!parse_headers(mail, headers, limits, array, error))
		return NULL;
	if (!text_is_ascii((const char *)data, mail->body_offset) &&
	    !g_utf8_validate_len((const char *)data, mail->body_offset, NULL))
		mail->defects |= MAIL_DEFECT_RAW_HEADERS;
	if (array->len == 0)
		g_byte_array_append(
		    array, (const guint8 *)"X: \n", 4); /* so that there is a header */
	g_byte_array_append(array, (const guint8 *)"\n", 1);
	if (left > 0)
		g_byte_array_append(array, data + mail->body_offset, (guint)left);
	if (!read_message(mail, raw, array, (gint64)size - (gint64)array->len, limits, error))
		return NULL;
	mail->flags &= MAIL_ALL_FLAGS;
	return g_steal_pointer(&mail);
}

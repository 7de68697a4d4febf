#include "mail/parse.h"

#include "mail/decode.h"
#include "mail/parse-internal.h"

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

static GMimeMessage *
construct(GBytes *raw)
{
	gsize size;
	gconstpointer data = g_bytes_get_data(raw, &size);
	GByteArray *array =
	    g_byte_array_new_take((guint8 *)data, size); /* borrowed: nobody writes */
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
	GMimeParser *parser;
	GMimeMessage *message;

	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, options);
	g_object_unref(parser);
	g_object_unref(stream);
	g_byte_array_free(array, FALSE);
	return message;
}

Mail *
parse_mail(GBytes *raw, const MailLimits *limits, GError **error)
{
	g_autoptr(Mail) mail = mail_new();
	GMimeMessage *message;
	bool ok;

	g_assert(options); /* parse_warm_up() */
	if (!parse_scan(raw, limits, &mail->body_offset, error))
		return NULL;
	message = construct(raw);
	if (!message) { /* nothing that looks like a header: an empty mail, or bytes */
		MailPart *part = mail_add_part(mail, -1, "text/plain");
		part->offset = mail->body_offset;
		part->size = part->length = g_bytes_get_size(raw) - mail->body_offset;
		mail->defects |= MAIL_DEFECT_NO_FROM | MAIL_DEFECT_NO_DATE | MAIL_DEFECT_BAD_HEADER;
		return g_steal_pointer(&mail);
	}
	ok = parse_headers(mail, message, limits, error) &&
	     parse_parts(mail, message, raw, limits, error);
	g_object_unref(message);
	return ok ? g_steal_pointer(&mail) : NULL;
}

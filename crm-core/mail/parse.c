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

/* The headers that GMime is needed for and the body; the other headers would cost as much as all the
 * rest. */
static GByteArray *
text_for_gmime(const GArray *headers, GBytes *body)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(body, &size);
	GByteArray *text = g_byte_array_sized_new((guint)size + 1000);

	for (guint i = 0; i < headers->len; i++) {
		const ParseHeader *header = &g_array_index(headers, ParseHeader, i);

		if (header->name_length <= 8 ||
		    g_ascii_strncasecmp(header->name, "content-", 8) != 0)
			continue;
		g_byte_array_append(text, (const guint8 *)header->name, header->name_length);
		g_byte_array_append(text, (const guint8 *)": ", 2);
		/* line breaks as they are: GMime unfolds */
		g_byte_array_append(text, (const guint8 *)header->value, header->length);
		g_byte_array_append(text, (const guint8 *)"\n", 1);
	}
	if (text->len == 0)
		g_byte_array_append(text, (const guint8 *)"X: \n", 4); /* so that there is one */
	g_byte_array_append(text, (const guint8 *)"\n", 1);
	if (size > 0)
		g_byte_array_append(text, data, (guint)size);
	return text;
}

/* The stream keeps nothing: array must live as long as the message. */
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
read_tree(ParseTree *tree, const GArray *headers, GError **error)
{
	gsize size = g_bytes_get_size(tree->raw), offset = tree->mail->body_offset;
	g_autoptr(GBytes) body = g_bytes_new_from_bytes(tree->raw, offset, size - offset);
	g_autoptr(GByteArray) text = text_for_gmime(headers, body);
	GMimeMessage *message = construct(text);
	bool ok = true;

	tree->shift = (gint64)size - (gint64)text->len;
	if (message && g_mime_message_get_mime_part(message)) {
		ok = parse_parts(tree, message, error);
		if (ok)
			parse_body(tree);
	} else {
		add_only_part(tree->mail, tree->raw);
	}
	g_clear_object(&message);
	return ok;
}

static bool
read_body(Mail *mail, GBytes *raw, const GArray *headers, const MailLimits *limits, GError **error)
{
	g_autoptr(GByteArray) flows = g_byte_array_new();
	ParseTree tree = {
	    .mail = mail, .raw = raw, .limits = limits, .text_left = limits->text, .flows = flows};
	ParsePlain plain;

	if (mail->body_offset == g_bytes_get_size(raw) || !parse_plain(headers, &plain))
		return read_tree(&tree, headers, error);
	parse_only_text(&tree, &plain);
	parse_body(&tree);
	return true;
}

Mail *
parse_mail(GBytes *raw, const MailLimits *limits, GError **error)
{
	g_autoptr(Mail) mail = mail_new();
	g_autoptr(GArray) headers = g_array_sized_new(false, false, sizeof(ParseHeader), 40);
	const char *data = g_bytes_get_data(raw, NULL);

	g_assert(options); /* parse_warm_up() */
	if (!parse_scan(raw, limits, mail, headers, error) ||
	    !parse_headers(mail, headers, limits, error))
		return NULL;
	if (!text_is_ascii(data, mail->body_offset) &&
	    !g_utf8_validate_len(data, mail->body_offset, NULL))
		mail->defects |= MAIL_DEFECT_RAW_HEADERS;
	if (!read_body(mail, raw, headers, limits, error))
		return NULL;
	mail->flags &= MAIL_ALL_FLAGS;
	return g_steal_pointer(&mail);
}

#include "mail/record.h"

#include "base/error.h"
#include "base/pack.h"
#include "mail/text.h"

#include <string.h>

#define VERSION 1

/* What a record may hold at most, whoever wrote it: what the settings of the parser can be raised
 * to, and room for the envelope's addresses. */
#define MAX_ADDRESSES 110000
#define MAX_PARTS 100000
#define MAX_IDS 1000
#define MAX_RECIPIENTS 1000
#define MAX_SPANS 100000

static void
put_ids(GByteArray *to, const GPtrArray *ids)
{
	pack_number(to, ids->len);
	for (guint i = 0; i < ids->len; i++)
		pack_text(to, ids->pdata[i]);
}

static void
put_addresses(GByteArray *to, const GPtrArray *addresses)
{
	pack_number(to, addresses->len);
	for (guint i = 0; i < addresses->len; i++) {
		const MailAddress *address = addresses->pdata[i];

		pack_number(to, address->role);
		pack_text(to, address->name);
		pack_text(to, address->address);
		pack_text(to, address->group);
	}
}

static void
put_auth(GByteArray *to, const MailAuth *auth)
{
	pack_text(to, auth->authserv_id);
	pack_number(to, auth->dmarc);
	pack_number(to, auth->spf);
	pack_number(to, auth->dkim);
	pack_text(to, auth->dmarc_domain);
	pack_text(to, auth->spf_domain);
	pack_text(to, auth->dkim_domain);
	pack_number(to, auth->disagree);
}

static void
put_report(GByteArray *to, const MailReport *report)
{
	pack_number(to, report != NULL);
	if (!report)
		return;
	pack_text(to, report->message_id);
	pack_text(to, report->subject);
	pack_text(to, report->envelope_id);
	pack_number(to, report->recipients->len);
	for (guint i = 0; i < report->recipients->len; i++) {
		const MailReportRecipient *recipient = report->recipients->pdata[i];

		pack_text(to, recipient->address);
		pack_number(to, recipient->action);
		pack_text(to, recipient->status);
		pack_text(to, recipient->detail);
	}
}

static void
put_parts(GByteArray *to, const GPtrArray *parts, RecordKind kind)
{
	pack_number(to, parts->len);
	for (guint i = 0; i < parts->len; i++) {
		const MailPart *part = parts->pdata[i];

		pack_signed(to, part->parent);
		pack_text(to, part->type);
		pack_text(to, part->charset);
		pack_text(to, part->name);
		pack_text(to, part->disposition);
		pack_text(to, part->content_id);
		pack_number(to, part->encoding);
		pack_number(to, part->offset);
		pack_number(to, part->length);
		pack_number(to, part->size);
		pack_number(to, part->is_attachment | part->in_message << 1);
		pack_text(to, kind == RECORD_WIRE ? part->text : NULL);
	}
}

static void
put_spans(GByteArray *to, const GArray *spans)
{
	pack_number(to, spans->len);
	for (guint i = 0; i < spans->len; i++) {
		const MailSpan *span = &g_array_index(spans, MailSpan, i);

		pack_number(to, span->offset);
		pack_number(to, span->length);
		pack_number(to, span->kind);
	}
}

void
record_append(GByteArray *to, const Mail *mail, RecordKind kind)
{
	g_byte_array_append(to, (const guint8[]){VERSION, (guint8)kind}, 2);
	put_addresses(to, mail->addresses);
	pack_text(to, mail->subject);
	pack_number(to, mail->has_date);
	pack_signed(to, mail->date);
	pack_signed(to, mail->received);
	pack_text(to, mail->message_id);
	put_ids(to, mail->in_reply_to);
	put_ids(to, mail->references);
	pack_number(to, mail->flags);
	pack_number(to, mail->defects);
	pack_text(to, mail->list_id);
	pack_text(to, mail->list_post);
	put_auth(to, &mail->auth);
	pack_text(to, mail->private_mark);
	put_report(to, mail->report);
	put_parts(to, mail->parts, kind);
	pack_text(to, mail->body);
	put_spans(to, mail->spans);
	pack_number(to, mail->body_offset);
}

GBytes *
record_write(const Mail *mail, RecordKind kind)
{
	gsize size = strlen(mail->body);
	GByteArray *to;

	for (guint i = 0; kind == RECORD_WIRE && i < mail->parts->len; i++) {
		const MailPart *part = mail->parts->pdata[i];
		size += part->text ? strlen(part->text) : 0;
	}
	to = g_byte_array_sized_new((guint)size + 6000);
	record_append(to, mail, kind);
	return g_byte_array_free_to_bytes(to);
}

/* What is read here nobody trusts. */
typedef struct {
	Unpack in;
	guint64 raw_size;
	RecordKind kind;
} Reader;

static void
refuse(Reader *reader, const char *what)
{
	unpack_refuse(&reader->in, what);
}

static guint64
get_number(Reader *reader, guint64 max, const char *what)
{
	return unpack_number(&reader->in, max, what);
}

static bool
is_clean(const char *text, gsize length, bool lines)
{
	return text_unclean(text, text + length) == text + length &&
	       (lines || (!memchr(text, '\n', length) && !memchr(text, '\t', length)));
}

static char *
get_text(Reader *reader, bool lines)
{
	gsize length;
	const char *text = unpack_bytes(&reader->in, &length);
	char *copy;

	if (text == NULL)
		return NULL;
	if (!is_clean(text, length, lines)) {
		refuse(reader, "a string isn't clean UTF-8");
		return NULL;
	}
	copy = g_malloc(length + 1);
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

/* Of a header: one line, and never empty. */
static char *
get_string(Reader *reader)
{
	char *text = get_text(reader, false);

	if (text && !*text) {
		refuse(reader, "a string is empty");
		g_clear_pointer(&text, g_free);
	}
	return text;
}

static guint
get_count(Reader *reader, guint max)
{
	return unpack_count(&reader->in, max);
}

static void
get_ids(Reader *reader, GPtrArray *ids)
{
	for (guint n = get_count(reader, MAX_IDS); n > 0 && !reader->in.wrong; n--) {
		char *id = get_string(reader);
		if (id)
			g_ptr_array_add(ids, id);
		else
			refuse(reader, "an id is missing");
	}
}

static void
get_addresses(Reader *reader, Mail *mail)
{
	guint64 roles = reader->kind == RECORD_WIRE ? MAIL_ENVELOPE_FROM : MAIL_N_ROLES;

	for (guint n = get_count(reader, MAX_ADDRESSES); n > 0 && !reader->in.wrong; n--) {
		MailAddress *address = mail_add_address(mail, MAIL_FROM, NULL, NULL, NULL);

		address->role =
		    (MailRole)get_number(reader, roles - 1, "an address has no such role");
		address->name = get_string(reader);
		address->address = get_string(reader);
		address->group = get_string(reader);
		if (!address->address)
			refuse(reader, "an address is missing");
	}
}

static MailVerdict
get_verdict(Reader *reader)
{
	return (MailVerdict)get_number(reader, MAIL_N_VERDICTS - 1, "there is no such verdict");
}

static bool
get_bool(Reader *reader)
{
	return get_number(reader, 1, "a mark is neither 0 nor 1") != 0;
}

static void
get_auth(Reader *reader, MailAuth *auth)
{
	auth->authserv_id = get_string(reader);
	auth->dmarc = get_verdict(reader);
	auth->spf = get_verdict(reader);
	auth->dkim = get_verdict(reader);
	auth->dmarc_domain = get_string(reader);
	auth->spf_domain = get_string(reader);
	auth->dkim_domain = get_string(reader);
	auth->disagree = get_bool(reader);
}

static void
get_report(Reader *reader, Mail *mail)
{
	MailReport *report;

	if (!get_bool(reader))
		return;
	report = mail_make_report(mail);
	report->message_id = get_string(reader);
	report->subject = get_string(reader);
	report->envelope_id = get_string(reader);
	for (guint n = get_count(reader, MAX_RECIPIENTS); n > 0 && !reader->in.wrong; n--) {
		MailReportRecipient *recipient =
		    mail_add_report_recipient(mail, NULL, MAIL_ACTION_UNKNOWN);

		recipient->address = get_string(reader);
		recipient->action =
		    (MailAction)get_number(reader, MAIL_N_ACTIONS - 1, "there is no such action");
		recipient->status = get_string(reader);
		recipient->detail = get_string(reader);
	}
}

static void
get_part(Reader *reader, Mail *mail)
{
	gint64 index = mail->parts->len;
	MailPart *part = mail_add_part(mail, -1, NULL);
	gint64 parent = unpack_signed(&reader->in);
	guint64 marks;

	if (index == 0 ? parent != -1 : parent < 0 || parent >= index)
		refuse(reader, "a part's parent doesn't stand before it");
	else
		part->parent = (int)parent;
	part->type = get_string(reader);
	part->charset = get_string(reader);
	part->name = get_string(reader);
	part->disposition = get_string(reader);
	part->content_id = get_string(reader);
	part->encoding =
	    (MailEncoding)get_number(reader, MAIL_N_ENCODINGS - 1, "there is no such encoding");
	part->offset =
	    get_number(reader, reader->raw_size, "a part begins behind the end of the mail");
	part->length = get_number(
	    reader, reader->raw_size - part->offset, "a part ends behind the end of the mail");
	part->size = get_number(reader, part->length, "a part is larger than its encoded form");
	marks = get_number(reader, 3, "a part has an unknown mark");
	part->is_attachment = marks & 1;
	part->in_message = marks >> 1;
	part->text = get_text(reader, true);
	if (!part->type)
		refuse(reader, "a part has no type");
	else if (part->text &&
		 (reader->kind != RECORD_WIRE || marks || !g_str_has_prefix(part->type, "text/")))
		refuse(reader, "a part has a text that it can't have");
}

static void
get_spans(Reader *reader, Mail *mail)
{
	gsize size = mail->body ? strlen(mail->body) : 0, done = 0;

	for (guint n = get_count(reader, MAX_SPANS); n > 0 && !reader->in.wrong; n--) {
		MailSpan span;

		span.offset = (guint32)get_number(reader, size, "a span lies outside the text");
		span.length =
		    (guint32)get_number(reader, size - span.offset, "a span lies outside the text");
		span.kind =
		    (MailSpanKind)get_number(reader, MAIL_N_SPANS - 1, "there is no such span");
		if (reader->in.wrong != NULL)
			return;
		if (span.offset < done || span.length == 0 ||
		    (span.offset > 0 && mail->body[span.offset - 1] != '\n') ||
		    (span.offset + span.length < size &&
			mail->body[span.offset + span.length - 1] != '\n')) {
			refuse(reader, "spans overlap or cut a line");
			return;
		}
		done = (gsize)span.offset + span.length;
		g_array_append_val(mail->spans, span);
	}
}

Mail *
record_read(GBytes *bytes, guint64 raw_size, GError **error)
{
	g_autoptr(Mail) mail = mail_new();
	Reader reader = {.in = unpack_begin(bytes), .raw_size = raw_size};

	if (get_number(&reader, 127, "its version is unknown") != VERSION)
		refuse(&reader, "its version is unknown");
	reader.kind = (RecordKind)get_number(&reader, RECORD_STORED, "its kind is unknown");
	get_addresses(&reader, mail);
	mail->subject = get_string(&reader);
	mail->has_date = get_bool(&reader);
	mail->date = unpack_signed(&reader.in);
	mail->received = unpack_signed(&reader.in);
	mail->message_id = get_string(&reader);
	get_ids(&reader, mail->in_reply_to);
	get_ids(&reader, mail->references);
	mail->flags = (guint32)get_number(&reader, MAIL_ALL_FLAGS, "it has an unknown flag");
	mail->defects = (guint32)get_number(&reader, MAIL_ALL_DEFECTS, "it has an unknown defect");
	mail->list_id = get_string(&reader);
	mail->list_post = get_string(&reader);
	get_auth(&reader, &mail->auth);
	mail->private_mark = get_string(&reader);
	get_report(&reader, mail);
	for (guint n = get_count(&reader, MAX_PARTS); n > 0 && reader.in.wrong == NULL; n--)
		get_part(&reader, mail);
	g_free(mail->body);
	mail->body = get_text(&reader, true);
	get_spans(&reader, mail);
	mail->body_offset =
	    get_number(&reader, raw_size, "the body begins behind the end of the mail");
	if (reader.in.wrong == NULL && (!mail->body || mail->parts->len == 0))
		refuse(&reader, "it has no body or no part");
	if (!unpack_end(&reader.in)) {
		error_set(error, ERROR_INVALID, "The record of a mail can't be used: %s",
		    reader.in.wrong);
		return NULL;
	}
	return g_steal_pointer(&mail);
}

#include "mail/record.h"

#include "base/error.h"

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
put_number(GByteArray *to, guint64 number)
{
	guint8 bytes[10];
	guint n = 0;

	for (; number >= 0x80; number >>= 7)
		bytes[n++] = (guint8)(number | 0x80);
	bytes[n++] = (guint8)number;
	g_byte_array_append(to, bytes, n);
}

static void
put_signed(GByteArray *to, gint64 number)
{
	put_number(to, (guint64)number << 1 ^ (number < 0 ? G_MAXUINT64 : 0));
}

static void
put_string(GByteArray *to, const char *text)
{
	gsize length;

	if (!text) {
		put_number(to, 0);
		return;
	}
	length = strlen(text);
	put_number(to, (guint64)length + 1);
	g_byte_array_append(to, (const guint8 *)text, (guint)length);
}

static void
put_ids(GByteArray *to, const GPtrArray *ids)
{
	put_number(to, ids->len);
	for (guint i = 0; i < ids->len; i++)
		put_string(to, ids->pdata[i]);
}

static void
put_addresses(GByteArray *to, const GPtrArray *addresses)
{
	put_number(to, addresses->len);
	for (guint i = 0; i < addresses->len; i++) {
		const MailAddress *address = addresses->pdata[i];

		put_number(to, address->role);
		put_string(to, address->name);
		put_string(to, address->address);
		put_string(to, address->group);
	}
}

static void
put_auth(GByteArray *to, const MailAuth *auth)
{
	put_string(to, auth->authserv_id);
	put_number(to, auth->dmarc);
	put_number(to, auth->spf);
	put_number(to, auth->dkim);
	put_string(to, auth->dmarc_domain);
	put_string(to, auth->spf_domain);
	put_string(to, auth->dkim_domain);
	put_number(to, auth->disagree);
}

static void
put_report(GByteArray *to, const MailReport *report)
{
	put_number(to, report != NULL);
	if (!report)
		return;
	put_string(to, report->message_id);
	put_string(to, report->subject);
	put_string(to, report->envelope_id);
	put_number(to, report->recipients->len);
	for (guint i = 0; i < report->recipients->len; i++) {
		const MailReportRecipient *recipient = report->recipients->pdata[i];

		put_string(to, recipient->address);
		put_number(to, recipient->action);
		put_string(to, recipient->status);
		put_string(to, recipient->detail);
	}
}

static void
put_parts(GByteArray *to, const GPtrArray *parts, RecordKind kind)
{
	put_number(to, parts->len);
	for (guint i = 0; i < parts->len; i++) {
		const MailPart *part = parts->pdata[i];

		put_signed(to, part->parent);
		put_string(to, part->type);
		put_string(to, part->charset);
		put_string(to, part->name);
		put_string(to, part->disposition);
		put_string(to, part->content_id);
		put_number(to, part->encoding);
		put_number(to, part->offset);
		put_number(to, part->length);
		put_number(to, part->size);
		put_number(to, part->is_attachment | part->in_message << 1);
		put_string(to, kind == RECORD_WIRE ? part->text : NULL);
	}
}

static void
put_spans(GByteArray *to, const GArray *spans)
{
	put_number(to, spans->len);
	for (guint i = 0; i < spans->len; i++) {
		const MailSpan *span = &g_array_index(spans, MailSpan, i);

		put_number(to, span->offset);
		put_number(to, span->length);
		put_number(to, span->kind);
	}
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
	g_byte_array_append(to, (const guint8[]){VERSION, (guint8)kind}, 2);
	put_addresses(to, mail->addresses);
	put_string(to, mail->subject);
	put_number(to, mail->has_date);
	put_signed(to, mail->date);
	put_signed(to, mail->received);
	put_string(to, mail->message_id);
	put_ids(to, mail->in_reply_to);
	put_ids(to, mail->references);
	put_number(to, mail->flags);
	put_number(to, mail->defects);
	put_string(to, mail->list_id);
	put_string(to, mail->list_post);
	put_auth(to, &mail->auth);
	put_string(to, mail->private_mark);
	put_report(to, mail->report);
	put_parts(to, mail->parts, kind);
	put_string(to, mail->body);
	put_spans(to, mail->spans);
	put_number(to, mail->body_offset);
	return g_byte_array_free_to_bytes(to);
}

/* A cursor over bytes that nobody trusts. The first thing that is wrong is kept in `wrong`; from
 * then on every get gives zero or NULL, so that callers need not look after each step. */
typedef struct {
	const guint8 *at;
	const guint8 *end;
	guint64 raw_size;
	RecordKind kind;
	const char *wrong;
} Reader;

static void
refuse(Reader *in, const char *what)
{
	if (!in->wrong)
		in->wrong = what;
	in->at = in->end;
}

static guint64
get_number(Reader *in, guint64 max, const char *what)
{
	guint64 number = 0;

	for (guint shift = 0; shift < 64; shift += 7) {
		guint8 byte;

		if (in->at == in->end) {
			refuse(in, "it ends too early");
			return 0;
		}
		byte = *in->at++;
		if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
			break; /* too large, or not the shortest form */
		number |= (guint64)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			if (number > max)
				break;
			return number;
		}
	}
	refuse(in, what);
	return 0;
}

static gint64
get_signed(Reader *in)
{
	guint64 number = get_number(in, G_MAXUINT64, "a number is too large");

	return (gint64)(number >> 1) ^ -(gint64)(number & 1);
}

static bool
is_clean(const char *text, gsize length, bool lines)
{
	if (!g_utf8_validate_len(text, length, NULL))
		return false;
	for (const guchar *p = (const guchar *)text; length > 0; p++, length--) {
		if (G_LIKELY(*p >= 0x20 && *p != 0x7f && *p != 0xc2))
			continue;
		if (*p == 0xc2 ? p[1] < 0xa0 : !lines || (*p != '\n' && *p != '\t'))
			return false;
	}
	return true;
}

static char *
get_text(Reader *in, bool lines)
{
	guint64 length = get_number(in, G_MAXUINT32, "a string is too long");
	const char *text = (const char *)in->at;

	if (in->wrong || length == 0)
		return NULL;
	length--;
	if (length > (gsize)(in->end - in->at)) {
		refuse(in, "a string is longer than the record");
		return NULL;
	}
	if (!is_clean(text, length, lines)) {
		refuse(in, "a string isn't clean UTF-8");
		return NULL;
	}
	in->at += length;
	return g_strndup(text, length);
}

/* Of a header: one line, and never empty. */
static char *
get_string(Reader *in)
{
	char *text = get_text(in, false);

	if (text && !*text) {
		refuse(in, "a string is empty");
		g_clear_pointer(&text, g_free);
	}
	return text;
}

static guint
get_count(Reader *in, guint max)
{
	return (guint)get_number(in, max, "it counts too many");
}

static void
get_ids(Reader *in, GPtrArray *ids)
{
	for (guint n = get_count(in, MAX_IDS); n > 0 && !in->wrong; n--) {
		char *id = get_string(in);
		if (id)
			g_ptr_array_add(ids, id);
		else
			refuse(in, "an id is missing");
	}
}

static void
get_addresses(Reader *in, Mail *mail)
{
	guint64 roles = in->kind == RECORD_WIRE ? MAIL_ENVELOPE_FROM : MAIL_N_ROLES;

	for (guint n = get_count(in, MAX_ADDRESSES); n > 0 && !in->wrong; n--) {
		MailAddress *address = mail_add_address(mail, MAIL_FROM, NULL, NULL, NULL);

		address->role = (MailRole)get_number(in, roles - 1, "an address has no such role");
		address->name = get_string(in);
		address->address = get_string(in);
		address->group = get_string(in);
		if (!address->address)
			refuse(in, "an address is missing");
	}
}

static MailVerdict
get_verdict(Reader *in)
{
	return (MailVerdict)get_number(in, MAIL_N_VERDICTS - 1, "there is no such verdict");
}

static bool
get_bool(Reader *in)
{
	return get_number(in, 1, "a mark is neither 0 nor 1") != 0;
}

static void
get_auth(Reader *in, MailAuth *auth)
{
	auth->authserv_id = get_string(in);
	auth->dmarc = get_verdict(in);
	auth->spf = get_verdict(in);
	auth->dkim = get_verdict(in);
	auth->dmarc_domain = get_string(in);
	auth->spf_domain = get_string(in);
	auth->dkim_domain = get_string(in);
	auth->disagree = get_bool(in);
}

static void
get_report(Reader *in, Mail *mail)
{
	MailReport *report;

	if (!get_bool(in))
		return;
	report = mail_make_report(mail);
	report->message_id = get_string(in);
	report->subject = get_string(in);
	report->envelope_id = get_string(in);
	for (guint n = get_count(in, MAX_RECIPIENTS); n > 0 && !in->wrong; n--) {
		MailReportRecipient *recipient =
		    mail_add_report_recipient(mail, NULL, MAIL_ACTION_UNKNOWN);

		recipient->address = get_string(in);
		recipient->action =
		    (MailAction)get_number(in, MAIL_N_ACTIONS - 1, "there is no such action");
		recipient->status = get_string(in);
		recipient->detail = get_string(in);
	}
}

static void
get_part(Reader *in, Mail *mail)
{
	gint64 index = mail->parts->len;
	MailPart *part = mail_add_part(mail, -1, NULL);
	gint64 parent = get_signed(in);
	guint64 marks;

	if (index == 0 ? parent != -1 : parent < 0 || parent >= index)
		refuse(in, "a part's parent doesn't stand before it");
	else
		part->parent = (int)parent;
	part->type = get_string(in);
	part->charset = get_string(in);
	part->name = get_string(in);
	part->disposition = get_string(in);
	part->content_id = get_string(in);
	part->encoding =
	    (MailEncoding)get_number(in, MAIL_N_ENCODINGS - 1, "there is no such encoding");
	part->offset = get_number(in, in->raw_size, "a part begins behind the end of the mail");
	part->length =
	    get_number(in, in->raw_size - part->offset, "a part ends behind the end of the mail");
	part->size = get_number(in, part->length, "a part is larger than its encoded form");
	marks = get_number(in, 3, "a part has an unknown mark");
	part->is_attachment = marks & 1;
	part->in_message = marks >> 1;
	part->text = get_text(in, true);
	if (!part->type)
		refuse(in, "a part has no type");
	else if (part->text &&
		 (in->kind != RECORD_WIRE || marks || !g_str_has_prefix(part->type, "text/")))
		refuse(in, "a part has a text that it can't have");
}

static void
get_spans(Reader *in, Mail *mail)
{
	gsize size = mail->body ? strlen(mail->body) : 0, done = 0;

	for (guint n = get_count(in, MAX_SPANS); n > 0 && !in->wrong; n--) {
		MailSpan span;

		span.offset = (guint32)get_number(in, size, "a span lies outside the text");
		span.length =
		    (guint32)get_number(in, size - span.offset, "a span lies outside the text");
		span.kind = (MailSpanKind)get_number(in, MAIL_N_SPANS - 1, "there is no such span");
		if (in->wrong)
			return;
		if (span.offset < done || span.length == 0 ||
		    (span.offset > 0 && mail->body[span.offset - 1] != '\n') ||
		    (span.offset + span.length < size &&
			mail->body[span.offset + span.length - 1] != '\n')) {
			refuse(in, "spans overlap or cut a line");
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
	Reader in = {.raw_size = raw_size};
	gsize size;

	in.at = g_bytes_get_data(bytes, &size);
	in.end = in.at + size;
	if (get_number(&in, 127, "its version is unknown") != VERSION)
		refuse(&in, "its version is unknown");
	in.kind = (RecordKind)get_number(&in, RECORD_STORED, "its kind is unknown");
	get_addresses(&in, mail);
	mail->subject = get_string(&in);
	mail->has_date = get_bool(&in);
	mail->date = get_signed(&in);
	mail->received = get_signed(&in);
	mail->message_id = get_string(&in);
	get_ids(&in, mail->in_reply_to);
	get_ids(&in, mail->references);
	mail->flags = (guint32)get_number(&in, MAIL_ALL_FLAGS, "it has an unknown flag");
	mail->defects = (guint32)get_number(&in, MAIL_ALL_DEFECTS, "it has an unknown defect");
	mail->list_id = get_string(&in);
	mail->list_post = get_string(&in);
	get_auth(&in, &mail->auth);
	mail->private_mark = get_string(&in);
	get_report(&in, mail);
	for (guint n = get_count(&in, MAX_PARTS); n > 0 && !in.wrong; n--)
		get_part(&in, mail);
	g_free(mail->body);
	mail->body = get_text(&in, true);
	get_spans(&in, mail);
	mail->body_offset = get_number(&in, raw_size, "the body begins behind the end of the mail");
	if (!in.wrong && (!mail->body || mail->parts->len == 0))
		refuse(&in, "it has no body or no part");
	if (!in.wrong && in.at != in.end)
		refuse(&in, "something stands behind its end");
	if (in.wrong) {
		error_set(error, ERROR_INVALID, "The record of a mail can't be used: %s", in.wrong);
		return NULL;
	}
	return g_steal_pointer(&mail);
}

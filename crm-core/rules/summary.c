#include "rules/summary.h"

#include "base/error.h"
#include "mail/text.h"

#include <string.h>

/* Version, then fields in the order of Summary: numbers as varints (7 bits a byte, low ones first),
 * texts as length + 1 and bytes (0: NULL), lists as count and members. */
#define SUMMARY_VERSION 1
#define SUMMARY_TEXT 1000 /* bytes of a name, address or file name */
#define SUMMARY_ATTACHMENTS 50

static void
summary_person_free(SummaryPerson *person)
{
	g_free(person->name);
	g_free(person->address);
	g_free(person);
}

static void
summary_attachment_free(SummaryAttachment *attachment)
{
	g_free(attachment->name);
	g_free(attachment->type);
	g_free(attachment);
}

static Summary *
summary_new(void)
{
	Summary *summary = g_new0(Summary, 1);

	summary->from = g_ptr_array_new_with_free_func((GDestroyNotify)summary_person_free);
	summary->to = g_ptr_array_new_with_free_func((GDestroyNotify)summary_person_free);
	summary->cc = g_ptr_array_new_with_free_func((GDestroyNotify)summary_person_free);
	summary->bcc = g_ptr_array_new_with_free_func((GDestroyNotify)summary_person_free);
	summary->attachments =
	    g_ptr_array_new_with_free_func((GDestroyNotify)summary_attachment_free);
	return summary;
}

void
summary_free(Summary *summary)
{
	if (summary == NULL)
		return;
	g_free(summary->subject);
	g_free(summary->snippet);
	g_ptr_array_unref(summary->from);
	g_ptr_array_unref(summary->to);
	g_ptr_array_unref(summary->cc);
	g_ptr_array_unref(summary->bcc);
	g_ptr_array_unref(summary->attachments);
	g_free(summary);
}

static void
put_number(GByteArray *out, guint64 value)
{
	do {
		guint8 byte = value & 0x7f;

		value >>= 7;
		if (value != 0)
			byte |= 0x80;
		g_byte_array_append(out, &byte, 1);
	} while (value != 0);
}

/* text cut at a character so that it has at most max bytes. */
static void
put_text(GByteArray *out, const char *text, gsize max)
{
	gsize length;

	if (text == NULL) {
		put_number(out, 0);
		return;
	}
	length = strlen(text);
	if (length > max)
		length = g_utf8_find_prev_char(text, text + max + 1) - text;
	put_number(out, length + 1);
	g_byte_array_append(out, (const guint8 *)text, length);
}

/* The people of a role, as many as have room; returns how many had none. */
static guint
put_people(GByteArray *out, const Mail *mail, MailRole role)
{
	guint count = 0, written = 0;

	for (guint i = 0; i < mail->addresses->len; i++)
		count += ((MailAddress *)mail->addresses->pdata[i])->role == role;
	put_number(out, MIN(count, SUMMARY_PEOPLE));
	for (guint i = 0; i < mail->addresses->len && written < SUMMARY_PEOPLE; i++) {
		const MailAddress *person = mail->addresses->pdata[i];

		if (person->role != role)
			continue;
		put_text(out, person->name, SUMMARY_TEXT);
		put_text(out, person->address != NULL ? person->address : "", SUMMARY_TEXT);
		written++;
	}
	return count - written;
}

static void
put_attachments(GByteArray *out, const Mail *mail)
{
	guint count = 0, written = 0;

	for (guint i = 0; i < mail->parts->len; i++)
		count += ((MailPart *)mail->parts->pdata[i])->is_attachment;
	count = MIN(count, SUMMARY_ATTACHMENTS);
	put_number(out, count);
	for (guint i = 0; i < mail->parts->len && written < count; i++) {
		const MailPart *part = mail->parts->pdata[i];

		if (!part->is_attachment)
			continue;
		put_number(out, i);
		put_text(out, part->name, SUMMARY_TEXT);
		put_text(out, part->type, SUMMARY_TEXT);
		put_number(out, part->size);
		written++;
	}
}

GBytes *
summary_write(const Mail *mail, GPtrArray *bcc)
{
	GByteArray *out = g_byte_array_sized_new(512);
	g_autofree char *snippet = text_snippet(mail->body, mail->spans, SUMMARY_SNIPPET);
	guint more = 0, n_bcc = bcc != NULL ? MIN(bcc->len, SUMMARY_PEOPLE) : 0;

	put_number(out, SUMMARY_VERSION);
	put_text(out, mail->subject != NULL ? mail->subject : "", SUMMARY_SUBJECT);
	put_text(out, snippet, SUMMARY_SNIPPET * 4);
	put_number(out, mail->has_date ? (guint64)mail->date : 0);
	put_people(out, mail, MAIL_FROM);
	more += put_people(out, mail, MAIL_TO);
	more += put_people(out, mail, MAIL_CC);
	put_number(out, n_bcc);
	for (guint i = 0; i < n_bcc; i++) {
		put_text(out, NULL, 0);
		put_text(out, bcc->pdata[i], SUMMARY_TEXT);
	}
	put_number(out, more);
	put_attachments(out, mail);
	return g_byte_array_free_to_bytes(out);
}

typedef struct {
	const guint8 *at, *end;
	bool damaged;
} Reader;

static guint64
get_number(Reader *reader)
{
	guint64 value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		guint8 byte;

		if (reader->at == reader->end)
			break;
		byte = *reader->at++;
		value |= (guint64)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	reader->damaged = true;
	return 0;
}

/* A list's count: never more than there are bytes left. */
static guint
get_count(Reader *reader)
{
	guint64 count = get_number(reader);

	if (count > (guint64)(reader->end - reader->at)) {
		reader->damaged = true;
		return 0;
	}
	return count;
}

static char *
get_text(Reader *reader)
{
	guint length = get_count(reader);
	const char *text = (const char *)reader->at;

	if (reader->damaged || length == 0)
		return NULL;
	if (!g_utf8_validate_len(text, length - 1, NULL)) {
		reader->damaged = true;
		return NULL;
	}
	reader->at += length - 1;
	return g_strndup(text, length - 1);
}

static char *
get_text_or_empty(Reader *reader)
{
	char *text = get_text(reader);

	return text != NULL ? text : g_strdup("");
}

static void
get_people(Reader *reader, GPtrArray *people)
{
	guint count = get_count(reader);

	for (guint i = 0; i < count && !reader->damaged; i++) {
		SummaryPerson *person = g_new0(SummaryPerson, 1);

		person->name = get_text(reader);
		person->address = get_text_or_empty(reader);
		g_ptr_array_add(people, person);
	}
}

Summary *
summary_read(GBytes *bytes, GError **error)
{
	g_autoptr(Summary) summary = summary_new();
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);
	Reader reader = {.at = data, .end = data + size};
	guint count;

	if (get_number(&reader) != SUMMARY_VERSION)
		reader.damaged = true;
	summary->subject = get_text_or_empty(&reader);
	summary->snippet = get_text_or_empty(&reader);
	summary->date = (gint64)get_number(&reader);
	get_people(&reader, summary->from);
	get_people(&reader, summary->to);
	get_people(&reader, summary->cc);
	get_people(&reader, summary->bcc);
	summary->more_recipients = get_number(&reader);
	count = get_count(&reader);
	for (guint i = 0; i < count && !reader.damaged; i++) {
		SummaryAttachment *attachment = g_new0(SummaryAttachment, 1);

		attachment->part = (int)get_number(&reader);
		attachment->name = get_text(&reader);
		attachment->type = get_text_or_empty(&reader);
		attachment->size = get_number(&reader);
		g_ptr_array_add(summary->attachments, attachment);
	}
	if (reader.damaged || reader.at != reader.end) {
		error_set(error, ERROR_INVALID, "The summary of a message is damaged");
		return NULL;
	}
	return g_steal_pointer(&summary);
}

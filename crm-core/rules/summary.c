#include "rules/summary.h"

#include "base/error.h"
#include "base/pack.h"
#include "mail/text.h"

#include <string.h>

/* Version, then fields in the order of Summary (base/pack.h), lists as count and members. */
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

/* text cut at a character so that it has at most max bytes. */
static void
put_text(GByteArray *out, const char *text, gsize max)
{
	gsize length = text != NULL ? strlen(text) : 0;

	if (length > max)
		length = g_utf8_find_prev_char(text, text + max + 1) - text;
	pack_bytes(out, text, length);
}

/* The people of a role, as many as have room; returns how many had none. */
static guint
put_people(GByteArray *out, const Mail *mail, MailRole role)
{
	guint count = 0, written = 0;

	for (guint i = 0; i < mail->addresses->len; i++)
		count += ((MailAddress *)mail->addresses->pdata[i])->role == role;
	pack_number(out, MIN(count, SUMMARY_PEOPLE));
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
	pack_number(out, count);
	for (guint i = 0; i < mail->parts->len && written < count; i++) {
		const MailPart *part = mail->parts->pdata[i];

		if (!part->is_attachment)
			continue;
		pack_number(out, i);
		put_text(out, part->name, SUMMARY_TEXT);
		put_text(out, part->type, SUMMARY_TEXT);
		pack_number(out, part->size);
		written++;
	}
}

GBytes *
summary_write(const Mail *mail, GPtrArray *bcc)
{
	GByteArray *out = g_byte_array_sized_new(512);
	g_autofree char *snippet = text_snippet(mail->body, mail->spans, SUMMARY_SNIPPET);
	guint more = 0, n_bcc = bcc != NULL ? MIN(bcc->len, SUMMARY_PEOPLE) : 0;

	pack_number(out, SUMMARY_VERSION);
	put_text(out, mail->subject != NULL ? mail->subject : "", SUMMARY_SUBJECT);
	put_text(out, snippet, SUMMARY_SNIPPET * 4);
	pack_number(out, mail->has_date ? (guint64)mail->date : 0);
	put_people(out, mail, MAIL_FROM);
	more += put_people(out, mail, MAIL_TO);
	more += put_people(out, mail, MAIL_CC);
	pack_number(out, n_bcc);
	for (guint i = 0; i < n_bcc; i++) {
		put_text(out, NULL, 0);
		put_text(out, bcc->pdata[i], SUMMARY_TEXT);
	}
	pack_number(out, more);
	put_attachments(out, mail);
	return g_byte_array_free_to_bytes(out);
}

static char *
get_text_or_empty(Unpack *in)
{
	char *text = unpack_text(in);

	return text != NULL ? text : g_strdup("");
}

static void
get_people(Unpack *in, GPtrArray *people)
{
	guint count = unpack_count(in, G_MAXUINT);

	for (guint i = 0; i < count && in->wrong == NULL; i++) {
		SummaryPerson *person = g_new0(SummaryPerson, 1);

		person->name = unpack_text(in);
		person->address = get_text_or_empty(in);
		g_ptr_array_add(people, person);
	}
}

Summary *
summary_read(GBytes *bytes, GError **error)
{
	g_autoptr(Summary) summary = summary_new();
	Unpack in = unpack_begin(bytes);
	guint count;

	if (unpack_number(&in, G_MAXUINT64, "a number is too large") != SUMMARY_VERSION)
		unpack_refuse(&in, "its version is unknown");
	summary->subject = get_text_or_empty(&in);
	summary->snippet = get_text_or_empty(&in);
	summary->date = (gint64)unpack_number(&in, G_MAXUINT64, "a number is too large");
	get_people(&in, summary->from);
	get_people(&in, summary->to);
	get_people(&in, summary->cc);
	get_people(&in, summary->bcc);
	summary->more_recipients = unpack_number(&in, G_MAXUINT64, "a number is too large");
	count = unpack_count(&in, G_MAXUINT);
	for (guint i = 0; i < count && in.wrong == NULL; i++) {
		SummaryAttachment *attachment = g_new0(SummaryAttachment, 1);

		attachment->part = (int)unpack_number(&in, G_MAXUINT64, "a number is too large");
		attachment->name = unpack_text(&in);
		attachment->type = get_text_or_empty(&in);
		attachment->size = unpack_number(&in, G_MAXUINT64, "a number is too large");
		g_ptr_array_add(summary->attachments, attachment);
	}
	if (!unpack_end(&in)) {
		error_set(error, ERROR_INVALID, "The summary of a message is damaged");
		return NULL;
	}
	return g_steal_pointer(&summary);
}

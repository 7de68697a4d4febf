#include "mail/mail.h"
#include "rules/summary.h"

#include <string.h>

static Mail *
example(void)
{
	Mail *mail = mail_new();
	MailPart *part;

	mail->subject = g_strdup("Nabídka č. 12");
	mail->date = 1700000000;
	mail->has_date = true;
	g_free(mail->body);
	mail->body = g_strdup("Dobrý den,\nposíláme nabídku.\n");
	mail_add_address(mail, MAIL_FROM, "Jana Nová", "jana@x.example", NULL);
	for (int i = 0; i < 30; i++) {
		g_autofree char *address = g_strdup_printf("a%d@y.example", i);

		mail_add_address(mail, MAIL_TO, NULL, address, NULL);
	}
	mail_add_address(mail, MAIL_CC, "Cé", "c@y.example", NULL);
	mail_add_part(mail, -1, "multipart/mixed");
	part = mail_add_part(mail, 0, "application/pdf");
	part->is_attachment = true;
	part->name = g_strdup("nabídka.pdf");
	part->size = 12345;
	return mail;
}

static void
test_round(void)
{
	g_autoptr(Mail) mail = example();
	g_autoptr(GPtrArray) bcc = g_ptr_array_new();
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(Summary) summary = NULL;
	g_autoptr(GError) error = NULL;
	const SummaryPerson *person;
	const SummaryAttachment *attachment;

	g_ptr_array_add(bcc, (char *)"secret@z.example");
	bytes = summary_write(mail, bcc);
	summary = summary_read(bytes, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(summary->subject, ==, "Nabídka č. 12");
	g_assert_cmpint(summary->date, ==, 1700000000);
	g_assert_cmpint(summary->from->len, ==, 1);
	person = summary->from->pdata[0];
	g_assert_cmpstr(person->name, ==, "Jana Nová");
	g_assert_cmpint(summary->to->len, ==, SUMMARY_PEOPLE);
	g_assert_cmpint(summary->cc->len, ==, 1);
	g_assert_cmpint(summary->more_recipients, ==, 10);
	person = summary->bcc->pdata[0];
	g_assert_cmpstr(person->address, ==, "secret@z.example");
	attachment = summary->attachments->pdata[0];
	g_assert_cmpint(attachment->part, ==, 1);
	g_assert_cmpstr(attachment->name, ==, "nabídka.pdf");
	g_assert_cmpint(attachment->size, ==, 12345);
}

static void
test_bounded(void)
{
	g_autoptr(Mail) mail = example();
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(Summary) summary = NULL;

	g_free(mail->subject);
	mail->subject = g_strnfill(5000, 'x');
	memcpy(mail->subject + SUMMARY_SUBJECT - 1, "ž", strlen("ž")); /* across the cut */
	bytes = summary_write(mail, NULL);
	summary = summary_read(bytes, NULL);
	g_assert_nonnull(summary);
	g_assert_cmpint(strlen(summary->subject), ==, SUMMARY_SUBJECT - 1);
	g_assert_true(g_utf8_validate(summary->subject, -1, NULL));
}

/* Cut or changed anywhere it is refused or read; never more. */
static void
test_damaged(void)
{
	g_autoptr(Mail) mail = example();
	g_autoptr(GBytes) bytes = summary_write(mail, NULL);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	for (gsize i = 0; i < size; i++) {
		g_autoptr(GBytes) cut = g_bytes_new(data, i);
		g_autoptr(GBytes) changed = NULL;
		g_autoptr(GError) error = NULL;
		guint8 *copy = g_memdup2(data, size);
		Summary *summary = summary_read(cut, &error);

		g_assert_null(summary);
		g_assert_nonnull(error);
		copy[i] ^= 0xff;
		changed = g_bytes_new_take(copy, size);
		summary_free(summary_read(changed, NULL));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/summary/round", test_round);
	g_test_add_func("/summary/bounded", test_bounded);
	g_test_add_func("/summary/damaged", test_damaged);
	return g_test_run();
}

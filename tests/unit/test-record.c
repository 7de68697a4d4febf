/* The record: everything crosses, and nothing that the child made up. */
#include "mail/record.h"
#include "tests/lib/mail.h"

/* Everything in the corpus crosses as a record, in both kinds. */
static void
test_record(void)
{
	g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "corpus/mail", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	guint n = 0;

	g_assert_nonnull(dir);
	while ((name = g_dir_read_name(dir))) {
		g_autoptr(GBytes) raw = mail_corpus(name);
		g_autoptr(Mail) mail = mail_parse(raw);
		gsize size = g_bytes_get_size(raw);
		g_autoptr(GBytes) wire = record_write(mail, RECORD_WIRE);
		g_autoptr(GBytes) stored = record_write(mail, RECORD_STORED);
		g_autoptr(GError) error = NULL;
		g_autoptr(Mail) from_wire = record_read(wire, size, &error);
		g_autoptr(Mail) from_stored = NULL;
		g_autoptr(GBytes) again = NULL;

		g_assert_no_error(error);
		from_stored = record_read(stored, size, &error);
		g_assert_no_error(error);
		again = record_write(from_wire, RECORD_STORED);
		g_assert_true(g_bytes_equal(again, stored));
		g_assert_cmpstr(from_stored->body, ==, mail->body);
		g_assert_null(mail_part(from_stored, 0)->text);
		n++;
	}
	g_assert_cmpuint(n, >, 20);
}

static void
check_bad_record(GBytes *bytes, guint64 raw_size, const char *what)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) mail = record_read(bytes, raw_size, &error);

	g_assert_null(mail);
	g_assert_nonnull(strstr(error->message, what));
}

typedef void (*Spoil)(Mail *mail);

static void
spoil_parent(Mail *mail)
{
	((MailPart *)mail->parts->pdata[1])->parent = 5;
}

static void
spoil_offset(Mail *mail)
{
	((MailPart *)mail->parts->pdata[1])->length = 1 << 20;
}

static void
spoil_envelope(Mail *mail)
{
	mail_add_address(mail, MAIL_ENVELOPE_FROM, NULL, "boss@pekarna.example", NULL);
}

static void
spoil_text(Mail *mail)
{
	g_free(mail->subject);
	mail->subject = g_strdup("two\nlines");
}

static void
spoil_span(Mail *mail)
{
	MailSpan span = {.offset = 1, .length = 2};
	g_array_append_val(mail->spans, span);
}

static void
spoil_flag(Mail *mail)
{
	mail->flags |= 1 << 20;
}

static void
test_record_untrusted(void)
{
	static const struct {
		Spoil spoil;
		const char *what;
	} cases[] = {{spoil_parent, "parent"}, {spoil_offset, "behind the end"},
	    {spoil_envelope, "role"}, {spoil_text, "clean"}, {spoil_span, "span"},
	    {spoil_flag, "flag"}};
	g_autoptr(GBytes) raw = mail_corpus("attachments.eml");
	gsize size = g_bytes_get_size(raw);
	g_autoptr(Mail) good = mail_parse(raw);
	g_autoptr(GBytes) wire = record_write(good, RECORD_WIRE);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Mail) mail = mail_parse(raw);
		g_autoptr(GBytes) bytes = NULL;

		cases[i].spoil(mail);
		bytes = record_write(mail, RECORD_WIRE);
		check_bad_record(bytes, size, cases[i].what);
	}
	for (gsize n = 0; n < g_bytes_get_size(wire); n += 7) {
		g_autoptr(GBytes) cut = g_bytes_new_from_bytes(wire, 0, n);
		check_bad_record(cut, size, "");
	}
	check_bad_record(wire, 100, "behind the end");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
	g_test_add_func("/record/corpus", test_record);
	g_test_add_func("/record/untrusted", test_record_untrusted);
	return g_test_run();
}

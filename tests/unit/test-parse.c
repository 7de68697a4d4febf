/* parse_mail() over the corpus of our own making, and over hostile mail. */
#include "config.h"

#include "mail/address.h"
#include "mail/decode.h"
#include "mail/record.h"
#include "tests/lib/mail.h"

#include <string.h>

/* "from Name <address> {group}\n" for each */
static char *
addresses_of(const Mail *mail)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < mail->addresses->len; i++) {
		const MailAddress *a = mail->addresses->pdata[i];
		g_string_append_printf(text, "%s %s%s<%s>%s%s\n", mail_role_name(a->role),
		    a->name ? a->name : "", a->name ? " " : "", a->address, a->group ? " " : "",
		    a->group ? a->group : "");
	}
	return g_string_free(text, FALSE);
}

static void
check_addresses(const Mail *mail, const char *expected)
{
	g_autofree char *text = addresses_of(mail);

	g_assert_cmpstr(text, ==, expected);
}

static void
test_czech(void)
{
	g_autoptr(Mail) old = mail_parse_file("cz-windows-1250.eml");
	g_autoptr(Mail) iso = mail_parse_file("cz-iso-8859-2.eml");
	g_autoptr(Mail) wrong = mail_parse_file("cz-mislabelled.eml");
	g_autoptr(Mail) rare = mail_parse_file("rare-charset.eml");

	g_assert_cmpstr(old->subject, ==, "Příliš žluťoučký kůň");
	check_addresses(old, "from Jana Nováková <jana.novakova@pekarna.example>\n"
			     "to Žofie Řeháková <zofie@kavarna.example>\n");
	g_assert_nonnull(strstr(old->body, "úpěl ďábelské ódy – „uvozovky“."));
	g_assert_cmpuint(old->spans->len, ==, 1);
	g_assert_cmpint(old->date, ==, 1709540100);
	g_assert_cmpstr(iso->subject, ==, "Ceník pečiva");
	g_assert_nonnull(strstr(iso->body, "Šišky, žemle, rohlíky."));
	g_assert_cmpstr(wrong->subject, ==, "Špatná znaková sada");
	g_assert_cmpstr(wrong->body, ==, "Škoda, že žádný řetěz neťuká.\n");
	g_assert_cmpstr(rare->subject, ==, "Řehák");
	g_assert_cmpstr(rare->body, ==, "Žluťoučký kůň\n");
}

static void
test_headers(void)
{
	g_autoptr(Mail) split = mail_parse_file("word-split.eml");
	g_autoptr(Mail) utf8 = mail_parse_file("smtputf8.eml");
	g_autoptr(Mail) odd = mail_parse_file("addresses.eml");
	g_autoptr(Mail) list = mail_parse_file("list-munged.eml");
	g_autoptr(Mail) reply = mail_parse_file("flowed.eml");
	g_autoptr(Mail) automatic = mail_parse_file("auto-reply.eml");

	g_assert_cmpstr(split->subject, ==, "Žluťoučký kůň a další");
	check_addresses(utf8, "from Žofie Řeháková <žofie@kavárna.example>\n"
			      "to Novák, Jan <jan@pekarna.example>\nto <петр@пример.example>\n");
	check_addresses(odd,
	    "from Jan Novák <jan@pekarna.example>\nto Zofie <zofie@kavarna.example> Kavarny\n"
	    "to b, c <bc@kavarna.example> Kavarny\ncc <a..b@kavarna.example>\ncc "
	    "<route@kavarna.example>\n"
	    "cc <\"quoted local\"@kavarna.example>\ncc Eva <eva@kavarna.example>\n"
	    "bcc falesny@bank.example <pravy@kavarna.example>\nbcc <skryty@bank.example> "
	    "<videt@kavarna.example>\n");
	g_assert_cmpuint(list->flags, ==, MAIL_FLAG_LIST | MAIL_FLAG_BULK);
	g_assert_cmpstr(list->list_id, ==, "pekari.lists.example");
	g_assert_cmpstr(list->list_post, ==, "pekari@lists.example");
	g_assert_cmpint(list->received, ==, 1710226805);
	g_assert_cmpuint(reply->references->len, ==, 2);
	g_assert_cmpstr(reply->references->pdata[1], ==, "smtputf8@mail.pekarna.example");
	g_assert_cmpstr(reply->in_reply_to->pdata[0], ==, "smtputf8@mail.pekarna.example");
	g_assert_cmpuint(automatic->flags, ==, MAIL_FLAG_AUTO);
	g_assert_cmpstr(automatic->private_mark, ==, "private");
}

static void
test_auth(void)
{
	g_autoptr(Mail) list = mail_parse_file("list-munged.eml");
	g_autoptr(Mail) disagree = mail_parse_file("auth-disagree.eml");
	g_autoptr(Mail) unreadable =
	    mail_parse_text("Authentication-Results: dmarc=pass\n"
			    "Authentication-Results: mx.example; dmarc=pass\n\n");
	g_autoptr(Mail) comment =
	    mail_parse_text("Authentication-Results: mx.example (evil; dmarc=pass);\n"
			    " dkim=none; spf=softfail (x (y) z) smtp.mailfrom=<a@b.example>\n\n");

	g_assert_cmpstr(list->auth.authserv_id, ==, "mail.pekarna.example");
	g_assert_cmpint(list->auth.dmarc, ==, MAIL_VERDICT_PASS);
	g_assert_cmpstr(list->auth.dmarc_domain, ==, "lists.example");
	g_assert_cmpint(list->auth.dkim, ==, MAIL_VERDICT_PASS);
	g_assert_cmpstr(list->auth.dkim_domain, ==, "lists.example");
	g_assert_false(list->auth.disagree);
	g_assert_true(disagree->auth.disagree);
	g_assert_null(
	    unreadable->auth.authserv_id); /* only the topmost counts, and nobody can read it */
	g_assert_cmpint(unreadable->auth.dmarc, ==, MAIL_VERDICT_NONE);
	g_assert_cmpstr(comment->auth.authserv_id, ==, "mx.example");
	g_assert_cmpint(comment->auth.dmarc, ==, MAIL_VERDICT_NONE);
	g_assert_cmpint(comment->auth.spf, ==, MAIL_VERDICT_SOFTFAIL);
	g_assert_cmpstr(comment->auth.spf_domain, ==, "b.example");
}

static void
test_parts(void)
{
	g_autoptr(GBytes) raw = mail_corpus("attachments.eml");
	g_autoptr(Mail) mail = mail_parse(raw);
	g_autoptr(GBytes) pdf = NULL;
	DecodeLayout layout;

	g_assert_cmpuint(mail->parts->len, ==, 9);
	g_assert_cmpstr(mail->body, ==, "Smlouva je v příloze.\n");
	g_assert_cmpstr(mail_part(mail, 5)->content_id, ==, "logo@mlyn");
	g_assert_cmpstr(mail_part(mail, 6)->name, ==, "Smlouva o dodávce mouky.pdf");
	g_assert_cmpstr(mail_part(mail, 7)->name, ==, "ceník.xlsx");
	g_assert_cmpstr(mail_part(mail, 8)->type, ==, "application/ms-tnef");
	g_assert_cmpuint(mail->flags, ==, MAIL_FLAG_HTML | MAIL_FLAG_ATTACHMENTS);
	g_assert_true(mail_part(mail, 6)->is_attachment);
	g_assert_false(mail_part(mail, 4)->is_attachment);
	pdf = decode_base64(raw, mail_part(mail, 6)->offset, mail_part(mail, 6)->length, &layout);
	g_assert_nonnull(pdf);
	g_assert_cmpuint(g_bytes_get_size(pdf), ==, mail_part(mail, 6)->size);
	g_assert_true(g_str_has_prefix(g_bytes_get_data(pdf, NULL), "%PDF-1.4"));
}

static void
test_alternatives(void)
{
	const char *head = "Content-Type: multipart/alternative; boundary=b\n\n";
	g_autofree char *stub = g_strconcat(head,
	    "--b\n\nYour program can't show this.\n--b\nContent-Type: text/html\n\n",
	    "<p>Tohle je skutecny text zpravy, o dost delsi nez nahrada za nej. Ma mnoho vet, a "
	    "proto je ",
	    "jasne, ze ho cte kazdy, kdo muze. Tady je jeste jedna veta, at je to opravdu "
	    "dlouhe.</p>",
	    "\n--b--\n", NULL);
	g_autofree char *amp = g_strconcat(head,
	    "--b\nContent-Type: text/html\n\n<p>html</p>\n--b\nContent-Type: "
	    "text/x-amp-html\n\n<amp>no\n--b--\n",
	    NULL);
	g_autoptr(Mail) long_html = mail_parse_text(stub);
	g_autoptr(Mail) with_amp = mail_parse_text(amp);
	g_autoptr(Mail) card =
	    mail_parse_text("Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
			    "Content-Type: text/vcard\n\nBEGIN:VCARD\n--b--\n");

	g_assert_true(g_str_has_prefix(long_html->body, "Tohle je"));
	g_assert_cmpstr(with_amp->body, ==, "html\n");
	g_assert_cmphex(with_amp->flags, ==, MAIL_FLAG_HTML);
	g_assert_cmpstr(card->body, ==, "text");
	g_assert_true(mail_part(card, 2)->is_attachment);
}

static void
test_nested(void)
{
	g_autoptr(GBytes) raw = mail_corpus("forwarded.eml");
	g_autoptr(Mail) mail = mail_parse(raw);
	g_autoptr(GBytes) inner =
	    g_bytes_new_from_bytes(raw, mail_part(mail, 2)->offset, mail_part(mail, 2)->length);
	g_autoptr(Mail) again = mail_parse(inner);

	check_addresses(
	    mail, "from Petr <petr.dvorak@pekarna.example>\nto Jan <jan@pekarna.example>\n");
	g_assert_cmpstr(mail->body, ==, "Viz dole.");
	g_assert_cmpstr(mail_part(mail, 2)->name, ==, "Smlouva a ceny.eml");
	g_assert_true(mail_part(mail, 5)->in_message);
	g_assert_cmpstr(again->message_id, ==, "inner@mlyn.example");
	g_assert_cmpstr(again->body, ==, "inner text");
	g_assert_cmpstr(mail_part(again, 2)->name, ==, "ceny.csv");
}

static void
test_reports(void)
{
	g_autoptr(Mail) dsn = mail_parse_file("dsn.eml");
	g_autoptr(Mail) old = mail_parse_file("bounce-qmail.eml");
	g_autoptr(Mail) mdn = mail_parse_file("mdn.eml");
	const MailReportRecipient *to;

	g_assert_true(dsn->flags & MAIL_FLAG_DSN);
	g_assert_cmpstr(dsn->report->message_id, ==, "poptavka@mail.pekarna.example");
	g_assert_cmpstr(dsn->report->subject, ==, "Poptávka");
	g_assert_cmpstr(dsn->report->envelope_id, ==, "ENV42");
	g_assert_cmpuint(dsn->report->recipients->len, ==, 2);
	to = dsn->report->recipients->pdata[0];
	g_assert_cmpstr(to->address, ==, "Nikdo@mlyn.example");
	g_assert_cmpint(to->action, ==, MAIL_ACTION_FAILED);
	g_assert_cmpstr(to->status, ==, "5.1.1");
	g_assert_cmpstr(to->detail, ==, "550 5.1.1 User unknown");
	g_assert_false(dsn->flags & MAIL_FLAG_ATTACHMENTS);
	g_assert_true(old->flags & MAIL_FLAG_DSN);
	g_assert_cmpstr(old->report->message_id, ==, "stara@mail.pekarna.example");
	g_assert_true(mdn->flags & MAIL_FLAG_MDN);
	g_assert_cmpstr(mdn->report->message_id, ==, "flowed@mail.pekarna.example");
	to = mdn->report->recipients->pdata[0];
	g_assert_cmpint(to->action, ==, MAIL_ACTION_DISPLAYED);
}

static void
check_flags(const char *name, guint32 flags)
{
	g_autoptr(Mail) mail = mail_parse_file(name);

	g_assert_cmphex(mail->flags, ==, flags);
}

static void
test_flags(void)
{
	check_flags("pgp-signed.eml", MAIL_FLAG_SIGNED);
	check_flags("pgp-encrypted.eml", MAIL_FLAG_ENCRYPTED | MAIL_FLAG_ATTACHMENTS);
	check_flags("smime-signed.eml", MAIL_FLAG_SIGNED | MAIL_FLAG_ATTACHMENTS);
	check_flags("calendar.eml", MAIL_FLAG_CALENDAR);
	check_flags("html-only.eml", MAIL_FLAG_HTML);
	check_flags("flowed.eml", 0);
}

static void
test_broken(void)
{
	g_autoptr(Mail) no_from = mail_parse_file("broken-no-from.eml");
	g_autoptr(Mail) empty = mail_parse_file("broken-empty.eml");
	g_autoptr(Mail) body = mail_parse_file("broken-only-body.eml");
	g_autoptr(Mail) boundary = mail_parse_file("broken-boundary.eml");
	g_autoptr(Mail) charset = mail_parse_file("broken-charset.eml");
	g_autoptr(Mail) two = mail_parse_file("broken-two-from.eml");
	g_autoptr(Mail) sun = mail_parse_text("Content-Type: text\n\nx\n");
	g_autoptr(Mail) gap =
	    mail_parse_text("From: a@x.example\nnonsense\nTo: b@x.example\n\nbody\n");

	g_assert_true(
	    no_from->defects & MAIL_DEFECT_NO_FROM && no_from->defects & MAIL_DEFECT_NO_DATE);
	g_assert_cmpuint(empty->parts->len, ==, 1);
	g_assert_cmpstr(body->body, ==, "zadna hlavicka\njen text\n");
	g_assert_true(boundary->defects & MAIL_DEFECT_NO_BOUNDARY);
	g_assert_nonnull(strstr(boundary->body, "text"));
	g_assert_cmpstr(charset->body, ==, "café   konec\n");
	g_assert_cmphex(charset->defects, ==, MAIL_DEFECT_BAD_CHARSET | MAIL_DEFECT_CONTROL);
	g_assert_true(
	    two->defects & MAIL_DEFECT_MANY_FROM && two->defects & MAIL_DEFECT_MANY_HEADERS);
	g_assert_cmpstr(two->subject, ==, "dva");
	check_addresses(gap, "from <a@x.example>\nto <b@x.example>\n");
	g_assert_true(gap->defects & MAIL_DEFECT_BAD_HEADER);
}

/* Over a limit: refused with its name, at once, before GMime sees it. */
static void
check_refused(GString *text, const char *limit)
{
	MailLimits limits = MAIL_LIMITS_DEFAULT;
	g_autoptr(GBytes) raw = g_string_free_to_bytes(text);
	g_autoptr(GError) error = NULL;
	gint64 start = mail_cpu_time();
	g_autoptr(Mail) mail = parse_mail(raw, &limits, &error);

	g_assert_null(mail);
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, limit));
	g_assert_cmpint(mail_cpu_time() - start, <, 5 * G_USEC_PER_SEC);
}

static GString *
repeat(const char *head, const char *piece, guint n, const char *tail)
{
	GString *text = g_string_new(head);

	for (guint i = 0; i < n; i++)
		g_string_append(text, piece);
	g_string_append(text, tail);
	return text;
}

static void
test_limits(void)
{
	const char *mixed = "From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n";
	const char *attached = "From: a@x.example\nContent-Type: message/rfc822\n\n";

	check_refused(repeat("To: ", "g:", 60000, "a@x.example\n\nx"), "addresses");
	check_refused(repeat("To: a@x.example", ", b@x.example", 1000, "\n\nx"), "addresses");
	check_refused(repeat("", "To: a@x.example\n", 300, "\nx"), "addresses");
	check_refused(repeat("", "X: y\n", 2001, "\nx"), "header lines");
	check_refused(repeat("X: y\n", " folded\n", 2001, "\nx"), "header lines");
	check_refused(repeat("X: ", "long line ", 300000, "\n\nx"), "bytes in its header");
	check_refused(repeat(mixed, "--b\n\n", 1000000, "--b--\n"), "parts");
	check_refused(
	    repeat("Content-Type: multipart/mixed; boundary=\"\"\n\n", "--\n\n", 100000, ""),
	    "parts");
	check_refused(repeat(attached, "Content-Type: message/rfc822\n\n", 25, "x"), "deeper");
	check_refused(
	    repeat(attached, "Content-Type: message/rfc822\n\n", 100000, "x"), "attached messages");
}

static void
test_limits_inside(void)
{
	GString *text =
	    repeat("Content-Type: message/rfc822\n\nTo: ", "g:", 60000, "a@x.example\n\nx");

	check_refused(text, "addresses in an attached message");
	check_refused(repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", "X: y\n", 3000,
			  "\nx\n--b--\n"),
	    "header lines");
}

/* What must pass, however it looks. */
static void
test_hostile(void)
{
	GString *name = repeat("Content-Type: text/plain; ", "n", 71, "=\"\xc5\x99\"\n\nx\n");
	g_autoptr(GBytes) parameter = g_string_free_to_bytes(name);
	g_autoptr(Mail) long_name = mail_parse(parameter);
	g_autoptr(Mail) quote = mail_parse_text(
	    "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nx\n--\"--\n");
	g_autoptr(Mail) lone = mail_parse_text("To: \"never closed <a@x.example>\n\nx");
	g_autoptr(Mail) comment = mail_parse_text("To: (never closed <a@x.example>\n\nx");
	g_autoptr(Mail) smuggle =
	    mail_parse_text("To: =?utf-8?q?a=40x=2Eexample=2C?= <b@x.example>, c@x.example\n\nx");

	g_assert_cmpstr(long_name->body, ==, "x\n");
	g_assert_nonnull(quote);
	g_assert_cmpuint(comment->addresses->len, ==, 0);
	check_addresses(smuggle, "to a@x.example, <b@x.example>\nto <c@x.example>\n");
	g_assert_cmpuint(lone->addresses->len, <=, 1);
}

#ifdef WITH_SANITIZERS /* their strstr() measures the whole string each time */
#define MANY(n) ((n) / 20)
#else
#define MANY(n) (n)
#endif

/* Large in what is made of it: read within seconds, and still a record that the parent takes. */
static void
check_heavy(GString *text)
{
	g_autoptr(GBytes) raw = g_string_free_to_bytes(text);
	gint64 start = mail_cpu_time();
	g_autoptr(Mail) mail = mail_parse(raw);
	g_autoptr(GBytes) wire = record_write(mail, RECORD_WIRE);
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) read = record_read(wire, g_bytes_get_size(raw), &error);

	g_assert_no_error(error);
	g_assert_cmpint(mail_cpu_time() - start, <, 5 * G_USEC_PER_SEC);
}

static void
test_heavy(void)
{
	check_heavy(
	    repeat("Authentication-Results: x", "; dkim = pass header.d=a", MANY(60000), "\n\nx"));
	check_heavy(repeat("Subject: x\n\n", "On 1. 1. 2024 a@b wrote:\n-- \n", MANY(300000), ""));
	check_heavy(
	    repeat("Content-Type: "
		   "text/html\n\n<blockquote><blockquote><blockquote><blockquote><blockquote>",
		"<br>", MANY(2000000), ""));
	check_heavy(repeat("References: ", "<a@b> ", MANY(200000), "\n\nx"));
	check_heavy(repeat("To: ", "(((", MANY(200000), "\n\nx"));
	check_heavy(repeat("Content-Type: text/html\n\n", "<a b=\"", MANY(1000000), ""));
	check_heavy(repeat("Content-Type: text/html\n\n", "<!--", MANY(1000000), ""));
	check_heavy(repeat(
	    "Content-Type: text/html\n\n", "<div style=\"display:none\">", MANY(200000), ""));
	check_heavy(repeat("Subject: ", "=?utf-8?q?=C5=BE?= ", MANY(80000), "\n\nx"));
	check_heavy(repeat("Subject: ", "=?utf-8?q?", MANY(150000), "\n\nx"));
	check_heavy(
	    repeat("Content-Type: text/plain; format=flowed\n\n", "> a \n", MANY(1000000), ""));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
	g_test_add_func("/parse/czech", test_czech);
	g_test_add_func("/parse/headers", test_headers);
	g_test_add_func("/parse/auth", test_auth);
	g_test_add_func("/parse/parts", test_parts);
	g_test_add_func("/parse/alternatives", test_alternatives);
	g_test_add_func("/parse/nested", test_nested);
	g_test_add_func("/parse/reports", test_reports);
	g_test_add_func("/parse/flags", test_flags);
	g_test_add_func("/parse/broken", test_broken);
	g_test_add_func("/parse/limits", test_limits);
	g_test_add_func("/parse/limits-inside", test_limits_inside);
	g_test_add_func("/parse/hostile", test_hostile);
	g_test_add_func("/parse/heavy", test_heavy);
	return g_test_run();
}

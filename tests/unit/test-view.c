/*
 * One mail from its bytes through parser and filing to what a reader gets: text, people, parts, HTML, source; the
 * thread; what opens later.
 */
#include "config.h"

#include "base/clock.h"
#include "mail/parse.h"
#include "rules/file.h"
#include "rules/history.h"
#include "rules/index.h"
#include "rules/search.h"
#include "rules/view.h"
#include "store/filing.h"
#include "tests/lib/company.h"

#include <string.h>

#define OFFER                                                                                      \
	"From: Ann <ann@own.example>\r\n"                                                          \
	"To: =?utf-8?Q?Jana_Nov=C3=A1?= <jana@customer.example>\r\n"                               \
	"Bcc: bob@own.example, spy@other.example\r\n"                                              \
	"Subject: Offer\r\n"                                                                       \
	"Message-ID: <offer@own.example>\r\n"                                                      \
	"Date: Mon, 23 Nov 2020 10:00:00 +0000\r\n"                                                \
	"MIME-Version: 1.0\r\n"                                                                    \
	"Content-Type: multipart/mixed; boundary=m\r\n"                                            \
	"\r\n"                                                                                     \
	"--m\r\n"                                                                                  \
	"Content-Type: multipart/related; boundary=r\r\n"                                          \
	"\r\n"                                                                                     \
	"--r\r\n"                                                                                  \
	"Content-Type: text/html; charset=iso-8859-2\r\n"                                          \
	"Content-Transfer-Encoding: quoted-printable\r\n"                                          \
	"\r\n"                                                                                     \
	"<p>Nab=EDdka <img src=3D\"cid:logo@x\"> <img src=3D'cid:other'></p>\r\n"                  \
	"--r\r\n"                                                                                  \
	"Content-Type: image/png\r\n"                                                              \
	"Content-ID: <logo@x>\r\n"                                                                 \
	"Content-Transfer-Encoding: base64\r\n"                                                    \
	"\r\n"                                                                                     \
	"iVBORw0KGgo=\r\n"                                                                         \
	"--r--\r\n"                                                                                \
	"--m\r\n"                                                                                  \
	"Content-Type: text/plain; name=\"price.txt\"\r\n"                                         \
	"Content-Disposition: attachment; filename=\"price.txt\"\r\n"                              \
	"Content-Transfer-Encoding: base64\r\n"                                                    \
	"\r\n"                                                                                     \
	"%s"                                                                                       \
	"--m--\r\n"

#define ANSWER                                                                                     \
	"From: jana@customer.example\r\n"                                                          \
	"To: ann@own.example\r\n"                                                                  \
	"Subject: Re: Offer\r\n"                                                                   \
	"Message-ID: <answer@customer.example>\r\n"                                                \
	"In-Reply-To: <offer@own.example>\r\n"                                                     \
	"Date: Mon, 23 Nov 2020 11:00:00 +0000\r\n"                                                \
	"\r\n"                                                                                     \
	"Thank you.\r\n"

typedef struct {
	Company company;
	Id offer, answer;
	char *price; /* bytes of the attachment */
	GBytes *raw;
} Fixture;

/* As kartotekad does with what came by SMTP. recipients: NULL-terminated. */
static Id
take_in(Fixture *f, gint64 n, GBytes *raw, const char *sender, const char *login,
    const char *const *recipients)
{
	static const MailLimits limits = MAIL_LIMITS_DEFAULT;
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(f->company.t.store, &error);
	g_autoptr(Filer) filer = filer_new(session, NULL, &error);
	g_autoptr(GPtrArray) jobs = g_ptr_array_new_with_free_func((GDestroyNotify)file_job_free);
	SpoolEntry *entry = spool_entry_new(SPOOL_MAIL, SPOOL_SMTP);
	Mail *mail = parse_mail(raw, &limits, &error);

	g_assert_no_error(error);
	g_strlcpy(entry->key.source, "mx", sizeof entry->key.source);
	entry->key.start = 1;
	entry->key.n = n;
	entry->time = clock_ms();
	entry->size = (gint64)g_bytes_get_size(raw);
	entry->sender = g_strdup(sender);
	entry->login = g_strdup(login);
	for (; *recipients != NULL; recipients++)
		spool_entry_add_recipient(entry, *recipients, NULL);
	g_ptr_array_add(jobs, file_prepare(filer_preparer(filer), entry, raw, mail));
	file_batch(filer, jobs, &error);
	g_assert_no_error(error);
	g_assert_cmpint(file_job_result(jobs->pdata[0])->state, ==, ITEM_FILED);
	return file_job_result(jobs->pdata[0])->message;
}

static void
set_up(Fixture *f, gconstpointer data)
{
	static const char *const to[] = {
	    "jana@customer.example", "bob@own.example", "spy@other.example", NULL};
	static const char *const back[] = {"ann@own.example", NULL};
	g_autoptr(GString) price = g_string_new(NULL);
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autofree char *base64 = NULL;
	g_autoptr(GBytes) answer = g_bytes_new_static(ANSWER, strlen(ANSWER));

	company_set_up(&f->company, data);
	for (int i = 0; i < 300; i++)
		g_string_append_printf(price, "Item %d: %d\n", i, i * i);
	base64 = g_base64_encode((guint8 *)price->str, price->len);
	for (gsize i = 0; base64[i] != '\0'; i++) {
		g_string_append_c(lines, base64[i]);
		if (i % 76 == 75)
			g_string_append(lines, "\r\n");
	}
	g_string_append(lines, "\r\n");
	f->price = g_strdup(price->str);
	{
		char *text = g_strdup_printf(OFFER, lines->str);

		f->raw = g_bytes_new_take(text, strlen(text));
	}
	f->offer = take_in(f, 1, f->raw, "ann@own.example", "ann", to);
	f->answer = take_in(f, 2, answer, "jana@customer.example", NULL, back);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
	g_free(f->price);
	g_bytes_unref(f->raw);
	company_tear_down(&f->company, data);
}

static int
find_part(const View *view, const char *type)
{
	for (guint i = 0; i < view->mail->parts->len; i++)
		if (strcmp(((MailPart *)view->mail->parts->pdata[i])->type, type) == 0)
			return (int)i;
	return -1;
}

static bool
has_person(const View *view, MailRole role, const char *address)
{
	for (guint i = 0; i < view->people->len; i++) {
		const ViewPerson *person = view->people->pdata[i];

		if (person->role == role && strcmp(person->address, address) == 0)
			return true;
	}
	return false;
}

static void
test_sender(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) ann = company_session(&f->company, &f->company.ann);
	g_autoptr(View) view = view_open(ann, &f->offer, &error);
	g_autoptr(GBytes) source = NULL, part = NULL;
	g_autoptr(MailPart) what = NULL;
	g_autofree char *html = NULL;

	g_assert_no_error(error);
	g_assert_true(view->sender_side);
	g_assert_cmpint(view->line->direction, ==, HISTORY_OUT);
	g_assert_cmpint(view->line->proof, ==, PROOF_LOGIN);
	g_assert_true(view->has_html);
	g_assert_nonnull(strstr(view->mail->body, "Nabídka"));
	g_assert_true(has_person(view, MAIL_TO, "jana@customer.example"));
	g_assert_true(has_person(view, MAIL_BCC, "spy@other.example"));
	g_assert_cmpint(view->sightings->len, ==, 1);
	g_assert_cmpint(view->thread->len, ==, 2);
	g_assert_true(id_equal(&((HistoryLine *)view->thread->pdata[1])->message, &f->answer));
	part = view_part(ann, &f->offer, find_part(view, "text/plain"), &what, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(what->name, ==, "price.txt");
	g_assert_cmpmem(
	    g_bytes_get_data(part, NULL), g_bytes_get_size(part), f->price, strlen(f->price));
	html = view_html(ann, &f->offer, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(html, "Nabídka <img src=\"data:image/png;base64,iVBORw0KGgo=\">"));
	g_assert_nonnull(strstr(html, "'cid:other'"));
	source = view_source(ann, &f->offer, &error);
	g_assert_no_error(error);
	g_assert_true(g_bytes_equal(source, f->raw));
}

/* Got it as a blind copy: he sees the mail, and not who else did. */
static void
test_blind(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) bob = company_session(&f->company, &f->company.bob);
	g_autoptr(View) view = view_open(bob, &f->offer, &error);
	g_autoptr(GBytes) source = NULL;
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	g_assert_false(view->sender_side);
	g_assert_false(has_person(view, MAIL_BCC, "spy@other.example"));
	g_assert_cmpint(view->line->summary->bcc->len, ==, 0);
	g_assert_cmpint(view->thread->len, ==, 1); /* the answer isn't his */
	source = view_source(bob, &f->offer, &error);
	g_assert_no_error(error);
	text = g_strndup(g_bytes_get_data(source, NULL), g_bytes_get_size(source));
	g_assert_null(strstr(text, "spy@other.example"));
	g_assert_nonnull(strstr(text, "Subject: Offer"));
}

static void
test_nobody(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL, part_error = NULL;
	g_autoptr(Session) cyn = company_session(&f->company, &f->company.cyn);
	g_autoptr(View) view = view_open(cyn, &f->offer, &error);
	g_autoptr(GBytes) part = view_part(cyn, &f->offer, 99, NULL, &part_error);

	g_assert_null(view);
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_assert_null(part);
	g_assert_cmpstr(part_error->message, ==, error->message);
}

static guint
hits(Company *c, const Id *user, const char *words)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = company_session(c, user);
	g_autoptr(SearchPage) page = search_all(session, words, NULL, 50, &error);

	g_assert_no_error(error);
	return page->mail->len;
}

static void
catch_up(Company *c)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_new_daemon(c->t.store, &error);

	for (bool more = true; more && error == NULL;)
		index_catch_up(session, NULL, 1000, &more, &error);
	g_assert_no_error(error);
}

/* A filing that opens later is found when its time has come, without a change of anything. */
static void
test_later(Fixture *f, gconstpointer data)
{
	Company *c = &f->company;
	g_autoptr(GError) error = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	MessageRow row;

	company_grant(c, &c->sales, &c->cyn, false, RIGHT_SEE, 0);
	company_grant(c, &c->sales, &c->cyn, false, RIGHT_HISTORY, 0);
	g_assert_true(message_find_id(c->t.store, &f->answer, &row, &error));
	g_assert_true(store_tx_begin(&tx, c->t.store, &test_actor, NULL, &error));
	g_assert_true(filing_open(&tx, &row, &c->jana, clock_ms() + 60000, &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
	catch_up(c);
	g_assert_cmpint(hits(c, &c->cyn, "thank"), ==, 0);
	g_assert_cmpint(hits(c, &c->ann, "thank"), ==, 1);
	g_setenv("KARTOTEKA_CLOCK", "+120", TRUE);
	catch_up(c);
	g_assert_cmpint(hits(c, &c->cyn, "thank"), ==, 1);
	g_unsetenv("KARTOTEKA_CLOCK");
}

/* n messages of somebody else's with the offer's Message-ID, which answer it too. */
static void
add_hidden(Fixture *f, int n)
{
	Company *c = &f->company;

	for (int i = 0; i < n; i++) {
		Id id = company_message(c, &c->cyn, NULL, NULL, 0, 0);
		g_autofree char *hex = id_text(&id);
		g_autofree char *sql = g_strdup_printf(
		    "INSERT INTO message_reference (mid_hash, message_id) SELECT o.mid_hash, n.id "
		    "FROM message o JOIN message n ON n.pid = x'%s' WHERE o.id = %" G_GINT64_FORMAT,
		    hex, company_row(c, OBJECT_MESSAGE, &f->offer));
		g_autofree char *mid = g_strdup_printf(
		    "UPDATE message SET key_id = 1, mid_hash = (SELECT o.mid_hash FROM message o "
		    "WHERE o.id = %" G_GINT64_FORMAT ") WHERE pid = x'%s'",
		    company_row(c, OBJECT_MESSAGE, &f->offer), hex);
		g_autoptr(GError) error = NULL;

		g_assert_true(db_exec(c->t.store, DB_RECORDS, sql, &error));
		g_assert_true(db_exec(c->t.store, DB_RECORDS, mid, &error));
		g_assert_no_error(error);
	}
}

/* However much a viewer may not see, his thread and his pages are as if it weren't there. */
static void
test_hidden_thread(Fixture *f, gconstpointer data)
{
	static const char *const to[] = {"ann@own.example", NULL};
	Company *c = &f->company;
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(View) view = NULL;
	g_autoptr(HistoryPage) page = NULL;
	g_autofree char *text = g_strdup(ANSWER);
	g_autoptr(GBytes) late = NULL;
	Id second;

	add_hidden(f, 250);
	memcpy(strstr(text, "<answer@"), "<latest@", 8);
	memcpy(strstr(text, "Thank"), "Think", 5);
	late = g_bytes_new_static(text, strlen(text));
	second = take_in(f, 3, late, "jana@customer.example", NULL, to);
	view = view_open(ann, &f->offer, &error);
	g_assert_no_error(error);
	g_assert_cmpint(view->thread->len, ==, 3);
	g_assert_false(view->thread_more);
	g_assert_true(id_equal(&((HistoryLine *)view->thread->pdata[2])->message, &second));
	page = history_open(ann, &c->jana, NULL, 50, &error);
	g_assert_no_error(error);
	g_assert_cmpint(page->lines->len, ==, 2); /* two versions of the answer are one line */
	for (guint i = 0; i < page->lines->len; i++)
		g_assert_cmpint(((HistoryLine *)page->lines->pdata[i])->thread, ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
	g_test_add("/view/sender", Fixture, NULL, set_up, test_sender, tear_down);
	g_test_add("/view/blind", Fixture, NULL, set_up, test_blind, tear_down);
	g_test_add("/view/nobody", Fixture, NULL, set_up, test_nobody, tear_down);
	g_test_add("/view/hidden-thread", Fixture, NULL, set_up, test_hidden_thread, tear_down);
#ifdef FAULT_POINTS
	g_test_add("/view/later", Fixture, NULL, set_up, test_later, tear_down);
#endif
	return g_test_run();
}

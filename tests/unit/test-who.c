/* Who can see says the same as the Viewer that decides, with a reason for each; the review list. */
#include "base/clock.h"
#include "rules/circle.h"
#include "rules/review.h"
#include "rules/summary.h"
#include "rules/who.h"
#include "store/message.h"
#include "tests/lib/company.h"

#include <string.h>

/* "ann:1 cyn:2": logins and how many reasons they have. */
static char *
ask(Company *c, ObjectKind kind, const Id *id, gint64 time)
{
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) entries = who_can_see(admin, kind, id, time, &error);
	g_autoptr(GString) text = g_string_new(NULL);

	g_assert_no_error(error);
	for (guint i = 0; i < entries->len; i++) {
		const WhoEntry *entry = entries->pdata[i];

		g_assert_cmpuint(g_strv_length(entry->reasons), >, 0);
		g_string_append_printf(
		    text, "%s%s:%u", i > 0 ? " " : "", entry->login, g_strv_length(entry->reasons));
	}
	return g_strdup(text->str);
}

static void
expect(Company *c, ObjectKind kind, const Id *id, gint64 time, const char *wanted)
{
	g_autofree char *got = ask(c, kind, id, time);

	g_assert_cmpstr(got, ==, wanted);
}

static void
test_now(Company *c, gconstpointer data)
{
	g_autoptr(Session) bob = company_session(c, &c->bob);
	g_autoptr(GError) error = NULL;
	Id mail = company_message(c, &c->bob, NULL, &c->jana, 0, 0);
	Id secret = company_message(c, &c->bob, NULL, &c->jana, 0, MESSAGE_PRIVATE);
	Id team = company_message(c, NULL, &c->team, NULL, 0, 0);

	expect(c, OBJECT_CONTACT, &c->jana, 0, "ann:1");
	company_grant(c, &c->sales, &c->team, true, RIGHT_SEE, 0);
	expect(c, OBJECT_CONTACT, &c->jana, 0, "ann:1 cyn:1");
	expect(c, OBJECT_MESSAGE, &mail, 0, "ann:1 bob:1");
	expect(c, OBJECT_MESSAGE, &secret, 0, "bob:1");
	expect(c, OBJECT_MESSAGE, &team, 0, "cyn:1");
	expect(c, OBJECT_BOOK, &c->sales, 0, "ann:6 cyn:1");
	/* Others may ask only of what they see. */
	g_assert_null(who_can_see(bob, OBJECT_CONTACT, &c->jana, 0, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_autoptr(GPtrArray) entries = who_can_see(bob, OBJECT_MESSAGE, &mail, 0, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(entries->len, ==, 2);
	g_assert_cmpstr(((WhoEntry *)entries->pdata[0])->reasons[0], ==,
	    "history on an address book that isn't open to you");
}

/* Only those learn of an address book and why a right on it was given who see the object in it. */
static void
test_withheld(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) his = NULL, hers = NULL, his_later = NULL;
	Id mail = company_message(c, &c->bob, NULL, &c->jana, 0, 0), circle;
	const WhoReason *part;

	/* Bob wrote to somebody who stands, unseen by him, in two address books that ann reads. */
	g_assert_true(contact_put_in(ann, &c->jana, &c->vault, &error));
	{
		g_autoptr(Session) bob = company_session(c, &c->bob);

		his = who_can_see(bob, OBJECT_MESSAGE, &mail, 0, &error);
	}
	g_assert_no_error(error);
	g_assert_cmpuint(his->len, ==, 2);
	g_assert_cmpuint(((WhoEntry *)his->pdata[0])->parts->len, ==, 1);
	part = ((WhoEntry *)his->pdata[0])->parts->pdata[0];
	g_assert_true(part->withheld);
	g_assert_null(part->book);
	g_assert_null(part->words);
	g_assert_cmpint(part->since, ==, 0);
	hers = who_can_see(ann, OBJECT_MESSAGE, &mail, 0, &error);
	g_assert_no_error(error);
	g_assert_nonnull(strstr(
	    ((WhoEntry *)hers->pdata[0])->reasons[0], "history on the address book Sales (since"));
	g_assert_nonnull(strstr(((WhoEntry *)hers->pdata[0])->reasons[0], ": test)"));
	/* He sees the book, but not that contact in it: it is in a circle. */
	company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
	company_grant(c, &c->sales, &c->bob, false, RIGHT_HISTORY, 0);
	g_assert_true(circle_create(ann, "Deal", &circle, &error));
	g_assert_true(circle_enclose(ann, &circle, OBJECT_CONTACT, &c->jana, "test", &error));
	{
		g_autoptr(Session) bob = company_session(c, &c->bob);

		his_later = who_can_see(bob, OBJECT_MESSAGE, &mail, 0, &error);
	}
	g_assert_no_error(error);
	g_assert_cmpstr(((WhoEntry *)his_later->pdata[0])->reasons[0], ==,
	    "history on an address book that isn't open to you");
}

static void
test_past(Company *c, gconstpointer data)
{
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	gint64 before = clock_ms(), between, after;
	Id grant, mail = company_message(c, &c->bob, NULL, &c->jana, 0, 0);
	Handover h = {.from = c->bob, .to = c->cyn};
	Id id;

	g_usleep(3000);
	grant = company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, clock_ms() + CLOCK_DAY);
	g_assert_true(user_hand_over(admin, &h, "helps", &id, &error));
	between = clock_ms();
	g_usleep(3000);
	g_assert_true(book_revoke(admin, &grant, "over", &error));
	g_assert_true(user_leaves(admin, &c->bob, "gone", &error));
	after = clock_ms();
	expect(c, OBJECT_CONTACT, &c->jana, before, "ann:1");
	expect(c, OBJECT_CONTACT, &c->jana, between, "ann:1 bob:1");
	expect(c, OBJECT_CONTACT, &c->jana, after, "ann:1");
	expect(c, OBJECT_CONTACT, &c->jana, between + 2 * CLOCK_DAY, "ann:1");
	expect(c, OBJECT_MESSAGE, &mail, between, "ann:1 bob:1 cyn:1");
	expect(c, OBJECT_MESSAGE, &mail, 0, "ann:1 cyn:1");
	expect(c, OBJECT_CONTACT, &c->jana, 1, "");
}

/* A mail from ann to these people, with a summary that is sealed as filing seals it. */
static void
add_sent(Company *c, const Id *user, char **people)
{
	Id id = company_message(c, user, NULL, NULL, 0, MESSAGE_OUTGOING);
	g_autoptr(Mail) mail = mail_new();
	g_autoptr(GBytes) summary = NULL, sealed = NULL;
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GError) error = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	gint64 key;

	for (; *people != NULL; people++) {
		MailAddress *address = g_new0(MailAddress, 1);

		address->role = MAIL_TO;
		address->address = g_strdup(*people);
		g_ptr_array_add(mail->addresses, address);
	}
	summary = summary_write(mail, NULL);
	g_assert_true(store_tx_begin(&tx, c->t.store, &test_actor, NULL, &error));
	g_assert_true(key_claim(&tx, &key, &error));
	sealed = key_seal(c->t.store, key, "message", &id, "summary",
	    g_bytes_get_data(summary, NULL), g_bytes_get_size(summary), &error);
	stmt = db_stmt(c->t.store, DB_RECORDS,
	    "UPDATE message SET key_id = $key, summary = $summary WHERE pid = $pid", &error);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$summary", sealed);
	db_bind_id(stmt, "$pid", &id);
	g_assert_true(db_run(stmt, &error));
	g_assert_true(store_tx_commit(&tx, &error));
	g_assert_no_error(error);
}

static void
test_review(Company *c, gconstpointer data)
{
	char *first[] = {"jana@customer.example", "New@Stranger.example", "bob@own.example",
	    "petr@other.example", NULL};
	char *second[] = {"new@stranger.example", NULL};
	g_autoptr(Session) ann = company_session(c, &c->ann), bob = company_session(c, &c->bob);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) hers = NULL, his = NULL;

	add_sent(c, &c->ann, first);
	add_sent(c, &c->ann, second);
	add_sent(c, &c->bob, first);
	hers = review_list(ann, 10, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(hers->len, ==, 1);
	g_assert_cmpuint(((ReviewEntry *)hers->pdata[0])->messages, ==, 2);
	/* What is hidden from him counts as in no book: the list doesn't tell that it is somewhere. */
	his = review_list(bob, 10, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(his->len, ==, 3);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
	g_test_add(name, Company, NULL, company_set_up, function, company_tear_down)
	ADD("/who/now", test_now);
	ADD("/who/withheld", test_withheld);
	ADD("/who/past", test_past);
	ADD("/who/review", test_review);
	return g_test_run();
}

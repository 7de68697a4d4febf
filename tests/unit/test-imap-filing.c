/* What the poller brings in, as it spools it: proof, participants, time, postures, copies. */
#include "base/clock.h"
#include "rules/account.h"
#include "rules/history.h"
#include "rules/refile.h"
#include "rules/view.h"
#include "tests/lib/filing.h"

#include <string.h>

#define DATE "Date: Mon, 23 Nov 2026 12:00:00 +0000\n"
#define TIME G_GINT64_CONSTANT(1795435200000) /* the same */
#define IN "From: jana@customer.example\nTo: ann@own.example\nSubject: Boat\n" DATE
#define OUT "From: ann@own.example\nTo: jana@customer.example\nSubject: Boat\n" DATE
#define STRANGE "From: x@stranger.example\nTo: ann@own.example\nSubject: Sale\n" DATE

static const char *const to_ann[] = {"ann@own.example", NULL};

static SpoolEntry *
copy(const char *owner, const char *folder, gint64 uid)
{
	SpoolEntry *entry = filing_entry(
	    &(Way){.via = SPOOL_IMAP, .source = "imap", .owner = owner, .folder = folder});

	entry->uid_validity = 7;
	entry->uid = uid;
	entry->internal_date = TIME;
	return entry;
}

static gint64
number(Company *c, const char *sql)
{
	return test_store_number(c->t.store, DB_RECORDS, sql);
}

static gint64
last_proof(Company *c)
{
	return number(c, "SELECT proof FROM item ORDER BY id DESC LIMIT 1");
}

static guint32
flags(Company *c, const FileResult *result)
{
	g_autoptr(GError) error = NULL;
	MessageRow row;

	g_assert_true(message_find_id(c->t.store, &result->message, &row, &error));
	return row.flags;
}

/* Login, own network, the owner's Sent folder, DMARC: the first that there is. */
static void
test_proof(Company *c, gconstpointer data)
{
	SpoolEntry *entry = copy("ann", "INBOX/Odeslaná pošta", 1);
	FileResult result = filing_run(c, entry, OUT "\n1\n");

	g_assert_cmpint(last_proof(c), ==, PROOF_SENT_FOLDER);
	g_assert_true(flags(c, &result) & MESSAGE_OUTGOING);
	g_assert_true(flags(c, &result) & MESSAGE_VERIFIED);
	/* somebody else's Sent folder proves nothing of her */
	result = filing_run(c, copy("bob", "Sent", 2), OUT "\n2\n");
	g_assert_cmpint(last_proof(c), ==, PROOF_NONE);
	g_assert_true(flags(c, &result) & MESSAGE_UNVERIFIED);
	g_assert_false(flags(c, &result) & MESSAGE_OUTGOING);
	/* nor her own inbox */
	filing_run(c, copy("ann", "INBOX", 3), OUT "\n3\n");
	g_assert_cmpint(last_proof(c), ==, PROOF_NONE);
	/* a customer's address in her Sent folder is not proved by it */
	result = filing_run(c, copy("ann", "Sent", 4), IN "\n4\n");
	g_assert_cmpint(last_proof(c), ==, PROOF_NONE);
	g_assert_false(flags(c, &result) & MESSAGE_VERIFIED);
	/* what had no proof has it once the Sent copy comes */
	result = filing_run(c, copy("ann", "Sent", 5), OUT "\n2\n");
	g_assert_true(result.merged);
	g_assert_true(flags(c, &result) & MESSAGE_OUTGOING);
	g_assert_false(flags(c, &result) & MESSAGE_UNVERIFIED);
}

static gint64
participants(Company *c, const Id *user, ParticipantSide side)
{
	g_autofree char *sql = g_strdup_printf(
	    "SELECT count(*) FROM participant WHERE end_revision IS NULL AND user_id = "
	    "%" G_GINT64_FORMAT " AND side = %d",
	    company_row(c, OBJECT_USER, user), (int)side);

	return number(c, sql);
}

static void
test_participants(Company *c, gconstpointer data)
{
	/* Bob's name stands in no header: he has a copy. */
	FileResult result = filing_run(c, copy("bob", "INBOX", 1), IN "\n1\n");

	g_assert_cmpint(participants(c, &c->bob, PARTICIPANT_OWNER), ==, 1);
	g_assert_cmpint(
	    participants(c, &c->ann, PARTICIPANT_RECIPIENT), ==, 0); /* To grants nothing */
	g_assert_cmpint(result.state, ==, ITEM_FILED);
	result = filing_run(c, copy("ann", "Sent", 2), OUT "\n2\n");
	g_assert_cmpint(participants(c, &c->ann, PARTICIPANT_SENDER), ==, 1);
	g_assert_cmpint(participants(c, &c->ann, PARTICIPANT_OWNER), ==, 1);
	/* a mail server's login may be a mail address */
	filing_run(c, copy("cyn@own.example", "INBOX", 3), IN "\n3\n");
	g_assert_cmpint(participants(c, &c->cyn, PARTICIPANT_OWNER), ==, 1);
}

static void
test_time(Company *c, gconstpointer data)
{
	static const struct {
		gint64 internal, wanted;
	} table[] = {
	    {TIME + 3600 * 1000, TIME},                     /* the usual way */
	    {TIME - 3600 * 1000, TIME - 3600 * 1000},       /* Date is to come */
	    {TIME + 30 * CLOCK_DAY, TIME + 30 * CLOCK_DAY}, /* Date is too old */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *text = g_strdup_printf(IN "\n%u\n", (guint)i);
		SpoolEntry *entry = copy("ann", "INBOX", (gint64)i + 1);

		entry->internal_date = table[i].internal;
		filing_run(c, entry, text);
		g_assert_cmpint(number(c, "SELECT time FROM message ORDER BY id DESC LIMIT 1"), ==,
		    table[i].wanted);
	}
}

static HistoryPage *
history(Company *c, const Id *user)
{
	g_autoptr(Session) session = company_session(c, user);
	g_autoptr(GError) error = NULL;
	HistoryPage *page = history_open(session, &c->jana, NULL, 10, &error);

	g_assert_no_error(error);
	return page;
}

/* Retroactive: filed, but for its participants until one of them opens it. */
static void
test_retroactive(Company *c, gconstpointer data)
{
	g_autoptr(Session) bob = company_session(c, &c->bob), ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	g_autoptr(HistoryPage) page = NULL;
	SpoolEntry *entry = copy("bob", "INBOX", 1);
	FileResult result;

	entry->lane = SPOOL_BACKLOG;
	result = filing_run(c, entry, IN "\nOld\n");
	g_assert_cmpint(result.state, ==, ITEM_FILED);
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).open_from, ==, FILING_OPEN_NEVER);
	page = history(c, &c->ann); /* has "history" on the book */
	g_assert_cmpuint(page->lines->len, ==, 0);
	g_assert_false(refile_open(ann, &result.message, &c->jana, "curious", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
	g_clear_pointer(&bob, session_free);
	bob = company_session(c, &c->bob);
	g_assert_true(refile_open(bob, &result.message, &c->jana, "it is the firm's", &error));
	g_assert_no_error(error);
	g_clear_pointer(&page, history_page_free);
	page = history(c, &c->ann);
	g_assert_cmpuint(page->lines->len, ==, 1);
	/* what is looked for and fetched on purpose is the past, too, whatever lane it takes */
	entry = copy("bob", "INBOX", 2);
	entry->wished = 1;
	result = filing_run(c, entry, IN "\nOlder\n");
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).open_from, ==, FILING_OPEN_NEVER);
	/* live mail is open */
	result = filing_run(c, copy("bob", "INBOX", 3), IN "\nNew\n");
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).open_from, ==, FILING_OPEN_ALWAYS);
}

static const Sighting *
sighting_of(const View *view, guint i)
{
	g_assert_cmpuint(view->sightings->len, >, i);
	return view->sightings->pdata[i];
}

/* The milter's copy, the Sent copy with its Bcc, the recipient's one, two labels: one message. */
static void
test_sightings(Company *c, gconstpointer data)
{
	static const char *const all[] = {"jana@customer.example", "bob@own.example", NULL};
	Way way = {
	    .via = SPOOL_SMTP, .sender = "ann@own.example", .login = "ann", .recipients = all};
	FileResult first = filing_file(c, &way, OUT "\nHello\n");
	const char *folders[] = {"Sent", "[Gmail]/All Mail", "Důležité"};
	g_autoptr(Session) ann = company_session(c, &c->ann), bob = company_session(c, &c->bob);
	g_autoptr(GError) error = NULL;
	g_autoptr(View) view = NULL;
	FileResult result;

	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
		result = filing_run(c, copy("ann", folders[i], (gint64)i + 1),
		    "Bcc: bob@own.example\nX-Gmail-Labels: x\n" OUT "\nHello  \n\n");
		g_assert_true(result.merged);
		g_assert_true(id_equal(&first.message, &result.message));
	}
	result = filing_run(c, copy("bob", "INBOX", 9), "Received: by mx\r\n" OUT "\r\nHello\r\n");
	g_assert_true(id_equal(&first.message, &result.message));
	g_assert_cmpint(number(c, "SELECT count(*) FROM message"), ==, 1);
	g_assert_cmpint(number(c, "SELECT count(*) FROM item WHERE state = 0"), ==, 5);
	g_assert_cmpint(number(c, "SELECT count(*) FROM filing WHERE end_revision IS NULL"), ==, 1);

	view = view_open(ann, &first.message, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(view->sightings->len, ==, 5);
	g_assert_cmpstr(sighting_of(view, 1)->owner, ==, "ann");
	g_assert_cmpstr(sighting_of(view, 3)->folder, ==, "Důležité");
	g_assert_cmpstr(sighting_of(view, 4)->owner, ==, "bob"); /* she wrote it to him */
	g_assert_null(sighting_of(view, 4)->folder);
	g_clear_pointer(&view, view_free);
	view = view_open(bob, &first.message, &error);
	g_assert_no_error(error);
	g_assert_null(sighting_of(view, 1)->owner);
	g_assert_null(sighting_of(view, 1)->folder);
	g_assert_cmpstr(sighting_of(view, 4)->folder, ==, "INBOX");
}

/* A blind recipient's copy doesn't name him to other readers. */
static void
test_blind_copy(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann);
	FileResult result = filing_run(c, copy("bob", "INBOX", 1), IN "\nHello\n");
	g_autoptr(GError) error = NULL;
	g_autoptr(View) view = view_open(ann, &result.message, &error);

	g_assert_no_error(error);
	g_assert_cmpint(sighting_of(view, 0)->kind, ==, SPOOL_IMAP);
	g_assert_null(sighting_of(view, 0)->owner);
	g_assert_null(sighting_of(view, 0)->folder);
}

static SpoolEntry *
with_posture(SpoolEntry *entry, const char *posture, bool wished)
{
	entry->posture = g_strdup(posture);
	entry->wished = wished;
	return entry;
}

/* Of what no contact matches nothing stays, not even a hash of an address; looked for once there is a contact, it comes. */
static void
test_known(Company *c, gconstpointer data)
{
	gint64 addresses = number(c, "SELECT count(*) FROM address");
	FileResult result =
	    filing_run(c, with_posture(copy("ann", "INBOX", 1), "known", false), STRANGE "\nx\n");
	Id contact;

	g_assert_cmpint(result.state, ==, ITEM_EXCLUDED);
	g_assert_cmpint(result.reason, ==, ITEM_REASON_POSTURE);
	g_assert_cmpint(number(c, "SELECT count(*) FROM message"), ==, 0);
	g_assert_cmpint(number(c, "SELECT count(*) FROM address"), ==, addresses);
	result = filing_run(c, with_posture(copy("ann", "INBOX", 2), "known", false), IN "\nx\n");
	g_assert_cmpint(result.state, ==, ITEM_FILED);
	/* staff alone, outside alone: their own reasons */
	result = filing_run(c, with_posture(copy("ann", "INBOX", 3), "known", false),
	    "From: bob@own.example\nTo: ann@own.example\n" DATE "\nx\n");
	g_assert_cmpint(result.reason, ==, ITEM_REASON_INTERNAL);
	/* the same again: still there; no contact: still none */
	g_assert_true(
	    filing_run(c, with_posture(copy("ann", "INBOX", 1), "known", false), STRANGE "\nx\n")
		.already);
	result =
	    filing_run(c, with_posture(copy("ann", "INBOX", 1), "known", true), STRANGE "\nx\n");
	g_assert_cmpint(result.reason, ==, ITEM_REASON_POSTURE);
	contact = company_contact(c, &c->ann, &c->sales, "X", "x@stranger.example");
	result =
	    filing_run(c, with_posture(copy("ann", "INBOX", 1), "known", true), STRANGE "\nx\n");
	g_assert_cmpint(result.state, ==, ITEM_FILED);
	g_assert_cmpint(filing_of(c, &result.message, &contact).open_from, ==, FILING_OPEN_NEVER);
	g_assert_true(
	    filing_run(c, with_posture(copy("ann", "INBOX", 1), "known", true), STRANGE "\nx\n")
		.already);
	g_assert_cmpint(number(c, "SELECT count(*) FROM item"), ==, 3);
}

/* A header is a version of its letter: one line, the whole mail's once that is there, whichever came first. Who has
 * the header alone doesn't get the body by it. */
static void
test_headers(Company *c, gconstpointer data)
{
	Way way = {.via = SPOOL_SMTP, .sender = "jana@customer.example", .recipients = to_ann};
	FileResult header =
	    filing_run(c, with_posture(copy("bob", "INBOX", 1), "headers", false), IN "\n");
	g_autoptr(HistoryPage) page = history(c, &c->ann);
	const HistoryLine *line = page->lines->pdata[0];
	g_autoptr(Session) bob = company_session(c, &c->bob);
	g_autoptr(GError) error = NULL;
	g_autoptr(View) view = NULL;
	FileResult whole, empty;

	g_assert_cmpint(header.state, ==, ITEM_FILED);
	g_assert_true(line->flags & MESSAGE_HEADER_ONLY);
	whole = filing_file(c, &way, IN "\nHello\n");
	g_assert_false(whole.merged);
	g_clear_pointer(&page, history_page_free);
	page = history(c, &c->ann);
	g_assert_cmpuint(page->lines->len, ==, 1);
	line = page->lines->pdata[0];
	g_assert_true(id_equal(&line->message, &whole.message));
	g_assert_false(line->flags & MESSAGE_HEADER_ONLY);
	g_assert_cmpuint(line->versions->len, ==, 1);
	/* another header later stays below the whole mail */
	header = filing_run(c, with_posture(copy("cyn", "INBOX", 1), "headers", false), IN "\n");
	g_assert_true(header.merged);
	/* a mail that really is empty is a mail */
	empty = filing_file(c, &way, IN "\n");
	g_assert_false(empty.merged);
	g_assert_false(flags(c, &empty) & MESSAGE_HEADER_ONLY);
	g_clear_pointer(&page, history_page_free);
	page = history(c, &c->ann);
	g_assert_cmpuint(page->lines->len, ==, 1);
	/* Bob took no part in the whole mail */
	view = view_open(bob, &header.message, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(view->versions->len, ==, 0);
	g_assert_null(view_open(bob, &whole.message, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
}

static bool
look_at_key(const ItemLine *line, gpointer data, GError **error)
{
	gint64 validity = 0, uid = 0;

	if (line->kind != SPOOL_IMAP)
		return true;
	g_assert_true(item_imap_key_parse(line->detail->key, &validity, &uid));
	g_assert_cmpint(validity, ==, 7);
	g_assert_cmpint(uid, ==, 42);
	g_assert_cmpstr(line->detail->folder, ==, "odd;UIDVALIDITY=1/;UID=2");
	(*(guint *)data)++;
	return true;
}

/* Listed, expunged before it was fetched: accounted for, by its place. */
static void
test_vanished(Company *c, gconstpointer data)
{
	SpoolEntry *entry = copy("ann", "odd;UIDVALIDITY=1/;UID=2", 42);
	g_autoptr(GError) error = NULL;
	g_autoptr(Viewer) system = rights_viewer_daemon(c->t.store, &error);
	FileResult result;
	guint seen = 0;

	entry->kind = SPOOL_VANISHED;
	result = filing_run(c, entry, NULL);
	g_assert_cmpint(result.state, ==, ITEM_VANISHED);
	g_assert_true(item_each(c->t.store, system, look_at_key, &seen, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(seen, ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
#define ADD(name, func)                                                                            \
	g_test_add("/imap-filing/" name, Company, NULL, company_set_up, func, company_tear_down)
	ADD("proof", test_proof);
	ADD("participants", test_participants);
	ADD("time", test_time);
	ADD("retroactive", test_retroactive);
	ADD("sightings", test_sightings);
	ADD("blind-copy", test_blind_copy);
	ADD("known", test_known);
	ADD("headers", test_headers);
	ADD("vanished", test_vanished);
	return g_test_run();
}

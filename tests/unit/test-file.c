#include "rules/account.h"
#include "rules/circle.h"
#include "rules/fingerprint.h"
#include "rules/maillog.h"
#include "rules/raw.h"
#include "rules/refile.h"
#include "tests/lib/filing.h"

#include <string.h>

#define DATE "Date: Mon, 23 Nov 2026 12:00:00 +0000\n"
#define HEAD "From: jana@customer.example\nTo: ann@own.example\nSubject: Boat\n" DATE

static const char *const ann[] = {"ann@own.example", NULL};
static const Way live = {.via = SPOOL_SMTP, .sender = "jana@customer.example", .recipients = ann};

static void
print(Company *c, const char *text, Fingerprint *ret)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Hasher) hasher = hasher_new(c->t.store, &error);
	g_autoptr(GBytes) raw = NULL;
	g_autoptr(Mail) mail = filing_parse(text, &raw);

	fingerprint_make(hasher, mail, raw, ret);
}

/* same: 0 other letter, 1 version of the letter, 2 the same message */
static void
check_print(Company *c, const char *a, const char *b, int same)
{
	Fingerprint one, other;

	print(c, a, &one);
	print(c, b, &other);
	g_assert_cmpint(memcmp(&one.letter, &other.letter, sizeof one.letter) == 0, ==, same >= 1);
	g_assert_cmpint(
	    memcmp(&one.content, &other.content, sizeof one.content) == 0, ==, same == 2);
}

static void
test_fingerprint(Company *c, gconstpointer data)
{
	static const char mail[] =
	    HEAD "Message-ID: <1@x>\nCc: a@x.example, b@x.example\n\nHello  \n";

	check_print(c, mail,
	    "Received: from x\nCc: B@x.example, A@X.example\nMessage-ID: <2@x>\n" HEAD
	    "\nHello\n\n",
	    2);
	check_print(c, mail,
	    HEAD "Cc: a@x.example, b@x.example\nMIME-Version: 1.0\n"
		 "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
		 "SGVsbG8gIA0K\n",
	    2);
	check_print(
	    c, mail, HEAD "Cc: a@x.example, b@x.example\n\nHello\n-- \nA list's footer\n", 1);
	check_print(c, mail, HEAD "Message-ID: <1@x>\nCc: a@x.example\n\nHello\n", 0);
	/* What stands twice: who reads it may see either. */
	check_print(c, HEAD "\nx\n", HEAD "Subject: Plane\n\nx\n", 1);
	check_print(c, HEAD "Subject: Ship\n\nx\n", HEAD "Subject: Plane\n\nx\n", 1);
	check_print(c, HEAD "Subject: Ship\n\nx\n",
	    HEAD "SUBJECT:\n =?utf-8?Q?Ship?=\nReceived: y\n\nx\n", 2);
	check_print(c, HEAD "From: boss@x.example\n\nx\n", HEAD "From: thief@x.example\n\nx\n", 0);
	check_print(c, HEAD "Date: Tue, 24 Nov 2026 12:00:00 +0000\n\nx\n",
	    HEAD "Date: Wed, 25 Nov 2026 12:00:00 +0000\n\nx\n", 1);
	/* Without From or Date only identical bytes count. */
	check_print(c, "To: a@x.example\n\nx\n", "Received: y\nTo: a@x.example\n\nx\n", 2);
	check_print(c, "To: a@x.example\n\nx\n", "To: a@x.example\nX: y\n\nx\n", 0);
}

/* A mail with an attached message whose header and text these are. */
static char *
forward(const char *header, const char *encoding, const char *text)
{
	return g_strconcat(HEAD "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
				"--b\nContent-Type: text/plain\n\nSee below.\n"
				"--b\nContent-Type: message/rfc822\n",
	    encoding, "\n", header, *text != '\0' ? "\n" : "", text, "\n--b--\n", NULL);
}

static void
test_fingerprint_forward(Company *c, gconstpointer data)
{
#define INNER "From: Petr <petr@x.example>\nTo: z@x.example\nSubject: Re: Boat\n" DATE
	g_autofree char *one = forward(INNER, "", "Yes.\n");
	g_autofree char *same = forward("Received: by y\nSubject: =?utf-8?Q?Re:?=\n Boat\n"
					"From: Petr\n <petr@x.example>\nTo: z@x.example\n" DATE,
	    "", "Yes.\n");
	static const char *const others[] = {
	    "From: Eva <eva@x.example>\nTo: z@x.example\nSubject: Re: Boat\n" DATE,
	    "From: Petr <petr@x.example>\nTo: y@x.example\nSubject: Re: Boat\n" DATE,
	    "From: Petr <petr@x.example>\nTo: z@x.example\nSubject: Re: Plane\n" DATE,
	    "From: Petr <petr@x.example>\nTo: z@x.example\nSubject: Re: Boat\n"
	    "Date: Tue, 24 Nov 2026 12:00:00 +0000\n",
	    INNER "Cc: y@x.example\n",
	};
	g_autofree char *coded =
	    g_base64_encode((const guchar *)INNER "\nYes.\n", strlen(INNER "\nYes.\n"));
	g_autofree char *coded_other =
	    g_base64_encode((const guchar *)INNER "\nYes?\n", strlen(INNER "\nYes?\n"));
	g_autofree char *base64 = forward(coded, "Content-Transfer-Encoding: base64\n", "");
	g_autofree char *base64_other =
	    forward(coded_other, "Content-Transfer-Encoding: base64\n", "");

	check_print(c, one, same, 2);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *other = forward(others[i], "", "Yes.\n");

		check_print(c, one, other, 1);
	}
	check_print(c, base64, base64_other, 1);
}

static void
test_merge(Company *c, gconstpointer data)
{
	Way again = live, bob = live;
	static const char *const to_bob[] = {"bob@own.example", NULL};
	FileResult first, second, third, version;

	again.source = "mx2";
	bob.recipients = to_bob;
	first = filing_file(c, &live, HEAD "\nHello\n");
	second = filing_file(c, &again, HEAD "\nHello\n");
	third = filing_file(c, &bob, "Received: x\n" HEAD "\nHello\n");
	version = filing_file(c, &live, HEAD "\nHello\n-- \nfooter\n");
	g_assert_cmpint(first.state, ==, ITEM_FILED);
	g_assert_false(first.merged);
	g_assert_true(second.merged && third.merged);
	g_assert_true(id_equal(&first.message, &second.message));
	g_assert_true(id_equal(&first.message, &third.message));
	g_assert_false(version.merged);
	g_assert_cmpint(test_store_number(c->t.store, DB_RECORDS,
			    "SELECT count(*) FROM filing WHERE end_revision IS NULL"),
	    ==, 2);
	/* Bob takes part through the sighting that was his. */
	g_assert_cmpint(
	    test_store_number(c->t.store, DB_RECORDS, "SELECT count(*) FROM participant"), ==, 3);
}

static void
test_once(Company *c, gconstpointer data)
{
	Way import = {
	    .via = SPOOL_IMPORT, .lane = SPOOL_BACKLOG, .source = "imp", .path = "/m/cur/1:2,S"};
	SpoolEntry *entry = filing_entry(&live), *twin = filing_entry(&live);
	FileResult result;

	twin->key = entry->key;
	g_assert_false(filing_run(c, entry, HEAD "\nHello\n").already);
	g_assert_true(filing_run(c, twin, HEAD "\nHello\n").already);
	g_assert_false(filing_file(c, &import, HEAD "\nOther\n").already);
	import.path = "/m/new/1";
	g_assert_true(filing_file(c, &import, HEAD "\nOther\n").already);
	import.path = "/m/cur/2:2,";
	result = filing_file(c, &import, HEAD "\nOther\n");
	g_assert_true(!result.already && result.merged);
}

static void
test_private(Company *c, gconstpointer data)
{
	SpoolEntry *mark = spool_entry_new(SPOOL_PRIVATE, SPOOL_SMTP);
	FileResult result;
	MessageRow row;
	g_autoptr(GError) error = NULL;

	g_strlcpy(mark->key.source, "mx1", sizeof mark->key.source);
	mark->key.start = 1;
	mark->key.n = 1000;
	mark->message_id = g_strdup("<secret@own.example>");
	mark->rule = g_strdup("header");
	result = filing_run(c, mark, NULL);
	g_assert_cmpint(result.reason, ==, ITEM_REASON_PRIVATE);
	result = filing_file(c, &live, HEAD "Message-ID: <secret@own.example>\n\nx\n");
	g_assert_cmpint(result.reason, ==, ITEM_REASON_PRIVATE_COPY);
	result = filing_file(c, &live, HEAD "In-Reply-To: <secret@own.example>\n\ny\n");
	g_assert_cmpint(result.state, ==, ITEM_FILED);
	g_assert_true(message_find_id(c->t.store, &result.message, &row, &error));
	g_assert_true(row.flags & MESSAGE_PRIVATE);
	g_assert_cmpuint(MESSAGE_PRIVATE, ==, VISIBLE_PRIVATE);
}

/* Who sends his mail once more, now as an answer to private mail, doesn't hide it from the others. */
static void
test_private_again(Company *c, gconstpointer data)
{
	SpoolEntry *mark = spool_entry_new(SPOOL_PRIVATE, SPOOL_SMTP);
	FileResult first, again;
	MessageRow row;
	g_autoptr(GError) error = NULL;

	g_strlcpy(mark->key.source, "mx1", sizeof mark->key.source);
	mark->key.start = 1;
	mark->key.n = 1000;
	mark->message_id = g_strdup("<secret@own.example>");
	mark->rule = g_strdup("header");
	filing_run(c, mark, NULL);
	first = filing_file(c, &live, HEAD "\nHello\n");
	again = filing_file(c, &live, HEAD "References: <secret@own.example>\n\nHello\n");
	g_assert_true(again.merged);
	g_assert_true(message_find_id(c->t.store, &first.message, &row, &error));
	g_assert_false(row.flags & MESSAGE_PRIVATE);
}

static void
test_waiting(Company *c, gconstpointer data)
{
	Way late = {.via = SPOOL_SMTP, .sender = "new@late.example", .recipients = ann};
	FileResult first =
	    filing_file(c, &late, "From: new@late.example\nTo: ann@own.example\n" DATE "\nHello\n");
	FileResult second;
	Id contact;
	Filing filing;

	g_assert_cmpint(first.state, ==, ITEM_WAITING);
	contact = company_contact(c, &c->ann, &c->sales, "New", "new@late.example");
	filing = filing_of(c, &first.message, &contact);
	g_assert_cmpint(filing.reason, ==, FILING_ADDRESS);
	g_assert_cmpint(filing.open_from, ==, FILING_OPEN_NEVER);
	g_assert_cmpint(
	    test_store_number(c->t.store, DB_RECORDS, "SELECT state FROM item"), ==, ITEM_FILED);
	second = filing_file(
	    c, &late, "From: new@late.example\nTo: ann@own.example\nSubject: 2\n" DATE "\nHello\n");
	filing = filing_of(c, &second.message, &contact);
	g_assert_cmpint(filing.open_from, ==, FILING_OPEN_ALWAYS);
}

/* Whoever gives a contact of his own the address of one in a circle doesn't read its mail by that. */
static void
test_kept(Company *c, gconstpointer data)
{
	static const char *const both[] = {"ann@own.example", "bob@own.example", NULL};
	g_autoptr(Session) owner = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	Way deal = {.via = SPOOL_SMTP, .sender = "cy@deal.example", .recipients = ann};
	Way other = {.via = SPOOL_SMTP, .sender = "cy@deal.example", .recipients = both};
	FileResult first, second, third;
	Id circle, before, enclosed, after;

	before = company_contact(c, &c->ann, &c->sales, "Before", "cy@deal.example");
	g_usleep(2000);
	enclosed = company_contact(c, &c->ann, &c->vault, "Cy", "cy@deal.example");
	g_assert_true(circle_create(owner, "Deal", &circle, &error));
	g_assert_true(circle_enclose(owner, &circle, OBJECT_CONTACT, &enclosed, "test", &error));
	g_usleep(2000);
	after = company_contact(c, &c->ann, &c->sales, "After", "cy@deal.example");
	first =
	    filing_file(c, &deal, "From: cy@deal.example\nTo: ann@own.example\n" DATE "\nTo her\n");
	g_assert_cmpint(filing_of(c, &first.message, &before).open_from, ==, FILING_OPEN_ALWAYS);
	g_assert_cmpint(filing_of(c, &first.message, &enclosed).open_from, ==, FILING_OPEN_ALWAYS);
	g_assert_cmpint(filing_of(c, &first.message, &after).open_from, ==, FILING_OPEN_NEVER);
	/* Bob isn't in the circle: what he takes part in is no secret of it, and looks like any other mail. */
	second = filing_file(c, &other,
	    "From: cy@deal.example\nTo: ann@own.example, bob@own.example\n" DATE "\nTo both\n");
	g_assert_cmpint(filing_of(c, &second.message, &after).open_from, ==, FILING_OPEN_ALWAYS);
	/* In the same circle it is as open as the other. */
	g_assert_true(circle_enclose(owner, &circle, OBJECT_CONTACT, &after, "test", &error));
	third =
	    filing_file(c, &deal, "From: cy@deal.example\nTo: ann@own.example\n" DATE "\nAgain\n");
	g_assert_cmpint(filing_of(c, &third.message, &after).open_from, ==, FILING_OPEN_ALWAYS);
	g_assert_no_error(error);
}

static void
test_owner(Company *c, gconstpointer data)
{
	Way import = {.via = SPOOL_IMPORT,
	    .lane = SPOOL_BACKLOG,
	    .source = "imp",
	    .path = "/m/1",
	    .owner = "ann",
	    .folder = "INBOX"};
	FileResult result = filing_file(c, &import, HEAD "\nHello\n");

	g_assert_cmpint(filing_of(c, &result.message, &c->jana).open_from, ==, FILING_OPEN_NEVER);
	/* The milter saw it as well: now it is open. */
	result = filing_file(c, &live, HEAD "\nHello\n");
	g_assert_true(result.merged);
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).open_from, ==, FILING_OPEN_ALWAYS);
}

static SpoolEntry *
from_mailbox(SpoolKind kind, const char *folder, gint64 uid)
{
	SpoolEntry *entry =
	    filing_entry(&(Way){.via = SPOOL_IMAP, .source = "imap", .owner = "ann"});

	entry->kind = kind;
	entry->folder = g_strdup(folder);
	entry->uid_validity = 7;
	entry->uid = uid;
	return entry;
}

/* What the poller says about a mail decides over it, and no place is taken in twice. */
static void
test_mailbox(Company *c, gconstpointer data)
{
	static const char stranger[] =
	    "From: x@stranger.example\nTo: ann@own.example\n" DATE "\nHello\n";
	static const char sent[] =
	    "From: ann@own.example\nTo: jana@customer.example\n" DATE "\nHello\n";
	SpoolEntry *entry;
	FileResult result = filing_run(c, from_mailbox(SPOOL_VANISHED, "INBOX", 1), NULL);

	g_assert_cmpint(result.state, ==, ITEM_VANISHED);
	g_assert_true(
	    filing_run(c, from_mailbox(SPOOL_MAIL, "INBOX", 1), HEAD "\nHello\n").already);

	entry = from_mailbox(SPOOL_MAIL, "INBOX", 2);
	entry->posture = g_strdup("known");
	result = filing_run(c, entry, stranger);
	g_assert_cmpint(result.state, ==, ITEM_EXCLUDED);
	g_assert_cmpint(result.reason, ==, ITEM_REASON_POSTURE);
	entry = from_mailbox(SPOOL_MAIL, "INBOX", 3);
	entry->posture = g_strdup("known");
	g_assert_cmpint(filing_run(c, entry, HEAD "\nHello\n").state, ==, ITEM_FILED);
	/* What was excluded left nothing behind that excludes it from elsewhere. */
	g_assert_cmpint(
	    filing_run(c, from_mailbox(SPOOL_MAIL, "INBOX", 4), stranger).state, ==, ITEM_WAITING);

	entry = from_mailbox(SPOOL_MAIL, "Elküldött", 5);
	entry->special_use = g_strdup("sent");
	filing_run(c, entry, sent);
	g_assert_cmpint(test_store_number(c->t.store, DB_RECORDS,
			    "SELECT proof FROM item ORDER BY id DESC LIMIT 1"),
	    ==, PROOF_SENT_FOLDER);
	entry = from_mailbox(SPOOL_MAIL, "Sent", 6);
	entry->special_use = g_strdup("junk");
	filing_run(c, entry, sent);
	g_assert_cmpint(test_store_number(c->t.store, DB_RECORDS,
			    "SELECT proof FROM item ORDER BY id DESC LIMIT 1"),
	    ==, PROOF_NONE);
}

static void
test_taken_back(Company *c, gconstpointer data)
{
	FileResult result = filing_file(c, &live, HEAD "\nHello\n");
	g_autoptr(Session) session = company_session(c, &c->ann);
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) changes = NULL;

	g_assert_false(refile_unfile(session, &result.message, &c->jana, "", &error));
	g_clear_error(&error);
	g_assert_true(refile_unfile(session, &result.message, &c->jana, "wrong", &error));
	g_assert_no_error(error);
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).reason, ==, 0);
	g_assert_cmpint(test_store_number(c->t.store, DB_RECORDS, "SELECT reason FROM item"), ==,
	    ITEM_REASON_TAKEN_BACK);
	/* Neither another copy nor refiling brings it back. */
	result = filing_file(c, &live, HEAD "\nHello\n");
	g_assert_cmpint(result.reason, ==, ITEM_REASON_TAKEN_BACK);
	changes = refile_all(admin, false, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(changes->len, ==, 0);
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).reason, ==, 0);
	g_assert_true(refile_by_hand(session, &result.message, &c->jana, "right", &error));
	g_assert_cmpint(filing_of(c, &result.message, &c->jana).reason, ==, FILING_BY_HAND);
}

static void
test_report(Company *c, gconstpointer data)
{
	static const char *const two[] = {"jana@customer.example", "petr@other.example", NULL};
	Way out = {
	    .via = SPOOL_SMTP, .sender = "ann@own.example", .login = "ann", .recipients = two};
	static const char text[] =
	    "From: MAILER-DAEMON@own.example\nTo: ann@own.example\n" DATE
	    "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; "
	    "boundary=b\n\n--b\n\nFailed.\n--b\nContent-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; own.example\n\nFinal-Recipient: rfc822; petr@other.example\n"
	    "Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\n"
	    "Message-ID: <sent@own.example>\nSubject: x\n\nx\n--b--\n";
	Way in = {.via = SPOOL_SMTP, .sender = "", .recipients = ann};
	Way forged = {.via = SPOOL_SMTP, .sender = "x@evil.example", .recipients = ann};
	g_autofree char *other = g_strdup_printf("Subject: other\n%s", text);
	FileResult sent = filing_file(c, &out,
	    "From: ann@own.example\nTo: jana@customer.example, petr@other.example\n"
	    "Message-ID: <sent@own.example>\n" DATE "\nx\n");
	FileResult report = filing_file(c, &in, text), letter;

	g_assert_cmpint(sent.contacts, ==, 2);
	g_assert_cmpint(report.state, ==, ITEM_FILED);
	g_assert_cmpint(filing_of(c, &report.message, &c->petr).reason, ==, FILING_DSN);
	g_assert_cmpint(filing_of(c, &report.message, &c->jana).reason, ==, 0);
	/* What somebody sends in a report's form is no report. */
	letter = filing_file(c, &forged, other);
	g_assert_cmpint(letter.state, ==, ITEM_WAITING);
	g_assert_cmpint(filing_of(c, &letter.message, &c->petr).reason, ==, 0);
}

static void
test_raw(Company *c, gconstpointer data)
{
	g_autoptr(GString) text = g_string_new(
	    "Bcc: secret@x.example,\n more@x.example\n" HEAD "MIME-Version: 1.0\nContent-Type: "
	    "multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Type: application/x\n"
	    "Content-Disposition: attachment; filename=x\nContent-Transfer-Encoding: base64\n\n");
	g_autoptr(GError) error = NULL;
	g_autoptr(Viewer) viewer = rights_viewer_daemon(c->t.store, &error);
	g_autoptr(GBytes) again = NULL, without = NULL;
	FileResult result, other;

	for (int i = 0; i < 50; i++)
		g_string_append(text,
		    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcHFy\n");
	g_string_append(text, "\n--b--\n");
	result = filing_file(c, &live, text->str);
	again = raw_read(c->t.store, viewer, &result.message, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(
	    g_bytes_get_data(again, NULL), g_bytes_get_size(again), text->str, text->len);
	without = raw_without_bcc(again);
	g_assert_cmpuint(g_bytes_get_size(without), ==,
	    text->len - strlen("Bcc: secret@x.example,\n more@x.example\n"));
	g_string_insert(text, 0, "Subject: another\n");
	other = filing_file(c, &live, text->str);
	g_assert_false(other.merged);
	/* The attachment is there once. */
	g_assert_cmpint(
	    test_store_number(c->t.store, DB_RECORDS, "SELECT count(*) FROM attachment"), ==, 1);
	g_assert_cmpint(
	    test_store_number(c->t.store, DB_RECORDS, "SELECT count(*) FROM message_attachment"),
	    ==, 2);
}

/* A blind recipient's own copy names him in its trace. */
static void
test_blind_trace(Company *c, gconstpointer data)
{
	static const char text[] =
	    "Delivered-To: secret@x.example\r\n"
	    "X-Original-To:\r\n secret@x.example\r\n"
	    "Received: from a.example by b.example with ESMTP id 1\r\n"
	    "\tfor <secret@x.example>; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
	    "Received: from e.example by c.example for\r\n secret@x.example; Mon, 2 Nov 2026\r\n"
	    "Subject: for <secret>\r\n\r\nReceived: by d.example for <kept@x.example>\r\n";
	static const char wanted[] =
	    "Received: from a.example by b.example with ESMTP id 1\r\n"
	    "\t; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
	    "Received: from e.example by c.example ; Mon, 2 Nov 2026\r\n"
	    "Subject: for <secret>\r\n\r\nReceived: by d.example for <kept@x.example>\r\n";
	g_autoptr(GBytes) raw = g_bytes_new_static(text, strlen(text));
	g_autoptr(GBytes) without = raw_without_bcc(raw);

	g_assert_cmpmem(
	    g_bytes_get_data(without, NULL), g_bytes_get_size(without), wanted, strlen(wanted));
}

static void
test_maillog(Company *c, gconstpointer data)
{
	static const char log[] =
	    "Nov 23 12:00:00 mx postfix/smtpd[1]: 4A2F1C0042: client=x[192.0.2.1]\n"
	    "Nov 23 12:00:00 mx postfix/cleanup[2]: 4A2F1C0042: message-id=<a@x>\n"
	    "Nov 23 12:00:00 mx postfix/qmgr[3]: 4A2F1C0042: from=<a@x>, size=1, nrcpt=1\n"
	    "Nov 23 12:00:01 mx postfix/cleanup[2]: 4A2F1C0043: message-id=<b@x>\n"
	    "Nov 23 12:00:01 mx postfix/cleanup[2]: 4A2F1C0043: milter-reject: END-OF-MESSAGE\n"
	    "Nov 23 12:00:02 mx sm-mta[9]: 5ANHfG1x012345: from=<c@x>, size=9, class=0\n"
	    "Nov 23 12:00:02 mx sshd[9]: something: else\nno line at all\n";
	g_autofree char *path = g_build_filename(c->t.folder, "mail.log", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) ids = NULL;

	g_assert_true(g_file_set_contents(path, log, -1, NULL));
	ids = maillog_read(path, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(ids->len, ==, 2);
	g_assert_cmpstr(g_ptr_array_index(ids, 0), ==, "4A2F1C0042");
	g_assert_cmpstr(g_ptr_array_index(ids, 1), ==, "5ANHfG1x012345");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
#define ADD(name)                                                                                  \
	g_test_add("/file/" #name, Company, NULL, company_set_up, test_##name, company_tear_down)
	ADD(fingerprint);
	ADD(fingerprint_forward);
	ADD(merge);
	ADD(once);
	ADD(private);
	ADD(private_again);
	ADD(waiting);
	ADD(owner);
	ADD(kept);
	ADD(mailbox);
	ADD(taken_back);
	ADD(report);
	ADD(raw);
	ADD(blind_trace);
	ADD(maillog);
	return g_test_run();
}

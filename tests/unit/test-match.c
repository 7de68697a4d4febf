#include "mail/address.h"
#include "tests/lib/filing.h"

#define DATE "Date: Mon, 23 Nov 2026 12:00:00 +0000\n"

static const Way plain = {.via = SPOOL_SMTP};

/* Jana is in a contact of the company; ann and bob are staff. */
static Id
organisation(Company *c, const char *name, const char *address, const char *domain)
{
	g_autoptr(Session) session = company_session(c, &c->ann);
	g_autoptr(Vcard) card = vcard_new();
	g_autoptr(GError) error = NULL;
	Id id;

	vcard_append(card, "FN", name);
	vcard_append(card, "KIND", "org");
	if (address != NULL)
		vcard_append(card, "EMAIL", address);
	if (domain != NULL)
		vcard_append(card, "X-KARTOTEKA-DOMAIN", domain);
	contact_create(session, &c->sales, card, &id, &error);
	g_assert_no_error(error);
	return id;
}

static void
test_address(Company *c, gconstpointer data)
{
	Id eva = company_contact(c, &c->ann, &c->sales, "Eva", "Eva.Mala@FIRMA.example");
	g_autoptr(Match) match = filing_match(c, &plain,
	    "From: \"E\" <eva.mala@firma.example>\nTo: ann@own.example\nCc: unknown@x.example\n" DATE
	    "\n");
	const MatchContact *found = filing_find(match, &eva);

	g_assert_nonnull(found);
	g_assert_cmpint(found->reason, ==, FILING_ADDRESS);
	g_assert_cmpint(found->role, ==, MAIL_FROM);
	g_assert_cmpuint(match->contacts->len, ==, 1);
	g_assert_false(match->internal);
}

static void
test_nothing(Company *c, gconstpointer data)
{
	g_autoptr(Match) empty = filing_match(c, &plain, "From: <>\nTo:\nCc: ,;\n" DATE "\n");
	g_autoptr(Match) nobody = filing_match(c, &plain, "Subject: x\n\n");

	g_assert_cmpuint(empty->contacts->len, ==, 0);
	g_assert_cmpuint(nobody->contacts->len, ==, 0);
	g_assert_false(nobody->internal);
}

static void
test_domain(Company *c, gconstpointer data)
{
	Id wide = organisation(c, "Wide", "info@wide.example", "wide.example");
	Id narrow = organisation(c, "Narrow", NULL, "lab.wide.example");
	Id free = organisation(c, "Free", NULL, "gmail.com");
	Id eva = company_contact(c, &c->ann, &c->vault, "Eva", "eva@wide.example");
	g_autoptr(Match) by_domain =
	    filing_match(c, &plain, "From: x@mail.wide.example\nTo: ann@own.example\n" DATE "\n");
	g_autoptr(Match) longest =
	    filing_match(c, &plain, "From: x@a.lab.wide.example\nTo: ann@own.example\n" DATE "\n");
	g_autoptr(Match) shared =
	    filing_match(c, &plain, "From: info@wide.example\nTo: ann@own.example\n" DATE "\n");
	g_autoptr(Match) person =
	    filing_match(c, &plain, "From: eva@wide.example\nTo: ann@own.example\n" DATE "\n");
	g_autoptr(Match) gmail =
	    filing_match(c, &plain, "From: x@gmail.com\nTo: ann@own.example\n" DATE "\n");

	g_assert_cmpint(filing_find(by_domain, &wide)->reason, ==, FILING_DOMAIN);
	g_assert_nonnull(filing_find(longest, &narrow));
	g_assert_null(filing_find(longest, &wide));
	g_assert_cmpint(filing_find(shared, &wide)->reason, ==, FILING_ADDRESS);
	/* An address that belongs to a contact in any book isn't its domain's. */
	g_assert_nonnull(filing_find(person, &eva));
	g_assert_null(filing_find(person, &wide));
	g_assert_cmpuint(gmail->contacts->len, ==, 0);
	g_assert_null(filing_find(gmail, &free));
}

static void
test_colleague(Company *c, gconstpointer data)
{
	Id spy = company_contact(c, &c->ann, &c->sales, "Bob", "bob@own.example");
	g_autoptr(Match) match =
	    filing_match(c, &plain, "From: x@far.example\nTo: bob@own.example\n" DATE "\n");
	g_autoptr(Match) internal =
	    filing_match(c, &plain, "From: bob@own.example\nTo: ann@own.example\n" DATE "\n");
	static const char *const outside[] = {"x@far.example", NULL};
	Way bcc = {.via = SPOOL_SMTP, .sender = "bob@own.example", .recipients = outside};
	g_autoptr(Match) blind =
	    filing_match(c, &bcc, "From: bob@own.example\nTo: ann@own.example\n" DATE "\n");

	g_assert_null(filing_find(match, &spy));
	g_assert_true(internal->internal);
	/* Envelope and headers together. */
	g_assert_false(blind->internal);
}

#define LIST "List-Id: <l.lists.example>\nList-Post: <mailto:l@lists.example>\n"
#define REPLY "Reply-To: eva@firma.example\nTo: l@lists.example\n"

static void
check_hint(Company *c, const Id *contact, const char *fields, const char *author)
{
	g_autofree char *text = g_strconcat(fields, DATE, "\n", NULL);
	g_autoptr(Match) match = filing_match(c, &plain, text);
	const MatchContact *found = filing_find(match, contact);

	g_assert_cmpstr(match->hint, ==, author);
	g_assert_cmpint((match->flags & MESSAGE_HINT) != 0, ==, author != NULL);
	g_assert_cmpint(found != NULL ? found->reason : 0, ==, author != NULL ? FILING_HINT : 0);
}

static void
test_reply_to(Company *c, gconstpointer data)
{
	Id eva = company_contact(c, &c->ann, &c->sales, "Eva", "eva@firma.example");

	check_hint(c, &eva, "From: x@evil.example\n" REPLY, NULL);
	check_hint(c, &eva, "From: Eva <l@lists.example>\n" REPLY LIST, "eva@firma.example");
	check_hint(
	    c, &eva, "From: Eva via L <l@lists.example>\n" REPLY LIST, "eva@firma.example");
	/* An address for each author, at the list's own domain. */
	check_hint(c, &eva, "From: Eva via L <eva=firma.example@lists.example>\n" REPLY LIST,
	    "eva@firma.example");
	check_hint(c, &eva, "From: Eva <bob@lists.example>\n" REPLY LIST, NULL);
	/* Not by a name, nor by half of the list's fields. */
	check_hint(c, &eva, "From: Eva via L <x@evil.example>\n" REPLY LIST, NULL);
	check_hint(c, &eva,
	    "From: Eva via L <l@lists.example>\n" REPLY "List-Id: <l.lists.example>\n", NULL);
	check_hint(
	    c, &eva, "From: Eva via L <l@lists.example>\n" REPLY "Precedence: list\n", NULL);
	/* The list may be answered too: whoever isn't the list is the author. */
	check_hint(c, &eva,
	    "From: Eva via L <l@lists.example>\nReply-To: l@lists.example, eva@firma.example\n"
	    "To: l@lists.example\n" LIST,
	    "eva@firma.example");
}

static void
test_envelope(Company *c, gconstpointer data)
{
	Id eva = company_contact(c, &c->ann, &c->sales, "Eva", "eva@firma.example");
	static const char *const to[] = {"eva@firma.example", "bob@own.example", NULL};
	Way way = {.via = SPOOL_SMTP,
	    .sender = "ann@own.example",
	    .login = "ann",
	    .recipients = to};
	g_autoptr(Match) match =
	    filing_match(c, &way, "From: ann@own.example\nTo: x@far.example\n" DATE "\n");
	bool ann = false, bob = false;

	g_assert_cmpint(filing_find(match, &eva)->role, ==, MAIL_ENVELOPE_TO);
	for (guint i = 0; i < match->participants->len; i++) {
		const MatchParticipant *one =
		    &g_array_index(match->participants, MatchParticipant, i);

		ann |= id_equal(&one->user, &c->ann) && one->side == PARTICIPANT_SENDER;
		bob |= id_equal(&one->user, &c->bob) && one->side == PARTICIPANT_RECIPIENT;
	}
	g_assert_true(ann && bob);
}

#define FROM_ANN "From: ann@own.example\nTo: x@far.example\n" DATE

static void
check_proof(Company *c, const Way *way, const char *text, SenderProof proof, guint32 flags)
{
	g_autoptr(Match) match = filing_match(c, way, text);

	g_assert_cmpint(match->proof, ==, proof);
	g_assert_cmpuint(match->flags & (MESSAGE_OUTGOING | MESSAGE_VERIFIED | MESSAGE_UNVERIFIED |
					    MESSAGE_FAILED),
	    ==, flags);
}

static void
test_proof(Company *c, gconstpointer data)
{
	Way login = {.via = SPOOL_SMTP, .login = "ann"};
	Way other = {.via = SPOOL_SMTP, .login = "bob"};
	Way sent = {.via = SPOOL_IMPORT, .owner = "ann", .folder = "Sent"};
	Way inbox = {.via = SPOOL_IMPORT, .owner = "ann", .folder = "INBOX"};
	Way stolen = {.via = SPOOL_IMPORT, .owner = "bob", .folder = "Sent"};
	Way trusted = {.via = SPOOL_SMTP, .authserv = "mx.own.example"};
	guint32 ours = MESSAGE_OUTGOING | MESSAGE_VERIFIED;

	check_proof(c, &login, FROM_ANN "\n", PROOF_LOGIN, ours);
	check_proof(c, &other, FROM_ANN "\n", PROOF_NONE, MESSAGE_UNVERIFIED);
	check_proof(c, &plain, FROM_ANN "\n", PROOF_NONE, MESSAGE_UNVERIFIED);
	check_proof(c, &sent, FROM_ANN "\n", PROOF_SENT_FOLDER, ours);
	check_proof(c, &inbox, FROM_ANN "\n", PROOF_NONE, MESSAGE_UNVERIFIED);
	check_proof(c, &stolen, FROM_ANN "\n", PROOF_NONE, MESSAGE_UNVERIFIED);
#define RESULT(who, what)                                                                          \
	"Authentication-Results: " who "; dmarc=" what " header.from=far.example\n"                \
	"From: x@far.example\nTo: ann@own.example\n" DATE "\n"
	check_proof(c, &trusted, RESULT("mx.own.example", "pass"), PROOF_DMARC, MESSAGE_VERIFIED);
	check_proof(c, &trusted, RESULT("mx.own.example", "fail"), PROOF_NONE, MESSAGE_FAILED);
	check_proof(c, &trusted, RESULT("mx.evil.example", "pass"), PROOF_NONE, 0);
	check_proof(c, &plain, RESULT("mx.own.example", "pass"), PROOF_NONE, 0);
	/* Two that disagree count as none. */
	check_proof(c, &trusted,
	    "Authentication-Results: mx.own.example; dmarc=pass header.from=far.example\n" RESULT(
		"mx.own.example", "fail"),
	    PROOF_NONE, 0);
}

static bool
is_private(Company *c, const Way *way, const char *fields)
{
	g_autofree char *text = g_strconcat(FROM_ANN, fields, "\n", NULL);
	g_autoptr(Match) match = filing_match(c, way, text);

	return match->marked_private;
}

/* Mail that didn't pass the milter is marked as the milter's is. */
static void
test_private_mark(Company *c, gconstpointer data)
{
	Way sent = {.via = SPOOL_IMPORT, .owner = "ann", .folder = "Sent"};
	Way inbox = {.via = SPOOL_IMPORT, .owner = "ann", .folder = "INBOX"};

	g_free(c->t.conf->milter.private_subject_mark);
	c->t.conf->milter.private_subject_mark = g_strdup("[soukromé]");
	g_assert_true(is_private(c, &sent, "Subject: [Soukromé] x\n"));
	g_assert_true(is_private(c, &sent, "Subject: Re: AW[2]: [soukromé] x\n"));
	g_assert_true(is_private(c, &sent, "Subject: =?utf-8?Q?Odp.:_[SOUKROM=C3=89]_x?=\n"));
	g_assert_false(is_private(c, &sent, "Subject: about [soukromé]\n"));
	g_assert_false(is_private(c, &inbox, "Subject: Re: [soukromé] x\n"));
	g_assert_true(is_private(c, &sent, "X-Kartoteka: private\n"));
	g_assert_true(is_private(c, &sent, "X-Kartoteka: x\nX-Kartoteka: Private\nX-Kartoteka: y\n"));
	g_assert_false(is_private(c, &sent, "X-Kartoteka: public\n"));
}

static void
test_time(Company *c, gconstpointer data)
{
	static const gint64 noon = G_GINT64_CONSTANT(1795435200000); /* 23 Nov 2026, 12:00 UTC */
	static const struct {
		gint64 arrival, time;
		bool far;
	} cases[] = {
	    {noon + 5000, noon, false},
	    {noon + 6 * 86400000LL, noon, false},
	    {noon + 8 * 86400000LL, noon + 8 * 86400000LL, true},
	    {noon - 2000, noon - 2000, false},
	    {noon - 86400000LL, noon - 86400000LL, true},
	};
	g_autoptr(GBytes) raw = NULL;
	g_autoptr(Mail) mail = filing_parse("From: x@far.example\n" DATE "\n", &raw);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Way way = {.via = SPOOL_SMTP, .time = cases[i].arrival};
		g_autoptr(SpoolEntry) entry = filing_entry(&way);
		bool far;

		g_assert_cmpint(match_time(entry, mail, &far), ==, cases[i].time);
		g_assert_cmpint(far, ==, cases[i].far);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	parse_warm_up();
#define ADD(name) \
	g_test_add("/match/" #name, Company, NULL, company_set_up, test_##name, company_tear_down)
	ADD(address);
	ADD(nothing);
	ADD(domain);
	ADD(colleague);
	ADD(reply_to);
	ADD(envelope);
	ADD(proof);
	ADD(private_mark);
	ADD(time);
	return g_test_run();
}

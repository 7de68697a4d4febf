/* Who may what: each right with each function that asks for one, what is hidden, ends, circles, hand-overs
 * and the past. */
#include "base/clock.h"
#include "store/circle.h"
#include "store/message.h"
#include "store/revision.h"
#include "tests/lib/company.h"

#include <string.h>

static void
expect(bool done, GError **error, bool allowed, const char *what, Right right)
{
	if (done != allowed)
		g_error("%s with %s: %s", what, right == 0 ? "no right" : grant_right_name(right),
		    *error == NULL ? "done" : (*error)->message);
	if (!done)
		g_assert_true(
		    error_code(*error) == ERROR_DENIED || error_code(*error) == ERROR_NOT_FOUND);
	g_clear_error(error);
}

static Vcard *
new_card(const char *name)
{
	Vcard *card = vcard_new();

	vcard_append(card, "FN", name);
	return card;
}

/* What bob can do on the book with exactly these rights. */
static void
try_all(Company *c, guint rights, Right right)
{
	g_autoptr(Session) s = company_session(c, &c->bob);
	g_autoptr(Vcard) one = new_card("One"), two = new_card("Two");
	g_autoptr(GError) error = NULL;
	g_autoptr(ContactView) view = NULL;
	g_autofree char *exported = NULL;
	g_autoptr(GPtrArray) list = NULL;
	bool see = rights & 1u << RIGHT_SEE, edit = rights & 1u << RIGHT_EDIT;
	bool share = rights & 1u << RIGHT_EXPORT, manage = rights & 1u << RIGHT_MANAGE;
	ContactQuery query = {.book = &c->sales};
	Id message = company_message(c, NULL, NULL, &c->jana, 0, 0), id;
	guint count = 0;

	view = contact_show(s, &c->jana, &error);
	expect(view != NULL, &error, see, "contact_show", right);
	list = contact_browse(s, &query, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(list->len > 0, ==, see);
	expect(visible_message_check(c->t.store, s->viewer, &message, &error), &error,
	    rights & 1u << RIGHT_HISTORY, "message", right);
	expect(
	    contact_create(s, &c->sales, one, &id, &error), &error, edit, "contact_create", right);
	expect(
	    contact_change(s, &c->jana, two, NULL, &error), &error, see && edit, "contact_change", right);
	exported = contact_export(s, &query, 40, &count, &error);
	expect(exported != NULL, &error, share, "contact_export", right);
	g_assert_cmpuint(count > 0, ==, share && see);
	expect(book_change_name(s, &c->sales, "Sales", "", &error), &error, manage,
	    "book_change_name", right);
	expect(book_grant(s, &c->sales, &c->team, true, RIGHT_SYNC, 0, "test", &id, &error), &error,
	    manage, "book_grant", right);
	if (manage)
		g_assert_true(book_revoke(s, &id, "test", &error));
	/* Never, by rights on one book: */
	expect(contact_show(s, &c->petr, &error) != NULL, &error, false, "a hidden contact", right);
	expect(book_grant(s, &c->vault, &c->team, true, RIGHT_SEE, 0, "test", &id, &error), &error,
	    false, "a hidden book", right);
	expect(book_create(s, "Mine", NULL, &id, &error), &error, false, "book_create", right);
	expect(user_leaves(s, &c->cyn, "test", &error), &error, false, "user_leaves", right);
	expect(book_grant(s, &c->sales, &c->bob, false, RIGHT_SEE, 0, "test", &id, &error), &error,
	    false, "granting to oneself", right);
}

static void
test_matrix(Company *c, gconstpointer data)
{
	try_all(c, 0, 0);
	for (int right = RIGHT_SEE; right <= RIGHT_LAST; right++) {
		g_autoptr(Session) admin = company_session(c, &c->admin);
		g_autoptr(GError) error = NULL;
		Id one = company_grant(c, &c->sales, &c->bob, false, (Right)right, 0);
		Id see = {{0}};

		try_all(c, 1u << right, (Right)right);
		if (right != RIGHT_SEE) {
			see = company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
			try_all(c, 1u << right | 1u << RIGHT_SEE, (Right)right);
			g_assert_true(book_revoke(admin, &see, "test", &error));
		}
		g_assert_true(book_revoke(admin, &one, "test", &error));
		g_assert_no_error(error);
	}
	try_all(c, 0, 0);
}

/* A grant on an address book that one doesn't know of is no grant at all. */
static void
test_hidden_grant(Company *c, gconstpointer data)
{
	g_autoptr(Session) bob = company_session(c, &c->bob), cyn = NULL;
	g_autoptr(GError) hidden = NULL, missing = NULL, denied = NULL;
	Id grant = company_grant(c, &c->vault, &c->cyn, false, RIGHT_SEE, 0), none = id_new();

	g_assert_false(book_revoke(bob, &grant, "test", &hidden));
	g_assert_false(book_revoke(bob, &none, "test", &missing));
	g_assert_cmpint(error_code(hidden), ==, error_code(missing));
	g_assert_cmpstr(hidden->message, ==, missing->message);
	cyn = company_session(c, &c->cyn);
	g_assert_false(book_revoke(cyn, &grant, "test", &denied));
	g_assert_error(denied, ERROR_DOMAIN, ERROR_DENIED);
}

/* The administrator has the whole program and no contact and no mail. */
static void
test_administrator(Company *c, gconstpointer data)
{
	g_autoptr(Session) s = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) contacts = NULL;
	g_autoptr(Vcard) card = new_card("X");
	Id message = company_message(c, &c->ann, NULL, &c->jana, 0, 0), id;
	ContactQuery query = {0};

	g_assert_null(contact_show(s, &c->jana, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	contacts = contact_browse(s, &query, &error);
	g_assert_cmpuint(contacts->len, ==, 0);
	g_assert_false(visible_message_check(c->t.store, s->viewer, &message, &error));
	g_clear_error(&error);
	g_assert_false(contact_create(s, &c->sales, card, &id, &error));
	g_clear_error(&error);
	g_assert_false(
	    book_grant(s, &c->sales, &c->admin, false, RIGHT_SEE, 0, "curious", &id, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_assert_false(user_join_team(s, &c->team, &c->admin, 0, "curious", &error));
	g_clear_error(&error);
	g_assert_false(user_claim_address(s, &c->admin, "ann2@own.example", &error));
	g_clear_error(&error);
	g_assert_false(user_leaves(s, &c->admin, "last one", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
}

static bool
sees_message(Company *c, const Id *user, const Id *message)
{
	g_autoptr(Session) s = company_session(c, user);

	return visible_message_check(c->t.store, s->viewer, message, NULL);
}

static bool
sees_contact(Company *c, const Id *user, const Id *contact)
{
	g_autoptr(Session) s = company_session(c, user);
	g_autoptr(ContactView) view = contact_show(s, contact, NULL);

	return view != NULL;
}

static void
test_messages(Company *c, gconstpointer data)
{
	Id mine = company_message(c, &c->bob, NULL, NULL, 0, 0);
	Id ours = company_message(c, NULL, &c->team, NULL, 0, 0);
	Id filed = company_message(c, &c->bob, NULL, &c->jana, 0, 0);
	Id closed = company_message(c, &c->bob, NULL, &c->jana, FILING_OPEN_NEVER, 0);
	Id later = company_message(c, &c->bob, NULL, &c->jana, clock_ms() + CLOCK_DAY, 0);
	Id private = company_message(c, &c->bob, NULL, &c->jana, 0, MESSAGE_PRIVATE);
	guint why;
	g_autoptr(Session) ann = company_session(c, &c->ann);

	g_assert_true(sees_message(c, &c->bob, &mine));
	g_assert_false(sees_message(c, &c->ann, &mine));
	g_assert_true(sees_message(c, &c->cyn, &ours));
	g_assert_false(sees_message(c, &c->bob, &ours));
	g_assert_true(sees_message(c, &c->ann, &filed));
	g_assert_true(visible_message_why(c->t.store, ann->viewer, &filed, &why, NULL));
	g_assert_cmpuint(why, ==, VISIBLE_HISTORY);
	g_assert_false(sees_message(c, &c->cyn, &filed));
	g_assert_false(sees_message(c, &c->ann, &closed));
	g_assert_true(sees_message(c, &c->bob, &closed));
	g_assert_false(sees_message(c, &c->ann, &later));
	g_assert_false(sees_message(c, &c->ann, &private));
	g_assert_true(sees_message(c, &c->bob, &private));
}

static void
test_until(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Viewer) viewer = NULL;
	gint64 now = clock_ms();
	guint rights = G_MAXUINT;

	company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, now + CLOCK_DAY);
	g_assert_true(sees_contact(c, &c->bob, &c->jana));
	viewer = rights_viewer(c->t.store, &c->bob, G_MAXINT64, now + 2 * CLOCK_DAY, &error);
	g_assert_no_error(error);
	g_assert_true(visible_book_rights(c->t.store, viewer, &c->sales, &rights, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(rights, ==, 0);
	g_assert_null(contact_get(c->t.store, viewer, &c->jana, NULL));
}

/* A circle hides that the contact exists, whatever the grants say; and its mail. */
static void
test_circle(Company *c, gconstpointer data)
{
	Id filed = company_message(c, NULL, NULL, &c->jana, 0, 0), circle;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(GPtrArray) found = NULL;
	g_autoptr(GError) error = NULL;
	ContactQuery query = {.book = &c->sales};

	company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
	company_grant(c, &c->sales, &c->bob, false, RIGHT_HISTORY, 0);
	g_assert_true(sees_contact(c, &c->bob, &c->jana));
	g_assert_true(sees_message(c, &c->bob, &filed));
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;

		g_assert_true(store_tx_begin(&tx, c->t.store, &ann->actor, "secret", &error));
		g_assert_true(circle_add(&tx, "Deal", &c->ann, &circle, &error));
		g_assert_true(
		    circle_put(&tx, ann->viewer, &circle, OBJECT_CONTACT, &c->jana, &error));
		g_assert_true(store_tx_commit(&tx, &error));
	}
	g_assert_false(sees_contact(c, &c->bob, &c->jana));
	g_assert_false(sees_message(c, &c->bob, &filed));
	g_assert_true(sees_contact(c, &c->ann, &c->jana));
	g_assert_true(sees_message(c, &c->ann, &filed));
	g_autoptr(Session) bob = company_session(c, &c->bob);

	found = contact_browse(bob, &query, &error);
	g_assert_cmpuint(found->len, ==, 0);
	g_clear_pointer(&found, g_ptr_array_unref);
	found = contact_find_address(c->t.store, bob->viewer, "jana@customer.example", &error);
	g_assert_cmpuint(found->len, ==, 0);
	{
		g_auto(StoreTx) tx = STORE_TX_INIT;

		g_assert_true(store_tx_begin(&tx, c->t.store, &bob->actor, "x", &error));
		g_assert_false(
		    circle_put(&tx, bob->viewer, &circle, OBJECT_CONTACT, &c->jana, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	}
}

/* A leaver's mail stays; a successor sees it by a hand-over, as far as that goes. */
static void
test_handover(Company *c, gconstpointer data)
{
	Id free_mail = company_message(c, &c->bob, NULL, NULL, 0, 0);
	Id sales_mail = company_message(c, &c->bob, NULL, &c->jana, FILING_OPEN_NEVER, 0);
	Id private = company_message(c, &c->bob, NULL, &c->jana, 0, MESSAGE_PRIVATE), id;
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	Handover h = {.from = c->bob, .to = c->cyn, .book = c->sales};
	Actor actor = {.kind = ACTOR_USER, .user = c->bob};

	g_assert_true(user_leaves(admin, &c->bob, "new job", &error));
	g_assert_null(session_new(c->t.store, &actor, SURFACE_PAGE, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
	g_clear_error(&error);
	g_assert_false(sees_message(c, &c->cyn, &free_mail));
	g_assert_true(user_hand_over(admin, &h, "takes over", &id, &error));
	g_assert_true(sees_message(c, &c->cyn, &sales_mail));
	g_assert_false(sees_message(c, &c->cyn, &free_mail));
	g_assert_false(sees_message(c, &c->cyn, &private));
	g_assert_true(user_end_hand_over(admin, &id, "wider", &error));
	g_assert_false(sees_message(c, &c->cyn, &sales_mail));
	h = (Handover){.from = c->bob, .to = c->team, .team = true};
	g_assert_true(user_hand_over(admin, &h, "takes over", &id, &error));
	g_assert_true(sees_message(c, &c->cyn, &free_mail));
	g_assert_false(sees_message(c, &c->cyn, &private));
	g_assert_false(sees_message(c, &c->ann, &free_mail));
	h.to = c->admin;
	h.team = false;
	g_assert_false(user_hand_over(admin, &h, "curious", &id, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
}

/* What was is never overwritten: a revoked grant is still seen in the past. */
static void
test_past(Company *c, gconstpointer data)
{
	g_autoptr(Session) admin = company_session(c, &c->admin);
	g_autoptr(GError) error = NULL;
	gint64 before = revision_at(c->t.store, G_MAXINT64, &error), during, after;
	Id grant = company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
	const gint64 *revisions[] = {&before, &during, &after};
	const bool seen[] = {false, true, false};

	during = revision_at(c->t.store, G_MAXINT64, &error);
	g_assert_true(book_revoke(admin, &grant, "over", &error));
	after = revision_at(c->t.store, G_MAXINT64, &error);
	for (gsize i = 0; i < G_N_ELEMENTS(revisions); i++) {
		g_autoptr(Viewer) viewer =
		    rights_viewer(c->t.store, &c->bob, *revisions[i], 0, &error);
		g_autoptr(Contact) contact = NULL;

		g_assert_no_error(error);
		contact = contact_get(c->t.store, viewer, &c->jana, NULL);
		g_assert_true((contact != NULL) == seen[i]);
	}
	g_assert_cmpint(before, <, during);
	g_assert_cmpint(during, <, after);
	g_autoptr(Revision) revision = revision_get(c->t.store, after, &error);

	g_assert_cmpstr(revision->reason, ==, "over");
	g_assert_true(id_equal(&revision->actor, &c->admin));
}

/* A contact is always in a book; taking it from one, moving, deleting. */
static void
test_books(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	g_autoptr(Vcard) card = new_card("Jana again");
	Id id;

	company_grant(c, &c->vault, &c->bob, false, RIGHT_SEE, 0);
	g_assert_false(contact_take_out(ann, &c->jana, &c->sales, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	g_assert_true(contact_put_in(ann, &c->jana, &c->vault, &error));
	g_assert_false(contact_put_in(ann, &c->jana, &c->vault, &error));
	g_clear_error(&error);
	g_assert_true(sees_contact(c, &c->bob, &c->jana));
	g_assert_true(contact_take_out(ann, &c->jana, &c->sales, &error));
	g_assert_true(contact_move(ann, &c->jana, &c->vault, &c->sales, &error));
	g_assert_false(sees_contact(c, &c->bob, &c->jana));
	g_assert_true(contact_remove(ann, &c->jana, &error));
	g_assert_no_error(error);
	g_assert_false(sees_contact(c, &c->ann, &c->jana));
	g_assert_cmpint(
	    test_store_number(c->t.store, DB_RECORDS, "SELECT count(*) FROM book_change"), ==, 7);
	g_assert_true(contact_create(ann, &c->sales, card, &id, &error));
}

/* Adding a colleague's address to a contact opens nothing; rows follow the card. */
static void
test_card_rows(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	g_autoptr(Vcard) org = new_card("Firm"), person = new_card("Eva"), bad = new_card("Bad");
	g_autoptr(GPtrArray) people = NULL, employers = NULL, found = NULL;
	Id firm, eva;
	ContactQuery query = {.roles = 1u << CONTACT_SUPPLIER};

	vcard_append(org, "KIND", "org");
	vcard_append(org, "UID", "firm-1");
	vcard_append(org, "X-KARTOTEKA-DOMAIN", "Firm.Example");
	g_assert_true(contact_create(ann, &c->sales, org, &firm, &error));
	vcard_append(person, "X-KARTOTEKA-EMPLOYER", "firm-1");
	vcard_append(person, "X-KARTOTEKA-ROLE", "supplier");
	vcard_append(person, "X-KARTOTEKA-ROLE", "partner");
	vcard_append(person, "EMAIL", "Eva@Firm.Example");
	g_assert_true(contact_create(ann, &c->sales, person, &eva, &error));
	g_assert_no_error(error);
	people = contact_shown_people(ann, &firm, &error);
	employers = contact_shown_employers(ann, &eva, &error);
	g_assert_cmpuint(people->len, ==, 1);
	g_assert_cmpstr(((ContactView *)people->pdata[0])->name, ==, "Eva");
	g_assert_cmpuint(employers->len, ==, 1);
	found = contact_browse(ann, &query, &error);
	g_assert_cmpuint(found->len, ==, 1);
	g_assert_cmpuint(((ContactView *)found->pdata[0])->roles, ==,
	    1u << CONTACT_SUPPLIER | 1u << CONTACT_PARTNER);
	vcard_append(bad, "EMAIL", "no address");
	g_assert_false(contact_create(ann, &c->sales, bad, &eva, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	vcard_set(bad, "EMAIL", NULL);
	vcard_append(bad, "UID", "firm-1");
	g_assert_false(contact_create(ann, &c->sales, bad, &eva, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
}

/* Nothing that is hidden shows by what is refused: a UID that only a hidden contact has is free. */
static void
test_hidden_uid(Company *c, gconstpointer data)
{
	g_autoptr(Session) bob = company_session(c, &c->bob);
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(ContactView) jana = contact_show(ann, &c->jana, &error);
	g_autofree char *uid = vcard_get(jana->card, "UID");
	g_autoptr(Vcard) card = new_card("Other"), again = new_card("Other");
	g_autoptr(ContactView) made = NULL;
	g_autofree char *got = NULL;
	Id id, book;
	g_autoptr(Session) admin = company_session(c, &c->admin);

	g_assert_true(book_create(admin, "Bob", NULL, &book, &error));
	company_grant(c, &book, &c->bob, false, RIGHT_SEE, 0);
	company_grant(c, &book, &c->bob, false, RIGHT_EDIT, 0);
	g_clear_pointer(&bob, session_free);
	bob = company_session(c, &c->bob);
	vcard_append(card, "UID", uid);
	g_assert_true(contact_create(bob, &book, card, &id, &error));
	g_assert_no_error(error);
	made = contact_show(bob, &id, &error);
	got = vcard_get(made->card, "UID");
	g_assert_cmpstr(got, !=, uid);
	vcard_append(again, "UID", uid);
	g_assert_true(contact_change(bob, &id, again, NULL, &error));
	g_assert_no_error(error);
	/* Whoever sees the contact is told. */
	vcard_set(again, "UID", uid);
	g_assert_false(contact_create(ann, &c->sales, again, &id, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
	g_test_add(name, Company, NULL, company_set_up, function, company_tear_down)
	ADD("/rights/matrix", test_matrix);
	ADD("/rights/hidden-grant", test_hidden_grant);
	ADD("/rights/administrator", test_administrator);
	ADD("/rights/messages", test_messages);
	ADD("/rights/until", test_until);
	ADD("/rights/circle", test_circle);
	ADD("/rights/handover", test_handover);
	ADD("/rights/past", test_past);
	ADD("/rights/books", test_books);
	ADD("/rights/card-rows", test_card_rows);
	ADD("/rights/hidden-uid", test_hidden_uid);
	return g_test_run();
}

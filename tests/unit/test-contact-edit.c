#include "config.h"

#include "rules/contact-edit.h"
#include "tests/lib/company.h"

#include <string.h>

static Vcard *
card_of(const char *lines)
{
	g_autofree char *text =
	    g_strconcat("BEGIN:VCARD\r\nVERSION:4.0\r\n", lines, "END:VCARD\r\n", NULL);
	g_autoptr(GError) error = NULL;
	Vcard *card = vcard_parse(text, &error);

	g_assert_no_error(error);
	return card;
}

/* Who changes one thing keeps the rest: unknown properties, kinds of telephones, parts of a name. */
static void
test_edit(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Vcard) card =
	    card_of("FN:Ing. Jana Nova\r\nN:Nova;Jana;;Ing.;\r\nORG:Firma;Sklad\r\n"
		    "item1.TEL;TYPE=fax;VALUE=uri:tel:+420 1\r\nX-SKYPE:jana\r\n"
		    "TEL;TYPE=cell:+420 2\r\nitem1.X-ABLABEL:Dilna\r\n");
	char *const phones[] = {"+420 9", "", "+420 3", NULL}, *const none[] = {NULL};
	char *const again[] = {"+420 3", "+420 9", NULL};
	ContactEdit edit = CONTACT_EDIT_INIT;
	g_autofree char *same = vcard_write(card, 40), *text = NULL,
			*long_name = g_strnfill(1001, 'x');

	g_assert_true(contact_edit_apply(&edit, card, &error));
	text = vcard_write(card, 40);
	g_assert_cmpstr(text, ==, same);
	edit.phones = phones;
	edit.family = "Mala";
	edit.name = "Ing. Jana Mala";
	edit.organisation = "Podnik";
	edit.note = "a;b,\nc";
	edit.roles = 1 << CONTACT_CUSTOMER | 1 << CONTACT_PARTNER;
	g_assert_true(contact_edit_apply(&edit, card, &error));
	g_assert_no_error(error);
	g_free(text);
	text = vcard_write(card, 40);
	g_assert_cmpstr(text, ==,
	    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ing. Jana "
	    "Mala\r\nN:Mala;Jana;;Ing.;\r\nORG:Podnik;Sklad\r\n"
	    "item1.TEL;TYPE=fax:+420 9\r\nTEL:+420 3\r\nX-SKYPE:jana\r\nitem1.X-ABLABEL:Dilna\r\n"
	    "NOTE:a\\;b\\,\\nc\r\nX-KARTOTEKA-ROLE:customer\r\nX-KARTOTEKA-ROLE:partner\r\nEND:"
	    "VCARD\r\n");
	edit = (ContactEdit){.name = "Petr Maly", .phones = again, .roles = 0};
	g_assert_true(contact_edit_apply(&edit, card, &error));
	g_assert_null(vcard_find(card, "N"));
	g_assert_null(vcard_find(card, "X-KARTOTEKA-ROLE"));
	g_free(text);
	text = vcard_write(card, 40);
	g_assert_nonnull(strstr(text, "TEL:+420 3\r\nitem1.TEL;TYPE=fax:+420 9\r\n"));
	edit = (ContactEdit){.phones = none, .note = "", .organisation = "", .roles = -1};
	g_assert_true(contact_edit_apply(&edit, card, &error));
	g_assert_null(vcard_find(card, "TEL"));
	g_assert_null(vcard_find(card, "NOTE"));
	edit = (ContactEdit){.name = long_name};
	g_assert_false(contact_edit_apply(&edit, card, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
}

/* Two who read the same: the second is told, and nothing of the first is lost. */
static void
test_version(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(ContactView) one = contact_show(ann, &c->jana, &error);
	g_autoptr(ContactView) two = contact_show(ann, &c->jana, &error), now = NULL;
	g_autofree char *version = contact_version(one), *same = contact_version(two);

	g_assert_cmpstr(version, ==, same);
	g_assert_true(one->rights & 1u << RIGHT_EDIT);
	vcard_set(one->card, "NOTE", "first");
	vcard_set(two->card, "NOTE", "second");
	g_assert_true(contact_change(ann, &c->jana, one->card, version, &error));
	g_assert_no_error(error);
	g_assert_false(contact_change(ann, &c->jana, two->card, version, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	now = contact_show(ann, &c->jana, &error);
	g_assert_cmpstr(now->note, ==, "first");
	g_free(same);
	same = contact_version(now);
	g_assert_true(contact_change(ann, &c->jana, two->card, same, &error));
	g_assert_no_error(error);
}

/* What was wrong in a card before stays and harms nobody; what is new must be right, and it is said which. */
static void
test_check(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(Vcard) before =
	    card_of("FN:Jana\r\nEMAIL:by telephone\r\nEMAIL:jana@example.cz\r\n");
	g_autoptr(Vcard) card =
	    card_of("FN:Jana\r\nEMAIL:by telephone\r\nEMAIL:jana@example.cz\r\n");
	ContactView old = {.id = c->jana, .card = before};
	ContactWrong wrong = {CONTACT_WRONG_NAME, 9};

	g_assert_true(contact_check(ann, card, &old, &wrong, &error));
	g_assert_no_error(error);
	g_assert_false(contact_check(ann, card, NULL, &wrong, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_assert_cmpint(wrong.kind, ==, CONTACT_WRONG_ADDRESS);
	g_assert_cmpuint(wrong.index, ==, 0);
	g_clear_error(&error);
	vcard_append(card, "EMAIL", "jana@");
	g_assert_false(contact_check(ann, card, &old, &wrong, &error));
	g_assert_cmpuint(wrong.index, ==, 2);
	g_clear_error(&error);
	vcard_set_all(card, "EMAIL", (char *const[]){NULL});
	vcard_append(card, "X-KARTOTEKA-DOMAIN", "example.cz");
	g_assert_false(contact_check(ann, card, &old, &wrong, &error));
	g_assert_cmpint(wrong.kind, ==, CONTACT_WRONG_DOMAIN);
}

/* An employer in a book that the editor doesn't see is neither lost nor shown by what he changes. */
static void
test_hidden_employer(Company *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) admin = company_session(c, &c->admin), bob = NULL, ann = NULL;
	g_autoptr(Vcard) firm = card_of("FN:Hidden\r\nKIND:org\r\nUID:hidden-firm\r\n");
	g_autoptr(Vcard) person = card_of("FN:Eva\r\nX-KARTOTEKA-EMPLOYER:hidden-firm\r\n");
	g_autoptr(Vcard) guess = card_of("FN:Guess\r\nX-KARTOTEKA-EMPLOYER:hidden-firm\r\n");
	g_autoptr(ContactView) view = NULL;
	g_autoptr(GPtrArray) seen = NULL, all = NULL;
	Id other, id, eva;

	company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
	company_grant(c, &c->sales, &c->bob, false, RIGHT_EDIT, 0);
	g_assert_true(book_create(admin, "Ann alone", NULL, &other, &error));
	company_grant(c, &other, &c->ann, false, RIGHT_SEE, 0);
	company_grant(c, &other, &c->ann, false, RIGHT_EDIT, 0);
	ann = company_session(c, &c->ann);
	bob = company_session(c, &c->bob);
	g_assert_true(contact_create(ann, &other, firm, &id, &error));
	g_assert_true(contact_create(ann, &c->sales, person, &eva, &error));
	g_assert_no_error(error);
	g_assert_false(contact_create(bob, &c->sales, guess, &id, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_assert_null(contact_edit_find_employer(bob, "hidden", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	view = contact_show(bob, &eva, &error);
	vcard_set(view->card, "TITLE", "Head");
	g_assert_true(contact_change(bob, &eva, view->card, NULL, &error));
	g_assert_no_error(error);
	seen = contact_shown_employers(bob, &eva, &error);
	all = contact_shown_employers(ann, &eva, &error);
	g_assert_cmpuint(seen->len, ==, 0);
	g_assert_cmpuint(all->len, ==, 1);
	g_clear_pointer(&view, contact_view_free);
	view = contact_edit_find_employer(ann, "HIDDEN", &error);
	g_assert_nonnull(view);
}

/* "Jana Nova" and the parts Jana, Nova: whoever mends a letter in one place means both. */
static void
test_name_of_parts(void)
{
	static const struct {
		const char *name, *given, *family, *fn, *n;
	} cases[] = {
	    {"Jana Nov\xc3\xa1", "Jana", "Nova", "Jana Nov\xc3\xa1", "Nov\xc3\xa1;Jana;;;"},
	    {"Jana Nova", "Jana", "Nov\xc3\xa1", "Jana Nov\xc3\xa1", "Nov\xc3\xa1;Jana;;;"},
	    {"Jana Nova", "Hana", "Nova", "Hana Nova", "Nova;Hana;;;"},
	    {"Ing. Jana Nova", "Jana", "Nova", "Ing. Jana Nova", NULL},
	    {"Jana  Nova ", "Jana", "Nova", "Jana  Nova ", NULL},
	    {"Firm", "Jana", "Nova", "Firm", NULL},
	    {"A B", "C", "D", "A B", "D;C;;;"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Vcard) card = card_of("FN:Jana Nova\r\nN:Nova;Jana;;;\r\n");
		ContactEdit edit = CONTACT_EDIT_INIT;
		g_autofree char *fn = NULL;
		const VcardProperty *n;

		edit.name = cases[i].name;
		edit.given = cases[i].given;
		edit.family = cases[i].family;
		g_assert_true(contact_edit_apply(&edit, card, &error));
		fn = vcard_get(card, "FN");
		n = vcard_find(card, "N");
		g_assert_cmpstr(fn, ==, cases[i].fn);
		g_assert_cmpstr(n == NULL ? NULL : n->value, ==, cases[i].n);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
	g_test_add(name, Company, NULL, company_set_up, function, company_tear_down)
	ADD("/contact-edit/apply", test_edit);
	g_test_add_func("/contact-edit/name-of-parts", test_name_of_parts);
	ADD("/contact-edit/version", test_version);
	ADD("/contact-edit/check", test_check);
	ADD("/contact-edit/hidden-employer", test_hidden_employer);
	return g_test_run();
}

/* Lists of contacts: separators, charsets, quotes, column names, mappings; duplicates and undo. */
#include "rules/contact-import.h"
#include "rules/csv.h"
#include "tests/lib/company.h"

#include <string.h>

static GPtrArray *
rows_of(const char *text, gsize size, char separator)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, size);
	g_autoptr(GError) error = NULL;
	GPtrArray *rows = csv_read(bytes, separator, &error);

	g_assert_no_error(error);
	return rows;
}

static void
check_cell(GPtrArray *rows, guint row, guint cell, const char *wanted)
{
	g_assert_cmpuint(row, <, rows->len);
	g_assert_cmpstr(((CsvRow *)rows->pdata[row])->cells[cell], ==, wanted);
}

static void
test_csv(void)
{
	static const char quoted[] = "a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\r\n , \n3,\"\"";
	static const char czech[] = "jm\xe9no;m\xecsto\n\x8eofie;P\xf8\xed"
				    "bram\n";
	static const char utf16[] = "\xff\xfe"
				    "a\0\t\0b\0\n\0\x7e\x01\t\0"
				    "2\0";
	g_autoptr(GPtrArray) one = rows_of(quoted, sizeof quoted - 1, 0);
	g_autoptr(GPtrArray) two = rows_of(czech, sizeof czech - 1, 0);
	g_autoptr(GPtrArray) three = rows_of(utf16, sizeof utf16 - 1, 0);
	g_autoptr(GPtrArray) four = rows_of("a|b\n1|2", 7, 0);
	g_autoptr(GPtrArray) five = rows_of("a,b;c", 5, ';');

	g_assert_cmpuint(one->len, ==, 3);
	check_cell(one, 1, 0, "x, \"y\"\nz");
	check_cell(one, 2, 1, "");
	g_assert_cmpuint(((CsvRow *)one->pdata[2])->line, ==, 6);
	check_cell(two, 0, 0, "jméno");
	check_cell(two, 1, 0, "Žofie");
	check_cell(two, 1, 1, "Příbram");
	check_cell(three, 1, 0, "ž");
	check_cell(four, 1, 1, "2");
	check_cell(five, 0, 0, "a,b");
}

static void
test_fields(void)
{
	static const struct {
		const char *column;
		Field field;
	} known[] = {{"E-mail Address", FIELD_EMAIL}, {"E-mail 2 Address", FIELD_EMAIL},
	    {"E-mail 1 - Value", FIELD_EMAIL}, {"Primary Email", FIELD_EMAIL},
	    {"First Name", FIELD_GIVEN}, {"Příjmení", FIELD_FAMILY}, {"full_name", FIELD_NAME},
	    {"email3", FIELD_EMAIL}, {"Company", FIELD_ORGANISATION},
	    {"organization", FIELD_ORGANISATION}, {"Organization 1 - Name", FIELD_ORGANISATION},
	    {"Mobile Phone", FIELD_MOBILE}, {"Business Fax", FIELD_FAX},
	    {"Work ZipCode", FIELD_POSTCODE}, {"PSČ", FIELD_POSTCODE}, {"Shoe size", FIELD_NONE},
	    {"", FIELD_NONE}};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (field_of_column(known[i].column) != known[i].field)
			g_error("%s is %s", known[i].column,
			    field_name(field_of_column(known[i].column)));
}

static ContactImport *
read_text(const char *text, char *const *mappings)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	ContactImportOptions options = {.mappings = mappings};
	g_autoptr(GError) error = NULL;
	ContactImport *import = contact_import_read(bytes, &options, &error);

	g_assert_no_error(error);
	return import;
}

static void
check_undo(Session *session, const Id *import, guint removed, guint restored, guint left)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ContactUndo) undo = contact_import_undo(session, import, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(undo->removed, ==, removed);
	g_assert_cmpuint(undo->restored, ==, restored);
	g_assert_cmpuint(undo->left->len, ==, left);
}

/* Plans a list to be merged into "sales" and runs it. */
static ContactImport *
merge_text(Company *c, Session *session, const char *text, guint added, guint merged)
{
	ContactImport *import = read_text(text, NULL);
	ContactImportResult result;
	g_autoptr(GError) error = NULL;

	contact_import_plan(session, import, &c->sales, CONTACT_DUPLICATES_MERGE, &error);
	g_assert_no_error(error);
	contact_import_run(session, import, &c->sales, &result, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(result.added, ==, added);
	g_assert_cmpuint(result.merged, ==, merged);
	return import;
}

static const ContactImportEntry *
check_entry(const ContactImport *import, guint i, ContactImportOutcome outcome, const char *adds,
    const char *keeps)
{
	const ContactImportEntry *entry = import->entries->pdata[i];

	g_assert_cmpint(entry->outcome, ==, outcome);
	g_assert_cmpstr(entry->adds, ==, adds);
	g_assert_cmpstr(entry->keeps, ==, keeps);
	return entry;
}

static char *
card_text(Session *session, const Id *id)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ContactView) view = contact_show(session, id, &error);

	g_assert_no_error(error);
	vcard_remove(view->card, "REV");
	return vcard_write(view->card, 40);
}

static const char jana_card[] =
    "BEGIN:VCARD\nVERSION:4.0\nFN:Jana Nová-Malá\nEMAIL:Jana@Customer.example\n"
    "item1.EMAIL;TYPE=home:jana@home.example\nitem1.X-ABLabel:cottage\nTEL:777 123 456\n"
    "ORG:Firm\nTITLE:Buyer\nX-HOBBY;LEVEL=3:chess\nX-KARTOTEKA-ROLE:customer\n"
    "X-KARTOTEKA-IMPORT:forged\nUID:elsewhere\nEND:VCARD\n";

/* What she lacks is added, what differs stays, and the undo leaves the card of before. */
static void
test_merge(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autofree char *before = card_text(ann, &c->jana), *after = NULL, *undone = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(ContactImport) import = merge_text(c, ann, jana_card, 0, 1);
	g_autoptr(ContactImport) again = merge_text(c, ann, jana_card, 0, 0);
	g_autoptr(ContactView) view = contact_show(ann, &c->jana, &error);
	g_autoptr(GPtrArray) found =
	    contact_find_address(c->t.store, ann->viewer, "jana@home.example", &error);
	const char *mark;

	check_entry(import, 0, CONTACT_IMPORT_MERGE,
	    "mail address, telephone, organisation, title, X-HOBBY, role", "name");
	check_entry(again, 0, CONTACT_IMPORT_DUPLICATE, "", "name");
	g_assert_cmpstr(view->name, ==, "Jana Nová");
	g_assert_cmpstr(view->title, ==, "Buyer");
	g_assert_cmpuint(view->roles, ==, 1 << CONTACT_CUSTOMER);
	g_assert_cmpuint(g_strv_length(view->addresses), ==, 2);
	g_assert_cmpuint(found->len, ==, 1);
	after = vcard_write(view->card, 40);
	mark = strstr(after, "item1.X-ABLABEL");
	g_assert_nonnull(mark);
	g_assert_null(strstr(after, "forged"));
	g_assert_null(strstr(after, "UID:elsewhere"));
	check_undo(ann, &import->id, 0, 1, 0);
	undone = card_text(ann, &c->jana);
	g_assert_cmpstr(undone, ==, before);
	g_clear_pointer(&found, g_ptr_array_unref);
	found = contact_find_address(c->t.store, ann->viewer, "jana@home.example", &error);
	g_assert_cmpuint(found->len, ==, 0);
}

/* Two imports are undone apart; what somebody edited is left and named. */
static void
test_merge_undo(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(ContactImport) one = merge_text(c, ann,
	    "name,email,phone\nJana,jana@customer.example,111111111\n"
	    "Nora,nora@n.example,\nOto,oto@n.example,\n",
	    2, 1);
	g_autoptr(ContactImport) two = merge_text(c, ann,
	    "name,email,phone\nJana,jana@customer.example,222222222\n"
	    "Nora,nora@n.example,333333333\n",
	    0, 2);
	g_autoptr(GError) error = NULL;
	g_autoptr(ContactView) view = NULL;
	g_autoptr(Contact) left = NULL;

	check_undo(ann, &one->id, 1, 1, 1); /* Oto, Jana; the second import added to Nora */
	view = contact_show(ann, &c->jana, &error);
	g_assert_cmpstr(view->phones[0], ==, "222222222");
	g_assert_cmpuint(g_strv_length(view->phones), ==, 1);
	vcard_set(view->card, "NOTE", "she called");
	g_assert_true(contact_change(ann, &c->jana, view->card, NULL, &error));
	check_undo(ann, &two->id, 0, 1, 1); /* Nora; Jana was edited */
	g_clear_pointer(&view, contact_view_free);
	view = contact_show(ann, &c->jana, &error);
	g_assert_cmpuint(g_strv_length(view->phones), ==, 1);
	check_undo(ann, &one->id, 1, 0, 0);
	check_undo(ann, &two->id, 0, 0, 1);
}

/* Entries merge with each other; what may be somebody else doesn't. */
static void
test_merge_uncertain(Company *c, gconstpointer data)
{
	static const char text[] =
	    "name,email,company,phone,title\n"
	    "Eva Malá,eva@m.example,Firm,,\n"
	    "Ing. Eva Malá,EVA@m.example,firm,123456789,\n" /* the row before */
	    "Eva Malá,,Firm,+420123456789,Boss\n"           /* too: by name, without address */
	    "Eva Malá,other@m.example,Firm,,\n"             /* perhaps another Eva */
	    "Ing. Karel Vlk,jana@customer.example,,,\n"     /* her address, another name */
	    "Jana Nová,\"jana@customer.example ::: eva@m.example\",,,\n" /* two people's */
	    "Jana Nová,jana@customer.example,Else,,\n";
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(ContactImport) import = merge_text(c, ann, text, 1, 1);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) found =
	    contact_find_address(c->t.store, ann->viewer, "eva@m.example", &error);
	const Contact *eva = found->pdata[0];

	check_entry(import, 1, CONTACT_IMPORT_MERGE, "telephone", "name");
	check_entry(import, 2, CONTACT_IMPORT_MERGE, "title", "");
	check_entry(import, 3, CONTACT_IMPORT_DUPLICATE, "", "");
	check_entry(import, 4, CONTACT_IMPORT_DUPLICATE, "", "");
	check_entry(import, 5, CONTACT_IMPORT_DUPLICATE, "", "");
	check_entry(import, 6, CONTACT_IMPORT_MERGE, "organisation", "");
	g_assert_cmpuint(found->len, ==, 1);
	g_assert_nonnull(strstr(eva->card, "TITLE:Boss"));
	check_undo(ann, &import->id, 1, 1, 0);
}

/* bob may see the vault and not change it, cyn doesn't know of it: neither merges, only bob is told. */
static void
test_merge_rights(Company *c, gconstpointer data)
{
	static const char text[] = "name,email,phone\nPetr,petr@other.example,123456789\n";
	g_autoptr(Session) ann = company_session(c, &c->ann), bob = NULL, cyn = NULL;
	g_autofree char *before = card_text(ann, &c->petr), *after = NULL;
	g_autoptr(ContactImport) seen = NULL, hidden = NULL;
	const ContactImportEntry *entry;

	company_grant(c, &c->vault, &c->bob, false, RIGHT_SEE, 0);
	company_grant(c, &c->sales, &c->bob, false, RIGHT_EDIT, 0);
	company_grant(c, &c->sales, &c->cyn, false, RIGHT_EDIT, 0);
	company_grant(c, &c->sales, &c->cyn, false, RIGHT_SEE, 0);
	bob = company_session(c, &c->bob);
	cyn = company_session(c, &c->cyn);
	seen = merge_text(c, bob, text, 0, 0);
	entry = check_entry(seen, 0, CONTACT_IMPORT_DUPLICATE, "", "");
	g_assert_nonnull(strstr(entry->why, "You may not change"));
	hidden = merge_text(c, cyn, text, 1, 0);
	entry = check_entry(hidden, 0, CONTACT_IMPORT_NEW, "", "");
	g_assert_cmpstr(entry->why, ==, "");
	g_assert_true(id_is_zero(&entry->existing));
	after = card_text(ann, &c->petr);
	g_assert_cmpstr(before, ==, after);
}

/* An employer in a book that bob doesn't know of goes on through what he changes. */
static void
test_hidden_employer(Company *c, gconstpointer data)
{
	g_autoptr(Session) ann = company_session(c, &c->ann), bob = NULL;
	g_autoptr(Vcard) firm = vcard_new();
	g_autoptr(ContactView) view = NULL;
	g_autoptr(ContactImport) import = NULL;
	g_autoptr(GPtrArray) employers = NULL, shown = NULL;
	g_autoptr(GError) error = NULL;
	Id id;

	vcard_append(firm, "ORG", "Hidden Firm");
	vcard_append(firm, "UID", "firm-1");
	g_assert_true(contact_create(ann, &c->vault, firm, &id, &error));
	view = contact_show(ann, &c->jana, &error);
	vcard_append(view->card, "X-KARTOTEKA-EMPLOYER", "firm-1");
	g_assert_true(contact_change(ann, &c->jana, view->card, NULL, &error));
	company_grant(c, &c->sales, &c->bob, false, RIGHT_SEE, 0);
	company_grant(c, &c->sales, &c->bob, false, RIGHT_EDIT, 0);
	bob = company_session(c, &c->bob);
	import =
	    merge_text(c, bob, "name,email,phone\nJana,jana@customer.example,111111111\n", 0, 1);
	g_clear_pointer(&view, contact_view_free);
	view = contact_show(bob, &c->jana, &error);
	g_assert_true(contact_change(bob, &c->jana, view->card, NULL, &error));
	shown = contact_shown_employers(bob, &c->jana, &error);
	g_assert_cmpuint(shown->len, ==, 0);
	employers = contact_shown_employers(ann, &c->jana, &error);
	g_assert_cmpuint(employers->len, ==, 1);
	vcard_set(view->card, "X-KARTOTEKA-EMPLOYER", "firm-2");
	g_assert_false(contact_change(bob, &c->jana, view->card, NULL, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
}

static void
test_duplicates(Company *c, gconstpointer data)
{
	static const char text[] =
	    "name,email,company,uid\n"
	    "Jana Again,JANA@customer.example,,\n" /* her address */
	    "New One,new@x.example,Firm,n-1\n"
	    "New Two,new2@x.example,Firm,n-1\n"  /* the UID of the row before */
	    "New One,,firm,\n"                   /* the name of the row before */
	    "New One,other@x.example,Firm,n-4\n" /* told apart */
	    "Petr,petr@other.example,,\n"
	    ",,,n-5\n";
	g_autoptr(ContactImport) import = read_text(text, NULL), again = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann), bob = company_session(c, &c->bob);
	g_autoptr(GError) error = NULL;
	static const guint wanted[] = {2, 1, 3, 0, 1};
	ContactImportResult result;

	g_assert_false(
	    contact_import_plan(bob, import, &c->sales, CONTACT_DUPLICATES_SKIP, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_assert_true(contact_import_plan(ann, import, &c->sales, CONTACT_DUPLICATES_SKIP, &error));
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
		g_assert_cmpuint(import->counts[i], ==, wanted[i]);
	g_assert_true(
	    id_equal(&((ContactImportEntry *)import->entries->pdata[0])->existing, &c->jana));
	g_assert_true(contact_import_run(ann, import, &c->sales, &result, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(result.added, ==, 2);
	again = read_text(text, NULL);
	g_assert_true(contact_import_plan(ann, again, &c->sales, CONTACT_DUPLICATES_SKIP, &error));
	g_assert_cmpuint(again->counts[CONTACT_IMPORT_NEW], ==, 0);
	check_undo(ann, &import->id, 2, 0, 0);
	g_assert_null(contact_import_undo(ann, &import->id, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_assert_true(contact_import_plan(ann, again, &c->sales, CONTACT_DUPLICATES_SKIP, &error));
	g_assert_cmpuint(again->counts[CONTACT_IMPORT_NEW], ==, 2);
}

/* 10,000 messy rows within seconds: those after the 9,000th merge with earlier ones. */
static void
test_many(Company *c, gconstpointer data)
{
	g_autoptr(GString) text = g_string_new("Given Name;Family Name;Email;Phone;Note\n");
	g_autoptr(ContactImport) import = NULL, more = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	ContactImportResult result;

	for (int i = 0; i < 10000; i++)
		g_string_append_printf(text, "Žanna %d;\"O;%d\";%s%d@many.example;+420 %d;%s\n", i,
		    i, i % 50 == 0 ? "broken " : "u", i % 9000, i, i % 3 ? "" : "\"two\nlines\"");
	import = read_text(text->str, NULL);
	g_assert_cmpuint(import->entries->len, ==, 10000);
	g_assert_true(contact_import_plan(ann, import, &c->sales, CONTACT_DUPLICATES_SKIP, &error));
	g_assert_cmpuint(import->counts[CONTACT_IMPORT_DUPLICATE], ==, 980);
	g_assert_true(contact_import_run(ann, import, &c->sales, &result, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(result.added, ==, 9020);
	more = merge_text(c, ann, text->str, 200, 980); /* 200 have no address that could tell */
	check_undo(ann, &more->id, 200, 980, 0);
	check_undo(ann, &import->id, 9020, 0, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
	g_test_add(name, Company, NULL, company_set_up, function, company_tear_down)
	g_test_add_func("/import/csv", test_csv);
	g_test_add_func("/import/fields", test_fields);
	ADD("/import/duplicates", test_duplicates);
	ADD("/import/merge", test_merge);
	ADD("/import/merge-undo", test_merge_undo);
	ADD("/import/merge-uncertain", test_merge_uncertain);
	ADD("/import/merge-rights", test_merge_rights);
	ADD("/import/hidden-employer", test_hidden_employer);
	ADD("/import/many", test_many);
	return g_test_run();
}

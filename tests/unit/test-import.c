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
	static const guint wanted[] = {2, 1, 3, 1};
	guint n;

	g_assert_false(contact_import_plan(bob, import, &c->sales, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_assert_true(contact_import_plan(ann, import, &c->sales, &error));
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
		g_assert_cmpuint(import->counts[i], ==, wanted[i]);
	g_assert_true(
	    id_equal(&((ContactImportEntry *)import->entries->pdata[0])->existing, &c->jana));
	g_assert_true(contact_import_run(ann, import, &c->sales, false, &n, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(n, ==, 2);
	again = read_text(text, NULL);
	g_assert_true(contact_import_plan(ann, again, &c->sales, &error));
	g_assert_cmpuint(again->counts[CONTACT_IMPORT_NEW], ==, 0);
	g_assert_true(contact_import_undo(ann, &import->id, &n, &error));
	g_assert_cmpuint(n, ==, 2);
	g_assert_false(contact_import_undo(ann, &import->id, &n, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
	g_clear_error(&error);
	g_assert_true(contact_import_plan(ann, again, &c->sales, &error));
	g_assert_cmpuint(again->counts[CONTACT_IMPORT_NEW], ==, 2);
}

/* 10,000 messy rows within seconds. */
static void
test_many(Company *c, gconstpointer data)
{
	g_autoptr(GString) text = g_string_new("Given Name;Family Name;Email;Phone;Note\n");
	g_autoptr(ContactImport) import = NULL;
	g_autoptr(Session) ann = company_session(c, &c->ann);
	g_autoptr(GError) error = NULL;
	guint n;

	for (int i = 0; i < 10000; i++)
		g_string_append_printf(text, "Žanna %d;\"O;%d\";%s%d@many.example;+420 %d;%s\n", i,
		    i, i % 50 == 0 ? "broken " : "u", i % 9000, i, i % 3 ? "" : "\"two\nlines\"");
	import = read_text(text->str, NULL);
	g_assert_cmpuint(import->entries->len, ==, 10000);
	g_assert_true(contact_import_plan(ann, import, &c->sales, &error));
	g_assert_cmpuint(import->counts[CONTACT_IMPORT_DUPLICATE], ==, 980);
	g_assert_true(contact_import_run(ann, import, &c->sales, false, &n, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(n, ==, 9020);
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
	ADD("/import/many", test_many);
	return g_test_run();
}

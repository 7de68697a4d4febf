/* vCard: reading what others write, and writing what was read. */
#include "base/error.h"
#include "rules/vcard.h"

#include <string.h>

static GPtrArray *
read_text(const char *text, GPtrArray **problems)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(GError) error = NULL;
	GPtrArray *cards = vcard_read(bytes, problems, &error);

	g_assert_no_error(error);
	return cards;
}

static Vcard *
read_one(const char *text)
{
	g_autoptr(GPtrArray) cards = read_text(text, NULL);

	g_assert_cmpuint(cards->len, ==, 1);
	return g_ptr_array_steal_index(cards, 0);
}

static void
check_get(const Vcard *card, const char *name, const char *wanted)
{
	g_autofree char *got = vcard_get(card, name);

	g_assert_cmpstr(got, ==, wanted);
}

static void
test_30(void)
{
	g_autoptr(Vcard) card = read_one(
	    "\xef\xbb\xbf"
	    "begin:vcard\r\nversion:3.0\r\n"
	    "FN:Jana No\r\n v\xc3\r\n \xa1kov\xc3\xa1\r\nN:Nov\xc3\xa1kov\xc3\xa1;Jana;;Ing.;\r\n"
	    "item1.TEL;TYPE=CELL,PREF:603 123 456\r\nitem1.X-ABLabel:mobil\r\n"
	    "EMAIL;TYPE=INTERNET,WORK:jana@example.cz\r\nNOTE:a\\, b\\; c\\nd \\\\ e\r\n"
	    "X-UNKNOWN;X-P=\"a;b:c\":v;w,x\r\nend:vcard\r\n");
	const VcardProperty *n = vcard_find(card, "N");
	g_autofree char *family = vcard_field(n, 0), *prefix = vcard_field(n, 3);
	g_autofree char *text = NULL;

	check_get(card, "FN", "Jana Nováková");
	check_get(card, "NOTE", "a, b; c\nd \\ e");
	g_assert_cmpstr(family, ==, "Nováková");
	g_assert_cmpstr(prefix, ==, "Ing.");
	g_assert_null(vcard_field(n, 2));
	g_assert_null(vcard_field(n, 9));
	g_assert_cmpstr(vcard_find(card, "TEL")->group, ==, "item1");
	g_assert_true(vcard_has_type(vcard_find(card, "TEL"), "cell"));
	g_assert_false(vcard_has_type(vcard_find(card, "TEL"), "pref"));
	g_assert_false(vcard_is_organisation(card));
	text = vcard_write(card, 40);
	g_assert_nonnull(strstr(text, "\r\nVERSION:4.0\r\n"));
	g_assert_nonnull(strstr(text, "item1.TEL;TYPE=cell;PREF=1:603 123 456\r\n"));
	g_assert_nonnull(strstr(text, "X-UNKNOWN;X-P=\"a;b:c\":v;w,x\r\n"));
	g_assert_nonnull(strstr(text, "item1.X-ABLABEL:mobil\r\n"));
}

static void
test_21(void)
{
	g_autoptr(Vcard) card = read_one(
	    "BEGIN:VCARD\nVERSION:2.1\n"
	    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C5=A0t=C4=9Bp=C3=\n=A1nek;Karel;;;\n"
	    "ORG;CHARSET=windows-1250:P\xf8\xedklad, s.r.o.;Prodej\n"
	    "TEL;CELL;PREF:+44 7700 900123\nADR;WORK;QUOTED-PRINTABLE:;;Dlouh=E1=0D=0A5;Brno;;;\n"
	    "AGENT:\nBEGIN:VCARD\nFN:Nobody\nEND:VCARD\n"
	    "PHOTO;JPEG;ENCODING=BASE64:\n  AAEC\n  AwQF\n\nEND:VCARD\n");
	g_autofree char *name = vcard_name(card);
	g_autofree char *org = vcard_field(vcard_find(card, "ORG"), 0);
	g_autofree char *street = vcard_field(vcard_find(card, "ADR"), 2);
	g_autofree char *text = vcard_write(card, 30);

	g_assert_cmpstr(name, ==, "Karel Štěpánek");
	g_assert_cmpstr(org, ==, "Příklad, s.r.o.");
	g_assert_cmpstr(street, ==, "Dlouhá\n5");
	g_assert_cmpstr(vcard_find(card, "PHOTO")->value, ==, "data:image/jpeg;base64,AAECAwQF");
	g_assert_nonnull(strstr(text, "PHOTO;ENCODING=b;TYPE=JPEG:AAECAwQF\r\n"));
	g_assert_nonnull(strstr(text, "\r\nFN:Karel Štěpánek\r\n"));
	g_assert_null(strstr(text, "Nobody"));
}

static void
test_broken(void)
{
	g_autoptr(GPtrArray) problems = NULL;
	g_autoptr(GPtrArray) cards = read_text("garbage\nBEGIN:VCARD\nFN:A\nno property\n"
					       "END:VCARD\nBEGIN:VCARD\nFN:B\nBEGIN:VCARD\nFN:C\n"
					       "END:VCARD\nBEGIN:VCARD\nFN:D\n",
	    &problems);
	static const guint lines[] = {1, 4, 6, 11};

	g_assert_cmpuint(cards->len, ==, 2);
	check_get(cards->pdata[0], "FN", "A");
	check_get(cards->pdata[1], "FN", "C");
	g_assert_cmpuint(((Vcard *)cards->pdata[1])->line, ==, 8);
	g_assert_cmpuint(problems->len, ==, G_N_ELEMENTS(lines));
	for (guint i = 0; i < problems->len; i++)
		g_assert_cmpuint(((VcardProblem *)problems->pdata[i])->line, ==, lines[i]);
}

static void
test_no_card(void)
{
	static const char *const bad[] = {"", "\n\n", "FN:A\n", "BEGIN:VCARD\nFN:A\n",
	    "BEGIN:VCARD\nEND:VCARD\n", "name,mail\nJana,jana@example.cz\n"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GBytes) bytes = g_bytes_new_static(bad[i], strlen(bad[i]));
		g_autoptr(GError) error = NULL;

		g_assert_null(vcard_read(bytes, NULL, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_nonnull(strstr(error->message, "Line "));
	}
}

/* What was written is read again as the same, in both versions, and lines stay short. */
static void
check_round(const Vcard *card)
{
	for (int version = 30; version <= 40; version += 10) {
		g_autofree char *first = vcard_write(card, version);
		g_autoptr(GError) error = NULL;
		g_autoptr(Vcard) again = vcard_parse(first, &error);
		g_autofree char *second = NULL;
		g_auto(GStrv) lines = g_strsplit(first, "\r\n", -1);

		g_assert_no_error(error);
		second = vcard_write(again, version);
		g_assert_cmpstr(first, ==, second);
		g_assert_true(g_utf8_validate(first, -1, NULL));
		for (char **line = lines; *line != NULL; line++)
			g_assert_cmpuint(strlen(*line), <=, 75);
		if (version == 40)
			for (guint i = 0; i < card->properties->len; i++) {
				const VcardProperty *p = card->properties->pdata[i];

				g_assert_nonnull(vcard_find(again, p->name));
			}
	}
}

static void
test_round(void)
{
	g_autoptr(Vcard) card = vcard_new();
	g_autoptr(GString) text = g_string_new(NULL);

	for (int i = 0; i < 60; i++)
		g_string_append(text, "žluťoučký kůň; ");
	vcard_append(card, "FN", "Žofie");
	vcard_append(card, "NOTE", text->str);
	check_round(card);
	check_get(card, "NOTE", text->str);
	vcard_set(card, "NOTE", "x");
	check_get(card, "NOTE", "x");
	vcard_set(card, "NOTE", NULL);
	check_get(card, "NOTE", NULL);
}

/* Czech cards of other projects' tests; beside the project, so it may be missing. */
static void
test_corpus(void)
{
	g_autofree char *path = g_build_filename(g_getenv("SRCDIR") ? g_getenv("SRCDIR") : ".",
	    "../shared/corpora/vcard/central-european.vcf", NULL);
	g_autofree char *data = NULL;
	g_autoptr(GPtrArray) cards = NULL, problems = NULL;
	static const char *const names[] = {"Jana Nováková", "Petr Novák", "Karel Štěpánek",
	    "Dentist Smile s.r.o.", NULL, "Štěpán", "Štěpán", "Štěpán"};

	if (!g_file_get_contents(path, &data, NULL, NULL)) {
		g_test_skip("the shared corpora are not beside the project");
		return;
	}
	cards = read_text(data, &problems);
	g_assert_cmpuint(cards->len, ==, G_N_ELEMENTS(names));
	for (guint i = 0; i < cards->len; i++) {
		g_autofree char *name = vcard_name(cards->pdata[i]);

		g_assert_cmpstr(name, ==, names[i]);
		check_round(cards->pdata[i]);
	}
	g_autofree char *note = vcard_get(cards->pdata[1], "NOTE");

	g_assert_cmpstr(note, ==, "a very long note that is folded across two lines");
	g_assert_true(vcard_is_organisation(cards->pdata[3]));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vcard/3.0", test_30);
	g_test_add_func("/vcard/2.1", test_21);
	g_test_add_func("/vcard/broken", test_broken);
	g_test_add_func("/vcard/no-card", test_no_card);
	g_test_add_func("/vcard/round", test_round);
	g_test_add_func("/vcard/corpus", test_corpus);
	return g_test_run();
}

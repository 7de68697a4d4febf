#include "imapsync/mutf7.h"

static const struct {
	const char *raw, *name;
} good[] = {
    {"INBOX", "INBOX"},
    {"", ""},
    {"&-", "&"},
    {"Q&-A", "Q&A"},
    {"&-&-", "&&"},
    {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"}, /* RFC 3501 */
    {"Odeslan&AOE- po&AWE-ta", "Odeslaná pošta"},
    {"Ko&AWE-", "Koš"},
    {"&Jjo-!", "☺!"},
    {"&2D3eAA-", "😀"},
    {"&AAk-", "\t"},
    {"&AOE-&-", "á&"},
    {"&AOEA6Q-", "áé"},
};

static void
test_good(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *name = mutf7_decode(good[i].raw);
		g_autofree char *raw = mutf7_encode(good[i].name);

		g_assert_cmpstr(name, ==, good[i].name);
		g_assert_cmpstr(raw, ==, good[i].raw);
	}
}

static void
test_bad(void)
{
	static const char *const bad[] = {"&", "&AOE", "a&b", "&AOE/-", "&2D0-", "&3gA-",
	    "&2D0A4Q-", "&AAA-", "&AGE-", "&AOF-", "&A-", "&AOEA-", "pošta", "a\tb", "&AO E-",
	    "\x7f"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *name = mutf7_decode(bad[i]);

		g_assert_cmpstr(name, ==, NULL);
	}
}

static void
test_all_characters(void)
{
	for (gunichar c = 1; c <= 0x10ffff; c++) {
		char utf8[20] = "x";
		g_autofree char *raw = NULL;
		g_autofree char *name = NULL;

		if (!g_unichar_validate(c))
			continue;
		utf8[1 + g_unichar_to_utf8(c, utf8 + 1)] = '\0';
		raw = mutf7_encode(utf8);
		name = mutf7_decode(raw);
		g_assert_cmpstr(name, ==, utf8);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mutf7/good", test_good);
	g_test_add_func("/mutf7/bad", test_bad);
	g_test_add_func("/mutf7/all-characters", test_all_characters);
	return g_test_run();
}

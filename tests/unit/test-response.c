#include "base/error.h"
#include "imapsync/response.h"

#include <string.h>

static void
test_list(void)
{
	static const struct {
		const char *text, *raw;
		char separator;
		ImapUse use;
		bool selectable;
	} good[] = {
	    {"LIST () \"/\" INBOX", "INBOX", '/', IMAP_USE_INBOX, true},
	    {"list (\\HasNoChildren \\sent) \"/\" Sent", "Sent", '/', IMAP_USE_SENT, true},
	    {"LIST (\\Noselect \\Drafts) NIL \"a \\\"b\\\\\"", "a \"b\\", '\0', IMAP_USE_DRAFTS,
		false},
	    {"LIST (\\NonExistent) \".\" x", "x", '.', IMAP_USE_NONE, false},
	    {"LIST (\\All) \"\\\\\" {5}\r\na{3}b", "a{3}b", '\\', IMAP_USE_ALL, true},
	    {"LIST () \"/\" {3}\r\na\nb", "a\nb", '/', IMAP_USE_NONE, false},
	    {"LIST (\\Junk \\Trash) \"/\" J (\"CHILDINFO\" (\"SUBSCRIBED\"))", "J", '/',
		IMAP_USE_JUNK, true},
	    {"LIST () \"/\" inbox", "inbox", '/', IMAP_USE_INBOX, true},
	};
	static const char *const bad[] = {"", "LIST", "LIST ", "LIST NIL NIL NIL", "LIST () \"/\" ",
	    "LIST () \"//\" x", "LIST () \"/\" \"x", "LIST () \"/\" {9}\r\nabc",
	    "LIST () \"/\" {99999999999999999999}\r\nabc", "LIST (\\a \"/\" x", "LIST () \"/\" x(y",
	    "LIST () \"/\" {-1}\r\n", "LIST () \"/\" \"\""};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(ImapFolder) folder =
		    response_list(good[i].text, strlen(good[i].text), &error);

		g_assert_no_error(error);
		g_assert_cmpstr(folder->raw, ==, good[i].raw);
		g_assert_cmpint(folder->separator, ==, good[i].separator);
		g_assert_cmpint(folder->use, ==, good[i].use);
		g_assert_cmpint(folder->selectable, ==, good[i].selectable);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(response_list(bad[i], strlen(bad[i]), &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	}
}

static void
test_status(void)
{
	static const char text[] = "STATUS \"a b\" (MESSAGES 7 UIDNEXT 4294967295 X (1 (2 \"x)\")) "
				   "uidvalidity 9 HIGHESTMODSEQ 18446744073709551615)";
	static const char *const bad[] = {"STATUS", "STATUS x", "STATUS x (MESSAGES",
	    "STATUS x (MESSAGES NIL)", "STATUS x (UIDNEXT 4294967296)",
	    "STATUS x (HIGHESTMODSEQ 18446744073709551616)", "STATUS x (MESSAGES -1)"};
	g_autofree char *raw = NULL;
	g_autoptr(GError) error = NULL;
	ImapStatus status;

	g_assert_true(response_status(text, strlen(text), &raw, &status, &error));
	g_assert_cmpstr(raw, ==, "a b");
	g_assert_cmpuint(status.exists, ==, 7);
	g_assert_cmpuint(status.uidnext, ==, G_MAXUINT32);
	g_assert_cmpuint(status.uidvalidity, ==, 9);
	g_assert_true(status.highestmodseq == G_MAXUINT64);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *none = NULL;

		g_assert_false(response_status(bad[i], strlen(bad[i]), &none, &status, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_clear_error(&error);
		g_assert_null(none);
	}
	g_assert_cmpuint(status.exists, ==, 7);
}

static void
test_search(void)
{
	static const char *const good[][2] = {{"SEARCH", ""}, {"SEARCH ", ""},
	    {"SEARCH 3 1 2 ", "1:3"}, {"SEARCH 5 7 (MODSEQ 917162500)", "5,7"},
	    {"ESEARCH (TAG \"A\") UID", ""}, {"ESEARCH", ""},
	    {"ESEARCH (TAG \"A\") UID ALL 1:5,9", "1:5,9"},
	    {"ESEARCH UID COUNT 5 ALL 4 MODSEQ 7", "4"}};
	static const char *const bad[] = {"SEARCH 4294967296", "SEARCH -1", "SEARCH NIL",
	    "SEARCHES 1", "ESEARCH ALL 1:5", "ESEARCH UID ALL", "ESEARCH UID ALL *",
	    "ESEARCH UID ALL 1:x", "ESEARCH UID MIN", "SORT 1"};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(UidSet) set = uidset_new();
		g_autofree char *text = NULL;

		g_assert_true(response_search(good[i][0], strlen(good[i][0]), set, NULL));
		text = uidset_text(set);
		g_assert_cmpstr(text, ==, good[i][1]);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(UidSet) set = uidset_new();
		g_autoptr(GError) error = NULL;

		g_assert_false(response_search(bad[i], strlen(bad[i]), set, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
		g_assert_true(uidset_is_empty(set));
	}
}

static void
test_vanished(void)
{
	static const char *const bad[] = {
	    "VANISHED", "VANISHED (EARLIER)", "VANISHED *", "VANISHED 1 2",
	    "VANISHED (EARLIER) 1:*", "VANISHED (EARLIER) 0", "VANISHED (EARLIER) 4294967297"};
	g_autoptr(UidSet) set = uidset_new();
	g_autofree char *text = NULL;
	bool earlier = false;

	g_assert_true(response_vanished("VANISHED (EARLIER) 3:5", 22, set, &earlier, NULL));
	g_assert_true(earlier);
	g_assert_true(response_vanished("VANISHED 9", 10, set, &earlier, NULL));
	g_assert_false(earlier);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(response_vanished(bad[i], strlen(bad[i]), set, &earlier, NULL));
	text = uidset_text(set);
	g_assert_cmpstr(text, ==, "3:5,9");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/response/list", test_list);
	g_test_add_func("/response/status", test_status);
	g_test_add_func("/response/search", test_search);
	g_test_add_func("/response/vanished", test_vanished);
	return g_test_run();
}

#include "base/clock.h"
#include "base/error.h"
#include "imapsync/cursor.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
	char *dir;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
	f->dir = g_dir_make_tmp("kartoteka-cursor-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->dir);

	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
	g_free(f->dir);
}

static Cursor *
open_cursor(Fixture *f, const char *login, bool damaged)
{
	g_autoptr(GError) error = NULL;
	bool was = !damaged;
	Cursor *cursor = cursor_open(f->dir, login, &was, &error);

	g_assert_no_error(error);
	g_assert_cmpint(was, ==, damaged);
	return cursor;
}

static UidSet *
set_of(const char *text)
{
	UidSet *set = uidset_parse(text, 0, NULL);

	g_assert_nonnull(set);
	return set;
}

static void
test_round(Fixture *f, gconstpointer unused)
{
	g_autoptr(Cursor) cursor = open_cursor(f, "../eva\n%", false), again = NULL;
	g_autoptr(UidSet) some = set_of("1:5,9");
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	CursorFolder *folder = cursor_folder(cursor, "Archiv\t/../x");

	cursor_reset(cursor, folder, 4294967295);
	cursor_resolve(cursor, folder, some);
	folder->uidnext = 10;
	g_free(folder->raw);
	folder->raw = g_strdup("Archiv&AA8-");
	folder->live_from = 7;
	folder->checked = 99;
	folder->modseq = G_GUINT64_CONSTANT(0x7fffffffffffffff);
	cursor_fail(cursor, folder, 6, 1000);
	cursor_folder(cursor, "INBOX");
	cursor->since = 1;
	cursor->last_success = 2;
	cursor->quarantined = 3;
	g_assert_true(cursor_save(cursor, true, &error));
	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(cursor->path, f->dir));
	g_assert_null(strchr(cursor->path + strlen(f->dir) + 1, '/'));

	again = open_cursor(f, "../eva\n%", false);
	g_assert_cmpint(again->since, ==, 1);
	g_assert_cmpint(again->last_success, ==, 2);
	g_assert_cmpint(again->quarantined, ==, 3);
	g_assert_cmpuint(again->folders->len, ==, 2);
	folder = cursor_find(again, "Archiv\t/../x");
	g_assert_cmpuint(folder->uidvalidity, ==, 4294967295);
	g_assert_cmpuint(folder->uidnext, ==, 10);
	g_assert_cmpuint(folder->live_from, ==, 7);
	g_assert_cmpint(folder->checked, ==, 99);
	g_assert_cmpuint(folder->modseq, ==, G_GUINT64_CONSTANT(0x7fffffffffffffff));
	g_assert_cmpstr(folder->raw, ==, "Archiv&AA8-");
	text = uidset_text(folder->resolved);
	g_assert_cmpstr(text, ==, "1:5,9");
	g_assert_cmpuint(folder->failures->len, ==, 1);
	g_assert_cmpuint(g_array_index(folder->failures, CursorFailure, 0).uid, ==, 6);
	g_assert_null(cursor_find(again, "Sent"));
}

static void
test_failures(Fixture *f, gconstpointer unused)
{
	g_autoptr(Cursor) cursor = open_cursor(f, "eva", false);
	g_autoptr(UidSet) pending = set_of("1:9"), gone = set_of("6");
	CursorFolder *folder = cursor_folder(cursor, "INBOX");
	gint64 now = clock_ms(), next;

	g_assert_false(cursor_is_due(folder, now));
	g_assert_cmpint(cursor_fail(cursor, folder, 6, now), ==, 1);
	g_assert_cmpint(cursor_fail(cursor, folder, 6, now), ==, 2);
	g_assert_false(cursor_is_due(folder, now));
	cursor_hold_back(folder, pending, now);
	g_assert_cmpuint(uidset_count(pending), ==, 8);
	next = g_array_index(folder->failures, CursorFailure, 0).next;
	g_assert_cmpint(next, >, now);
	g_assert_true(cursor_is_due(folder, next));
	/* a clock that ran back */
	g_assert_true(cursor_is_due(folder, now - CLOCK_DAY));
	for (int i = 0; i < 100; i++)
		cursor_fail(cursor, folder, 6, now);
	g_assert_cmpint(
	    g_array_index(folder->failures, CursorFailure, 0).next, <=, now + 3600 * CLOCK_SECOND);
	cursor_resolve(cursor, folder, gone);
	g_assert_cmpuint(folder->failures->len, ==, 0);
	g_assert_true(uidset_contains(folder->resolved, 6));
	cursor_reset(cursor, folder, 5);
	g_assert_true(uidset_is_empty(folder->resolved));
}

/* Whatever stands in the file, it is put aside, and everything begins anew. */
static void
test_damaged(Fixture *f, gconstpointer unused)
{
	static const char *const bad[] = {"", "kartoteka-cursor 2\nend\n", "kartoteka-cursor 1\n",
	    "kartoteka-cursor 1\nmailbox\teva\t1\t2\t3\n",
	    "kartoteka-cursor 1\nmailbox\tjan\t1\t2\t3\nend\n",
	    "kartoteka-cursor 1\nfolder\tA\t1\t1\t1\t1\t1\t5:x\tA\nend\n",
	    ("kartoteka-cursor 1\nfolder\tA\t1\t1\t1\t1\t1\t5\tA\n"
	     "folder\tA\t1\t1\t1\t1\t1\t5\tA\nend\n"),
	    "kartoteka-cursor 1\nfolder\tA\t4294967296\t1\t1\t1\t1\t5\tA\nend\n",
	    "kartoteka-cursor 1\nfailure\t1\t1\t1\nend\n", "kartoteka-cursor 1\nelephant\nend\n"};
	g_autofree char *path = g_build_filename(f->dir, "eva.cursor", NULL);
	g_autofree char *aside = g_strconcat(path, ".damaged", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(Cursor) cursor = NULL;

		g_assert_true(g_file_set_contents(path, bad[i], -1, NULL));
		cursor = open_cursor(f, "eva", true);
		g_assert_cmpuint(cursor->folders->len, ==, 0);
		g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
		g_assert_true(g_file_test(aside, G_FILE_TEST_EXISTS));
	}
}

/* Not each change is written at once. */
static void
test_gentle(Fixture *f, gconstpointer unused)
{
	g_autoptr(Cursor) cursor = open_cursor(f, "eva", false);
	CursorFolder *folder = cursor_folder(cursor, "INBOX");

	cursor_reset(cursor, folder, 1);
	g_assert_true(cursor_save(cursor, false, NULL));
	g_assert_false(cursor->dirty);
	cursor_reset(cursor, folder, 2);
	g_assert_true(cursor_save(cursor, false, NULL));
	g_assert_true(cursor->dirty);
	g_assert_true(cursor_save(cursor, true, NULL));
	g_assert_false(cursor->dirty);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/cursor/" #name, Fixture, NULL, set_up, test_##name, tear_down)
	ADD(round);
	ADD(failures);
	ADD(damaged);
	ADD(gentle);
	return g_test_run();
}

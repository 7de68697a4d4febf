#include "config.h"

#include "base/error.h"
#include "base/file.h"
#include "base/spool.h"
#include "base/spool_pack.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char *dir;
	Spool *spool;
	GPtrArray *files; /* SpoolFile */
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
	f->dir = g_dir_make_tmp("kartoteka-pack-XXXXXX", NULL);
	f->spool = spool_open(f->dir, "import", SPOOL_IMPORT, NULL);
	g_assert_nonnull(f->spool);
	f->files = g_ptr_array_new_with_free_func((GDestroyNotify)spool_file_free);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->dir);

	g_ptr_array_unref(f->files);
	spool_free(f->spool);
	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
	g_free(f->dir);
}

/* A mail of size bytes that begins with its number. */
static void
add_mail(Fixture *f, guint number, gsize size, SpoolLane lane)
{
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_MAIL, SPOOL_IMPORT);
	g_autofree char *text = g_strnfill(size, 'x');
	g_autoptr(GError) error = NULL;
	SpoolFile *file;

	entry->path = g_strdup_printf("cur/%u", number);
	memcpy(text, entry->path, strlen(entry->path));
	file = spool_file_new(f->spool, entry, lane, &error);
	g_assert_no_error(error);
	/* in pieces, as IMAP brings them */
	for (gsize at = 0; at < size; at += 30000)
		g_assert_true(spool_file_write(file, text + at, MIN(30000, size - at), &error));
	g_ptr_array_add(f->files, file);
}

static void
commit(Fixture *f)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(spool_commit_all(f->spool, f->files, &error));
	g_assert_no_error(error);
}

static GPtrArray *
scan(Fixture *f, guint max)
{
	g_autoptr(GError) error = NULL;
	guint strange = 0;
	GPtrArray *packs = spool_scan(f->dir, SPOOL_BACKLOG, max, &strange, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(strange, ==, 0);
	return packs;
}

static void
check_mail(const SpoolData *data, const SpoolPack *pack, guint place, guint number)
{
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *path = g_strdup_printf("cur/%u", number);
	g_autoptr(GError) error = NULL;
	gsize size;
	const char *text;

	g_assert_true(spool_read(data, place, &entry, &bytes, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(entry->path, ==, path);
	g_assert_cmpint(entry->key.n, ==, pack->first.n + place);
	g_assert_cmpint(entry->lane, ==, pack->lane);
	text = g_bytes_get_data(bytes, &size);
	g_assert_cmpint(entry->size, ==, size);
	g_assert_cmpmem(text, strlen(path), path, strlen(path));
	g_assert_cmpint(text[size - 1], ==, 'x');
}

/* All that waits, in the order of numbers, which is that in which it came. Returns how many files it is in. */
static guint
check_all(Fixture *f, guint wanted)
{
	g_autoptr(GPtrArray) packs = scan(f, 0);
	guint number = 0;

	g_assert_cmpuint(spool_count(packs), ==, wanted);
	for (guint i = 0; i < packs->len; i++) {
		const SpoolPack *pack = packs->pdata[i];
		g_autoptr(GError) error = NULL;
		g_autoptr(SpoolData) data = spool_load(pack, 0, &error);

		g_assert_no_error(error);
		g_assert_cmpint(pack->first.n, ==, number + 1);
		for (guint place = 0; place < pack->count; place++)
			check_mail(data, pack, place, number++);
	}
	return packs->len;
}

static void
test_round(Fixture *f, gconstpointer unused)
{
	for (guint i = 0; i < 200; i++)
		add_mail(f, i, 100 + i * 7, SPOOL_BACKLOG);
	commit(f);
	for (guint i = 0; i < 200; i++)
		g_assert_cmpint(spool_file_key(f->files->pdata[i])->n, ==, i + 1);
	g_assert_cmpint(spool_last_key(f->spool).n, ==, 200);
	g_assert_cmpuint(check_all(f, 200), ==, 4);
}

/* What is large, or live, or alone, has a file of its own; the order stays. */
static void
test_sizes(Fixture *f, gconstpointer unused)
{
	static const gsize sizes[] = {50, 100000, 60000, 60000, 65000, 300000, 70};
	g_autoptr(GPtrArray) packs = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
		add_mail(f, i, sizes[i], SPOOL_BACKLOG);
	commit(f);
	g_assert_cmpuint(check_all(f, G_N_ELEMENTS(sizes)), ==, 5);
	packs = scan(f, 0);
	g_assert_cmpuint(((SpoolPack *)packs->pdata[2])->count, ==, 3);

	g_ptr_array_set_size(f->files, 0);
	add_mail(f, 7, 10, SPOOL_LIVE);
	add_mail(f, 8, 10, SPOOL_LIVE);
	commit(f);
	g_clear_pointer(&packs, g_ptr_array_unref);
	packs = spool_scan(f->dir, SPOOL_LIVE, 0, NULL, NULL);
	g_assert_cmpuint(packs->len, ==, 3); /* with the start */
}

/* A record has no bytes, and may have lines that are too long for a pack. */
static void
test_long_lines(Fixture *f, gconstpointer unused)
{
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_MAIL, SPOOL_IMPORT);
	g_autoptr(GPtrArray) packs = NULL;

	for (guint i = 0; i < 3; i++) {
		g_clear_pointer(&entry->path, g_free);
		entry->path = i == 1 ? g_strnfill(60000, 'p') : g_strdup("p");
		entry->folder = i == 1 ? g_strnfill(60000, 'f') : NULL;
		g_ptr_array_add(f->files, spool_file_new(f->spool, entry, SPOOL_BACKLOG, NULL));
		g_clear_pointer(&entry->folder, g_free);
	}
	commit(f);
	packs = scan(f, 0);
	g_assert_cmpuint(packs->len, ==, 3);
}

/* The last number is found in the names also when "last" was lost; max counts items. */
static void
test_names(Fixture *f, gconstpointer unused)
{
	g_autofree char *last = g_build_filename(f->dir, "import", "last", NULL);
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(SpoolData) data = NULL;

	for (guint i = 0; i < 150; i++)
		add_mail(f, i, 10, SPOOL_BACKLOG);
	commit(f);
	packs = scan(f, 65);
	g_assert_cmpuint(packs->len, ==, 2);
	g_assert_cmpuint(spool_count(packs), ==, 128);
	g_clear_pointer(&packs, g_ptr_array_unref);
	packs = scan(f, 64);
	g_assert_cmpuint(packs->len, ==, 1);
	g_clear_pointer(&packs, g_ptr_array_unref);

	g_clear_pointer(&f->spool, spool_free);
	g_unlink(last);
	f->spool = spool_open(f->dir, "import", SPOOL_IMPORT, NULL);
	packs = spool_scan(f->dir, SPOOL_LIVE, 0, NULL, NULL);
	g_assert_cmpuint(packs->len, ==, 2);
	data = spool_load(packs->pdata[1], 0, NULL);
	g_assert_true(spool_read(data, 0, &entry, &bytes, NULL));
	g_assert_cmpint(entry->previous_number, ==, 150);
}

/* from: the first of these is replaced by to; NULL: to is appended. Then the text is cut to so many bytes (from its end
 * when negative). */
typedef struct {
	const char *from, *to;
	gssize cut;
} Change;

static void
change(const Change *how, GString *text)
{
	gssize at =
	    how->from != NULL ? strstr(text->str, how->from) - text->str : (gssize)text->len;

	if (how->to != NULL) {
		g_string_erase(text, at, how->from != NULL ? (gssize)strlen(how->from) : 0);
		g_string_insert(text, at, how->to);
	}
	if (how->cut != 0)
		g_string_truncate(
		    text, how->cut > 0 ? (gsize)how->cut : text->len + (gsize)how->cut);
}

/* Three mails of 100 bytes, and a change. Returns the file that they lie in. */
static SpoolPack *
make_damaged(Fixture *f, const Change *how)
{
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	SpoolPack *pack;

	g_ptr_array_set_size(f->files, 0);
	for (guint i = 0; i < 3; i++)
		add_mail(f, i, 100, SPOOL_BACKLOG);
	commit(f);
	packs = scan(f, 0);
	g_assert_cmpuint(packs->len, ==, 1);
	pack = g_ptr_array_steal_index(packs, 0);
	bytes = file_read(pack->path, SPOOL_PACK_MAX, &error);
	g_assert_no_error(error);
	g_string_append_len(text, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
	change(how, text);
	g_assert_true(g_file_set_contents(pack->path, text->str, (gssize)text->len, &error));
	return pack;
}

static void
check_damaged(const SpoolData *data, guint place)
{
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_false(spool_read(data, place, &entry, &bytes, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_assert_null(entry);
	g_assert_null(bytes);
}

/* An entry that is damaged leaves the others alone, and is kept as it is. */
static void
test_damaged_entry(Fixture *f, gconstpointer unused)
{
	g_autoptr(SpoolPack) pack = make_damaged(f, &(Change){"cur/1\n", "cur/\1\n", 0});
	g_autoptr(SpoolData) data = spool_load(pack, 0, NULL);
	g_autoptr(GBytes) whole = spool_read_whole(pack, 1, NULL);
	const char *text;
	gsize size;

	check_mail(data, pack, 0, 0);
	check_damaged(data, 1);
	check_mail(data, pack, 2, 2);
	text = g_bytes_get_data(whole, &size);
	g_assert_cmpuint(size, >, 100);
	g_assert_true(g_str_has_prefix(text, "Kartoteka-Spool: 1\n"));
	g_assert_cmpmem(text + size - 100, 7, "cur/1xx", 7);
}

/* What was cut off is damaged; what stands before isn't. */
static void
test_truncated(Fixture *f, gconstpointer unused)
{
	g_autoptr(SpoolPack) pack = make_damaged(f, &(Change){.cut = -1});
	g_autoptr(SpoolData) data = spool_load(pack, 0, NULL);
	g_autoptr(GBytes) whole = NULL;

	check_mail(data, pack, 0, 0);
	check_mail(data, pack, 1, 1);
	check_damaged(data, 2);
	g_assert_true(spool_unlink(pack, NULL));
	g_clear_pointer(&data, spool_data_free);
	g_clear_pointer(&pack, spool_pack_free);
	pack = make_damaged(f, &(Change){.cut = -600});
	data = spool_load(pack, 0, NULL);
	check_mail(data, pack, 0, 0);
	check_damaged(data, 1);
	check_damaged(data, 2);
	whole = spool_read_whole(pack, 2, NULL);
	g_assert_cmpuint(g_bytes_get_size(whole), ==, 0);
}

/* None of it can be had: the first item keeps all, so that nothing is lost. */
static void
check_table(const SpoolPack *pack)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) first = spool_read_whole(pack, 0, &error);
	g_autoptr(GBytes) second = spool_read_whole(pack, 1, &error);
	struct stat st;

	g_assert_no_error(error);
	g_assert_null(spool_load(pack, 0, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_assert_cmpint(lstat(pack->path, &st), ==, 0);
	g_assert_cmpint((gint64)g_bytes_get_size(first), ==, S_ISREG(st.st_mode) ? st.st_size : 0);
	g_assert_cmpuint(g_bytes_get_size(second), ==, 0);
}

static void
test_table(Fixture *f, gconstpointer unused)
{
	g_autofree char *much = g_strnfill(SPOOL_PACK_MAX, 'x');
	const Change changes[] = {{"Kartoteka-Pack: 1\n", "", 0}, {"Pack: 1", "Pack: 2", 0},
	    {.cut = 1}, {.cut = 25}, {NULL, "x", 0}, {NULL, much, 0},
	    {"Entry: ", "Entry: 1\nEntry: ", 0}, {"Entry: ", "Entry: -", 0},
	    {"Entry: ", "Entry: 99", 0}, {"Entry: ", "Entry: 0", 0}, {"Entry: ", "Entry:", 0},
	    {"\n\n", "\n", 0}};

	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		g_autoptr(SpoolPack) pack = make_damaged(f, &changes[i]);

		g_test_message("change %" G_GSIZE_FORMAT, i);
		check_table(pack);
		g_assert_true(spool_unlink(pack, NULL));
	}
}

/* The same bytes under another name. */
static SpoolPack *
rename_pack(Fixture *f, const SpoolPack *pack, gint64 start, guint count)
{
	g_autofree char *folder = g_path_get_dirname(pack->path), *path = NULL;
	char name[SPOOL_NAME_SIZE];

	spool_pack_name(start, pack->first.n, count, name);
	path = g_build_filename(folder, name, NULL);
	g_assert_cmpint(link(pack->path, path), ==, 0);
	return spool_pack_new(f->dir, path, NULL);
}

/* The name is what counts: what lies in a file of another one is none of its items. */
static void
test_renamed(Fixture *f, gconstpointer unused)
{
	g_autoptr(SpoolPack) pack = make_damaged(f, &(Change){0});
	g_autoptr(SpoolPack) fewer = rename_pack(f, pack, pack->first.start, 2);
	g_autoptr(SpoolPack) more = rename_pack(f, pack, pack->first.start, 4);
	g_autoptr(SpoolPack) one = rename_pack(f, pack, pack->first.start, 1);
	g_autoptr(SpoolPack) other = rename_pack(f, pack, pack->first.start + 1, 3);
	g_autoptr(SpoolData) of_one = spool_load(one, 0, NULL), data = spool_load(other, 0, NULL);

	check_table(fewer);
	check_table(more);
	check_damaged(of_one, 0);
	for (guint place = 0; place < 3; place++)
		check_damaged(data, place);
}

static void
test_special(Fixture *f, gconstpointer unused)
{
	g_autoptr(SpoolPack) pack = make_damaged(f, &(Change){0});
	g_autoptr(GError) error = NULL;

	g_assert_true(spool_unlink(pack, NULL));
	g_assert_cmpint(symlink("/etc/passwd", pack->path), ==, 0);
	check_table(pack);
	g_assert_true(spool_unlink(pack, NULL));
	g_assert_cmpint(mkfifo(pack->path, 0600), ==, 0);
	check_table(pack);
	g_assert_true(spool_unlink(pack, NULL));
	g_assert_true(spool_unlink(pack, NULL)); /* gone already: fine */
	g_assert_null(spool_load(pack, 0, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_NOT_FOUND);
}

/* A limit below what a pack may hold costs those that are over it alone. */
static void
test_limit(Fixture *f, gconstpointer unused)
{
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(SpoolData) data = NULL;
	g_autoptr(SpoolEntry) entry = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;

	add_mail(f, 0, 100, SPOOL_BACKLOG);
	add_mail(f, 1, 1000, SPOOL_BACKLOG);
	commit(f);
	packs = scan(f, 0);
	data = spool_load(packs->pdata[0], 500, NULL);
	check_mail(data, packs->pdata[0], 0, 0);
	g_assert_false(spool_read(data, 1, &entry, &bytes, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TOO_BIG);
	g_assert_cmpint(entry->key.n, ==, 2);
	g_assert_null(bytes);
}

#ifdef FAULT_POINTS
/* Each step fails in a child that may be hit by it; what it says is true. */
static void
test_faults(void)
{
	static const char *const faults[] = {"spool-create:2:errno=ENOSPC",
	    "spool-write:2:errno=ENOSPC", "spool-write:3:errno=ENOSPC", "spool-fsync:2:errno=EIO",
	    "spool-fsync:3:errno=EIO", "spool-rename:2:errno=EIO", "spool-rename:3:errno=EIO",
	    "spool-sync-folder:2:errno=EIO", "spool-syncfs:1:errno=EIO",
	    "spool-committed:1:errno=EIO"};

	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
		g_setenv("KARTOTEKA_FAULT", faults[i], TRUE);
		g_test_trap_subprocess("/spool-pack/subprocess/fails", 0, 0);
		g_test_trap_assert_passed();
	}
	g_unsetenv("KARTOTEKA_FAULT");
}

/* 100 mails: two packs, one of which may be there all the same; a commit again puts all in. Many files share one sync. */
static void
test_fails(Fixture *f, gconstpointer unused)
{
	g_autofree char *tmp = g_build_filename(f->dir, "import", "tmp", NULL);
	g_autofree char *command = g_strdup_printf("find '%s' -type f", tmp);
	g_autofree char *left = NULL;
	g_autoptr(GPtrArray) packs = NULL;
	g_autoptr(GError) error = NULL;
	guint committed = 0, large = strstr(g_getenv("KARTOTEKA_FAULT"), "syncfs") != NULL ? 20 : 0;

	for (guint i = 0; i < 100 + large; i++)
		add_mail(f, i, i < 100 ? 10 : 70000, SPOOL_BACKLOG);
	g_assert_false(spool_commit_all(f->spool, f->files, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_TEMPORARY);
	for (guint i = 0; i < 100; i++)
		committed += spool_file_key(f->files->pdata[i]) != NULL;
	packs = scan(f, 0);
	g_assert_cmpuint(spool_count(packs), ==, committed);
	g_ptr_array_set_size(f->files, 0);
	g_assert_true(g_spawn_command_line_sync(command, &left, NULL, NULL, NULL));
	g_assert_cmpstr(left, ==, "");
	for (guint i = 0; i < 100; i++)
		add_mail(f, i, 10, SPOOL_BACKLOG);
	commit(f);
	g_clear_pointer(&packs, g_ptr_array_unref);
	packs = scan(f, 0);
	g_assert_cmpuint(spool_count(packs), ==, committed + 100);
	g_assert_cmpint(spool_last_key(f->spool).n, ==, committed + 100);
}
#endif

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Fixture *, gconstpointer);
	} with_folder[] = {
	    {"/spool-pack/round", test_round},
	    {"/spool-pack/sizes", test_sizes},
	    {"/spool-pack/long-lines", test_long_lines},
	    {"/spool-pack/names", test_names},
	    {"/spool-pack/damaged-entry", test_damaged_entry},
	    {"/spool-pack/truncated", test_truncated},
	    {"/spool-pack/table", test_table},
	    {"/spool-pack/renamed", test_renamed},
	    {"/spool-pack/special", test_special},
	    {"/spool-pack/limit", test_limit},
#ifdef FAULT_POINTS
	    {"/spool-pack/subprocess/fails", test_fails},
#endif
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(with_folder); i++)
		g_test_add(
		    with_folder[i].name, Fixture, NULL, set_up, with_folder[i].run, tear_down);
#ifdef FAULT_POINTS
	g_test_add_func("/spool-pack/faults", test_faults);
#endif
	return g_test_run();
}

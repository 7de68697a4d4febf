/* What replaces libFuzzer in make check: gives each seed in tests/fuzz/seeds/NAME/ to fuzz-NAME,
 * whole, cut short and with single bytes changed (always the same ones), and prints TAP.
 * With file names as arguments it replays these files, untouched. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly that size, so that ASan sees the first byte read behind it. */
static void
replay_bytes(const char *data, size_t size)
{
	g_autofree uint8_t *copy = g_malloc(size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
}

static gboolean
replay_file(const char *path, gboolean variants)
{
	g_autofree char *data = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GRand) rand = g_rand_new_with_seed(2026);
	gsize size;

	if (!g_file_get_contents(path, &data, &size, &error)) {
		printf("# %s\n", error->message);
		return FALSE;
	}
	printf("# %s\n", path);
	fflush(stdout);
	alarm(60); /* an endless loop is a failure, too */
	replay_bytes(data, size);
	for (gsize i = 0; variants && size && i < 32; i++) {
		gsize at = g_rand_int_range(rand, 0, (gint32)MIN(size, G_MAXINT32));
		char byte = data[at];

		replay_bytes(data, size * i / 32);
		data[at] = (char)g_rand_int_range(rand, 0, 256);
		replay_bytes(data, size);
		data[at] = byte;
	}
	alarm(0);
	return TRUE;
}

int
main(int argc, char **argv)
{
	g_autofree char *name = g_path_get_basename(argv[0]);
	const char *srcdir = g_getenv("G_TEST_SRCDIR");
	g_autofree char *folder = NULL;
	g_autoptr(GDir) dir = NULL;
	const char *entry;
	int n = 0;

	if (argc > 1 && argv[1][0] != '-') {
		for (int i = 1; i < argc; i++)
			if (!replay_file(argv[i], FALSE))
				return 1;
		return 0;
	}
	folder = g_build_filename(srcdir ? srcdir : "tests", "fuzz/seeds",
	    g_str_has_prefix(name, "fuzz-") ? name + strlen("fuzz-") : name, NULL);
	replay_bytes("", 0);
	dir = g_dir_open(folder, 0, NULL);
	while (dir && (entry = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, entry, NULL);

		n += replay_file(path, TRUE);
	}
	printf("%s 1 - %s: %d seeds and their variants\n1..1\n", n ? "ok" : "not ok", name, n);
	return n ? 0 : 1;
}

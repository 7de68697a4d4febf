/*
 * bench-parse FOLDER [COUNT [gmime]]: how much our parser and its sandbox cost beside GMime alone.
 *
 * Up to COUNT (9,000) mails below FOLDER, one after the other: GMime parse-only of each file, as filing begins with
 * files; and of the same mails in memory, as it does, parse_mail() with its record, kartoteka-parse with 64 mails a child,
 * and with a child per mail. KARTOTEKA_PARSE names the program.
 */
#include "config.h"

#include "mail/parse.h"
#include "mail/record.h"
#include "prog/parser.h"

#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>

static gsize bytes;
static GPtrArray *paths; /* of the mails, in their order */

static void
load(GPtrArray *mails, const char *folder, guint max)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && mails->len < max && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		char *data;
		gsize size;

		if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
			load(mails, path, max);
		} else if (!g_str_has_suffix(path, ".tsv") &&
			   g_file_get_contents(path, &data, &size, NULL)) {
			g_ptr_array_add(mails, g_bytes_new_take(data, size));
			g_ptr_array_add(paths, g_steal_pointer(&path));
			bytes += size;
		}
	}
}

static double
seconds_since(gint64 start)
{
	return (double)(g_get_monotonic_time() - start) / 1e6;
}

static double
report(const char *what, guint n, double seconds, double base)
{
	double rate = n / seconds;

	printf(
	    "%-28s %8.0f mails/s  %5.2f x GMime alone\n", what, rate, base > 0 ? rate / base : 1.0);
	fflush(stdout);
	return rate;
}

static void
gmime_parse(GMimeStream *stream)
{
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	g_clear_object(&message);
	g_object_unref(parser);
	g_object_unref(stream);
}

static double
gmime_files(void)
{
	gint64 start = g_get_monotonic_time();

	for (guint i = 0; i < paths->len; i++)
		gmime_parse(g_mime_stream_fs_open(paths->pdata[i], O_RDONLY, 0, NULL));
	return report("GMime parse-only, files", paths->len, seconds_since(start), 0);
}

static double
gmime_alone(GPtrArray *mails)
{
	gint64 start = g_get_monotonic_time();

	for (guint i = 0; i < mails->len; i++) {
		gsize size;
		const char *data = g_bytes_get_data(mails->pdata[i], &size);

		gmime_parse(g_mime_stream_mem_new_with_buffer(data, size));
	}
	return report("GMime parse-only, memory", mails->len, seconds_since(start), 0);
}

static void
ours(GPtrArray *mails, double base)
{
	MailLimits limits = MAIL_LIMITS_DEFAULT;
	gint64 start = g_get_monotonic_time();

	for (guint i = 0; i < mails->len; i++) {
		g_autoptr(Mail) mail = parse_mail(mails->pdata[i], &limits, NULL);
		if (mail)
			g_bytes_unref(record_write(mail, RECORD_WIRE));
	}
	report("parse_mail and record", mails->len, seconds_since(start), base);
}

static void
children(GPtrArray *mails, guint batch, double base)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ParserClient) client = parser_start(NULL, &error);
	ParserLimits limits = PARSER_LIMITS_DEFAULT;
	g_autofree char *what = g_strdup_printf("a child per %u mails", batch);
	gint64 start;

	if (!client) {
		printf("%s: %s\n", what, error->message);
		return;
	}
	start = g_get_monotonic_time();
	for (guint i = 0; i < mails->len; i += batch) {
		g_autoptr(GPtrArray) some = g_ptr_array_new();
		g_autoptr(GPtrArray) results = NULL;

		for (guint k = i; k < mails->len && k < i + batch; k++)
			g_ptr_array_add(some, mails->pdata[k]);
		if (!parser_run(client, some, &limits, &results, &error)) {
			printf("%s: %s\n", what, error->message);
			return;
		}
	}
	report(what, mails->len, seconds_since(start), base);
}

int
main(int argc, char **argv)
{
	g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	double base;

	if (argc < 2) {
		fprintf(stderr, "usage: bench-parse FOLDER [COUNT]\n");
		return EXIT_FAILURE;
	}
	paths = g_ptr_array_new_with_free_func(g_free);
	load(mails, argv[1], argc > 2 ? (guint)atoi(argv[2]) : 9000);
	if (mails->len == 0) {
		fprintf(stderr, "bench-parse: no mail below %s\n", argv[1]);
		return EXIT_FAILURE;
	}
	printf("%u mails, %.1f MB\n", mails->len, (double)bytes / 1e6);
	parse_warm_up();
	gmime_alone(mails); /* once for the caches */
	gmime_files();
	base = gmime_alone(mails);
	if (argc > 3) /* bench-file.py wants no more */
		return EXIT_SUCCESS;
	ours(mails, base);
	children(mails, 64, base);
	if (mails->len > 2000)
		g_ptr_array_set_size(mails, 2000);
	children(mails, 1, base);
	return EXIT_SUCCESS;
}

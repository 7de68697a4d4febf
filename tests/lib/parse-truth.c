/*
 * parse-truth FOLDER TRUTH.tsv: parses each mail that another parser described, and compares.
 *
 * Prints per column "NAME same=N other=N skipped=N" and, with -v before FOLDER, each difference to
 * standard error. Addresses count only in rows where the other parser's two ways agree.
 */
#include "config.h"

#include "mail/decode.h"
#include "mail/text.h"
#include "tests/lib/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRS, SUBJECT, MESSAGE_ID, DATE, ATTACHMENTS, N_CHECKS };
static const char *const check_names[N_CHECKS] = {
    "addrs", "subject", "message_id", "date", "attachments"};

static bool verbose;
static struct {
	guint same, other, skipped;
} counts[N_CHECKS];

static char **columns;

static const char *
cell(char **row, const char *name)
{
	for (guint i = 0; columns[i]; i++) {
		if (strcmp(columns[i], name) == 0)
			return i < g_strv_length(row) ? row[i] : NULL;
	}
	return NULL;
}

static int
compare_strings(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes the strings; sorted, joined by blanks. */
static char *
joined(GPtrArray *words, bool unique)
{
	GString *text = g_string_new(NULL);

	g_ptr_array_sort(words, compare_strings);
	for (guint i = 0; i < words->len; i++) {
		if (unique && i > 0 && strcmp(words->pdata[i], words->pdata[i - 1]) == 0)
			continue;
		g_string_append_printf(text, "%s%s", text->len ? " " : "", (char *)words->pdata[i]);
	}
	g_ptr_array_unref(words);
	return g_string_free(text, FALSE);
}

static char *
our_addresses(const Mail *mail)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < mail->addresses->len; i++) {
		const MailAddress *address = mail->addresses->pdata[i];
		if ((address->role <= MAIL_BCC && address->role != MAIL_SENDER) &&
		    strchr(address->address, '@'))
			g_ptr_array_add(words, g_utf8_strdown(address->address, -1));
	}
	return joined(words, true);
}

static char *
their_addresses(const char *text)
{
	g_auto(GStrv) split = g_strsplit(text, " ", -1);
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (char **word = split; *word; word++) {
		if (strchr(*word, '@'))
			g_ptr_array_add(words, g_utf8_strdown(*word, -1));
	}
	return joined(words, true);
}

/* Digests of what has a name or is marked as attachment. */
static char *
our_attachments(const Mail *mail, GBytes *raw)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < mail->parts->len; i++) {
		const MailPart *part = mail->parts->pdata[i];
		bool attached = part->disposition && strcmp(part->disposition, "attachment") == 0;
		g_autoptr(GBytes) bytes = NULL;

		if ((!part->name && !attached) || g_str_has_prefix(part->type, "multipart/") ||
		    g_str_has_prefix(part->type, "message/"))
			continue;
		bytes = decode_transfer(raw, part->offset, part->length, part->encoding, NULL);
		g_ptr_array_add(words, g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes));
	}
	return joined(words, false);
}

/* [["name", "type", size, "sha256"], ...] */
static char *
their_attachments(const char *json)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	while (json && (json = strchr(json, '"'))) {
		gsize hex = strspn(++json, "0123456789abcdef");
		if (hex == 64 && json[64] == '"')
			g_ptr_array_add(words, g_strndup(json, 64));
		json += hex;
	}
	return joined(words, false);
}

static void
check(int what, const char *path, const char *ours, const char *theirs)
{
	if (strcmp(ours, theirs) == 0) {
		counts[what].same++;
		return;
	}
	counts[what].other++;
	if (verbose)
		fprintf(stderr, "%s\t%s\n\tours:   %s\n\ttheirs: %s\n", check_names[what], path,
		    ours, theirs);
}

static void
compare(char **row, const Mail *mail, GBytes *raw)
{
	const char *path = cell(row, "path");
	const char *flags = cell(row, "flags") ? cell(row, "flags") : "";
	const char *theirs;
	g_autofree char *addresses = our_addresses(mail);
	g_autofree char *their = their_addresses(cell(row, "addrs"));

	if (g_strcmp0(cell(row, "agree"), "1") == 0 && !strstr(flags, "PYFAIL"))
		check(ADDRS, path, addresses, their);
	else
		counts[ADDRS].skipped++;
	if ((theirs = cell(row, "subject"))) {
		g_autofree char *line = text_one_line(theirs);
		check(SUBJECT, path, mail->subject ? mail->subject : "", line);
	}
	if ((theirs = cell(row, "message_id")))
		check(MESSAGE_ID, path, mail->message_id ? mail->message_id : "", theirs);
	if ((theirs = cell(row, "date"))) {
		g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(mail->date);
		g_autofree char *ours =
		    mail->has_date ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
		check(DATE, path, ours, theirs);
	}
	if (cell(row, "attachments")) {
		g_autofree char *ours = our_attachments(mail, raw);
		g_autofree char *digests = their_attachments(cell(row, "attachments"));
		check(ATTACHMENTS, path, ours, digests);
	}
}

static void
take_row(const char *folder, const char *line)
{
	g_auto(GStrv) row = g_strsplit(line, "\t", -1);
	const char *name = cell(row, "path");
	g_autofree char *path = g_build_filename(folder, name ? name : "", NULL);
	g_autoptr(GBytes) raw = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Mail) mail = NULL;
	MailLimits limits = MAIL_LIMITS_DEFAULT;
	gint64 start = mail_cpu_time();
	char *data;
	gsize size;

	if (!name || !g_file_get_contents(path, &data, &size, NULL))
		return;
	raw = g_bytes_new_take(data, size);
	mail = parse_mail(raw, &limits, &error);
	if (mail_cpu_time() - start > 5 * G_USEC_PER_SEC)
		printf("slow %s\n", name);
	if (mail)
		compare(row, mail, raw);
	else
		printf("refused %s: %s\n", name, error->message);
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	FILE *truth;

	if (argc > 1 && strcmp(argv[1], "-v") == 0) {
		verbose = true;
		argv++;
		argc--;
	}
	truth = argc == 3 ? fopen(argv[2], "r") : NULL;
	if (!truth) {
		fprintf(stderr, "usage: parse-truth [-v] FOLDER TRUTH.tsv\n");
		return EXIT_FAILURE;
	}
	parse_warm_up();
	while (getline(&line, &size, truth) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!columns)
			columns = g_strsplit(line, "\t", -1);
		else
			take_row(argv[1], line);
	}
	free(line);
	fclose(truth);
	for (int i = 0; i < N_CHECKS; i++)
		printf("%s same=%u other=%u skipped=%u\n", check_names[i], counts[i].same,
		    counts[i].other, counts[i].skipped);
	return EXIT_SUCCESS;
}

/*
 * spool-fill: lays mail files into the spool as a source would, for tests and benches of filing.
 *
 *	spool-fill SPOOL SOURCE live|import|imap <LIST
 *
 * LIST has a line per mail: path, and behind tabs (live) envelope sender, recipients and login, (imap) owner, folder,
 * UIDVALIDITY, UID, and, when there are, "backlog" and a posture.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/spool.h"

#include <stdio.h>
#include <string.h>

#define MAIL_MAX (G_GINT64_CONSTANT(256) << 20)
#define BATCH 512

static SpoolFile *
make_file(Spool *spool, char *line, bool live, GError **error)
{
	g_auto(GStrv) words = g_strsplit(g_strdelimit(line, "\r\n", '\0'), "\t", 0);
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_MAIL, live ? SPOOL_SMTP : SPOOL_IMPORT);
	g_autoptr(GBytes) bytes = file_read(words[0], MAIL_MAX, error);
	g_autoptr(SpoolFile) file = NULL;
	guint n = g_strv_length(words);

	if (bytes == NULL)
		return NULL;
	entry->path = live ? NULL : g_strdup(words[0]);
	entry->sender = n > 1 ? g_strdup(words[1]) : NULL;
	for (guint i = 2; i + 1 < n; i++)
		spool_entry_add_recipient(entry, words[i], NULL);
	entry->login = n > 2 && words[n - 1][0] != '\0' ? g_strdup(words[n - 1]) : NULL;
	file = spool_file_new(spool, entry, live ? SPOOL_LIVE : SPOOL_BACKLOG, error);
	if (file == NULL ||
	    !spool_file_write(file, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error))
		return NULL;
	return g_steal_pointer(&file);
}

static SpoolFile *
make_copy(Spool *spool, char *line, GError **error)
{
	g_auto(GStrv) words = g_strsplit(g_strdelimit(line, "\r\n", '\0'), "\t", 0);
	guint n = g_strv_length(words);
	bool backlog = n > 5 && strcmp(words[5], "backlog") == 0;
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_MAIL, SPOOL_IMAP);
	g_autoptr(GBytes) bytes = file_read(words[0], MAIL_MAX, error);
	g_autoptr(SpoolFile) file = NULL;

	if (bytes == NULL)
		return NULL;
	g_assert(n >= 5);
	entry->owner = g_strdup(words[1]);
	entry->folder = g_strdup(words[2]);
	entry->uid_validity = g_ascii_strtoll(words[3], NULL, 10);
	entry->uid = g_ascii_strtoll(words[4], NULL, 10);
	entry->posture = n > 6 ? g_strdup(words[6]) : NULL;
	file = spool_file_new(spool, entry, backlog ? SPOOL_BACKLOG : SPOOL_LIVE, error);
	if (file == NULL ||
	    !spool_file_write(file, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error))
		return NULL;
	return g_steal_pointer(&file);
}

static bool
fill(char **argv, GError **error)
{
	bool live = strcmp(argv[3], "live") == 0, imap = strcmp(argv[3], "imap") == 0;
	g_autoptr(Spool) spool = spool_open(argv[1], argv[2],
	    live   ? SPOOL_SMTP
	    : imap ? SPOOL_IMAP
		   : SPOOL_IMPORT,
	    error);
	g_autoptr(GPtrArray) files =
	    g_ptr_array_new_with_free_func((GDestroyNotify)spool_file_free);
	char line[8192];

	if (spool == NULL)
		return false;
	while (fgets(line, sizeof line, stdin) != NULL) {
		SpoolFile *file =
		    imap ? make_copy(spool, line, error) : make_file(spool, line, live, error);

		if (file == NULL)
			return false;
		g_ptr_array_add(files, file);
		if (files->len < BATCH)
			continue;
		if (!spool_commit_all(spool, files, error))
			return false;
		g_ptr_array_set_size(files, 0);
	}
	return files->len == 0 || spool_commit_all(spool, files, error);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc < 4 || !fill(argv, &error)) {
		fprintf(stderr, "spool-fill: %s\n",
		    error != NULL ? error->message : "SPOOL SOURCE live|import are wanted");
		return 1;
	}
	return 0;
}

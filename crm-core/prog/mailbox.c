#include "prog/mailbox.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
mailbox_file_free(MailboxFile *file)
{
	if (file == NULL)
		return;
	g_free(file->path);
	g_free(file->key);
	g_free(file->folder);
	g_free(file);
}

/* "Odeslan&AOE-" is "Odeslaná": RFC 3501's form of UTF-7, as Dovecot names folders. New. */
static char *
decode_name(const char *name)
{
	g_autoptr(GString) utf7 = g_string_new(NULL);
	bool shifted = false;
	char *text;

	for (const char *at = name; *at != '\0'; at++) {
		if (!shifted && *at == '&') {
			shifted = true;
			g_string_append_c(utf7, '+');
		} else if (!shifted && *at == '+')
			g_string_append(utf7, "+-");
		else if (shifted && *at == ',')
			g_string_append_c(utf7, '/');
		else {
			shifted = shifted && *at != '-';
			g_string_append_c(utf7, *at);
		}
	}
	text = strchr(name, '&') != NULL
		   ? g_convert(utf7->str, -1, "UTF-8", "UTF-7", NULL, NULL, NULL)
		   : NULL;
	return text != NULL ? text : g_utf8_make_valid(name, -1);
}

/* What is found, and what isn't. */
typedef struct {
	GPtrArray *files;    /* MailboxFile */
	GPtrArray *left_out; /* sentences */
} Finder;

static void leave_out(const Finder *finder, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
leave_out(const Finder *finder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(finder->left_out, g_strdup_vprintf(format, args));
	va_end(args);
}

static void
add_file(const Finder *finder, const char *path, const char *folder, bool mbox, gint64 size)
{
	MailboxFile *file = g_new0(MailboxFile, 1);

	file->path = g_strdup(path);
	file->key = g_strdup(path);
	file->folder = g_strdup(folder);
	file->size = size;
	file->mbox = mbox;
	g_ptr_array_add(finder->files, file);
}

static int
name_order(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
names_in(const Finder *finder, const char *path)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
	const char *name;

	if (dir == NULL)
		leave_out(finder, "The folder can't be read. %s", error->message);
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, name_order);
	return names;
}

static bool
is_mbox(const char *path)
{
	FILE *file = fopen(path, "re");
	char start[1000];
	gsize size = file != NULL ? fread(start, 1, sizeof start, file) : 0;
	const char *end = start + size, *at = mailbox_skip_blank(start, end);

	if (file != NULL)
		fclose(file);
	return end - at >= 5 && memcmp(at, "From ", 5) == 0;
}

static bool
is_noise(const char *name)
{
	return g_str_has_prefix(name, "dovecot") || g_str_equal(name, "subscriptions") ||
	       g_str_equal(name, "maildirfolder") || g_str_equal(name, "courierimapsubscribed");
}

static void find_below(const Finder *finder, const char *path, const char *folder, bool maildir);

static void
find_one(const Finder *finder, const char *path, const char *name, const char *folder, bool maildir)
{
	g_autofree char *inner = NULL, *decoded = NULL;
	struct stat st;

	if (lstat(path, &st) != 0) {
		leave_out(finder, "%s can't be read: %s", path, g_strerror(errno));
		return;
	}
	if (S_ISLNK(st.st_mode))
		leave_out(finder, "%s is a symbolic link: name what it leads to as a path of its own.", path);
	if (S_ISREG(st.st_mode)) {
		if (!is_noise(name) && !maildir && st.st_size > 0)
			add_file(finder, path, folder, is_mbox(path), st.st_size);
		return;
	}
	if (!S_ISDIR(st.st_mode) || g_str_equal(name, "tmp"))
		return;
	decoded = decode_name(name[0] == '.' ? name + 1 : name);
	inner = folder != NULL && !g_str_equal(folder, "INBOX")
		    ? g_strconcat(folder, "/", decoded, NULL)
		    : g_strdup(decoded);
	find_below(finder, path, inner, false);
}

/* The mails of one folder of a Maildir. */
static void
find_messages(const Finder *finder, const char *path, const char *folder)
{
	g_autoptr(GPtrArray) names = names_in(finder, path);

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *below = g_build_filename(path, name, NULL);
		struct stat st;

		if (name[0] == '.')
			continue;
		if (lstat(below, &st) != 0)
			leave_out(finder, "%s can't be read: %s", below, g_strerror(errno));
		else if (S_ISREG(st.st_mode))
			add_file(finder, below, folder, false, st.st_size);
	}
}

static void
find_below(const Finder *finder, const char *path, const char *folder, bool inside)
{
	g_autofree char *cur = g_build_filename(path, "cur", NULL);
	g_autofree char *fresh = g_build_filename(path, "new", NULL);
	g_autoptr(GPtrArray) names = names_in(finder, path);
	bool maildir = g_file_test(cur, G_FILE_TEST_IS_DIR);
	/* A Maildir's own mails are its inbox; of a folder inside one, the folder's. */
	const char *own = maildir && folder == NULL ? "INBOX" : folder;

	if (maildir) {
		find_messages(finder, cur, own);
		if (g_file_test(fresh, G_FILE_TEST_EXISTS))
			find_messages(finder, fresh, own);
	}
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *below = g_build_filename(path, name, NULL);

		if (maildir && (g_str_equal(name, "cur") || g_str_equal(name, "new")))
			continue;
		find_one(finder, below, name, own, maildir);
	}
}

GPtrArray *
mailbox_find(char *const *paths, GPtrArray *left_out, GError **error)
{
	g_autoptr(GPtrArray) files =
	    g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_file_free);
	const Finder finder = {.files = files, .left_out = left_out};

	for (; *paths != NULL; paths++) {
		char *real = realpath(*paths, NULL);
		struct stat st;

		if (real == NULL || stat(real, &st) != 0) {
			int failed = errno; /* before GLib looks for the user's name */

			error_set_errno(error, ERROR_NOT_FOUND, failed, "%s can't be read by the user %s",
			    *paths, g_get_user_name());
			free(real);
			return NULL;
		}
		if (S_ISDIR(st.st_mode))
			find_below(&finder, real, NULL, false);
		else if (st.st_size > 0)
			add_file(&finder, real, NULL, is_mbox(real), st.st_size);
		free(real);
	}
	return g_steal_pointer(&files);
}

#include "crypt/master.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SIZE (64 * 1024)

struct Master {
	GHashTable *keys; /* epoch (gint64 *) -> SealKey */
	gint64 epoch;
};

void
master_free(Master *master)
{
	if (master == NULL)
		return;
	g_hash_table_unref(master->keys);
	g_free(master);
}

gint64
master_epoch(const Master *master)
{
	return master->epoch;
}

const SealKey *
master_key(const Master *master, gint64 epoch)
{
	return g_hash_table_lookup(master->keys, &epoch);
}

static bool
read_line(Master *master, const char *line)
{
	guint8 bytes[SEAL_KEY_SIZE];
	char *end;
	gint64 epoch = g_ascii_strtoll(line, &end, 10);
	bool good = epoch > master->epoch && *end == ' ' && strlen(end + 1) == 2 * sizeof bytes;

	for (gsize i = 0; good && i < sizeof bytes; i++) {
		int high = g_ascii_xdigit_value(end[1 + 2 * i]);
		int low = g_ascii_xdigit_value(end[2 + 2 * i]);

		good = high >= 0 && low >= 0;
		bytes[i] = (guint8)(high << 4 | low);
	}
	if (good) {
		gint64 *number = g_new(gint64, 1);

		*number = master->epoch = epoch;
		g_hash_table_insert(master->keys, number, seal_key_from_bytes(bytes));
	}
	seal_wipe(bytes, sizeof bytes);
	return good;
}

static bool
read_lines(Master *master, const char *path, char *text, GError **error)
{
	char *rest = text, *line;

	for (int number = 1; (line = strsep(&rest, "\n")) != NULL; number++) {
		g_strstrip(line);
		if (*line != '\0' && *line != '#' && !read_line(master, line))
			return error_set(error, ERROR_INVALID,
			    "Line %d of the master key %s isn't \"EPOCH <64 hex digits>\" with a "
			    "rising epoch",
			    number, path);
	}
	if (master->epoch == 0)
		return error_set(error, ERROR_INVALID, "The master key %s has no key in it", path);
	return true;
}

static bool
check_file(int fd, const char *path, GError **error)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set_errno(error, ERROR_INTERNAL, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_SIZE)
		return error_set(error, ERROR_INVALID, "The master key %s is no small file", path);
	/* root reads it to add a line; whoever else could change it knew all keys */
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0)
		return error_set(error, ERROR_DENIED,
		    "The master key %s belongs to another user: chown it to the one that runs this",
		    path);
	if ((st.st_mode & 077) != 0 && !((st.st_mode & 077) == 040 && st.st_uid == 0))
		return error_set(error, ERROR_DENIED,
		    "The master key %s may be read by others: chmod 600 it", path);
	return true;
}

Master *
master_read(const char *path, GError **error)
{
	g_autoptr(Master) master = g_new0(Master, 1);
	char text[MAX_SIZE + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	gssize size = -1;
	bool done = false;

	master->keys = g_hash_table_new_full(
	    g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)seal_key_free);
	if (fd < 0) {
		error_set_errno(error, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_DENIED, errno,
		    "The master key %s can't be opened", path);
		return NULL;
	}
	if (check_file(fd, path, error)) {
		size = read(fd, text, MAX_SIZE);
		if (size < 0)
			error_set_errno(error, ERROR_INTERNAL, errno, "%s", path);
	}
	close(fd);
	if (size >= 0) {
		text[size] = '\0';
		done = read_lines(master, path, text, error);
		seal_wipe(text, (gsize)size);
	}
	return done ? g_steal_pointer(&master) : NULL;
}

/* A line of a random key; the caller wipes the text. */
static void
add_line(GString *text, gint64 epoch)
{
	guint8 bytes[SEAL_KEY_SIZE];

	seal_random(bytes, sizeof bytes);
	g_string_append_printf(text, "%" G_GINT64_FORMAT " ", epoch);
	for (gsize i = 0; i < sizeof bytes; i++)
		g_string_append_printf(text, "%02x", bytes[i]);
	g_string_append_c(text, '\n');
	seal_wipe(bytes, sizeof bytes);
}

bool
master_create(const char *path, GError **error)
{
	g_autoptr(GString) text = g_string_sized_new(128); /* never moved: it is wiped */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	g_autofree char *folder = g_path_get_dirname(path);
	bool done;

	if (fd < 0)
		return error_set_errno(error, errno == EEXIST ? ERROR_CONFLICT : ERROR_INVALID,
		    errno, "The master key %s can't be made", path);
	add_line(text, 1);
	done = file_write_all(fd, text->str, text->len) && fsync(fd) == 0;
	if (!done)
		error_set_errno(
		    error, ERROR_INTERNAL, errno, "The master key %s can't be written", path);
	close(fd);
	seal_wipe(text->str, text->len);
	if (!done)
		unlink(path);
	return done && file_sync_folder(folder, error);
}

/* The file beside it that takes its place. */
static bool
replace(const char *path, const char *beside, const GString *text, const struct stat *like,
    GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	bool done;
	int fd;

	unlink(beside); /* of somebody who was killed here */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(error, ERROR_DENIED, errno,
		    "%s can't be written; run this as root where its folder is root's", beside);
	done = fchown(fd, like->st_uid, like->st_gid) == 0 &&
	       fchmod(fd, like->st_mode & 07777) == 0 && fault_point("master-write") == 0 &&
	       file_write_all(fd, text->str, text->len) && fsync(fd) == 0;
	done = close(fd) == 0 && done && fault_point("master-rename") == 0 &&
	       rename(beside, path) == 0;
	if (!done) {
		error_set_errno(
		    error, ERROR_INTERNAL, errno, "The master key %s can't be replaced", path);
		unlink(beside);
	}
	return done && file_sync_folder(folder, error);
}

bool
master_add(const char *path, GError **error)
{
	g_autoptr(Master) master = master_read(path, error);
	g_autoptr(GBytes) old = master != NULL ? file_read(path, MAX_SIZE, error) : NULL;
	g_autofree char *beside = g_strconcat(path, ".new", NULL);
	g_autoptr(GString) text = NULL;
	struct stat st;
	gsize size;
	const char *data;
	bool done;

	if (old == NULL)
		return false;
	if (stat(path, &st) != 0)
		return error_set_errno(error, ERROR_INTERNAL, errno, "%s", path);
	data = g_bytes_get_data(old, &size);
	text = g_string_sized_new(MAX_SIZE); /* never moved: it is wiped */
	g_string_append_len(text, data, (gssize)size);
	if (size > 0 && data[size - 1] != '\n')
		g_string_append_c(text, '\n');
	add_line(text, master_epoch(master) + 1);
	done = replace(path, beside, text, &st, error);
	seal_wipe(text->str, text->len);
	return done;
}

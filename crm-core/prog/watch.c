#include "prog/watch.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#define FOLDER_EVENTS (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)
#define HOUR_EVENTS (IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR)
#define DEPTH_HOUR 3 /* SPOOL, SOURCE, new or backlog, HOUR */

typedef struct {
	char *path;
	int depth;
} Folder;

struct Watch {
	int fd;
	char *directory;
	GHashTable *folders; /* watch descriptor -> Folder */
};

static void
folder_free(gpointer data)
{
	Folder *folder = data;

	g_free(folder->path);
	g_free(folder);
}

/* Watches a folder and those below it, as far as the spool's layout goes. */
static void
add_folder(Watch *watch, const char *path, int depth)
{
	g_autoptr(GDir) dir = NULL;
	const char *name;
	Folder *folder;
	int wd =
	    inotify_add_watch(watch->fd, path, depth == DEPTH_HOUR ? HOUR_EVENTS : FOLDER_EVENTS);

	if (wd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			log_warning("watch-failed", "depth=%d errno=%d", depth, errno);
		return;
	}
	folder = g_new0(Folder, 1);
	folder->path = g_strdup(path);
	folder->depth = depth;
	g_hash_table_insert(watch->folders, GINT_TO_POINTER(wd), folder);
	if (depth == DEPTH_HOUR)
		return;
	dir = g_dir_open(path, 0, NULL);
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		/* Files that a source writes stand in tmp/: nobody asks for those. */
		if (depth != 1 || g_str_equal(name, "new") || g_str_equal(name, "backlog"))
			if (g_file_test(below, G_FILE_TEST_IS_DIR))
				add_folder(watch, below, depth + 1);
	}
}

Watch *
watch_new(const char *spool_directory, GError **error)
{
	g_autoptr(Watch) watch = g_new0(Watch, 1);

	watch->directory = g_strdup(spool_directory);
	watch->folders = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, folder_free);
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0) {
		error_set_errno(error, ERROR_INTERNAL, errno, "The spool can't be watched");
		return NULL;
	}
	add_folder(watch, spool_directory, 0);
	return g_steal_pointer(&watch);
}

void
watch_free(Watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->fd >= 0)
		close(watch->fd);
	g_clear_pointer(&watch->folders, g_hash_table_unref);
	g_free(watch->directory);
	g_free(watch);
}

int
watch_fd(const Watch *watch)
{
	return watch->fd;
}

static void
hear(Watch *watch, const struct inotify_event *event, GPtrArray *packs, bool *rescan)
{
	const Folder *folder = g_hash_table_lookup(watch->folders, GINT_TO_POINTER(event->wd));
	g_autofree char *path = NULL;
	SpoolPack *pack;

	if (event->mask & IN_Q_OVERFLOW) {
		log_warning("watch-overflow", "folders=%u", g_hash_table_size(watch->folders));
		*rescan = true;
		return;
	}
	if (event->mask & IN_IGNORED) {
		g_hash_table_remove(watch->folders, GINT_TO_POINTER(event->wd));
		return;
	}
	if (folder == NULL || event->len == 0)
		return;
	path = g_build_filename(folder->path, event->name, NULL);
	if (folder->depth < DEPTH_HOUR) {
		if ((event->mask & IN_ISDIR) &&
		    (folder->depth != 1 || !g_str_equal(event->name, "tmp"))) {
			add_folder(watch, path, folder->depth + 1);
			*rescan = true; /* it may hold files already */
		}
		return;
	}
	pack = spool_pack_new(watch->directory, path, NULL);
	if (pack != NULL)
		g_ptr_array_add(packs, pack);
}

bool
watch_read(Watch *watch, GPtrArray *packs, bool *rescan, GError **error)
{
	union {
		struct inotify_event event;
		char bytes[65536];
	} buffer;

	for (;;) {
		ssize_t length = read(watch->fd, buffer.bytes, sizeof buffer.bytes);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			return true;
		if (length <= 0)
			return error_set_errno(
			    error, ERROR_INTERNAL, errno, "The spool can't be watched");
		for (ssize_t at = 0; at < length;) {
			const struct inotify_event *event =
			    (const struct inotify_event *)(buffer.bytes + at);

			hear(watch, event, packs, rescan);
			at += sizeof *event + event->len;
		}
	}
}

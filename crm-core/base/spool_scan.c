#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/spool_entry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHOLE_MAX (G_GINT64_CONSTANT(1) << 30)

static const char *const lane_names[] = {"new", "backlog"};

void
spool_item_free(SpoolItem *item)
{
	if (item == NULL)
		return;
	g_free(item->path);
	g_free(item);
}

char *
spool_lane_path(const char *directory, const char *source, SpoolLane lane)
{
	return g_build_filename(directory, source, lane_names[lane], NULL);
}

static bool
is_hour(const char *name)
{
	return strlen(name) == 10 && strspn(name, "0123456789") == 10;
}

/* "19d3a5b7c21.0000000017": start and number. */
static bool
parse_name(const char *name, SpoolKey *key)
{
	g_autofree char *id = g_strdup_printf("x.%s", name);
	SpoolKey parsed;

	if (!spool_key_parse(id, &parsed, NULL))
		return false;
	key->start = parsed.start;
	key->n = parsed.n;
	return true;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted, dot files left out; none when it can't be read. */
static GPtrArray *
list_folder(const char *path)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		if (*name != '.')
			g_ptr_array_add(names, g_strdup(name));
	if (dir != NULL)
		g_dir_close(dir);
	g_ptr_array_sort(names, compare_names);
	return names;
}

char **
spool_sources(const char *directory, GError **error)
{
	g_autoptr(GPtrArray) names = NULL;
	g_autoptr(GPtrArray) sources = g_ptr_array_new();

	if (access(directory, R_OK | X_OK) != 0) {
		error_set_errno(error, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_DENIED, errno,
		    "The spool %s can't be read", directory);
		return NULL;
	}
	names = list_folder(directory);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);

		if (spool_source_is_valid(names->pdata[i]) && g_file_test(path, G_FILE_TEST_IS_DIR))
			g_ptr_array_add(sources, g_strdup(names->pdata[i]));
	}
	g_ptr_array_add(sources, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&sources), FALSE);
}

typedef struct {
	const char *source;
	SpoolLane lane;
	guint max; /* stop when items has so many; 0: never */
	guint *strange;
	GPtrArray *items;
} Scan;

static void
scan_hour(Scan *scan, const char *path)
{
	g_autoptr(GPtrArray) names = list_folder(path);

	for (guint i = 0; i < names->len; i++) {
		SpoolKey key = {.n = 0};
		SpoolItem *item;

		if (!parse_name(names->pdata[i], &key)) {
			if (scan->strange != NULL)
				(*scan->strange)++;
			continue;
		}
		g_strlcpy(key.source, scan->source, sizeof key.source);
		item = g_new0(SpoolItem, 1);
		item->key = key;
		item->lane = scan->lane;
		item->path = g_build_filename(path, names->pdata[i], NULL);
		g_ptr_array_add(scan->items, item);
		if (scan->max > 0 && scan->items->len >= scan->max)
			return;
	}
}

static const char *
hour_of(const SpoolItem *item)
{
	const char *slash = strrchr(item->path, '/');

	return slash - 10;
}

static int
compare_items(gconstpointer a, gconstpointer b)
{
	const SpoolItem *x = *(SpoolItem *const *)a, *y = *(SpoolItem *const *)b;
	int order = strncmp(hour_of(x), hour_of(y), 10);

	if (order == 0)
		order = strcmp(x->key.source, y->key.source);
	if (order == 0)
		order = (x->key.start > y->key.start) - (x->key.start < y->key.start);
	return order != 0 ? order : (x->key.n > y->key.n) - (x->key.n < y->key.n);
}

static void
newest_of_folder(const char *path, SpoolKey *newest)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;
	SpoolKey key;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		if (parse_name(name, &key) && (key.start > newest->start ||
						  (key.start == newest->start && key.n > newest->n))) {
			newest->start = key.start;
			newest->n = key.n;
		}
	if (dir != NULL)
		g_dir_close(dir);
}

void
spool_scan_newest(const char *directory, const char *source, SpoolKey *newest)
{
	for (SpoolLane lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++) {
		g_autofree char *path = spool_lane_path(directory, source, lane);
		g_autoptr(GPtrArray) hours = list_folder(path);

		for (guint i = 0; i < hours->len; i++) {
			g_autofree char *hour = g_build_filename(path, hours->pdata[i], NULL);

			if (is_hour(hours->pdata[i]))
				newest_of_folder(hour, newest);
		}
	}
}

static void
scan_source(const char *directory, const char *source, SpoolLane lane, guint max,
    guint *strange, GPtrArray *items)
{
	g_autofree char *path = spool_lane_path(directory, source, lane);
	g_autoptr(GPtrArray) hours = list_folder(path);
	Scan scan = {source, lane, max > 0 ? items->len + max : 0, strange, items};

	for (guint i = 0; i < hours->len; i++) {
		g_autofree char *hour = g_build_filename(path, hours->pdata[i], NULL);

		if (is_hour(hours->pdata[i]))
			scan_hour(&scan, hour);
		if (scan.max > 0 && items->len >= scan.max)
			break;
	}
}

GPtrArray *
spool_scan(const char *directory, SpoolLane lane, guint max, guint *strange, GError **error)
{
	g_auto(GStrv) sources = spool_sources(directory, error);
	GPtrArray *items;

	if (sources == NULL)
		return NULL;
	items = g_ptr_array_new_with_free_func((GDestroyNotify)spool_item_free);
	/* at most max of each source, so that none hides behind another */
	for (char **source = sources; *source != NULL; source++)
		scan_source(directory, *source, lane, max, strange, items);
	g_ptr_array_sort(items, compare_items);
	if (max > 0 && items->len > max)
		g_ptr_array_set_size(items, (int)max);
	return items;
}

SpoolItem *
spool_item_new(const char *directory, const char *path, GError **error)
{
	g_autoptr(SpoolItem) item = g_new0(SpoolItem, 1);
	gsize length = strlen(directory);
	g_auto(GStrv) parts = NULL;

	while (length > 1 && directory[length - 1] == '/')
		length--;
	if (strncmp(path, directory, length) == 0 && path[length] == '/')
		parts = g_strsplit(path + length + 1, "/", 5);
	if (parts == NULL || g_strv_length(parts) != 4 || !spool_source_is_valid(parts[0]) ||
	    !is_hour(parts[2]) || !parse_name(parts[3], &item->key)) {
		error_set(error, ERROR_INVALID, "%s is no spool file.", path);
		return NULL;
	}
	if (strcmp(parts[1], lane_names[SPOOL_LIVE]) != 0 &&
	    strcmp(parts[1], lane_names[SPOOL_BACKLOG]) != 0) {
		error_set(error, ERROR_INVALID, "%s is in no lane of the spool.", path);
		return NULL;
	}
	item->lane = strcmp(parts[1], lane_names[SPOOL_LIVE]) == 0 ? SPOOL_LIVE : SPOOL_BACKLOG;
	g_strlcpy(item->key.source, parts[0], sizeof item->key.source);
	item->path = g_strdup(path);
	return g_steal_pointer(&item);
}

/* Reading ---------------------------------------------------------------------------------------
 */

/* -1 with error set. Links and special files are refused: the folder belongs to somebody else. */
static int
open_item(const SpoolItem *item, gint64 *size, GError **error)
{
	struct stat st;
	int fd = fault_point("spool-read") != 0
		     ? -1
		     : open(item->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		ErrorCode code = errno == ENOENT                    ? ERROR_NOT_FOUND
				 : errno == ELOOP || errno == ENXIO ? ERROR_INVALID
								    : ERROR_TEMPORARY;

		error_set_errno(error, code, errno, "The spool file can't be opened");
		return -1;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		error_set(error, ERROR_INVALID, "The spool file is no regular file.");
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}

/* Up to want bytes; fewer at the end of the file. */
static char *
read_up_to(int fd, gsize want, gsize *ret, GError **error)
{
	g_autofree char *data = g_try_malloc(want + 1);
	gsize have = 0;

	if (data == NULL) {
		error_set(error, ERROR_TEMPORARY, "There is no memory to read a spool file.");
		return NULL;
	}
	while (have < want) {
		ssize_t n = read(fd, data + have, want - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_set_errno(
			    error, ERROR_TEMPORARY, errno, "The spool file can't be read");
			return NULL;
		}
		if (n == 0)
			break;
		have += (gsize)n;
	}
	data[have] = '\0';
	*ret = have;
	return g_steal_pointer(&data);
}

static bool
take_key(SpoolEntry *entry, const SpoolItem *item, GError **error)
{
	if (strcmp(entry->key.source, item->key.source) != 0 ||
	    entry->key.start != item->key.start ||
	    (entry->kind == SPOOL_START) != (item->key.n == 0))
		return error_set(error, ERROR_INVALID,
		    "The spool file's lines contradict its name or its folder.");
	entry->key = item->key;
	entry->lane = item->lane;
	return true;
}

/* data is the file, or the beginning of one that is too large to be held; size is that of the file.
 */
static bool
parse_item(const SpoolItem *item, GBytes *data, gint64 size, gint64 max_bytes, SpoolEntry **ret,
    GBytes **bytes, GError **error)
{
	g_autoptr(SpoolEntry) entry = NULL;
	gsize length, offset;
	const char *p = g_bytes_get_data(data, &length);

	if (!spool_parse_keys(p, length, (gsize)size, &entry, &offset, error) ||
	    !take_key(entry, item, error))
		return false;
	if (max_bytes > 0 && entry->size > max_bytes) {
		*ret = g_steal_pointer(&entry);
		return error_set(
		    error, ERROR_TOO_BIG, "The mail has more bytes than the limit allows.");
	}
	*bytes = g_bytes_new_from_bytes(data, offset, length - offset);
	*ret = g_steal_pointer(&entry);
	return true;
}

bool
spool_read(
    const SpoolItem *item, gint64 max_bytes, SpoolEntry **entry, GBytes **bytes, GError **error)
{
	g_autoptr(GBytes) data = NULL;
	gint64 size, want;
	gsize length;
	char *text;
	int fd = open_item(item, &size, error);

	if (fd < 0)
		return false;
	*entry = NULL;
	*bytes = NULL;
	want = size;
	if (max_bytes > 0 && size > max_bytes + SPOOL_KEYS_MAX)
		want = SPOOL_KEYS_MAX;
	text = read_up_to(fd, (gsize)want, &length, error);
	close(fd);
	if (text == NULL)
		return false;
	data = g_bytes_new_take(text, length);
	/* what grew or shrank meanwhile no longer fits its own first lines */
	return parse_item(
	    item, data, want < size ? size : (gint64)length, max_bytes, entry, bytes, error);
}

GBytes *
spool_read_whole(const SpoolItem *item, GError **error)
{
	g_autoptr(GError) failed = NULL;
	gint64 size;
	gsize length;
	char *data;
	int fd = open_item(item, &size, &failed);

	if (fd < 0 && g_error_matches(failed, ERROR_DOMAIN, ERROR_INVALID))
		return g_bytes_new_static("", 0);
	if (fd < 0) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return NULL;
	}
	data = size <= WHOLE_MAX ? read_up_to(fd, (gsize)size, &length, error) : NULL;
	close(fd);
	if (size > WHOLE_MAX)
		error_set(error, ERROR_TEMPORARY, "The spool file has more than 1 GB.");
	return data != NULL ? g_bytes_new_take(data, length) : NULL;
}

bool
spool_unlink(const SpoolItem *item, GError **error)
{
	if (fault_point("spool-unlink") != 0 || (unlink(item->path) != 0 && errno != ENOENT))
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "A spool file can't be removed");
	return true;
}

void
spool_tidy(const char *directory)
{
	g_auto(GStrv) sources = spool_sources(directory, NULL);
	/* the hour before may still be in a writer's hands */
	gint64 before = clock_ms() / CLOCK_SECOND - 2 * 3600;
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(before);
	g_autofree char *newest = g_date_time_format(time, "%Y%m%d%H");

	for (char **source = sources; source != NULL && *source != NULL; source++)
		for (SpoolLane lane = SPOOL_LIVE; lane <= SPOOL_BACKLOG; lane++) {
			g_autofree char *path = spool_lane_path(directory, *source, lane);
			g_autoptr(GPtrArray) hours = list_folder(path);

			for (guint i = 0; i < hours->len; i++) {
				g_autofree char *hour =
				    g_build_filename(path, hours->pdata[i], NULL);

				if (is_hour(hours->pdata[i]) &&
				    strcmp(hours->pdata[i], newest) <= 0)
					rmdir(hour); /* not empty: stays */
			}
		}
}

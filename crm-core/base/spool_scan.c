#include "base/clock.h"
#include "base/error.h"
#include "base/spool_entry.h"
#include "base/spool_pack.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *const lane_names[] = {"new", "backlog"};

void
spool_pack_free(SpoolPack *pack)
{
	if (pack == NULL)
		return;
	g_free(pack->path);
	g_free(pack);
}

SpoolKey
spool_pack_key(const SpoolPack *pack, guint place)
{
	SpoolKey key = pack->first;

	key.n += place;
	return key;
}

guint
spool_count(const GPtrArray *packs)
{
	guint count = 0;

	for (guint i = 0; i < packs->len; i++)
		count += ((const SpoolPack *)packs->pdata[i])->count;
	return count;
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

static bool
is_open(const char *path, int how, GError **error)
{
	int failed = access(path, how) == 0 ? 0 : errno; /* before GLib looks for the user's name */

	if (failed == 0 || failed == ENOENT)
		return true;
	return error_set_errno(error, ERROR_DENIED, failed,
	    "The user %s has no access to %s: give it to that user's group (chgrp -R), chmod 2770", g_get_user_name(),
	    path);
}

static bool
check_lane(const char *directory, const char *source, SpoolLane lane, GError **error)
{
	g_autofree char *path = spool_lane_path(directory, source, lane);
	g_autoptr(GPtrArray) hours = list_folder(path);
	bool open = is_open(path, R_OK | X_OK, error);

	for (guint i = 0; i < hours->len && open; i++) {
		g_autofree char *hour = g_build_filename(path, hours->pdata[i], NULL);

		open = !is_hour(hours->pdata[i]) || is_open(hour, R_OK | W_OK | X_OK, error);
	}
	return open;
}

bool
spool_check(const char *directory, GError **error)
{
	g_auto(GStrv) sources = spool_sources(directory, error);

	for (char **source = sources; source != NULL && *source != NULL; source++) {
		g_autofree char *path = g_build_filename(directory, *source, NULL);

		if (!is_open(path, R_OK | X_OK, error) || !check_lane(directory, *source, SPOOL_LIVE, error) ||
		    !check_lane(directory, *source, SPOOL_BACKLOG, error))
			return false;
	}
	return sources != NULL;
}

typedef struct {
	const char *source;
	SpoolLane lane;
	guint max; /* stop when there are so many items; 0: never */
	guint *strange;
	guint found;
	GPtrArray *packs;
} Scan;

static bool
is_enough(const Scan *scan)
{
	return scan->max > 0 && scan->found >= scan->max;
}

static void
scan_hour(Scan *scan, const char *path)
{
	g_autoptr(GPtrArray) names = list_folder(path);

	for (guint i = 0; i < names->len && !is_enough(scan); i++) {
		SpoolPack pack = {.lane = scan->lane};

		if (!spool_pack_parse_name(names->pdata[i], &pack)) {
			if (scan->strange != NULL)
				(*scan->strange)++;
			continue;
		}
		g_strlcpy(pack.first.source, scan->source, sizeof pack.first.source);
		pack.path = g_build_filename(path, names->pdata[i], NULL);
		scan->found += pack.count;
		g_ptr_array_add(scan->packs, g_memdup2(&pack, sizeof pack));
	}
}

static const char *
hour_of(const SpoolPack *pack)
{
	const char *slash = strrchr(pack->path, '/');

	return slash - 10;
}

static int
compare_packs(gconstpointer a, gconstpointer b)
{
	const SpoolPack *x = *(SpoolPack *const *)a, *y = *(SpoolPack *const *)b;
	const SpoolKey *p = &x->first, *q = &y->first;
	int order = strncmp(hour_of(x), hour_of(y), 10);

	if (order == 0)
		order = strcmp(p->source, q->source);
	if (order == 0)
		order = (p->start > q->start) - (p->start < q->start);
	return order != 0 ? order : (p->n > q->n) - (p->n < q->n);
}

static void
newest_of_folder(const char *path, SpoolKey *newest)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;
	SpoolPack pack = {.count = 0};

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		SpoolKey key;

		if (!spool_pack_parse_name(name, &pack))
			continue;
		key = spool_pack_key(&pack, pack.count - 1);
		if (key.start > newest->start ||
		    (key.start == newest->start && key.n > newest->n)) {
			newest->start = key.start;
			newest->n = key.n;
		}
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
scan_source(const char *directory, const char *source, SpoolLane lane, guint max, guint *strange,
    GPtrArray *packs)
{
	g_autofree char *path = spool_lane_path(directory, source, lane);
	g_autoptr(GPtrArray) hours = list_folder(path);
	Scan scan = {source, lane, max, strange, 0, packs};

	for (guint i = 0; i < hours->len && !is_enough(&scan); i++) {
		g_autofree char *hour = g_build_filename(path, hours->pdata[i], NULL);

		if (is_hour(hours->pdata[i]))
			scan_hour(&scan, hour);
	}
}

GPtrArray *
spool_scan(const char *directory, SpoolLane lane, guint max, guint *strange, GError **error)
{
	g_auto(GStrv) sources = spool_sources(directory, error);
	GPtrArray *packs;
	guint kept = 0;

	if (sources == NULL)
		return NULL;
	packs = g_ptr_array_new_with_free_func((GDestroyNotify)spool_pack_free);
	/* at most max of each source, so that none hides behind another */
	for (char **source = sources; *source != NULL; source++)
		scan_source(directory, *source, lane, max, strange, packs);
	g_ptr_array_sort(packs, compare_packs);
	for (guint found = 0; kept < packs->len && (max == 0 || found < max); kept++)
		found += ((SpoolPack *)packs->pdata[kept])->count;
	g_ptr_array_set_size(packs, (int)kept);
	return packs;
}

SpoolPack *
spool_pack_new(const char *directory, const char *path, GError **error)
{
	g_autoptr(SpoolPack) pack = g_new0(SpoolPack, 1);
	gsize length = strlen(directory);
	g_auto(GStrv) parts = NULL;

	while (length > 1 && directory[length - 1] == '/')
		length--;
	if (strncmp(path, directory, length) == 0 && path[length] == '/')
		parts = g_strsplit(path + length + 1, "/", 5);
	if (parts == NULL || g_strv_length(parts) != 4 || !spool_source_is_valid(parts[0]) ||
	    !is_hour(parts[2]) || !spool_pack_parse_name(parts[3], pack)) {
		error_set(error, ERROR_INVALID, "%s is no spool file.", path);
		return NULL;
	}
	if (strcmp(parts[1], lane_names[SPOOL_LIVE]) != 0 &&
	    strcmp(parts[1], lane_names[SPOOL_BACKLOG]) != 0) {
		error_set(error, ERROR_INVALID, "%s is in no lane of the spool.", path);
		return NULL;
	}
	pack->lane = strcmp(parts[1], lane_names[SPOOL_LIVE]) == 0 ? SPOOL_LIVE : SPOOL_BACKLOG;
	g_strlcpy(pack->first.source, parts[0], sizeof pack->first.source);
	pack->path = g_strdup(path);
	return g_steal_pointer(&pack);
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

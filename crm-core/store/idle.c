#include "store/access.h"
#include "store/core.h"
#include "store/key.h"

#include <sys/stat.h>

#define LOG_BYTES (4 * 1024 * 1024)
#define LOG_IDLE_MS (10 * 60 * 1000)
#define INDEX_ROWS 200

/* Pages of the web write to access.db and then are gone: the file tells of their log. */
static gint64
log_bytes(const Store *store, DbFile file, gint64 *ret_time)
{
	g_autofree char *path = g_strconcat(store->paths[file], "-wal", NULL);
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	*ret_time = st.st_mtim.tv_sec * G_GINT64_CONSTANT(1000) + st.st_mtim.tv_nsec / 1000000;
	return st.st_size;
}

/* A long log is copied; when nothing was added since the last time it is emptied, too. A short one stays
 * for some minutes: to write over it takes the disk less time than to make it longer. */
static bool
look_after_log(Store *store, DbFile file, GError **error)
{
	gint64 time = 0, size = log_bytes(store, file, &time);
	bool still = time == store->log_times[file];

	store->log_times[file] = time;
	if (size == 0 || (size < LOG_BYTES && g_get_real_time() / 1000 - time < LOG_IDLE_MS))
		return true;
	if (!still)
		return db_checkpoint(store, file, false, error);
	core_cut_log(store, file);
	return true;
}

bool
store_idle(Store *store, bool *ret_more, GError **error)
{
	*ret_more = false;
	if (!key_refill(store, error))
		return false;
	for (DbFile file = 0; file < DB_COUNT; file++)
		if (!look_after_log(store, file, error))
			return false;
	return access_index(store, INDEX_ROWS, ret_more, error);
}

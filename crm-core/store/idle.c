#include "store/access.h"
#include "store/core.h"
#include "store/key.h"

#include "base/clock.h"

#include <sys/stat.h>

#define LOG_BYTES (4 * 1024 * 1024)
#define LOG_IDLE_MS (10 * 60 * 1000)
#define ACCESS_LOG_KEPT (8 * 1024 * 1024)
#define ACCESS_COPY_MS (5 * CLOCK_SECOND)
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

/* A long log is copied, unless somebody writes it now, who isn't waited for; when nothing was added since the last time
 * it is emptied, too. A short one stays for some minutes: to write over it takes the disk less time than to make it
 * longer. */
static bool
look_after_log(Store *store, DbFile file, GError **error)
{
	gint64 time = 0, size = log_bytes(store, file, &time);
	bool still = time == store->log_times[file];

	store->log_times[file] = time;
	if (size == 0 || (size < LOG_BYTES && g_get_real_time() / 1000 - time < LOG_IDLE_MS))
		return true;
	if (still)
		core_cut_log(store, file);
	else if (lock_take(store->locks[file], 0, NULL)) {
		bool done = db_checkpoint(store, file, false, error);

		lock_give(store->locks[file]);
		return done;
	}
	return true;
}

/* Each page that is read waits for a row in access.db, and a commit that writes over blocks of the log waits less than
 * half as long as one that makes it longer. So what stands in it is copied now and then, and the next commit begins at
 * its front again; but it is not cut. */
static bool
look_after_access_log(Store *store, GError **error)
{
	gint64 time = 0, now = clock_monotonic_ms();

	if (log_bytes(store, DB_ACCESS, &time) > ACCESS_LOG_KEPT)
		return look_after_log(store, DB_ACCESS, error);
	if (time == store->log_times[DB_ACCESS] ||
	    (store->access_copied != 0 && now - store->access_copied < ACCESS_COPY_MS))
		return true;
	store->log_times[DB_ACCESS] = time;
	store->access_copied = now;
	return db_checkpoint(store, DB_ACCESS, false, error);
}

bool
store_idle(Store *store, bool busy, bool *ret_more, GError **error)
{
	*ret_more = false;
	if (!busy && !key_refill(store, KEY_NEED_RESERVE, error))
		return false;
	for (DbFile file = 0; file < DB_COUNT; file++)
		if (file != DB_ACCESS && !look_after_log(store, file, error))
			return false;
	return look_after_access_log(store, error) &&
	       access_index(store, INDEX_ROWS, ret_more, error);
}

bool
store_copy_logs(Store *store, GError **error)
{
	for (DbFile file = 0; file < DB_COUNT; file++)
		if (file != DB_SEARCH && store->files[file] != NULL &&
		    !db_checkpoint(store, file, false, error))
			return false;
	return true;
}

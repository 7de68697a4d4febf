#include "store/access.h"
#include "store/core.h"
#include "store/key.h"

#include <sys/stat.h>

#define LOG_BYTES (4 * 1024 * 1024)
#define INDEX_ROWS 200

/* Pages of the web write to access.db and then are gone: the file's size tells of their log. */
static gint64
log_bytes(const Store *store, DbFile file)
{
	g_autofree char *path = g_strconcat(store->paths[file], "-wal", NULL);
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

bool
store_idle(Store *store, bool *ret_more, GError **error)
{
	*ret_more = false;
	if (!key_refill(store, error))
		return false;
	for (DbFile file = 0; file < DB_COUNT; file++)
		if (log_bytes(store, file) >= LOG_BYTES &&
		    !db_checkpoint(store, file, false, error))
			return false;
	return access_index(store, INDEX_ROWS, ret_more, error);
}

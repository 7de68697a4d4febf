#include "store/numbers.h"

#include "base/error.h"
#include "base/file.h"
#include "store/counter.h"
#include "store/row.h"
#include "store/search-index.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool
one(Store *store, DbFile file, const char *sql, gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	return stmt != NULL && row_int(stmt, 0, ret, error);
}

static char *
rewind_due_path(const Store *store)
{
	return g_build_filename(store_conf(store)->data.directory, "rewind-due", NULL);
}

/* A file that can't be read says so as well: since the beginning of time. */
static gint64
read_rewind_due(const Store *store)
{
	g_autofree char *path = rewind_due_path(store), *text = NULL;
	gint64 since = 0;

	if (access(path, F_OK) != 0)
		return 0;
	if (g_file_get_contents(path, &text, NULL, NULL))
		since = g_ascii_strtoll(text, NULL, 10);
	return MAX(since, 1);
}

bool
numbers_read(Store *store, Numbers *ret, GError **error)
{
	/* Items are taken in their order. */
	static const char sql_taken[] = "SELECT taken FROM item ORDER BY id DESC LIMIT 1";
	static const char sql_revision[] = "SELECT time FROM revision ORDER BY id DESC LIMIT 1";
	static const char sql_key[] = "SELECT MAX(id) FROM key";
	static const char sql_erasures[] = "SELECT COUNT(*) FROM erasure WHERE step = 4";
	Numbers numbers = {{0}};
	gint64 last_key, next_key;

	if (!item_totals(store, numbers.items, error) ||
	    !one(store, DB_RECORDS, sql_taken, &numbers.last_taken, error) ||
	    !one(store, DB_RECORDS, sql_revision, &numbers.last_revision, error) ||
	    !one(store, DB_RECORDS, sql_erasures, &numbers.erasures, error) ||
	    !one(store, DB_KEYS, sql_key, &last_key, error) ||
	    !counter_get(store, DB_RECORDS, "key-next", 1, &next_key, error) ||
	    !search_index_lag(store, &numbers.search_lag, error))
		return false;
	numbers.rewind_due = read_rewind_due(store);
	numbers.keys_ahead = MAX(0, last_key - next_key + 1);
	*ret = numbers;
	return true;
}

bool
numbers_set_rewind_due(Store *store, gint64 since, GError **error)
{
	g_autofree char *path = rewind_due_path(store);
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n", since);

	if (since != 0)
		return file_publish(path, text, strlen(text), 0600, error);
	if (unlink(path) != 0 && errno != ENOENT)
		return error_set_errno(error, ERROR_INTERNAL, errno, "%s can't be removed", path);
	return true;
}

#include "store/search-index.h"

#include "store/core.h"
#include "store/row.h"

#define FREE_PAGES_KEPT 128

static bool
read_number(Store *store, const char *sql, gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql, error);

	return stmt != NULL && row_int(stmt, 0, ret, error);
}

/* Gives pages that merging left free back to the file system, when they are many. Nobody else writes
 * meanwhile; readers aren't disturbed. */
static bool
give_back(Store *store, GError **error)
{
	gint64 pages, free_pages;
	bool ok;

	if (!read_number(store, "SELECT page_count FROM pragma_page_count()", &pages, error) ||
	    !read_number(
		store, "SELECT freelist_count FROM pragma_freelist_count()", &free_pages, error))
		return false;
	if (free_pages < FREE_PAGES_KEPT || free_pages < pages / 16)
		return true;
	if (!lock_take(store->locks[DB_SEARCH], store->wait_ms, error))
		return false;
	ok = db_exec(store, DB_SEARCH, "VACUUM", error);
	lock_give(store->locks[DB_SEARCH]);
	return ok && db_checkpoint(store, DB_SEARCH, false, error);
}

bool
search_index_merge(Store *store, bool *ret_more, GError **error)
{
	static const char sql[] = "SELECT total_changes()";
	g_auto(DbTx) tx = DB_TX_INIT;
	gint64 before, after;

	if (!db_tx_begin(&tx, store, DB_SEARCH, error) ||
	    !read_number(store, sql, &before, error) ||
	    !db_exec(store, DB_SEARCH,
		"INSERT INTO mail_text (mail_text, rank) VALUES ('merge', 200)", error) ||
	    !read_number(store, sql, &after, error) || !db_tx_commit(&tx, error))
		return false;
	*ret_more = after - before >= 2;
	return *ret_more || give_back(store, error);
}

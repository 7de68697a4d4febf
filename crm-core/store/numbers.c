#include "store/numbers.h"

#include "store/counter.h"
#include "store/row.h"
#include "store/search-index.h"

static bool
one(Store *store, DbFile file, const char *sql, gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	return stmt != NULL && row_int(stmt, 0, ret, error);
}

bool
numbers_read(Store *store, Numbers *ret, GError **error)
{
	/* Items are taken in their order. */
	static const char sql_taken[] = "SELECT taken FROM item ORDER BY id DESC LIMIT 1";
	static const char sql_revision[] = "SELECT time FROM revision ORDER BY id DESC LIMIT 1";
	static const char sql_key[] = "SELECT MAX(id) FROM key";
	Numbers numbers = {{0}};
	gint64 last_key, next_key;

	if (!item_totals(store, numbers.items, error) ||
	    !one(store, DB_RECORDS, sql_taken, &numbers.last_taken, error) ||
	    !one(store, DB_RECORDS, sql_revision, &numbers.last_revision, error) ||
	    !one(store, DB_KEYS, sql_key, &last_key, error) ||
	    !counter_get(store, DB_RECORDS, "key-next", 1, &next_key, error) ||
	    !counter_get(store, DB_RECORDS, COUNTER_REWIND_DUE, 0, &numbers.rewind_due, error) ||
	    !search_index_lag(store, &numbers.search_lag, error))
		return false;
	numbers.keys_ahead = MAX(0, last_key - next_key + 1);
	*ret = numbers;
	return true;
}

bool
numbers_set_rewind_due(StoreTx *tx, gint64 since, GError **error)
{
	return counter_set(tx->store, DB_RECORDS, COUNTER_REWIND_DUE, since, error);
}

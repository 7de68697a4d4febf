#include "store/access-chain.h"
#include "store/counter.h"
#include "store/erase.h"

/* The closed months before, whether their rows are gone already or not: harmless to repeat. */
static GArray *
closed_segments(Store *store, AccessChain chain, gint64 before, GError **error)
{
	static const char sql[] = "SELECT segment FROM access_segment WHERE segment < $before";
	g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql, error);
	g_autoptr(GArray) segments = g_array_new(FALSE, FALSE, sizeof(gint64));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$before", before);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 segment = db_int(stmt, 0);

		g_array_append_val(segments, segment);
	}
	return step == DB_DONE ? g_steal_pointer(&segments) : NULL;
}

/* In a transaction on the chain's file. */
static bool
delete_rows(Store *store, AccessChain chain, gint64 segment, GError **error)
{
	static const char *const sql[] = {
	    "DELETE FROM access_object WHERE seq >= "
	    "(SELECT first FROM access_segment WHERE segment = $segment) AND seq <= "
	    "(SELECT last FROM access_segment WHERE segment = $segment)",
	    "DELETE FROM access WHERE seq >= "
	    "(SELECT first FROM access_segment WHERE segment = $segment) AND seq <= "
	    "(SELECT last FROM access_segment WHERE segment = $segment)",
	    "UPDATE access_segment SET pruned = 1 WHERE segment = $segment",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(sql); i++) {
		g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql[i], error);

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$segment", segment);
		if (!db_run(stmt, error))
			return false;
	}
	return true;
}

static bool
delete_reads(Store *store, const GArray *segments, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;

	if (!db_tx_begin(&tx, store, DB_ACCESS, error))
		return false;
	for (guint i = 0; i < segments->len; i++)
		if (!delete_rows(store, ACCESS_READS, g_array_index(segments, gint64, i), error))
			return false;
	return db_tx_commit(&tx, error);
}

static bool
take_key(StoreTx *tx, AccessChain chain, gint64 segment, GArray *keys, GError **error)
{
	g_autofree char *name = access_chain_key_name(chain, segment);
	gint64 key;

	if (!counter_get(tx->store, DB_RECORDS, name, 0, &key, error) ||
	    (key != 0 && !counter_set(tx->store, DB_RECORDS, name, 0, error)))
		return false;
	if (key != 0)
		g_array_append_val(keys, key);
	return true;
}

bool
access_prune(Store *store, const Actor *actor, gint64 before, GError **error)
{
	g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) changes = closed_segments(store, ACCESS_CHANGES, before, error);
	g_autoptr(GArray) reads =
	    changes == NULL ? NULL : closed_segments(store, ACCESS_READS, before, error);
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (reads == NULL || !delete_reads(store, reads, error) ||
	    !store_tx_begin(&tx, store, actor, NULL, error))
		return false;
	for (guint i = 0; i < reads->len; i++)
		if (!take_key(&tx, ACCESS_READS, g_array_index(reads, gint64, i), keys, error))
			return false;
	for (guint i = 0; i < changes->len; i++) {
		gint64 segment = g_array_index(changes, gint64, i);

		if (!delete_rows(store, ACCESS_CHANGES, segment, error) ||
		    !take_key(&tx, ACCESS_CHANGES, segment, keys, error))
			return false;
	}
	/* The log of access.db isn't cut by itself: what was deleted would stay in it. */
	return (keys->len == 0 || erase_keys(&tx, ERASURE_RECORD, keys, error)) &&
	       store_tx_commit(&tx, error) && db_checkpoint(store, DB_ACCESS, true, error);
}

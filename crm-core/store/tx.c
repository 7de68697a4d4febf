#include "store/core.h"
#include "store/key.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <string.h>

#define SHORT_MS 10

static bool
last_time(Store *store, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT time FROM revision ORDER BY id DESC LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_int(stmt, 0);
		return true;
	case DB_DONE:
		*ret = 0;
		return true;
	default:
		return false;
	}
}

bool
store_tx_begin(StoreTx *tx, Store *store, const Actor *actor, const char *reason, GError **error)
{
	gint64 last;

	g_assert(store->tx == NULL && store->readers == 0);
	if (!key_refill(store, KEY_NEED_NOW, error) ||
	    !db_tx_begin(&store->records, store, DB_RECORDS, error))
		return false;
	if (!last_time(store, &last, error)) {
		db_tx_clear(&store->records);
		return false;
	}
	*tx = (StoreTx){
	    .store = store,
	    .now = clock_ms_after(last),
	    .actor = *actor,
	    .reason = reason,
	    .open = true,
	    .begun = clock_monotonic_ms(),
	};
	store->tx = tx;
	return true;
}

static void
end(StoreTx *tx, bool committed)
{
	core_keys_end(tx->store, committed);
	tx->store->tx = NULL;
	tx->open = false;
}

bool
store_tx_commit(StoreTx *tx, GError **error)
{
	g_assert(tx->open);
	if (fault_point("tx-commit") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "kartoteka.db can't be written");
	if (!core_items_commit(tx, error) || !core_keys_commit(tx, error) ||
	    !db_tx_commit(&tx->store->records, error))
		return false;
	end(tx, true);
	return true;
}

void
store_tx_clear(StoreTx *tx)
{
	if (!tx->open)
		return;
	db_tx_clear(&tx->store->records);
	end(tx, false);
}

bool
store_tx_is_wanted(StoreTx *tx)
{
	gint64 now = clock_monotonic_ms();

	if (tx->wanted || now - tx->begun < SHORT_MS || now == tx->looked)
		return tx->wanted;
	tx->looked = now;
	tx->wanted = lock_is_wanted(tx->store->locks[DB_RECORDS]);
	return tx->wanted;
}

static bool
seal_reason(StoreTx *tx, gint64 revision, GError **error)
{
	static const char sql[] =
	    "UPDATE revision SET key_id = $key, reason = $reason WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	g_autoptr(GBytes) sealed = NULL;
	Id row = key_row(revision);
	gint64 key;

	if (stmt == NULL || !key_claim(tx, &key, error))
		return false;
	sealed = key_seal(
	    tx->store, key, "revision", &row, "reason", tx->reason, strlen(tx->reason), error);
	if (sealed == NULL)
		return false;
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$reason", sealed);
	db_bind_int(stmt, "$id", revision);
	return db_run(stmt, error);
}

gint64
store_tx_revision(StoreTx *tx, GError **error)
{
	static const char sql[] = "INSERT INTO revision (time, actor_kind, actor) "
				  "VALUES ($time, $kind, $actor)";
	g_autoptr(DbStmt) stmt = NULL;
	gint64 revision;

	g_assert(tx->open);
	if (tx->revision != 0)
		return tx->revision;
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return 0;
	db_bind_int(stmt, "$time", tx->now);
	db_bind_int(stmt, "$kind", tx->actor.kind);
	db_bind_id(stmt, "$actor", &tx->actor.user);
	if (!db_run(stmt, error))
		return 0;
	revision = db_last_id(tx->store, DB_RECORDS);
	if (tx->reason != NULL && !seal_reason(tx, revision, error))
		return 0;
	tx->revision = revision;
	return revision;
}

bool
store_read_begin(Store *store, GError **error)
{
	if (store->tx == NULL && store->readers == 0 && !store->view &&
	    !db_exec(store, DB_RECORDS, "BEGIN DEFERRED", error))
		return false;
	store->readers++;
	return true;
}

void
store_read_end(Store *store)
{
	g_assert(store->readers > 0);
	if (--store->readers == 0 && store->tx == NULL && !store->view)
		db_exec(store, DB_RECORDS, "END", NULL);
}

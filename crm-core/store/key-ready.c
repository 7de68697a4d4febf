#include "store/counter.h"
#include "store/key-ring.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"

/* Keys that lie ready: what two days used, within these limits; a transaction of much mail wants the least. */
#define READY_LEAST 4096
#define READY_MOST 100000

#define LOAD_AFTER 4 /* keys that a program claimed which comes and goes: more are coming */

static bool
read_last(Store *store, gint64 *ret, GError **error)
{
	/* Not max(id): a destroyed key's number is used up, too. */
	static const char sql[] =
	    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'key'), 0)";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);

	if (stmt == NULL || db_step(stmt, error) != DB_ROW)
		return false;
	*ret = db_int(stmt, 0);
	return true;
}

/* The first key that lies there of those not claimed: a restore leaves a gap before them. */
static bool
skip_gap(Store *store, Keys *keys, gint64 next, GError **error)
{
	static const char sql[] = "SELECT min(id) FROM key WHERE id >= $next";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	gint64 before = keys->next;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$next", next);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	keys->next = db_is_null(stmt, 0) ? MAX(next, keys->last + 1) : db_int(stmt, 0);
	key_ring_drop(keys, before, keys->next);
	return true;
}

/* The keys made are appended to made. */
static bool
insert_keys(Store *store, Keys *keys, gint64 first, gint64 last, GPtrArray *made, GError **error)
{
	static const char sql[] =
	    "INSERT INTO key (id, epoch, wrapped) VALUES ($id, $epoch, $wrapped)";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	gint64 epoch = master_epoch(keys->master);
	const SealKey *master = master_key(keys->master, epoch);

	if (stmt == NULL)
		return false;
	for (gint64 id = first; id <= last; id++) {
		SealKey *key = seal_key_new();
		g_autoptr(GBytes) wrapped = seal_wrap(master, "key", id, epoch, key);

		g_ptr_array_add(made, key);
		db_bind_int(stmt, "$id", id);
		db_bind_int(stmt, "$epoch", epoch);
		db_bind_bytes(stmt, "$wrapped", wrapped);
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
	}
	return true;
}

/* What is next, and what the last one is. */
static bool
read_place(Store *store, Keys *keys, GError **error)
{
	gint64 next;

	return counter_get(store, DB_RECORDS, "key-next", 1, &next, error) &&
	       read_last(store, &keys->last, error) && skip_gap(store, keys, next, error);
}

/* How many were used since yesterday began. Counted, since numbers have gaps, and only as far as it matters. */
static bool
read_use(Store *store, Keys *keys, GError **error)
{
	static const char sql[] = "SELECT count(*) FROM (SELECT 1 FROM key WHERE id >= $mark "
				  "AND id < $next LIMIT $most) AS used";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	gint64 mark;

	if (stmt == NULL || !counter_get(store, DB_RECORDS, "key-mark-2", 1, &mark, error))
		return false;
	db_bind_int(stmt, "$mark", mark);
	db_bind_int(stmt, "$next", keys->next);
	db_bind_int(stmt, "$most", READY_MOST);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	keys->ready = MAX(db_int(stmt, 0), READY_LEAST);
	return true;
}

/* Are there as many as somebody needs? */
static bool
is_full(const Keys *keys, KeyNeed need)
{
	gint64 wanted = need == KEY_NEED_NOW ? READY_LEAST : keys->ready;

	return wanted > 0 && keys->last - keys->next + 1 >= MAX(wanted, keys->lacked);
}

bool
key_refill(Store *store, KeyNeed need, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func((GDestroyNotify)seal_key_free);
	Keys *keys = key_ring(store, error);
	gint64 first, last, ready;

	g_assert(store->tx == NULL);
	if (keys == NULL)
		return false;
	if (is_full(keys, need))
		return true;
	if (!read_place(store, keys, error) ||
	    (need == KEY_NEED_RESERVE && !read_use(store, keys, error)))
		return false;
	if (is_full(keys, need))
		return true;
	if (!db_tx_begin(&tx, store, DB_KEYS, error) || !key_ring_renew(store, keys, error) ||
	    !read_last(store, &last, error))
		return false;
	/* Numbers below "next" are claimed even where their keys are lost: never made again. */
	first = MAX(last + 1, keys->next);
	ready = MAX(need == KEY_NEED_NOW ? READY_LEAST : keys->ready, keys->lacked);
	last = keys->next + ready + READY_LEAST / 2;
	if (fault_point("key-refill") != 0)
		return error_set(error, ERROR_TEMPORARY, "keys.db can't be written");
	if (!insert_keys(store, keys, first, last, made, error) || !db_tx_commit(&tx, error))
		return false;
	key_ring_keep_made(keys, first, made);
	keys->last = MAX(last, first - 1);
	return true;
}

/* Where this transaction begins to claim. Other programs may have claimed since the last one. */
static bool
begin_claims(Store *store, Keys *keys, GError **error)
{
	gint64 next;

	if (!counter_get(store, DB_RECORDS, "key-next", 1, &next, error))
		return false;
	if ((next != keys->next || next > keys->last) &&
	    (!read_last(store, &keys->last, error) || !skip_gap(store, keys, next, error)))
		return false;
	keys->claimed = keys->next;
	return true;
}

bool
key_claim(StoreTx *tx, gint64 *ret, GError **error)
{
	Store *store = tx->store;
	Keys *keys = key_ring(store, error);
	bool stays = (store->flags & STORE_KEEP_OPEN) != 0;

	if (keys == NULL || (keys->claimed == 0 && !begin_claims(store, keys, error)))
		return false;
	/* Another program may have filled it since. */
	if (keys->claimed > keys->last && !read_last(store, &keys->last, error))
		return false;
	if (keys->claimed > keys->last) {
		keys->lacked = MAX(keys->lacked, 2 * (keys->claimed - keys->next + 1));
		return error_set(error, ERROR_TEMPORARY,
		    "The keys that lie ready are used up; more are made at the next try");
	}
	*ret = keys->claimed++;
	if ((!stays && *ret - keys->next < LOAD_AFTER) || g_hash_table_contains(keys->cache, ret))
		return true;
	return key_ring_load_ahead(store, keys, *ret, error);
}

bool
core_keys_commit(StoreTx *tx, GError **error)
{
	Store *store = tx->store;
	Keys *keys = store->keys;
	gint64 today = tx->now / CLOCK_DAY, mark;

	if (keys == NULL || keys->claimed == 0)
		return true;
	if (keys->day < today && !counter_get(store, DB_RECORDS, "key-day", 0, &keys->day, error))
		return false;
	if (keys->day < today) {
		keys->ready = 0; /* look again how many are needed */
		if (!counter_get(store, DB_RECORDS, "key-mark-1", 1, &mark, error) ||
		    !counter_set(store, DB_RECORDS, "key-mark-2", mark, error) ||
		    !counter_set(store, DB_RECORDS, "key-mark-1", keys->next, error) ||
		    !counter_set(store, DB_RECORDS, "key-day", today, error))
			return false;
	}
	return counter_set(store, DB_RECORDS, "key-next", keys->claimed, error);
}

void
core_keys_end(Store *store, bool committed)
{
	Keys *keys = store->keys;

	if (keys == NULL || keys->claimed == 0)
		return;
	if (committed) {
		key_ring_drop(keys, keys->next, keys->claimed);
		keys->next = keys->claimed;
		keys->lacked = 0;
	}
	keys->claimed = 0;
}

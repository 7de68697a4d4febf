/* Keys wrapped by an older master key are wrapped anew by the newest; and whether all of them can be unwrapped. */
#include "store/key-ring.h"

#include "base/error.h"
#include "base/fault.h"

#define BATCH 500

static const char sql_left[] = "SELECT (SELECT count(*) FROM key WHERE epoch <> $epoch)"
			       " + (SELECT count(*) FROM hash_key WHERE epoch <> $epoch)";

bool
key_rotate_left(Store *store, gint64 *ret, GError **error)
{
	Keys *keys = key_ring(store, error);
	g_autoptr(DbStmt) stmt = keys != NULL ? db_stmt(store, DB_KEYS, sql_left, error) : NULL;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$epoch", master_epoch(keys->master));
	if (db_step(stmt, error) != DB_ROW)
		return false;
	*ret = db_int(stmt, 0);
	return true;
}

static bool
wrap_again(
    Store *store, Keys *keys, const char *purpose, DbStmt *from, const char *sql, GError **error)
{
	gint64 id = db_int(from, 0), epoch = master_epoch(keys->master);
	g_autoptr(SealKey) key = key_ring_unwrap(store, keys, purpose, id, from, 1, error);
	g_autoptr(DbStmt) stmt = key != NULL ? db_stmt(store, DB_KEYS, sql, error) : NULL;
	g_autoptr(GBytes) wrapped = NULL;

	if (stmt == NULL)
		return false;
	wrapped = seal_wrap(master_key(keys->master, epoch), purpose, id, epoch, key);
	db_bind_int(stmt, "$id", id);
	db_bind_int(stmt, "$epoch", epoch);
	db_bind_bytes(stmt, "$wrapped", wrapped);
	return db_run(stmt, error);
}

/* Up to BATCH keys behind *after, in a transaction; *ret: how many. */
static bool
rotate_batch(Store *store, Keys *keys, gint64 *after, gint64 *ret, GError **error)
{
	static const char sql_some[] =
	    "SELECT id, epoch, wrapped FROM key WHERE id > $after AND epoch <> $epoch"
	    " ORDER BY id LIMIT $limit";
	static const char sql_put[] =
	    "UPDATE key SET epoch = $epoch, wrapped = $wrapped WHERE id = $id";
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(DbStmt) stmt = NULL;
	gint64 done = 0;
	DbStep step;

	if (!db_tx_begin(&tx, store, DB_KEYS, error) ||
	    (stmt = db_stmt(store, DB_KEYS, sql_some, error)) == NULL)
		return false;
	db_bind_int(stmt, "$after", *after);
	db_bind_int(stmt, "$epoch", master_epoch(keys->master));
	db_bind_int(stmt, "$limit", BATCH);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		if (!wrap_again(store, keys, "key", stmt, sql_put, error))
			return false;
		*after = db_int(stmt, 0);
		done++;
	}
	g_clear_pointer(&stmt, db_stmt_release);
	if (step == DB_ERROR)
		return false;
	if (fault_point("key-rotate") != 0)
		return error_set(error, ERROR_TEMPORARY, "keys.db can't be written");
	*ret = done;
	return db_tx_commit(&tx, error);
}

/* They are few. */
static bool
rotate_secrets(Store *store, Keys *keys, GError **error)
{
	static const char sql_all[] =
	    "SELECT id, epoch, wrapped, purpose FROM hash_key WHERE epoch <> $epoch";
	static const char sql_put[] =
	    "UPDATE hash_key SET epoch = $epoch, wrapped = $wrapped WHERE id = $id";
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	if (!db_tx_begin(&tx, store, DB_KEYS, error) ||
	    (stmt = db_stmt(store, DB_KEYS, sql_all, error)) == NULL)
		return false;
	db_bind_int(stmt, "$epoch", master_epoch(keys->master));
	while ((step = db_step(stmt, error)) == DB_ROW) {
		g_autofree char *purpose = g_strdup(db_text(stmt, 3));

		if (!wrap_again(store, keys, purpose, stmt, sql_put, error))
			return false;
	}
	g_clear_pointer(&stmt, db_stmt_release);
	if (step == DB_ERROR)
		return false;
	if (fault_point("key-rotate-secrets") != 0)
		return error_set(error, ERROR_TEMPORARY, "keys.db can't be written");
	return db_tx_commit(&tx, error);
}

bool
key_rotate(Store *store, DbProgress progress, gpointer data, GError **error)
{
	Keys *keys = key_ring(store, error);
	gint64 total, after = 0, batch = 0, done = 0;

	if (keys == NULL || !key_rotate_left(store, &total, error) ||
	    !rotate_secrets(store, keys, error))
		return false;
	do {
		if (!rotate_batch(store, keys, &after, &batch, error))
			return false;
		done += batch;
		if (progress != NULL)
			progress(MIN(done, total), total, data);
	} while (batch > 0);
	/* What the old master key opens is gone from the log, too. */
	return db_checkpoint(store, DB_KEYS, true, error);
}

static bool
inspect(Store *store, const char *sql, GPtrArray *problems, GError **error)
{
	Keys *keys = key_ring(store, error);
	g_autoptr(DbStmt) stmt = keys != NULL ? db_stmt(store, DB_KEYS, sql, error) : NULL;
	DbStep step;

	if (stmt == NULL)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		g_autoptr(GError) failure = NULL;
		g_autoptr(SealKey) key = key_ring_unwrap(
		    store, keys, db_text(stmt, 3), db_int(stmt, 0), stmt, 1, &failure);

		if (key == NULL)
			g_ptr_array_add(
			    problems, g_strdup_printf("key %" G_GINT64_FORMAT " (%s): %s",
					  db_int(stmt, 0), db_text(stmt, 3), failure->message));
	}
	return step == DB_DONE;
}

bool
key_inspect(Store *store, GPtrArray *problems, GError **error)
{
	return inspect(store, "SELECT id, epoch, wrapped, 'key' FROM key ORDER BY id", problems,
		   error) &&
	       inspect(store, "SELECT id, epoch, wrapped, purpose FROM hash_key ORDER BY id",
		   problems, error);
}

#include "store/key-ring.h"

#include "base/error.h"

#include <string.h>

#define CACHE_MOST 8192
#define LOAD_AHEAD 64

void
core_keys_free(Keys *keys)
{
	if (keys == NULL)
		return;
	master_free(keys->master);
	g_hash_table_unref(keys->cache);
	seal_key_free(keys->lookup_key);
	seal_key_free(keys->checkpoint_seed);
	g_free(keys);
}

Keys *
key_ring(Store *store, GError **error)
{
	Master *master;

	if (store->keys != NULL)
		return store->keys;
	master = master_read(store->conf->data.master_key_file, error);
	if (master == NULL)
		return NULL;
	store->keys = g_new0(Keys, 1);
	store->keys->master = master;
	store->keys->cache = g_hash_table_new_full(
	    g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)seal_key_free);
	return store->keys;
}

bool
key_ring_renew(Store *store, Keys *keys, GError **error)
{
	Master *master = master_read(store->conf->data.master_key_file, error);

	if (master == NULL)
		return false;
	master_free(keys->master);
	keys->master = master;
	return true;
}

SealKey *
key_ring_unwrap(Store *store, Keys *keys, const char *purpose, gint64 number, DbStmt *stmt,
    int column, GError **error)
{
	gint64 epoch = db_int(stmt, column);
	const SealKey *master = master_key(keys->master, epoch);
	gsize size;
	const guint8 *wrapped = db_blob(stmt, column + 1, &size);

	if (master == NULL) {
		if (!key_ring_renew(store, keys, error))
			return NULL;
		master = master_key(keys->master, epoch);
	}
	if (master == NULL) {
		error_set(error, ERROR_INTERNAL,
		    "The master key of epoch %" G_GINT64_FORMAT
		    " is missing from the file that [data] master-key-file names",
		    epoch);
		return NULL;
	}
	return seal_unwrap(master, purpose, number, epoch, wrapped, size, error);
}

static bool
was_erased(Store *store, gint64 key_id)
{
	static const char sql[] = "SELECT 1 FROM erasure_key WHERE key_id = $id LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, NULL);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", key_id);
	return db_step(stmt, NULL) == DB_ROW;
}

static const SealKey *
keep(Keys *keys, gint64 key_id, SealKey *key)
{
	gint64 *number = g_new(gint64, 1);

	*number = key_id;
	g_hash_table_replace(keys->cache, number, key);
	return key;
}

void
key_ring_keep_made(Keys *keys, gint64 first, GPtrArray *made)
{
	for (guint i = 0; i < made->len && g_hash_table_size(keys->cache) < CACHE_MOST; i++)
		keep(keys, first + i, g_steal_pointer(&made->pdata[i]));
}

void
key_ring_drop(Keys *keys, gint64 first, gint64 end)
{
	for (gint64 id = MAX(first, end - CACHE_MOST); id < end; id++)
		g_hash_table_remove(keys->cache, &id);
}

static void
make_room(Keys *keys, guint more)
{
	if (g_hash_table_size(keys->cache) + more > CACHE_MOST)
		g_hash_table_remove_all(keys->cache);
}

static const SealKey *
load(Store *store, Keys *keys, gint64 key_id, GError **error)
{
	static const char sql[] = "SELECT epoch, wrapped FROM key WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	SealKey *key;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", key_id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		break;
	case DB_DONE:
		if (was_erased(store, key_id))
			error_set(error, ERROR_NOT_FOUND, "This was erased");
		else
			error_set(error, ERROR_INTERNAL,
			    "Key %" G_GINT64_FORMAT
			    " is missing, and nothing erased it: this keys.db doesn't belong to "
			    "this kartoteka.db",
			    key_id);
		return NULL;
	default:
		return NULL;
	}
	key = key_ring_unwrap(store, keys, "key", key_id, stmt, 0, error);
	if (key == NULL)
		return NULL;
	make_room(keys, 1);
	return keep(keys, key_id, key);
}

bool
key_ring_load_ahead(Store *store, Keys *keys, gint64 from, GError **error)
{
	static const char sql[] =
	    "SELECT id, epoch, wrapped FROM key WHERE id >= $from ORDER BY id LIMIT $count";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	make_room(keys, LOAD_AHEAD);
	db_bind_int(stmt, "$from", from);
	db_bind_int(stmt, "$count", LOAD_AHEAD);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 id = db_int(stmt, 0);
		SealKey *key = key_ring_unwrap(store, keys, "key", id, stmt, 1, error);

		if (key == NULL)
			return false;
		keep(keys, id, key);
	}
	return step == DB_DONE;
}

static const SealKey *
find_key(Store *store, gint64 key_id, GError **error)
{
	Keys *keys = key_ring(store, error);
	const SealKey *key;

	if (keys == NULL)
		return NULL;
	key = g_hash_table_lookup(keys->cache, &key_id);
	return key != NULL ? key : load(store, keys, key_id, error);
}

void
key_forget(Store *store, gint64 key_id)
{
	if (store->keys != NULL)
		g_hash_table_remove(store->keys->cache, &key_id);
}

GBytes *
key_seal(Store *store, gint64 key_id, const char *table, const Id *id, const char *field,
    const void *data, gsize size, GError **error)
{
	const SealKey *key = find_key(store, key_id, error);
	SealPlace place = {.table = table, .id = *id, .field = field};

	return key != NULL ? seal_close(key, &place, data, size) : NULL;
}

GBytes *
key_unseal(Store *store, gint64 key_id, const char *table, const Id *id, const char *field,
    const void *sealed, gsize size, GError **error)
{
	const SealKey *key = find_key(store, key_id, error);
	SealPlace place = {.table = table, .id = *id, .field = field};

	return key != NULL ? seal_open(key, &place, sealed, size, error) : NULL;
}

Id
key_row(gint64 id)
{
	Id row = {0};
	gint64 number = GINT64_TO_BE(id);

	memcpy(row.bytes + 8, &number, sizeof number);
	return row;
}

#include "store/key.h"
#include "store/core.h"
#include "store/counter.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "crypt/master.h"

#include <string.h>

/* Keys that lie ready: what two days used, within these limits. */
#define READY_LEAST 4096
#define READY_MOST 100000

#define CACHE_MOST 4096
#define LOAD_AHEAD 64
#define LOAD_AFTER 4 /* keys of one transaction, claimed one by one: more are coming */

struct Keys {
	Master *master;
	GHashTable *cache; /* key id -> SealKey */
	gint64 lookup;     /* number of the hash key */
	SealKey *lookup_key;
	SealKey *checkpoint_seed;
	gint64 last;    /* highest key known to lie in keys.db; 0: not looked yet */
	gint64 next;    /* first key not claimed, as of the last transaction */
	gint64 claimed; /* the same inside the open transaction; 0: nothing claimed in it */
	gint64 ready;   /* how many shall lie ready; 0: not looked yet */
};

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

static Keys *
get_keys(Store *store, GError **error)
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

static SealKey *
unwrap(Keys *keys, const char *purpose, gint64 number, DbStmt *stmt, int column, GError **error)
{
	gint64 epoch = db_int(stmt, column);
	const SealKey *master = master_key(keys->master, epoch);
	gsize size;
	const guint8 *wrapped = db_blob(stmt, column + 1, &size);

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
	key = unwrap(keys, "key", key_id, stmt, 0, error);
	if (key == NULL)
		return NULL;
	make_room(keys, 1);
	return keep(keys, key_id, key);
}

/* Keys that are claimed come one after the other: a batch of mail needs hundreds, read by one statement. */
static bool
load_ahead(Store *store, Keys *keys, gint64 from, GError **error)
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
		SealKey *key = unwrap(keys, "key", id, stmt, 1, error);

		if (key == NULL)
			return false;
		keep(keys, id, key);
	}
	return step == DB_DONE;
}

static const SealKey *
find_key(Store *store, gint64 key_id, GError **error)
{
	Keys *keys = get_keys(store, error);
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

/* Hash keys ------------------------------------------------------------------------------------ */

/* The newest hash key of that purpose; NULL without an error when there is none. */
static SealKey *
find_secret(Store *store, Keys *keys, const char *purpose, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT id, epoch, wrapped FROM hash_key "
				  "WHERE purpose = $purpose ORDER BY id DESC LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_text(stmt, "$purpose", purpose);
	if (db_step(stmt, error) != DB_ROW)
		return NULL;
	*ret = db_int(stmt, 0);
	return unwrap(keys, purpose, *ret, stmt, 1, error);
}

static bool
insert_secret(Store *store, Keys *keys, const char *purpose, const SealKey *secret, GError **error)
{
	static const char sql_next[] = "SELECT coalesce(max(id), 0) + 1 FROM hash_key";
	static const char sql[] = "INSERT INTO hash_key (id, purpose, epoch, wrapped) "
				  "VALUES ($id, $purpose, $epoch, $wrapped)";
	g_autoptr(DbStmt) next = db_stmt(store, DB_KEYS, sql_next, error);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	gint64 epoch = master_epoch(keys->master);
	g_autoptr(GBytes) wrapped = NULL;

	if (next == NULL || stmt == NULL || db_step(next, error) != DB_ROW)
		return false;
	wrapped =
	    seal_wrap(master_key(keys->master, epoch), purpose, db_int(next, 0), epoch, secret);
	db_bind_int(stmt, "$id", db_int(next, 0));
	db_bind_text(stmt, "$purpose", purpose);
	db_bind_int(stmt, "$epoch", epoch);
	db_bind_bytes(stmt, "$wrapped", wrapped);
	return db_run(stmt, error);
}

/* Makes one when there is none: under the lock of keys.db, so that there is only ever one. */
static SealKey *
get_secret(Store *store, const char *purpose, gint64 *ret, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(GError) failure = NULL;
	g_autoptr(SealKey) secret = NULL, made = NULL;
	Keys *keys = get_keys(store, error);

	if (keys == NULL)
		return NULL;
	secret = find_secret(store, keys, purpose, ret, &failure);
	if (secret == NULL && failure == NULL && store->tx == NULL) {
		if (!db_tx_begin(&tx, store, DB_KEYS, error))
			return NULL;
		made = seal_key_new();
		if ((secret = find_secret(store, keys, purpose, ret, &failure)) == NULL &&
		    failure == NULL && insert_secret(store, keys, purpose, made, &failure))
			secret = find_secret(store, keys, purpose, ret, &failure);
		if (secret == NULL || !db_tx_commit(&tx, &failure))
			g_clear_pointer(&secret, seal_key_free);
	}
	if (secret == NULL) {
		if (failure == NULL)
			error_set(error, ERROR_INTERNAL, "keys.db has no key for \"%s\"", purpose);
		else
			g_propagate_error(error, g_steal_pointer(&failure));
	}
	return g_steal_pointer(&secret);
}

bool
key_hash(
    Store *store, const char *space, const void *data, gsize size, KeyHash *ret, GError **error)
{
	Keys *keys = get_keys(store, error);

	if (keys == NULL)
		return false;
	if (keys->lookup_key == NULL)
		keys->lookup_key = get_secret(store, "lookup", &keys->lookup, error);
	if (keys->lookup_key == NULL)
		return false;
	hash_lookup(seal_key_bytes(keys->lookup_key), space, data, size, ret->bytes);
	ret->key = keys->lookup;
	return true;
}

bool
key_lookup(Store *store, guint8 ret[static HASH_KEY_SIZE], gint64 *ret_number, GError **error)
{
	KeyHash any;

	if (!key_hash(store, KEY_NAME, "", 0, &any, error)) /* has it unwrapped */
		return false;
	memcpy(ret, seal_key_bytes(store->keys->lookup_key), HASH_KEY_SIZE);
	*ret_number = any.key;
	return true;
}

bool
key_hash_text(Store *store, const char *space, const char *text, KeyHash *ret, GError **error)
{
	return key_hash(store, space, text, strlen(text), ret, error);
}

bool
key_published(Store *store, const char *list, guint8 ret[static HASH_KEY_SIZE], GError **error)
{
	g_autofree char *purpose = g_strconcat("published-", list, NULL);
	gint64 number;
	g_autoptr(SealKey) secret = get_secret(store, purpose, &number, error);

	if (secret == NULL)
		return false;
	memcpy(ret, seal_key_bytes(secret), HASH_KEY_SIZE);
	return true;
}

const SealKey *
key_checkpoint_seed(Store *store, GError **error)
{
	Keys *keys = get_keys(store, error);
	gint64 number;

	if (keys != NULL && keys->checkpoint_seed == NULL)
		keys->checkpoint_seed = get_secret(store, "checkpoint", &number, error);
	return keys != NULL ? keys->checkpoint_seed : NULL;
}

/* Keys that lie ready ---------------------------------------------------------------------------- */

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

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$next", next);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	keys->next = db_is_null(stmt, 0) ? MAX(next, keys->last + 1) : db_int(stmt, 0);
	return true;
}

static bool
insert_keys(Store *store, Keys *keys, gint64 first, gint64 last, GError **error)
{
	static const char sql[] =
	    "INSERT INTO key (id, epoch, wrapped) VALUES ($id, $epoch, $wrapped)";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	gint64 epoch = master_epoch(keys->master);
	const SealKey *master = master_key(keys->master, epoch);

	if (stmt == NULL)
		return false;
	for (gint64 id = first; id <= last; id++) {
		g_autoptr(SealKey) key = seal_key_new();
		g_autoptr(GBytes) wrapped = seal_wrap(master, "key", id, epoch, key);

		db_bind_int(stmt, "$id", id);
		db_bind_int(stmt, "$epoch", epoch);
		db_bind_bytes(stmt, "$wrapped", wrapped);
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
	}
	return true;
}

/* How many were used since yesterday began, and what is next. Counted, since numbers have gaps. */
static bool
read_use(Store *store, Keys *keys, GError **error)
{
	static const char sql[] = "SELECT count(*) FROM key WHERE id >= $mark AND id < $next";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_KEYS, sql, error);
	gint64 next, mark;

	if (stmt == NULL || !counter_get(store, DB_RECORDS, "key-next", 1, &next, error) ||
	    !counter_get(store, DB_RECORDS, "key-mark-2", 1, &mark, error) ||
	    !read_last(store, &keys->last, error) || !skip_gap(store, keys, next, error))
		return false;
	db_bind_int(stmt, "$mark", mark);
	db_bind_int(stmt, "$next", next);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	keys->ready = CLAMP(db_int(stmt, 0), READY_LEAST, READY_MOST);
	return true;
}

bool
key_refill(Store *store, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	Keys *keys = get_keys(store, error);
	gint64 first, last;

	g_assert(store->tx == NULL);
	if (keys == NULL)
		return false;
	if (keys->ready > 0 && keys->last - keys->next + 1 >= keys->ready)
		return true;
	if (!read_use(store, keys, error))
		return false;
	if (keys->last - keys->next + 1 >= keys->ready)
		return true;
	if (!db_tx_begin(&tx, store, DB_KEYS, error) || !read_last(store, &last, error))
		return false;
	/* Numbers below "next" are claimed even where their keys are lost: never made again. */
	first = MAX(last + 1, keys->next);
	last = keys->next + keys->ready + keys->ready / 2;
	if (fault_point("key-refill") != 0)
		return error_set(error, ERROR_TEMPORARY, "keys.db can't be written");
	if (!insert_keys(store, keys, first, last, error) || !db_tx_commit(&tx, error))
		return false;
	keys->last = MAX(last, first - 1);
	return true;
}

bool
key_claim(StoreTx *tx, gint64 *ret, GError **error)
{
	Store *store = tx->store;
	Keys *keys = get_keys(store, error);

	if (keys == NULL)
		return false;
	if (keys->claimed == 0) {
		gint64 next;

		if (!counter_get(store, DB_RECORDS, "key-next", 1, &next, error) ||
		    !read_last(store, &keys->last, error) || !skip_gap(store, keys, next, error))
			return false;
		keys->claimed = keys->next;
	}
	/* Another program may have filled it since. */
	if (keys->claimed > keys->last && !read_last(store, &keys->last, error))
		return false;
	if (keys->claimed > keys->last)
		return error_set(error, ERROR_TEMPORARY,
		    "The keys that lie ready are used up; more are made at the next try");
	*ret = keys->claimed++;
	if (*ret - keys->next < LOAD_AFTER || g_hash_table_contains(keys->cache, ret))
		return true;
	return load_ahead(store, keys, *ret, error);
}

bool
core_keys_commit(StoreTx *tx, GError **error)
{
	Store *store = tx->store;
	Keys *keys = store->keys;
	gint64 day, today = tx->now / CLOCK_DAY, mark;

	if (keys == NULL || keys->claimed == 0)
		return true;
	if (!counter_get(store, DB_RECORDS, "key-day", 0, &day, error))
		return false;
	if (day < today) {
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
	if (committed)
		keys->next = keys->claimed;
	keys->claimed = 0;
}

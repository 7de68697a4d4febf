#include "store/key-ring.h"

#include "base/error.h"

#include <string.h>

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
	return key_ring_unwrap(store, keys, purpose, *ret, stmt, 1, error);
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
	Keys *keys = key_ring(store, error);

	if (keys == NULL)
		return NULL;
	secret = find_secret(store, keys, purpose, ret, &failure);
	if (secret == NULL && failure == NULL && store->tx == NULL) {
		if (!db_tx_begin(&tx, store, DB_KEYS, error) || !key_ring_renew(store, keys, error))
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
	Keys *keys = key_ring(store, error);

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
	Keys *keys = key_ring(store, error);
	gint64 number;

	if (keys != NULL && keys->checkpoint_seed == NULL)
		keys->checkpoint_seed = get_secret(store, "checkpoint", &number, error);
	return keys != NULL ? keys->checkpoint_seed : NULL;
}

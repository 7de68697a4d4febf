#include "store/exclusion.h"

#include "base/error.h"
#include "store/key.h"

#include <string.h>

void
exclusion_free(Exclusion *exclusion)
{
	if (exclusion == NULL)
		return;
	g_free(exclusion->pattern);
	g_free(exclusion);
}

static Exclusion *
from_row(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(GBytes) plain = NULL;
	Id id = db_id(stmt, 0);
	const guint8 *sealed;
	Exclusion *exclusion;
	gsize size;

	sealed = db_blob(stmt, 2, &size);
	plain =
	    key_unseal(store, db_int(stmt, 1), "exclusion", &id, "pattern", sealed, size, error);
	if (plain == NULL)
		return NULL;
	exclusion = g_new0(Exclusion, 1);
	exclusion->id = id;
	exclusion->pattern = g_strndup(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
	return exclusion;
}

GPtrArray *
exclusion_list(Store *store, GError **error)
{
	static const char sql[] =
	    "SELECT pid, key_id, pattern FROM exclusion WHERE end_revision IS NULL ORDER BY id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)exclusion_free);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Exclusion *exclusion = from_row(store, stmt, error);

		if (exclusion == NULL)
			return NULL;
		g_ptr_array_add(list, exclusion);
	}
	return step == DB_DONE ? g_steal_pointer(&list) : NULL;
}

/* The one that holds now: its row, 0 when there is none. */
static bool
find(Store *store, const KeyHash *hash, gint64 *ret, Id *ret_id, GError **error)
{
	static const char sql[] =
	    "SELECT id, pid FROM exclusion WHERE hash = $hash AND end_revision IS NULL";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	*ret = 0;
	if (stmt == NULL)
		return false;
	db_bind_blob(stmt, "$hash", hash->bytes, sizeof hash->bytes);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_int(stmt, 0);
		*ret_id = db_id(stmt, 1);
		return true;
	case DB_DONE:
		return true;
	default:
		return false;
	}
}

bool
exclusion_add(StoreTx *tx, const char *pattern, Id *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO exclusion (pid, hash_key, hash, key_id, pattern, begin_revision) "
	    "VALUES ($pid, $hash_key, $hash, $key, $pattern, $revision)";
	gint64 row, key, revision = store_tx_revision(tx, error);
	g_autoptr(GBytes) sealed = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	Id id = id_new(), other;
	KeyHash hash;

	if (revision == 0 || !key_hash_text(tx->store, KEY_ADDRESS, pattern, &hash, error) ||
	    !find(tx->store, &hash, &row, &other, error))
		return false;
	if (row != 0)
		return error_set(error, ERROR_CONFLICT, "It is on the exclusion list already");
	if (!key_claim(tx, &key, error))
		return false;
	sealed =
	    key_seal(tx->store, key, "exclusion", &id, "pattern", pattern, strlen(pattern), error);
	if (sealed == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$hash_key", hash.key);
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$pattern", sealed);
	db_bind_int(stmt, "$revision", revision);
	if (!db_run(stmt, error))
		return false;
	*ret = id;
	return true;
}

bool
exclusion_end(StoreTx *tx, const char *pattern, Id *ret, GError **error)
{
	static const char sql[] = "UPDATE exclusion SET end_revision = $revision WHERE id = $id";
	gint64 row, revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;
	KeyHash hash;
	Id id;

	if (revision == 0 || !key_hash_text(tx->store, KEY_ADDRESS, pattern, &hash, error) ||
	    !find(tx->store, &hash, &row, &id, error))
		return false;
	if (row == 0)
		return error_set(error, ERROR_NOT_FOUND, "It isn't on the exclusion list");
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$id", row);
	if (!db_run(stmt, error))
		return false;
	*ret = id;
	return true;
}

bool
exclusion_published_key(Store *store, guint8 ret[static 32], GError **error)
{
	return key_published(store, "exclusions", ret, error);
}

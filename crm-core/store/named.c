#include "store/named.h"

#include "base/error.h"
#include "store/card.h"
#include "store/key.h"
#include "store/row.h"

gpointer
named_find(Store *store, const NamedKind *kind, const char *name, GError **error)
{
	g_autofree char *folded = card_fold(name);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, kind->sql_find, error);
	KeyHash hash;

	if (stmt == NULL || !key_hash_text(store, kind->purpose, folded, &hash, error))
		return NULL;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	return db_step(stmt, error) == DB_ROW ? kind->from_row(store, stmt, error) : NULL;
}

gpointer
named_get(Store *store, const NamedKind *kind, const Id *id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, kind->sql_get, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		return kind->from_row(store, stmt, error);
	case DB_DONE:
		error_set(error, ERROR_NOT_FOUND, "%s", kind->missing);
		return NULL;
	default:
		return NULL;
	}
}

static int
by_name(gconstpointer a, gconstpointer b, gpointer data)
{
	const NamedKind *kind = data;
	gconstpointer one = *(const gconstpointer *)a, two = *(const gconstpointer *)b;

	return g_utf8_collate(G_STRUCT_MEMBER(const char *, one, kind->name),
	    G_STRUCT_MEMBER(const char *, two, kind->name));
}

GPtrArray *
named_list(Store *store, const NamedKind *kind, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(kind->free);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, kind->sql_list, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gpointer one = kind->from_row(store, stmt, error);

		if (one == NULL)
			return NULL;
		g_ptr_array_add(all, one);
	}
	g_ptr_array_sort_with_data(all, by_name, (gpointer)kind);
	return step == DB_ERROR ? NULL : g_steal_pointer(&all);
}

/* Another one than id has that name. */
static bool
check_free(Store *store, const NamedKind *kind, const char *name, const Id *id, GError **error)
{
	g_autoptr(GError) why = NULL;
	gpointer other = named_find(store, kind, name, &why);
	bool taken = other != NULL && !id_equal(&G_STRUCT_MEMBER(Id, other, kind->id), id);

	if (other != NULL)
		kind->free(other);
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	return !taken || error_set(error, ERROR_CONFLICT, "%s", kind->taken);
}

/* Runs sql_add or sql_save; key 0: a new one is claimed. */
static bool
write_row(StoreTx *tx, const NamedKind *kind, const char *sql, const Id *id, gint64 key,
    const char *name, GVariant *card, GError **error)
{
	g_autoptr(GVariant) own = g_variant_ref_sink(card);
	g_autofree char *folded = card_fold(name);
	g_autoptr(GBytes) sealed = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	KeyHash hash;

	if (!check_free(tx->store, kind, name, id, error) ||
	    (sealed = card_seal(tx, &key, kind->table, id, own, error)) == NULL ||
	    !key_hash_text(tx->store, kind->purpose, folded, &hash, error) ||
	    store_tx_revision(tx, error) == 0 ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", id);
	db_bind_int(stmt, "$hash_key", hash.key);
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	if (db_has(stmt, "$key"))
		db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$card", sealed);
	return db_run(stmt, error);
}

bool
named_add(
    StoreTx *tx, const NamedKind *kind, const char *name, GVariant *card, Id *ret, GError **error)
{
	Id id = id_new();

	if (!write_row(tx, kind, kind->sql_add, &id, 0, name, card, error))
		return false;
	*ret = id;
	return true;
}

bool
named_save(StoreTx *tx, const NamedKind *kind, const Id *id, const char *name, GVariant *card,
    GError **error)
{
	g_autoptr(GVariant) own = g_variant_ref_sink(card);
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, kind->sql_key, error);
	gint64 key;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", id);
	if (!row_int(stmt, 0, &key, error))
		return false;
	if (key == 0)
		return error_set(error, ERROR_NOT_FOUND, "%s", kind->missing);
	return write_row(tx, kind, kind->sql_save, id, key, name, own, error);
}

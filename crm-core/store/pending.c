#include "store/pending.h"

#include "store/key.h"

#include <string.h>

bool
pending_add(
    StoreTx *tx, gint64 address_row, const MessageHash *domain, gint64 after, GError **error)
{
	static const char sql[] =
	    "INSERT INTO filing_pending (address_id, domain_hash, after_message) "
	    "VALUES ($address, $domain, $after)";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_null(stmt, "$address");
	db_bind_null(stmt, "$domain");
	if (address_row != 0)
		db_bind_int(stmt, "$address", address_row);
	else
		db_bind_blob(stmt, "$domain", domain->bytes, MESSAGE_HASH_SIZE);
	db_bind_int(stmt, "$after", after);
	return db_run(stmt, error);
}

bool
pending_first(Store *store, Pending *ret, GError **error)
{
	static const char sql[] =
	    "SELECT id, address_id, domain_hash, after_message FROM filing_pending "
	    "ORDER BY id LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	const guint8 *hash;
	gsize size;

	if (stmt == NULL)
		return false;
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = (Pending){
		    .id = db_int(stmt, 0),
		    .address_row = db_int(stmt, 1),
		    .after = db_int(stmt, 3),
		};
		hash = db_blob(stmt, 2, &size);
		if (hash != NULL && size == MESSAGE_HASH_SIZE)
			memcpy(ret->domain.bytes, hash, size);
		return true;
	case DB_DONE:
		*ret = (Pending){0};
		return true;
	default:
		return false;
	}
}

bool
pending_move(StoreTx *tx, const Pending *pending, gint64 after, GError **error)
{
	static const char sql[] = "UPDATE filing_pending SET after_message = $after WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$after", after);
	db_bind_int(stmt, "$id", pending->id);
	return db_run(stmt, error);
}

bool
pending_end(StoreTx *tx, const Pending *pending, GError **error)
{
	static const char sql[] = "DELETE FROM filing_pending WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", pending->id);
	return db_run(stmt, error);
}

bool
pending_domain_hash(Store *store, const char *domain, MessageHash *ret, GError **error)
{
	KeyHash hash;

	if (!key_hash_text(store, KEY_DOMAIN, domain, &hash, error))
		return false;
	memcpy(ret->bytes, hash.bytes, MESSAGE_HASH_SIZE);
	return true;
}

#include "store/item.h"

#include "base/error.h"
#include "base/fault.h"
#include "store/compress.h"
#include "store/key.h"

#include <errno.h>

#define ENTRY_MAX (G_GINT64_CONSTANT(512) << 20)

bool
item_quarantine(StoreTx *tx, const ItemRow *item, GBytes *entry, GError **error)
{
	static const char sql[] = "INSERT INTO quarantine (item_id, tries, last, key_id, entry) "
				  "VALUES ($item, 1, $now, $key, $entry)";
	g_autoptr(GBytes) packed =
	    compress_pack(g_bytes_get_data(entry, NULL), g_bytes_get_size(entry));
	g_autoptr(GBytes) sealed = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	gint64 key;

	if (fault_point("item-quarantine") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "The item can't be written");
	if (!key_claim(tx, &key, error))
		return false;
	sealed = key_seal(tx->store, key, "quarantine", &item->id, "entry",
	    g_bytes_get_data(packed, NULL), g_bytes_get_size(packed), error);
	if (sealed == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$item", item->row);
	db_bind_int(stmt, "$now", tx->now);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$entry", sealed);
	return db_run(stmt, error);
}

bool
item_quarantine_again(StoreTx *tx, const ItemRow *item, ItemReason reason, GError **error)
{
	static const char sql[] =
	    "UPDATE quarantine SET tries = tries + 1, last = $now WHERE item_id = $item";
	static const char sql_reason[] = "UPDATE item SET reason = $reason WHERE id = $item";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	g_autoptr(DbStmt) why = db_stmt(tx->store, DB_RECORDS, sql_reason, error);

	if (stmt == NULL || why == NULL)
		return false;
	db_bind_int(stmt, "$now", tx->now);
	db_bind_int(stmt, "$item", item->row);
	db_bind_int(why, "$reason", reason);
	db_bind_int(why, "$item", item->row);
	return db_run(stmt, error) && db_run(why, error);
}

bool
item_quarantine_end(StoreTx *tx, const ItemRow *item, GError **error)
{
	static const char sql[] = "DELETE FROM quarantine WHERE item_id = $item";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$item", item->row);
	return db_run(stmt, error);
}

GArray *
item_quarantine_list(Store *store, GError **error)
{
	static const char sql[] =
	    "SELECT i.id, i.pid, s.name, i.start, i.n, i.reason, i.taken, q.last, q.tries "
	    "FROM quarantine q JOIN item i ON i.id = q.item_id JOIN source s ON s.id = i.source_id "
	    "ORDER BY i.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) items = g_array_new(FALSE, TRUE, sizeof(ItemQuarantined));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		ItemQuarantined item = {
		    .item = {.row = db_int(stmt, 0), .id = db_id(stmt, 1)},
		    .start = db_int(stmt, 3),
		    .n = db_int(stmt, 4),
		    .reason = db_int(stmt, 5),
		    .taken = db_int(stmt, 6),
		    .last = db_int(stmt, 7),
		    .tries = db_int(stmt, 8),
		};

		g_strlcpy(item.source, db_text(stmt, 2), sizeof item.source);
		g_array_append_val(items, item);
	}
	return step == DB_DONE ? g_steal_pointer(&items) : NULL;
}

GBytes *
item_quarantine_entry(Store *store, const ItemQuarantined *item, GError **error)
{
	static const char sql[] = "SELECT key_id, entry FROM quarantine WHERE item_id = $item";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GBytes) plain = NULL;
	const guint8 *sealed;
	gsize size;
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$item", item->item.row);
	step = db_step(stmt, error);
	if (step != DB_ROW) {
		if (step == DB_DONE)
			error_set(error, ERROR_NOT_FOUND, "The item is no longer in quarantine");
		return NULL;
	}
	sealed = db_blob(stmt, 1, &size);
	plain = key_unseal(
	    store, db_int(stmt, 0), "quarantine", &item->item.id, "entry", sealed, size, error);
	return plain != NULL ? compress_unpack(g_bytes_get_data(plain, NULL),
				   g_bytes_get_size(plain), ENTRY_MAX, error)
			     : NULL;
}

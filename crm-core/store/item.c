#include "store/item.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "store/core.h"
#include "store/item-detail.h"
#include "store/key.h"

#include <errno.h>
#include <string.h>

bool
core_items_commit(StoreTx *tx, GError **error)
{
	static const char sql[] =
	    "INSERT INTO source_start (source_id, start, time, highest) VALUES ($source, $start, "
	    "$now, $n) ON CONFLICT (source_id, start) DO UPDATE SET highest = "
	    "max(source_start.highest, excluded.highest)";
	g_autoptr(DbStmt) stmt = NULL;

	if (!tx->source.raised)
		return true;
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$source", tx->source.row);
	db_bind_int(stmt, "$start", tx->source.start);
	db_bind_int(stmt, "$now", tx->now);
	db_bind_int(stmt, "$n", tx->source.highest);
	if (!db_run(stmt, error))
		return false;
	tx->source.raised = false;
	return true;
}

static bool
find_source(StoreTx *tx, const char *source, int kind, gint64 *ret, GError **error)
{
	static const char sql_find[] = "SELECT id FROM source WHERE name = $name";
	static const char sql_add[] = "INSERT INTO source (kind, name) VALUES ($kind, $name)";
	g_autoptr(DbStmt) found = db_stmt(tx->store, DB_RECORDS, sql_find, error);
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	if (found == NULL)
		return false;
	db_bind_text(found, "$name", source);
	step = db_step(found, error);
	if (step == DB_ROW)
		*ret = db_int(found, 0);
	if (step != DB_DONE)
		return step == DB_ROW;
	stmt = db_stmt(tx->store, DB_RECORDS, sql_add, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$kind", kind);
	db_bind_text(stmt, "$name", source);
	if (!db_run(stmt, error))
		return false;
	*ret = db_last_id(tx->store, DB_RECORDS);
	return true;
}

/* A transaction's items come mostly from one start of one source: what is known of it stays in the transaction. */
static bool
source_row(StoreTx *tx, const char *source, int kind, gint64 *ret, GError **error)
{
	gint64 row;

	if (strcmp(tx->source.name, source) != 0) {
		if (!core_items_commit(tx, error) || !find_source(tx, source, kind, &row, error))
			return false;
		g_strlcpy(tx->source.name, source, sizeof tx->source.name);
		tx->source.row = row;
	}
	*ret = tx->source.row;
	return true;
}

/* Of the start of the source that source_row() gave last. */
static bool
raise_highest(StoreTx *tx, gint64 start, gint64 n, GError **error)
{
	if (tx->source.raised && tx->source.start == start) {
		tx->source.highest = MAX(tx->source.highest, n);
		return true;
	}
	if (!core_items_commit(tx, error))
		return false;
	tx->source.raised = true;
	tx->source.start = start;
	tx->source.highest = n;
	return true;
}

/* Takes the detail's key and seals it. */
static GBytes *
seal_detail(StoreTx *tx, const Id *id, const ItemDetail *detail, gint64 *key, GError **error)
{
	g_autoptr(GBytes) packed = item_detail_pack(detail);

	if (!key_claim(tx, key, error))
		return NULL;
	return key_seal(tx->store, *key, "item", id, "detail", g_bytes_get_data(packed, NULL),
	    g_bytes_get_size(packed), error);
}

bool
item_is_there(StoreTx *tx, const ItemNew *item, bool *ret, GError **error)
{
	static const char sql[] =
	    "SELECT 1 FROM item WHERE source_id = $source AND start = $start AND n = $n "
	    "UNION ALL SELECT 1 FROM item WHERE source_id = $source AND place_hash = $place";
	g_autoptr(DbStmt) stmt = NULL;
	gint64 source;
	DbStep step;

	if (!source_row(tx, item->source, item->kind, &source, error) ||
	    !raise_highest(tx, item->start, item->n, error) ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$source", source);
	db_bind_int(stmt, "$start", item->start);
	db_bind_int(stmt, "$n", item->n);
	if (item->has_place)
		db_bind_blob(stmt, "$place", item->place.bytes, MESSAGE_HASH_SIZE);
	else
		db_bind_null(stmt, "$place");
	step = db_step(stmt, error);
	if (step == DB_ERROR)
		return false;
	*ret = step == DB_ROW;
	return true;
}

static void
bind_state(DbStmt *stmt, const ItemNew *item, const MessageRow *message)
{
	db_bind_int(stmt, "$state", item->state);
	db_bind_int(stmt, "$reason", item->reason);
	db_bind_int(stmt, "$proof", item->proof);
	db_bind_int(stmt, "$verdict", item->verdict);
	if (message != NULL)
		db_bind_int(stmt, "$message", message->row);
	else
		db_bind_null(stmt, "$message");
}

bool
item_there_for(StoreTx *tx, const ItemNew *item, ItemReason reason, ItemRow *ret, GError **error)
{
	static const char sql[] =
	    "SELECT i.id, i.pid FROM item i JOIN source s ON s.id = i.source_id WHERE s.name = "
	    "$source AND i.place_hash = $place AND i.reason = $reason";
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	*ret = (ItemRow){.row = 0};
	if (!item->has_place)
		return true;
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return false;
	db_bind_text(stmt, "$source", item->source);
	db_bind_blob(stmt, "$place", item->place.bytes, MESSAGE_HASH_SIZE);
	db_bind_int(stmt, "$reason", reason);
	step = db_step(stmt, error);
	if (step == DB_ROW)
		*ret = (ItemRow){.row = db_int(stmt, 0), .id = db_id(stmt, 1)};
	return step != DB_ERROR;
}

bool
item_add(StoreTx *tx, const ItemNew *item, const MessageRow *message, ItemRow *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO item (pid, source_id, start, n, hash_key, place_hash, taken, state, "
	    "reason, "
	    "message_id, proof, verdict, key_id, detail) VALUES ($pid, $source, $start, $n, "
	    "$hash_key, $place, $taken, $state, $reason, $message, $proof, $verdict, $key, "
	    "$detail)";
	g_autoptr(GBytes) detail = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	gint64 key, source;
	Id id = id_new();

	if (fault_point("item-insert") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "The item can't be written");
	if (!source_row(tx, item->source, item->kind, &source, error))
		return false;
	detail = seal_detail(tx, &id, item->detail, &key, error);
	if (detail == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$source", source);
	db_bind_int(stmt, "$start", item->start);
	db_bind_int(stmt, "$n", item->n);
	db_bind_null(stmt, "$hash_key");
	db_bind_null(stmt, "$place");
	if (item->has_place) {
		db_bind_int(stmt, "$hash_key", item->hash_key);
		db_bind_blob(stmt, "$place", item->place.bytes, MESSAGE_HASH_SIZE);
	}
	db_bind_int(stmt, "$taken", clock_ms());
	bind_state(stmt, item, message);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$detail", detail);
	if (!db_run(stmt, error))
		return false;
	*ret = (ItemRow){.row = db_last_id(tx->store, DB_RECORDS), .id = id};
	return true;
}

bool
item_replace(
    StoreTx *tx, const ItemRow *row, const ItemNew *item, const MessageRow *message, GError **error)
{
	static const char sql[] =
	    "UPDATE item SET state = $state, reason = $reason, message_id = $message, "
	    "proof = $proof, verdict = $verdict, key_id = $key, detail = $detail WHERE id = $id";
	g_autoptr(GBytes) detail = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	gint64 key;

	detail = seal_detail(tx, &row->id, item->detail, &key, error);
	if (detail == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	bind_state(stmt, item, message);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$detail", detail);
	db_bind_int(stmt, "$id", row->row);
	return db_run(stmt, error);
}

bool
item_set_all(
    StoreTx *tx, const MessageRow *message, ItemState state, ItemReason reason, GError **error)
{
	static const char sql[] =
	    "UPDATE item SET state = $state, reason = $reason WHERE message_id = $message "
	    "AND (state <> $state OR reason <> $reason)";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$state", state);
	db_bind_int(stmt, "$reason", reason);
	db_bind_int(stmt, "$message", message->row);
	return db_run(stmt, error);
}

bool
item_has_place(
    Store *store, const char *source, const MessageHash *place, bool *ret, GError **error)
{
	static const char sql[] = "SELECT 1 FROM item i JOIN source s ON s.id = i.source_id "
				  "WHERE s.name = $source AND i.place_hash = $place";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_text(stmt, "$source", source);
	db_bind_blob(stmt, "$place", place->bytes, MESSAGE_HASH_SIZE);
	step = db_step(stmt, error);
	if (step == DB_ERROR)
		return false;
	*ret = step == DB_ROW;
	return true;
}

bool
item_add_start(StoreTx *tx, const char *source, int kind, gint64 start, gint64 previous,
    gint64 previous_last, GError **error)
{
	static const char sql[] =
	    "INSERT INTO source_start (source_id, start, time, previous, previous_last, highest) "
	    "VALUES ($source, $start, $now, $previous, $last, 0) ON CONFLICT (source_id, start) "
	    "DO UPDATE SET previous = excluded.previous, previous_last = excluded.previous_last";
	g_autoptr(DbStmt) stmt = NULL;
	gint64 row;

	if (!source_row(tx, source, kind, &row, error) ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$source", row);
	db_bind_int(stmt, "$start", start);
	db_bind_int(stmt, "$now", tx->now);
	db_bind_null(stmt, "$previous");
	db_bind_null(stmt, "$last");
	if (previous != 0) {
		db_bind_int(stmt, "$previous", previous);
		db_bind_int(stmt, "$last", previous_last);
	}
	return db_run(stmt, error);
}

const char *
item_state_name(ItemState state)
{
	static const char *const names[] = {
	    "filed", "waiting", "excluded", "quarantined", "erased", "vanished"};

	return (guint)state < G_N_ELEMENTS(names) ? names[state] : "unknown";
}

const char *
item_reason_name(ItemReason reason)
{
	static const char *const names[] = {
	    [ITEM_REASON_NONE] = "none",
	    [ITEM_REASON_INTERNAL] = "internal",
	    [ITEM_REASON_LISTED] = "listed",
	    [ITEM_REASON_PRIVATE] = "private",
	    [ITEM_REASON_PRIVATE_COPY] = "private-copy",
	    [ITEM_REASON_TAKEN_BACK] = "taken-back",
	    [ITEM_REASON_WAITED] = "waited",
	    [ITEM_REASON_DESTROYED] = "destroyed",
	    [ITEM_REASON_POSTURE] = "posture",
	    [ITEM_REASON_LIMIT] = "limit",
	    [ITEM_REASON_TIMEOUT] = "timeout",
	    [ITEM_REASON_CRASH] = "crash",
	    [ITEM_REASON_RECORD] = "record",
	    [ITEM_REASON_DAMAGED] = "damaged",
	    [ITEM_REASON_TOO_BIG] = "too-big",
	    [ITEM_REASON_DEFECT] = "defect",
	    [ITEM_REASON_UNFETCHED] = "unfetched",
	};

	return (guint)reason < G_N_ELEMENTS(names) && names[reason] != NULL ? names[reason]
									    : "unknown";
}

const char *
item_proof_name(SenderProof proof)
{
	static const char *const names[] = {"none", "login", "network", "sent-folder", "dmarc"};

	return (guint)proof < G_N_ELEMENTS(names) ? names[proof] : "unknown";
}

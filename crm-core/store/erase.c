#include "store/erase.h"
#include "store/db.h"
#include "store/erase-step.h"
#include "store/item.h"
#include "store/key.h"

#include "base/error.h"

static bool
run_bound(StoreTx *tx, const char *sql, gint64 erasure, gint64 message, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$erasure", erasure);
	db_bind_int(stmt, "$message", message);
	return db_run(stmt, error);
}

static bool
add_erasure(StoreTx *tx, const Id *pid, ErasureKind kind, gint64 *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO erasure (pid, time, kind, step) VALUES ($pid, $time, $kind, 1)";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", pid);
	db_bind_int(stmt, "$time", tx->now);
	db_bind_int(stmt, "$kind", kind);
	if (!db_run(stmt, error))
		return false;
	*ret = db_last_id(tx->store, DB_RECORDS);
	return true;
}

static bool
add_key(StoreTx *tx, gint64 erasure, gint64 key, GError **error)
{
	static const char sql[] =
	    "INSERT INTO erasure_key (erasure_id, key_id) "
	    "VALUES ($erasure, $key) ON CONFLICT (erasure_id, key_id) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$erasure", erasure);
	db_bind_int(stmt, "$key", key);
	return db_run(stmt, error);
}

/* Nobody takes part any longer, and it is filed nowhere: so nobody sees it. */
static bool
hide(StoreTx *tx, gint64 message, GError **error)
{
	static const char *const sql[] = {
	    "UPDATE participant SET end_revision = $revision "
	    "WHERE message_id = $message AND end_revision IS NULL",
	    "UPDATE filing SET end_revision = $revision "
	    "WHERE message_id = $message AND end_revision IS NULL",
	};
	gint64 revision = store_tx_revision(tx, error);

	for (gsize i = 0; revision != 0 && i < G_N_ELEMENTS(sql); i++) {
		g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql[i], error);

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$revision", revision);
		db_bind_int(stmt, "$message", message);
		if (!db_run(stmt, error))
			return false;
	}
	return revision != 0;
}

static bool
account(StoreTx *tx, gint64 message, GError **error)
{
	static const char sql_items[] =
	    "UPDATE item SET state = $excluded, reason = $waited "
	    "WHERE message_id = $message AND state IN ($filed, $waiting)";
	static const char sql_flag[] =
	    "UPDATE message SET flags = flags | $destroyed WHERE id = $message";
	g_autoptr(DbStmt) items = db_stmt(tx->store, DB_RECORDS, sql_items, error);
	g_autoptr(DbStmt) flag = db_stmt(tx->store, DB_RECORDS, sql_flag, error);

	if (items == NULL || flag == NULL)
		return false;
	db_bind_int(items, "$excluded", ITEM_EXCLUDED);
	db_bind_int(items, "$waited", ITEM_REASON_WAITED);
	db_bind_int(items, "$filed", ITEM_FILED);
	db_bind_int(items, "$waiting", ITEM_WAITING);
	db_bind_int(items, "$message", message);
	db_bind_int(flag, "$destroyed", MESSAGE_DESTROYED);
	db_bind_int(flag, "$message", message);
	return db_run(items, error) && db_run(flag, error);
}

static bool
add_message(StoreTx *tx, gint64 erasure, gint64 message, GError **error)
{
	static const char sql_object[] =
	    "INSERT INTO erasure_object (erasure_id, kind, object_id) "
	    "VALUES ($erasure, " G_STRINGIFY(
		ERASE_OBJECT_MESSAGE) ", $message) "
				      "ON CONFLICT (erasure_id, kind, object_id) DO NOTHING";
	static const char sql_keys[] =
	    "INSERT INTO erasure_key (erasure_id, key_id) SELECT $erasure, key_id FROM ("
	    "SELECT key_id FROM message WHERE id = $message "
	    "UNION SELECT key_id FROM message_body WHERE message_id = $message "
	    "UNION SELECT key_id FROM item WHERE message_id = $message "
	    "UNION SELECT q.key_id FROM quarantine q JOIN item i ON i.id = q.item_id "
	    "WHERE i.message_id = $message) AS k WHERE key_id IS NOT NULL "
	    "ON CONFLICT (erasure_id, key_id) DO NOTHING";

	return run_bound(tx, sql_object, erasure, message, error) &&
	       run_bound(tx, sql_keys, erasure, message, error) && hide(tx, message, error) &&
	       account(tx, message, error);
}

/* An attachment dies with its last message. It gets a digest that no mail has, so that one that
 * comes in meanwhile brings its own. */
static bool
add_attachments(StoreTx *tx, gint64 erasure, GError **error)
{
	static const char sql_dying[] =
	    "SELECT a.id, a.key_id FROM attachment a WHERE a.id IN "
	    "(SELECT m.attachment_id FROM message_attachment m JOIN erasure_object o "
	    "ON o.kind = " G_STRINGIFY(
		ERASE_OBJECT_MESSAGE) " AND o.object_id = m.message_id "
				      "WHERE o.erasure_id = $erasure) AND NOT EXISTS "
				      "(SELECT 1 FROM message_attachment m WHERE m.attachment_id = "
				      "a.id AND NOT EXISTS "
				      "(SELECT 1 FROM erasure_object o WHERE o.kind = " G_STRINGIFY(
					  ERASE_OBJECT_MESSAGE) " AND o.object_id = m.message_id))";
	static const char sql_unname[] =
	    "UPDATE attachment SET digest_hash = $digest WHERE id = $id";
	g_autoptr(DbStmt) dying = db_stmt(tx->store, DB_RECORDS, sql_dying, error);
	g_autoptr(DbStmt) unname = db_stmt(tx->store, DB_RECORDS, sql_unname, error);
	DbStep step;

	if (dying == NULL || unname == NULL)
		return false;
	db_bind_int(dying, "$erasure", erasure);
	while ((step = db_step(dying, error)) == DB_ROW) {
		guint8 digest[HASH_SIZE];

		seal_random(digest, sizeof digest);
		db_bind_blob(unname, "$digest", digest, sizeof digest);
		db_bind_int(unname, "$id", db_int(dying, 0));
		if (!add_key(tx, erasure, db_int(dying, 1), error) || !db_run(unname, error))
			return false;
		db_reset(unname);
	}
	return step == DB_DONE;
}

bool
erase_begin(StoreTx *tx, const Id *pid, ErasureKind kind, const GArray *messages,
    const GArray *keys, GError **error)
{
	gint64 erasure;

	if (!add_erasure(tx, pid, kind, &erasure, error))
		return false;
	for (guint i = 0; messages != NULL && i < messages->len; i++)
		if (!add_message(tx, erasure, g_array_index(messages, gint64, i), error))
			return false;
	for (guint i = 0; keys != NULL && i < keys->len; i++)
		if (!add_key(tx, erasure, g_array_index(keys, gint64, i), error))
			return false;
	return add_attachments(tx, erasure, error);
}

bool
erase_messages(StoreTx *tx, ErasureKind kind, const GArray *messages, GError **error)
{
	Id pid = id_new();

	return erase_begin(tx, &pid, kind, messages, NULL, error);
}

bool
erase_keys(StoreTx *tx, ErasureKind kind, const GArray *keys, GError **error)
{
	Id pid = id_new();

	return erase_begin(tx, &pid, kind, NULL, keys, error);
}

bool
erase_pending(Store *store, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT count(*) FROM erasure WHERE step < $done";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$done", ERASE_DONE);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	*ret = db_int(stmt, 0);
	return true;
}

#include "store/erase-step.h"
#include "store/core.h"
#include "store/key.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>

static const Actor daemon_actor = {.kind = ACTOR_DAEMON};

static const char sql_messages[] = "SELECT object_id FROM erasure_object WHERE erasure_id = $id "
				   "AND kind = " G_STRINGIFY(ERASE_OBJECT_MESSAGE);

GArray *
erase_numbers(Store *store, const char *sql, gint64 id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", id);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 number = db_int(stmt, 0);

		g_array_append_val(numbers, number);
	}
	return step == DB_DONE ? g_steal_pointer(&numbers) : NULL;
}

/* The numbers that a query gives for all of these erasures. */
static GArray *
all_numbers(Store *store, const char *sql, const GArray *erasures, GError **error)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < erasures->len; i++) {
		g_autoptr(GArray) some =
		    erase_numbers(store, sql, g_array_index(erasures, gint64, i), error);

		if (some == NULL)
			return NULL;
		g_array_append_vals(all, some->data, some->len);
	}
	return g_steal_pointer(&all);
}

static bool
set_step(StoreTx *tx, const GArray *erasures, gint64 step, GError **error)
{
	static const char sql[] = "UPDATE erasure SET step = $step WHERE id = $id AND step < $step";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	for (guint i = 0; i < erasures->len; i++) {
		db_bind_int(stmt, "$step", step);
		db_bind_int(stmt, "$id", g_array_index(erasures, gint64, i));
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
	}
	return true;
}

static bool
note_step(Store *store, const GArray *erasures, gint64 step, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	return store_tx_begin(&tx, store, &daemon_actor, NULL, error) &&
	       set_step(&tx, erasures, step, error) && store_tx_commit(&tx, error);
}

/* Step 2: the ledger's line first, so that whatever is destroyed stands in it. */
static bool
forget_texts(
    Store *store, const GArray *erasures, EraseForget forget, gpointer data, GError **error)
{
	g_autoptr(GArray) messages = NULL;

	if (!erase_ledger_add(store, erasures, error))
		return false;
	if (fault_point("erase-ledger") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "The erasure waits");
	messages = all_numbers(store, sql_messages, erasures, error);
	if (messages == NULL ||
	    (messages->len > 0 && forget != NULL && !forget(store, messages, data, error)))
		return false;
	if (fault_point("erase-forget") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "The erasure waits");
	return note_step(store, erasures, ERASE_FORGOTTEN, error);
}

bool
erase_delete_keys(Store *store, const GArray *keys, GError **error)
{
	static const char sql[] = "DELETE FROM key WHERE id = $id";
	g_auto(DbTx) tx = DB_TX_INIT;
	g_autoptr(DbStmt) stmt = NULL;

	if (!db_tx_begin(&tx, store, DB_KEYS, error))
		return false;
	stmt = db_stmt(store, DB_KEYS, sql, error);
	if (stmt == NULL)
		return false;
	for (guint i = 0; i < keys->len; i++) {
		db_bind_int(stmt, "$id", g_array_index(keys, gint64, i));
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
		key_forget(store, g_array_index(keys, gint64, i));
	}
	g_clear_pointer(&stmt, db_stmt_release);
	if (!db_tx_commit(&tx, error))
		return false;
	if (fault_point("erase-keys") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "The erasure waits");
	return db_checkpoint(store, DB_KEYS, true, error);
}

/* Step 3. */
static bool
delete_keys(Store *store, const GArray *erasures, GError **error)
{
	static const char sql[] = "SELECT key_id FROM erasure_key WHERE erasure_id = $id";
	g_autoptr(GArray) keys = all_numbers(store, sql, erasures, error);

	return keys != NULL && erase_delete_keys(store, keys, error) &&
	       note_step(store, erasures, ERASE_KEYS_GONE, error);
}

static bool
run_for(Store *store, const char *const *statements, gsize count, gint64 id, GError **error)
{
	for (gsize i = 0; i < count; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, statements[i], error);

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$id", id);
		if (!db_run(stmt, error))
			return false;
	}
	return true;
}

static bool
clear_message(Store *store, gint64 message, GError **error)
{
	static const char sql_addresses[] =
	    "SELECT DISTINCT address_id FROM message_address WHERE message_id = $id";
	static const char *const sql[] = {
	    "DELETE FROM message_parsed WHERE message_id = $id",
	    "DELETE FROM message_body WHERE message_id = $id",
	    "DELETE FROM message_address WHERE message_id = $id",
	    "DELETE FROM message_reference WHERE message_id = $id",
	    "DELETE FROM message_attachment WHERE message_id = $id",
	    "DELETE FROM quarantine WHERE item_id IN (SELECT id FROM item WHERE message_id = $id)",
	    "UPDATE item SET key_id = NULL, detail = NULL WHERE message_id = $id",
	    "UPDATE message SET key_id = NULL, summary = NULL WHERE id = $id",
	    "DELETE FROM search_stale WHERE kind = " G_STRINGIFY(
		ERASE_OBJECT_MESSAGE) " AND object_id = $id",
	};
	/* Of an address that only this mail had, not even the hash is left. */
	static const char *const sql_address[] = {
	    "DELETE FROM address_domain WHERE address_id = $id "
	    "AND NOT EXISTS (SELECT 1 FROM message_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM contact_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM user_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM team_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM filing WHERE address_id = $id)",
	    "DELETE FROM address WHERE id = $id "
	    "AND NOT EXISTS (SELECT 1 FROM message_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM contact_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM user_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM team_address WHERE address_id = $id) "
	    "AND NOT EXISTS (SELECT 1 FROM filing WHERE address_id = $id)",
	};
	g_autoptr(GArray) addresses = erase_numbers(store, sql_addresses, message, error);

	if (addresses == NULL || !run_for(store, sql, G_N_ELEMENTS(sql), message, error))
		return false;
	for (guint i = 0; i < addresses->len; i++)
		if (!run_for(store, sql_address, G_N_ELEMENTS(sql_address),
			g_array_index(addresses, gint64, i), error))
			return false;
	return true;
}

/* Step 4. */
static bool
clear(Store *store, const GArray *erasures, GError **error)
{
	static const char *const sql_attachments[] = {
	    "DELETE FROM attachment WHERE key_id IN "
	    "(SELECT key_id FROM erasure_key WHERE erasure_id = $id)",
	};
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!store_tx_begin(&tx, store, &daemon_actor, NULL, error))
		return false;
	for (guint i = 0; i < erasures->len; i++) {
		gint64 erasure = g_array_index(erasures, gint64, i);
		g_autoptr(GArray) messages = erase_numbers(store, sql_messages, erasure, error);

		if (messages == NULL)
			return false;
		/* whoever knows rows of addresses must look them up again: some go */
		if (messages->len > 0 && store_tx_revision(&tx, error) == 0)
			return false;
		for (guint j = 0; j < messages->len; j++)
			if (!clear_message(store, g_array_index(messages, gint64, j), error))
				return false;
		if (!run_for(store, sql_attachments, G_N_ELEMENTS(sql_attachments), erasure, error))
			return false;
	}
	return set_step(&tx, erasures, ERASE_DONE, error) && store_tx_commit(&tx, error) &&
	       db_checkpoint(store, DB_RECORDS, true, error);
}

bool
erase_continue(Store *store, EraseForget forget, gpointer data, GError **error)
{
	static const char sql[] = "SELECT id FROM erasure WHERE step = $id ORDER BY id LIMIT 64";

	g_assert(store->tx == NULL);
	for (gint64 step = ERASE_HIDDEN; step < ERASE_DONE; step++) {
		g_autoptr(GArray) erasures = NULL;
		bool done;

		for (;;) {
			g_clear_pointer(&erasures, g_array_unref);
			erasures = erase_numbers(store, sql, step, error);
			if (erasures == NULL)
				return false;
			if (erasures->len == 0)
				break;
			if (step == ERASE_HIDDEN)
				done = forget_texts(store, erasures, forget, data, error);
			else if (step == ERASE_FORGOTTEN)
				done = delete_keys(store, erasures, error);
			else
				done = clear(store, erasures, error);
			if (!done)
				return false;
			if (fault_point("erase-step") != 0)
				return error_set_errno(
				    error, ERROR_TEMPORARY, errno, "The erasure waits");
		}
	}
	return true;
}

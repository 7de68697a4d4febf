#include "store/search-index.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/foreground.h"
#include "store/core.h"
#include "store/search-row.h"

#include <errno.h>
#include <string.h>

#define STALE_BATCH 256
#define NEW_BATCH 1024

bool
search_index_stale(StoreTx *tx, ObjectKind kind, gint64 object_id, GError **error)
{
	static const char sql[] = "INSERT INTO search_stale (kind, object_id) VALUES ($kind, $id)"
				  " ON CONFLICT (kind, object_id) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$kind", kind);
	db_bind_int(stmt, "$id", object_id);
	return db_run(stmt, error);
}

bool
search_index_stale_filed(StoreTx *tx, gint64 contact_id, GError **error)
{
	static const char sql[] = "INSERT INTO search_stale (kind, object_id)"
				  " SELECT DISTINCT $kind + 0, message_id FROM filing"
				  " WHERE contact_id = $contact AND end_revision IS NULL"
				  " ON CONFLICT (kind, object_id) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$kind", OBJECT_MESSAGE);
	db_bind_int(stmt, "$contact", contact_id);
	return db_run(stmt, error);
}

/* One number of one row; missing when there is none. */
static bool
read_number(Store *store, DbFile file, const char *sql, const char *name, gint64 missing,
    gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	if (stmt == NULL)
		return false;
	if (name != NULL)
		db_bind_text(stmt, "$name", name);
	switch (db_step(stmt, error)) {
	case DB_ERROR:
		return false;
	case DB_ROW:
		*ret = db_int(stmt, 0);
		return true;
	case DB_DONE:
		break;
	}
	*ret = missing;
	return true;
}

static bool
read_progress(Store *store, const char *name, gint64 *ret, GError **error)
{
	return read_number(
	    store, DB_SEARCH, "SELECT value FROM progress WHERE name = $name", name, 0, ret, error);
}

static bool
write_progress(Store *store, const char *name, gint64 value, GError **error)
{
	static const char sql[] = "INSERT INTO progress (name, value) VALUES ($name, $value)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_text(stmt, "$name", name);
	db_bind_int(stmt, "$value", value);
	return db_run(stmt, error);
}

static bool
last_message(Store *store, gint64 *ret, GError **error)
{
	return read_number(
	    store, DB_RECORDS, "SELECT coalesce(max(id), 0) FROM message", NULL, 0, ret, error);
}

bool
search_index_lag(Store *store, gint64 *ret, GError **error)
{
	gint64 last, done, stale;

	if (!last_message(store, &last, error) || !read_progress(store, "message", &done, error) ||
	    !read_number(store, DB_RECORDS,
		"SELECT count(*) FROM (SELECT 1 FROM search_stale LIMIT 1000)", NULL, 0, &stale,
		error))
		return false;
	*ret = MAX(0, last - done) + stale;
	return true;
}

static bool
clear_all(Store *store, GError **error)
{
	return db_exec(store, DB_SEARCH, "INSERT INTO mail_text (mail_text) VALUES ('delete-all')",
		   error) &&
	       db_exec(store, DB_SEARCH,
		   "INSERT INTO contact_text (contact_text) VALUES ('delete-all')", error) &&
	       db_exec(store, DB_SEARCH, "DELETE FROM mail_row", error) &&
	       db_exec(store, DB_SEARCH, "DELETE FROM contact_row", error) &&
	       db_exec(store, DB_SEARCH, "DELETE FROM deferred", error) &&
	       db_exec(store, DB_SEARCH, "DELETE FROM todo", error) &&
	       db_exec(store, DB_SEARCH, "DELETE FROM progress", error);
}

static bool
reset(Store *store, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;

	return db_tx_begin(&tx, store, DB_SEARCH, error) && clear_all(store, error) &&
	       db_tx_commit(&tx, error);
}

bool
search_index_reset(Store *store, GError **error)
{
	g_autoptr(GError) failure = NULL;

	if (reset(store, &failure))
		return true;
	/* Damaged: nothing in it is worth keeping. */
	if (error_code(failure) == ERROR_INTERNAL)
		return db_remake(store, DB_SEARCH, error);
	g_propagate_error(error, g_steal_pointer(&failure));
	return false;
}

/* What tells the message with that number from one that has it in another kartoteka.db: part of its public
 * id; 0 when there is none. */
static bool
read_witness(Store *store, gint64 message, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT pid FROM message WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;
	Id id;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", message);
	step = db_step(stmt, error);
	*ret = 0;
	if (step == DB_ROW) {
		id = db_id(stmt, 0);
		memcpy(ret, id.bytes, sizeof *ret);
	}
	return step != DB_ERROR;
}

/* An index of other texts, or of other records (kartoteka.db was restored), begins anew. */
static bool
check(Store *store, const SearchTexts *texts, GError **error)
{
	gint64 version, done, indexed, there;
	g_auto(DbTx) tx = DB_TX_INIT;

	if (!read_progress(store, "message", &done, error) ||
	    !read_progress(store, "witness", &indexed, error) ||
	    !read_witness(store, done, &there, error) ||
	    !read_progress(store, "text", &version, error))
		return false;
	if (version == texts->version && indexed == there)
		return true;
	return db_tx_begin(&tx, store, DB_SEARCH, error) && clear_all(store, error) &&
	       write_progress(store, "text", texts->version, error) && db_tx_commit(&tx, error);
}

static bool
insert_todo(Store *store, const SearchObject *object, GError **error)
{
	static const char sql[] = "INSERT INTO todo (kind, object_id) VALUES ($kind, $id)"
				  " ON CONFLICT (kind, object_id) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$kind", object->kind);
	db_bind_int(stmt, "$id", object->id);
	return db_run(stmt, error);
}

/* Up to a batch of (kind, id) rows. */
static GArray *
list_objects(Store *store, DbFile file, const char *sql, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);
	g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(SearchObject));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$limit", STALE_BATCH);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		SearchObject object = {(ObjectKind)db_int(stmt, 0), db_int(stmt, 1)};

		g_array_append_val(objects, object);
	}
	return step == DB_DONE ? g_steal_pointer(&objects) : NULL;
}

static bool
delete_object(
    Store *store, DbFile file, const char *sql, const SearchObject *object, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$kind", object->kind);
	db_bind_int(stmt, "$id", object->id);
	return db_run(stmt, error);
}

/* Durably, as nothing else in search.db is: what is lost of the rest is done again. */
static bool
write_todo(Store *store, const GArray *objects, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	bool ok = db_exec(store, DB_SEARCH, "PRAGMA synchronous = FULL", error) &&
		  db_tx_begin(&tx, store, DB_SEARCH, error);

	for (guint i = 0; ok && i < objects->len; i++)
		ok = insert_todo(store, &g_array_index(objects, SearchObject, i), error);
	ok = ok && db_tx_commit(&tx, error);
	db_tx_clear(&tx);
	return db_exec(store, DB_SEARCH, "PRAGMA synchronous = NORMAL", ok ? error : NULL) && ok;
}

/* Moves marks from kartoteka.db to "todo" of search.db: written here durably before they are deleted
 * there, and read only after that. So a mark that is set again meanwhile is never lost, and a crash
 * leaves at worst some work to be done twice. */
static bool
take_stale(Store *store, bool *ret_any, GError **error)
{
	static const char sql_list[] = "SELECT kind, object_id FROM search_stale LIMIT $limit";
	static const char sql_delete[] =
	    "DELETE FROM search_stale WHERE kind = $kind AND object_id = $id";
	static const Actor daemon = {.kind = ACTOR_DAEMON};
	g_autoptr(GArray) objects = list_objects(store, DB_RECORDS, sql_list, error);
	g_auto(StoreTx) records = STORE_TX_INIT;

	if (objects == NULL)
		return false;
	*ret_any = objects->len > 0;
	if (objects->len == 0)
		return true;
	if (!write_todo(store, objects, error))
		return false;
	if (fault_point("search-todo") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "search.db can't be written");
	if (!store_tx_begin(&records, store, &daemon, NULL, error))
		return false;
	for (guint i = 0; i < objects->len; i++)
		if (!delete_object(store, DB_RECORDS, sql_delete,
			&g_array_index(objects, SearchObject, i), error))
			return false;
	return store_tx_commit(&records, error);
}

/* One batch of a list; *ret_count: how many there were. */
typedef bool (*Batch)(Store *store, const SearchTexts *texts, guint *ret_count, GError **error);

static bool
index_object(Store *store, const SearchTexts *texts, const SearchObject *object, GError **error)
{
	if (object->kind == OBJECT_CONTACT)
		return search_row_contact(store, texts, object->id, error);
	return search_row_message(store, texts, object->id, error);
}

static bool
batch_todo(Store *store, const SearchTexts *texts, guint *ret_count, GError **error)
{
	static const char sql_list[] =
	    "SELECT kind, object_id FROM (SELECT kind, object_id FROM todo LIMIT $limit)"
	    " LEFT JOIN mail_row ON message_id = object_id ORDER BY id";
	static const char sql_delete[] = "DELETE FROM todo WHERE kind = $kind AND object_id = $id";
	g_autoptr(GArray) objects = list_objects(store, DB_SEARCH, sql_list, error);

	if (objects == NULL)
		return false;
	for (guint i = 0; i < objects->len; i++) {
		const SearchObject *object = &g_array_index(objects, SearchObject, i);

		foreground_let_by(NULL, NULL);
		if (!index_object(store, texts, object, error) ||
		    !delete_object(store, DB_SEARCH, sql_delete, object, error))
			return false;
	}
	*ret_count = objects->len;
	return true;
}

/* What opened to others since it was indexed goes to "todo". */
static bool
take_deferred(Store *store, GError **error)
{
	static const char sql_take[] =
	    "INSERT INTO todo (kind, object_id)"
	    " SELECT $kind + 0, message_id FROM deferred WHERE time <= $now"
	    " ON CONFLICT (kind, object_id) DO NOTHING";
	static const char sql_delete[] = "DELETE FROM deferred WHERE time <= $now";
	g_autoptr(DbStmt) take = db_stmt(store, DB_SEARCH, sql_take, error);
	g_autoptr(DbStmt) delete = NULL;
	gint64 now = clock_ms();

	if (take == NULL)
		return false;
	db_bind_int(take, "$kind", OBJECT_MESSAGE);
	db_bind_int(take, "$now", now);
	if (!db_run(take, error))
		return false;
	delete = db_stmt(store, DB_SEARCH, sql_delete, error);
	if (delete == NULL)
		return false;
	db_bind_int(delete, "$now", now);
	return db_run(delete, error);
}

static bool
batch_new(Store *store, const SearchTexts *texts, ObjectKind kind, const char *sql,
    const char *name, guint *ret_count, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 done;
	DbStep step;

	if (stmt == NULL || !read_progress(store, name, &done, error))
		return false;
	db_bind_int(stmt, "$done", done);
	db_bind_int(stmt, "$limit", NEW_BATCH);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 id = db_int(stmt, 0);

		g_array_append_val(ids, id);
		done = MAX(done, id);
	}
	if (step == DB_ERROR)
		return false;
	*ret_count = ids->len;
	for (guint i = 0; i < ids->len; i++) {
		SearchObject object = {kind, g_array_index(ids, gint64, i)};

		foreground_let_by(NULL, NULL);
		if (!index_object(store, texts, &object, error))
			return false;
	}
	return ids->len == 0 || write_progress(store, name, done, error);
}

/* In the order of the index's rows (search-row.c): FTS5 writes a segment at each step back. */
static bool
batch_messages(Store *store, const SearchTexts *texts, guint *ret_count, GError **error)
{
	gint64 done, witness;

	static const char sql_list[] =
	    "SELECT id FROM (SELECT id, time FROM message WHERE id > $done ORDER BY id"
	    " LIMIT $limit) ORDER BY time / 1000, id";

	return batch_new(store, texts, OBJECT_MESSAGE, sql_list, "message", ret_count, error) &&
	       (*ret_count == 0 || (read_progress(store, "message", &done, error) &&
				       read_witness(store, done, &witness, error) &&
				       write_progress(store, "witness", witness, error)));
}

static bool
batch_contacts(Store *store, const SearchTexts *texts, guint *ret_count, GError **error)
{
	return batch_new(store, texts, OBJECT_CONTACT,
	    "SELECT id FROM contact WHERE id > $done ORDER BY id LIMIT $limit", "contact",
	    ret_count, error);
}

/* *ret_more when the time was up first. */
static bool
run_batches(Store *store, const SearchTexts *texts, gint64 until, bool *ret_more, GError **error)
{
	static const Batch batches[] = {batch_todo, batch_contacts, batch_messages};

	*ret_more = false;
	for (gsize i = 0; i < G_N_ELEMENTS(batches); i++) {
		for (guint count = 1; count > 0 && !*ret_more;) {
			if (!batches[i](store, texts, &count, error))
				return false;
			*ret_more = count > 0 && clock_monotonic_ms() >= until;
		}
	}
	return true;
}

/* One transaction on search.db. The records are read as they are at its beginning: what is erased meanwhile waits
 * for its lock, and takes out afterwards what this puts in. */
static bool
work(Store *store, const SearchTexts *texts, gint64 until, bool *ret_more, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	bool ok;

	if (!db_tx_begin(&tx, store, DB_SEARCH, error) || !take_deferred(store, error) ||
	    !store_read_begin(store, error))
		return false;
	ok = run_batches(store, texts, until, ret_more, error);
	store_read_end(store);
	if (!ok)
		return false;
	if (fault_point("search-commit") != 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno, "search.db can't be written");
	return db_tx_commit(&tx, error);
}

bool
search_index_catch_up(
    Store *store, const SearchTexts *texts, gint64 budget_ms, bool *ret_more, GError **error)
{
	gint64 until = clock_monotonic_ms() + budget_ms;
	bool any, more;

	if (!check(store, texts, error) || !take_stale(store, &any, error) ||
	    !work(store, texts, until, &more, error))
		return false;
	*ret_more = more || any;
	return true;
}

bool
search_index_erase(Store *store, const SearchTexts *texts, const SearchObject *objects,
    gsize n_objects, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	gint64 version;

	if (!db_tx_begin(&tx, store, DB_SEARCH, error))
		return false;
	for (gsize i = 0; i < n_objects; i++) {
		bool ok = objects[i].kind == OBJECT_CONTACT
			      ? search_row_remove_contact(store, objects[i].id, error)
			      : search_row_remove_message(store, texts, objects[i].id, error);

		if (!ok)
			return false;
	}
	/* What can't be taken out word by word goes with the whole index. */
	if (!read_progress(store, "text", &version, error) ||
	    (version == -1 && !clear_all(store, error)))
		return false;
	/* A deleted word stays in its segment until that is written anew. */
	return db_exec(store, DB_SEARCH, "INSERT INTO mail_text (mail_text) VALUES ('optimize')",
		   error) &&
	       db_exec(store, DB_SEARCH,
		   "INSERT INTO contact_text (contact_text) VALUES ('optimize')", error) &&
	       db_tx_commit(&tx, error) && db_checkpoint(store, DB_SEARCH, true, error);
}

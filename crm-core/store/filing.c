#include "store/filing.h"

#include "base/error.h"
#include "base/fault.h"
#include "store/db.h"
#include "store/search-index.h"

#include <errno.h>

#define COLUMNS                                                                                    \
	"c.pid, c.kind, f.reason, f.role, f.address_id, f.open_from, b.time, b.actor_kind, "       \
	"e.time, e.actor_kind"
#define TABLES                                                                                     \
	"filing f JOIN contact c ON c.id = f.contact_id JOIN revision b ON b.id = "                \
	"f.begin_revision LEFT JOIN revision e ON e.id = f.end_revision"
#define KIND_ORGANISATION 2 /* CONTACT_ORGANISATION of store/contact.h */

static void
filing_from_row(DbStmt *stmt, Filing *ret)
{
	*ret = (Filing){
	    .contact = db_id(stmt, 0),
	    .organisation = db_int(stmt, 1) == KIND_ORGANISATION,
	    .reason = db_int(stmt, 2),
	    .role = db_int(stmt, 3),
	    .address_row = db_int(stmt, 4),
	    .open_from = db_int(stmt, 5),
	    .begun = db_int(stmt, 6),
	    .by = db_int(stmt, 7),
	    .ended = db_int(stmt, 8),
	    .ended_by = db_int(stmt, 9),
	};
}

static GArray *
collect(DbStmt *stmt, GError **error)
{
	g_autoptr(GArray) filings = g_array_new(FALSE, FALSE, sizeof(Filing));
	Filing filing;
	DbStep step;

	while ((step = db_step(stmt, error)) == DB_ROW) {
		filing_from_row(stmt, &filing);
		g_array_append_val(filings, filing);
	}
	return step == DB_DONE ? g_steal_pointer(&filings) : NULL;
}

GArray *
filing_list(Store *store, const Viewer *viewer, const Id *message, GError **error)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM " TABLES
	    " JOIN message m ON m.id = f.message_id WHERE m.pid = $pid AND " VISIBLE_MESSAGE(
		"m") " AND " VISIBLE_CONTACT("c") " ORDER BY f.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", message);
	visible_bind(stmt, viewer);
	return collect(stmt, error);
}

GArray *
filing_list_row(Store *store, const MessageRow *message, GError **error)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM " TABLES " WHERE f.message_id = $message ORDER BY f.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$message", message->row);
	return collect(stmt, error);
}

/* The filing under a contact that holds now; 0 when there is none. */
static bool
find(Store *store, const MessageRow *message, const Id *contact, gint64 *ret, gint64 *open_from,
    GError **error)
{
	static const char sql[] =
	    "SELECT f.id, f.open_from FROM filing f JOIN contact c ON c.id = f.contact_id "
	    "WHERE f.message_id = $message AND c.pid = $contact AND f.end_revision IS NULL";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	*ret = 0;
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$message", message->row);
	db_bind_id(stmt, "$contact", contact);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_int(stmt, 0);
		*open_from = db_int(stmt, 1);
		return true;
	case DB_DONE:
		return true;
	default:
		return false;
	}
}

static bool
insert(StoreTx *tx, const MessageRow *message, const Filing *filing, GError **error)
{
	static const char sql[] =
	    "INSERT INTO filing (message_id, contact_id, time, reason, role, address_id, "
	    "open_from, "
	    "begin_revision) SELECT $message, c.id, $time, $reason, $role, $address, $open_from, "
	    "$revision FROM contact c WHERE c.pid = $contact";
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$message", message->row);
	db_bind_id(stmt, "$contact", &filing->contact);
	db_bind_int(stmt, "$time", message->time);
	db_bind_int(stmt, "$reason", filing->reason);
	db_bind_int(stmt, "$role", filing->role);
	if (filing->address_row != 0)
		db_bind_int(stmt, "$address", filing->address_row);
	else
		db_bind_null(stmt, "$address");
	db_bind_int(stmt, "$open_from", filing->open_from);
	db_bind_int(stmt, "$revision", revision);
	if (fault_point("filing-insert") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "The filing can't be written");
	if (!db_run(stmt, error))
		return false;
	if (db_changes(tx->store, DB_RECORDS) == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no such contact");
	return message->fresh || search_index_stale(tx, OBJECT_MESSAGE, message->row, error);
}

static bool
end(StoreTx *tx, const MessageRow *message, gint64 id, GError **error)
{
	static const char sql[] = "UPDATE filing SET end_revision = $revision WHERE id = $id";
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$id", id);
	return db_run(stmt, error) && search_index_stale(tx, OBJECT_MESSAGE, message->row, error);
}

bool
filing_add(
    StoreTx *tx, const MessageRow *message, const Filing *filing, bool *added, GError **error)
{
	gint64 id = 0, open_from = 0;

	if (!message->fresh && !find(tx->store, message, &filing->contact, &id, &open_from, error))
		return false;
	if (id != 0 && open_from <= filing->open_from) {
		if (added != NULL)
			*added = false;
		return true;
	}
	if (id != 0 && !end(tx, message, id, error))
		return false;
	if (!insert(tx, message, filing, error))
		return false;
	if (added != NULL)
		*added = true;
	return true;
}

bool
filing_end(StoreTx *tx, const MessageRow *message, const Id *contact, bool *ended, GError **error)
{
	gint64 id, open_from;

	if (!find(tx->store, message, contact, &id, &open_from, error) ||
	    (id != 0 && !end(tx, message, id, error)))
		return false;
	if (ended != NULL)
		*ended = id != 0;
	return true;
}

bool
filing_open(
    StoreTx *tx, const MessageRow *message, const Id *contact, gint64 open_from, GError **error)
{
	g_autoptr(GArray) filings = filing_list_row(tx->store, message, error);

	if (filings == NULL)
		return false;
	for (guint i = 0; i < filings->len; i++) {
		Filing filing = g_array_index(filings, Filing, i);

		if (filing.ended != 0 || !id_equal(&filing.contact, contact))
			continue;
		filing.open_from = open_from;
		return filing_end(tx, message, contact, NULL, error) &&
		       insert(tx, message, &filing, error);
	}
	return error_set(error, ERROR_NOT_FOUND, "The message isn't filed under this contact");
}

bool
filing_count(Store *store, const MessageRow *message, guint *ret, GError **error)
{
	static const char sql[] =
	    "SELECT count(*) FROM filing WHERE message_id = $message AND end_revision IS NULL";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$message", message->row);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	*ret = db_int(stmt, 0);
	return true;
}

const char *
filing_reason_name(FilingReason reason)
{
	static const char *const names[] = {
	    "none", "address", "domain", "hint", "report", "by-hand"};

	return (guint)reason < G_N_ELEMENTS(names) ? names[reason] : "unknown";
}

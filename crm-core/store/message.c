#include "store/message.h"

#include "base/error.h"
#include "store/compress.h"
#include "store/key.h"

#define UNPACKED_MAX (G_GINT64_CONSTANT(512) << 20)

void
message_free(Message *message)
{
	if (message == NULL)
		return;
	g_clear_pointer(&message->summary, g_bytes_unref);
	g_free(message);
}

static bool
not_found(GError **error)
{
	return error_set(error, ERROR_NOT_FOUND, "There is no such message");
}

/* Steps to the message's row; ERROR_NOT_FOUND when the viewer may see none. */
static bool
step_visible(DbStmt *stmt, const Viewer *viewer, const Id *id, GError **error)
{
	DbStep step;

	db_bind_id(stmt, "$pid", id);
	visible_bind(stmt, viewer);
	step = db_step(stmt, error);
	return step == DB_ROW || (step == DB_DONE && not_found(error));
}

GBytes *
message_open_summary(Store *store, const Id *pid, gint64 key_id, GBytes *sealed, GError **error)
{
	if (key_id == 0 || sealed == NULL)
		return NULL;
	return key_unseal(store, key_id, "message", pid, "summary", g_bytes_get_data(sealed, NULL),
	    g_bytes_get_size(sealed), error);
}

Message *
message_get(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT m.time, m.size, m.flags, m.key_id, m.summary, "
	    "(SELECT min(i.proof) FROM item i WHERE i.message_id = m.id AND i.proof > "
	    "0), " VISIBLE_SENDER_SIDE(
		"m") " FROM message m WHERE m.pid = $pid AND " VISIBLE_MESSAGE("m");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(Message) message = NULL;
	g_autoptr(GBytes) sealed = NULL;

	if (stmt == NULL || !step_visible(stmt, viewer, id, error))
		return NULL;
	message = g_new0(Message, 1);
	message->id = *id;
	message->time = db_int(stmt, 0);
	message->size = db_int(stmt, 1);
	message->flags = db_int(stmt, 2);
	message->proof = db_int(stmt, 5);
	message->sender_side = db_int(stmt, 6) != 0;
	if (!db_is_null(stmt, 3) && !db_is_null(stmt, 4)) {
		sealed = db_bytes(stmt, 4);
		message->summary = message_open_summary(store, id, db_int(stmt, 3), sealed, error);
		if (message->summary == NULL)
			return NULL;
	}
	return g_steal_pointer(&message);
}

/* Unseals the columns key_id and blob of a row at hand. */
static GBytes *
unseal(Store *store, DbStmt *stmt, int column, const Id *pid, const char *field, GError **error)
{
	const guint8 *sealed;
	gsize size;

	sealed = db_blob(stmt, column + 1, &size);
	return key_unseal(store, db_int(stmt, column), "message", pid, field, sealed, size, error);
}

/* The raw bytes, of a row whose columns from there on are those of a body. *ret_parsed (may be NULL): the parsed form,
 * unless it stands apart. */
static GBytes *
open_body(
    Store *store, DbStmt *stmt, int column, const Id *pid, GBytes **ret_parsed, GError **error)
{
	g_autoptr(GBytes) plain = unseal(store, stmt, column, pid, "raw", error);
	g_autoptr(GBytes) raw = NULL, parsed = NULL;
	const void *packed;
	gsize size;

	if (plain == NULL)
		return NULL;
	packed = g_bytes_get_data(plain, &size);
	if (!compress_is_two(packed, size))
		return compress_unpack(packed, size, UNPACKED_MAX, error);
	if (!compress_unpack_two(packed, size, UNPACKED_MAX, &raw, &parsed, error))
		return NULL;
	if (ret_parsed != NULL)
		*ret_parsed = g_steal_pointer(&parsed);
	return g_steal_pointer(&raw);
}

static GBytes *
read_body(Store *store, gint64 row, const Id *pid, GBytes **ret_parsed, GError **error)
{
	static const char sql[] = "SELECT key_id, body FROM message_body WHERE message_id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", row);
	step = db_step(stmt, error);
	if (step == DB_ROW)
		return open_body(store, stmt, 0, pid, ret_parsed, error);
	if (step == DB_DONE)
		error_set(error, ERROR_INTERNAL, "A message has no body");
	return NULL;
}

#define PARSED_COLUMNS "m.id, m.pid, m.key_id, p.parsed"
#define PARSED_TABLES "message m LEFT JOIN message_parsed p ON p.message_id = m.id"

/* Of a large mail, or one that was filed before version 3 of the file: then mostly packed next to the body. */
static GBytes *
open_apart(Store *store, DbStmt *stmt, const Id *pid, GError **error)
{
	g_autoptr(GBytes) plain = unseal(store, stmt, 2, pid, "parsed", error);
	g_autoptr(GBytes) raw = NULL;
	const void *packed;
	gsize size;

	if (plain == NULL)
		return NULL;
	packed = g_bytes_get_data(plain, &size);
	if (!compress_needs_before(packed, size))
		return compress_unpack(packed, size, UNPACKED_MAX, error);
	raw = read_body(store, db_int(stmt, 0), pid, NULL, error);
	return raw != NULL ? compress_unpack_after(raw, packed, size, UNPACKED_MAX, error) : NULL;
}

/* Of a row of PARSED_COLUMNS. */
static GBytes *
open_parsed(Store *store, DbStmt *stmt, GError **error)
{
	Id pid = db_id(stmt, 1);
	g_autoptr(GBytes) raw = NULL, parsed = NULL;

	if (!db_is_null(stmt, 3))
		return open_apart(store, stmt, &pid, error);
	raw = read_body(store, db_int(stmt, 0), &pid, &parsed, error);
	if (raw != NULL && parsed == NULL)
		error_set(error, ERROR_INTERNAL, "The body of a message lacks the parsed form");
	return g_steal_pointer(&parsed);
}

GBytes *
message_parsed(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT " PARSED_COLUMNS " FROM " PARSED_TABLES
	    " WHERE m.pid = $pid AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL || !step_visible(stmt, viewer, id, error))
		return NULL;
	return open_parsed(store, stmt, error);
}

GBytes *
message_parsed_row(Store *store, gint64 row, GError **error)
{
	static const char sql[] = "SELECT " PARSED_COLUMNS " FROM " PARSED_TABLES
				  " WHERE m.id = $id AND m.key_id IS NOT NULL";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", row);
	return db_step(stmt, error) == DB_ROW ? open_parsed(store, stmt, error) : NULL;
}

GBytes *
message_summary_row(Store *store, const MessageRow *message, GError **error)
{
	static const char sql[] = "SELECT key_id, summary FROM message WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GBytes) sealed = NULL;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", message->row);
	if (db_step(stmt, error) != DB_ROW)
		return NULL;
	sealed = db_bytes(stmt, 1);
	return message_open_summary(store, &message->id, db_int(stmt, 0), sealed, error);
}

GBytes *
message_raw(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT b.key_id, b.body FROM message m JOIN message_body b ON b.message_id = m.id "
	    "WHERE m.pid = $pid AND " VISIBLE_MESSAGE("m");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL || !step_visible(stmt, viewer, id, error))
		return NULL;
	return open_body(store, stmt, 0, id, NULL, error);
}

GArray *
message_versions(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT m.pid FROM message m WHERE m.letter_hash = "
	    "(SELECT o.letter_hash FROM message o WHERE o.pid = $pid) AND m.pid <> $pid "
	    "AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m") " ORDER BY m.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(Id));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	visible_bind(stmt, viewer);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Id other = db_id(stmt, 0);

		g_array_append_val(ids, other);
	}
	return step == DB_DONE ? g_steal_pointer(&ids) : NULL;
}

static void
row_from_stmt(DbStmt *stmt, MessageRow *ret)
{
	*ret = (MessageRow){
	    .row = db_int(stmt, 0),
	    .id = db_id(stmt, 1),
	    .time = db_int(stmt, 2),
	    .flags = db_int(stmt, 3),
	    .destroyed = db_is_null(stmt, 4) || (db_int(stmt, 3) & MESSAGE_DESTROYED) != 0,
	    .size = db_int(stmt, 5),
	};
}

#define ROW_COLUMNS "m.id, m.pid, m.time, m.flags, m.key_id, m.size"

static bool
find_one(DbStmt *stmt, MessageRow *ret, GError **error)
{
	switch (db_step(stmt, error)) {
	case DB_ROW:
		row_from_stmt(stmt, ret);
		return true;
	case DB_DONE:
		*ret = (MessageRow){0};
		return true;
	default:
		return false;
	}
}

bool
message_find(Store *store, const MessageHash *content, MessageRow *ret, GError **error)
{
	static const char sql[] = "SELECT " ROW_COLUMNS " FROM message m WHERE m.content_hash = $c";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_blob(stmt, "$c", content->bytes, sizeof content->bytes);
	return find_one(stmt, ret, error);
}

bool
message_find_id(Store *store, const Id *id, MessageRow *ret, GError **error)
{
	static const char sql[] = "SELECT " ROW_COLUMNS " FROM message m WHERE m.pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", id);
	if (!find_one(stmt, ret, error))
		return false;
	return ret->row != 0 || not_found(error);
}

static GArray *
collect_rows(DbStmt *stmt, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(MessageRow));
	MessageRow row;
	DbStep step;

	while ((step = db_step(stmt, error)) == DB_ROW) {
		row_from_stmt(stmt, &row);
		g_array_append_val(rows, row);
	}
	return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

GArray *
message_by_mid(Store *store, const MessageHash *mid, guint max, GError **error)
{
	static const char sql[] =
	    "SELECT " ROW_COLUMNS
	    " FROM message m WHERE m.mid_hash = $mid ORDER BY m.id LIMIT $max";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_blob(stmt, "$mid", mid->bytes, sizeof mid->bytes);
	db_bind_int(stmt, "$max", max);
	return collect_rows(stmt, error);
}

GArray *
message_with_address(Store *store, gint64 address_row, gint64 after, guint max, GError **error)
{
	static const char sql[] =
	    "SELECT " ROW_COLUMNS
	    " FROM message m WHERE m.id IN (SELECT DISTINCT a.message_id FROM "
	    "message_address a WHERE a.address_id = $address AND a.message_id > $after "
	    "ORDER BY a.message_id LIMIT $max) ORDER BY m.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$address", address_row);
	db_bind_int(stmt, "$after", after);
	db_bind_int(stmt, "$max", max);
	return collect_rows(stmt, error);
}

GArray *
message_with_domain(
    Store *store, const MessageHash *domain, gint64 after, guint max, GError **error)
{
	static const char sql[] =
	    "SELECT " ROW_COLUMNS
	    " FROM message m WHERE m.id IN (SELECT DISTINCT a.message_id FROM "
	    "address_domain d JOIN message_address a ON a.address_id = d.address_id "
	    "WHERE d.domain_hash = $domain AND a.message_id > $after "
	    "ORDER BY a.message_id LIMIT $max) ORDER BY m.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_blob(stmt, "$domain", domain->bytes, sizeof domain->bytes);
	db_bind_int(stmt, "$after", after);
	db_bind_int(stmt, "$max", max);
	return collect_rows(stmt, error);
}

GArray *
message_next(Store *store, gint64 after, guint max, GError **error)
{
	static const char sql[] = "SELECT " ROW_COLUMNS " FROM message m WHERE m.id > $after "
				  "AND m.key_id IS NOT NULL ORDER BY m.id LIMIT $max";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$after", after);
	db_bind_int(stmt, "$max", max);
	return collect_rows(stmt, error);
}

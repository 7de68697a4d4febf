#include "store/message.h"

#include "base/error.h"
#include "base/fault.h"
#include "store/attachment.h"
#include "store/compress.h"
#include "store/key.h"
#include "store/row.h"
#include "store/search-index.h"

#include <errno.h>

void
message_draft_pack(MessageDraft *draft, GBytes *raw, GBytes *record)
{
	if (g_bytes_get_size(raw) <= MESSAGE_BODY_MOST) {
		draft->body = compress_pack_two(raw, record);
		return;
	}
	draft->body = compress_pack(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
	draft->parsed = compress_pack(g_bytes_get_data(record, NULL), g_bytes_get_size(record));
}

/* A step at which the tests stop the filer. */
static bool
step_fails(const char *name, GError **error)
{
	if (fault_point(name) == 0)
		return false;
	error_set_errno(error, ERROR_TEMPORARY, errno, "The message can't be written");
	return true;
}

static GBytes *
seal(Store *store, gint64 key, const Id *id, const char *field, GBytes *plain, GError **error)
{
	return key_seal(store, key, "message", id, field, g_bytes_get_data(plain, NULL),
	    g_bytes_get_size(plain), error);
}

static bool
add_message(StoreTx *tx, const MessageDraft *draft, gint64 key, const Id *id, GError **error)
{
	static const char sql[] =
	    "INSERT INTO message (pid, hash_key, letter_hash, content_hash, mid_hash, time, flags, "
	    "size, key_id, summary) VALUES ($pid, $hash_key, $letter, $content, $mid, $time, "
	    "$flags, "
	    "$size, $key, $summary)";
	g_autoptr(GBytes) summary = seal(tx->store, key, id, "summary", draft->summary, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (summary == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", id);
	db_bind_int(stmt, "$hash_key", draft->hash_key);
	db_bind_blob(stmt, "$letter", draft->letter.bytes, MESSAGE_HASH_SIZE);
	db_bind_blob(stmt, "$content", draft->content.bytes, MESSAGE_HASH_SIZE);
	if (draft->has_mid)
		db_bind_blob(stmt, "$mid", draft->mid.bytes, MESSAGE_HASH_SIZE);
	else
		db_bind_null(stmt, "$mid");
	db_bind_int(stmt, "$time", draft->time);
	db_bind_int(stmt, "$flags", draft->flags);
	db_bind_int(stmt, "$size", draft->size);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$summary", summary);
	return db_run(stmt, error);
}

static bool
add_parsed(StoreTx *tx, gint64 row, gint64 key, const Id *id, GBytes *parsed, GError **error)
{
	static const char sql[] =
	    "INSERT INTO message_parsed (message_id, parsed) VALUES ($message, $parsed)";
	g_autoptr(GBytes) sealed = seal(tx->store, key, id, "parsed", parsed, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (sealed == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$message", row);
	db_bind_bytes(stmt, "$parsed", sealed);
	return db_run(stmt, error);
}

static bool
add_body(StoreTx *tx, gint64 row, gint64 key, const Id *id, GBytes *body, GError **error)
{
	static const char sql[] =
	    "INSERT INTO message_body (message_id, key_id, body) VALUES ($message, $key, $body)";
	g_autoptr(GBytes) sealed = seal(tx->store, key, id, "raw", body, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (sealed == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$message", row);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$body", sealed);
	return db_run(stmt, error);
}

/* A key of its own says that the body is the raw bytes alone. */
static bool
add_forms(
    StoreTx *tx, gint64 row, gint64 key, const Id *id, const MessageDraft *draft, GError **error)
{
	if (draft->parsed != NULL &&
	    (!add_parsed(tx, row, key, id, draft->parsed, error) || !key_claim(tx, &key, error)))
		return false;
	return add_body(tx, row, key, id, draft->body, error);
}

static bool
add_references(StoreTx *tx, gint64 row, const GArray *references, GError **error)
{
	static const char sql[] =
	    "INSERT INTO message_reference (mid_hash, message_id) VALUES ($mid, $message) "
	    "ON CONFLICT (mid_hash, message_id) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$message", row);
	for (guint i = 0; i < references->len; i++) {
		const MessageHash *mid = &g_array_index(references, MessageHash, i);

		db_bind_blob(stmt, "$mid", mid->bytes, MESSAGE_HASH_SIZE);
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
	}
	return true;
}

bool
message_add(StoreTx *tx, const MessageDraft *draft, MessageRow *ret, GError **error)
{
	MessageRow row = {.id = id_new(),
	    .time = draft->time,
	    .size = draft->size,
	    .flags = draft->flags,
	    .fresh = true};
	gint64 key;

	if (!key_claim(tx, &key, error) || step_fails("message-add", error) ||
	    !add_message(tx, draft, key, &row.id, error))
		return false;
	row.row = db_last_id(tx->store, DB_RECORDS);
	row.key = key;
	if (step_fails("message-body", error) ||
	    !add_forms(tx, row.row, key, &row.id, draft, error) ||
	    step_fails("message-references", error) ||
	    !add_references(tx, row.row, draft->references, error) ||
	    !message_add_attachments(tx, row.row, draft, error))
		return false;
	*ret = row;
	return true;
}

bool
message_set_flags(StoreTx *tx, MessageRow *message, guint32 with, guint32 without, GError **error)
{
	static const char sql[] = "UPDATE message SET flags = $flags WHERE id = $id";
	guint32 flags = (message->flags | with) & ~without;
	g_autoptr(DbStmt) stmt = NULL;

	if (flags == message->flags)
		return true;
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$flags", flags);
	db_bind_int(stmt, "$id", message->row);
	if (!db_run(stmt, error))
		return false;
	message->flags = flags;
	return message->fresh || search_index_stale(tx, OBJECT_MESSAGE, message->row, error);
}

bool
message_set_summary(StoreTx *tx, const MessageRow *message, GBytes *summary, GError **error)
{
	static const char sql_key[] = "SELECT key_id FROM message WHERE id = $id";
	static const char sql[] = "UPDATE message SET summary = $summary WHERE id = $id";
	g_autoptr(DbStmt) found = db_stmt(tx->store, DB_RECORDS, sql_key, error);
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GBytes) sealed = NULL;

	if (found == NULL)
		return false;
	db_bind_int(found, "$id", message->row);
	if (db_step(found, error) != DB_ROW)
		return false;
	sealed = seal(tx->store, db_int(found, 0), &message->id, "summary", summary, error);
	if (sealed == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_bytes(stmt, "$summary", sealed);
	db_bind_int(stmt, "$id", message->row);
	return db_run(stmt, error);
}

static gint
compare_addresses(gconstpointer a, gconstpointer b)
{
	const MessageAddress *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	if (left->message != right->message)
		return left->message < right->message ? -1 : 1;
	return left->role - right->role;
}

bool
message_add_addresses(StoreTx *tx, GArray *addresses, GError **error)
{
	static const char sql[] = "INSERT INTO message_address (address_id, message_id, role) "
				  "VALUES ($address, $message, $role) "
				  "ON CONFLICT (address_id, message_id, role) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	g_array_sort(addresses, compare_addresses);
	for (guint i = 0; i < addresses->len; i++) {
		const MessageAddress *address = &g_array_index(addresses, MessageAddress, i);

		db_bind_int(stmt, "$address", address->address);
		db_bind_int(stmt, "$message", address->message);
		db_bind_int(stmt, "$role", address->role);
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
	}
	return true;
}

static bool
takes_part(StoreTx *tx, const MessageRow *message, const Id *user, const Id *team,
    ParticipantSide side, bool *ret, GError **error)
{
	static const char sql[] =
	    "SELECT 1 FROM participant p LEFT JOIN user u ON u.id = p.user_id "
	    "LEFT JOIN team t ON t.id = p.team_id WHERE p.message_id = $message AND p.side = $side "
	    "AND p.end_revision IS NULL AND (u.pid = $user OR t.pid = $team)";
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	*ret = false;
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$message", message->row);
	db_bind_int(stmt, "$side", side);
	db_bind_id(stmt, "$user", user);
	db_bind_id(stmt, "$team", team);
	step = db_step(stmt, error);
	*ret = step == DB_ROW;
	return step != DB_ERROR;
}

bool
message_add_participant(StoreTx *tx, const MessageRow *message, const Id *user, const Id *team,
    ParticipantSide side, GError **error)
{
	static const char sql[] =
	    "INSERT INTO participant (message_id, user_id, team_id, side, begin_revision) "
	    "VALUES ($message, (SELECT id FROM user WHERE pid = $user), "
	    "(SELECT id FROM team WHERE pid = $team), $side, $revision)";
	g_autoptr(DbStmt) stmt = NULL;
	gint64 revision;
	bool already = false;

	if (!message->fresh && !takes_part(tx, message, user, team, side, &already, error))
		return false;
	if (already)
		return true;
	revision = store_tx_revision(tx, error);
	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$message", message->row);
	db_bind_id(stmt, "$user", user);
	db_bind_id(stmt, "$team", team);
	db_bind_int(stmt, "$side", side);
	db_bind_int(stmt, "$revision", revision);
	if (step_fails("message-participant", error) || !db_run(stmt, error))
		return false;
	return message->fresh || search_index_stale(tx, OBJECT_MESSAGE, message->row, error);
}

bool
message_mark_private(StoreTx *tx, gint64 hash_key, const MessageHash *mid, GError **error)
{
	static const char sql[] =
	    "INSERT INTO private_mark (mid_hash, hash_key, rule, begin_revision) "
	    "VALUES ($mid, $hash_key, 0, $revision) ON CONFLICT (mid_hash) DO NOTHING";
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_blob(stmt, "$mid", mid->bytes, MESSAGE_HASH_SIZE);
	db_bind_int(stmt, "$hash_key", hash_key);
	db_bind_int(stmt, "$revision", revision);
	tx->marks = MARKS_SOME;
	return db_run(stmt, error);
}

/* Most companies have none, and every mail asks several times. */
static bool
look_for_marks(StoreTx *tx, GError **error)
{
	static const char sql[] = "SELECT NOT EXISTS (SELECT 1 FROM private_mark)";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	gint64 none;

	if (stmt == NULL || !row_int(stmt, 0, &none, error))
		return false;
	tx->marks = none != 0 ? MARKS_NONE : MARKS_SOME;
	return true;
}

bool
message_is_private(StoreTx *tx, const MessageHash *mid, bool *ret, GError **error)
{
	static const char sql[] = "SELECT 1 FROM private_mark WHERE mid_hash = $mid";
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	*ret = false;
	if (tx->marks == MARKS_UNKNOWN && !look_for_marks(tx, error))
		return false;
	if (tx->marks == MARKS_NONE)
		return true;
	stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	if (stmt == NULL)
		return false;
	db_bind_blob(stmt, "$mid", mid->bytes, MESSAGE_HASH_SIZE);
	step = db_step(stmt, error);
	if (step == DB_ERROR)
		return false;
	*ret = step == DB_ROW;
	return true;
}

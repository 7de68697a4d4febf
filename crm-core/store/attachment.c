#include "store/attachment.h"

#include "base/error.h"
#include "base/fault.h"
#include "store/compress.h"
#include "store/key.h"

#include <errno.h>
#include <string.h>

#define UNPACKED_MAX (G_GINT64_CONSTANT(512) << 20)

enum { PLAIN, ZSTD };

/* Its digest stands for a public id. */
static Id
digest_id(const MessageHash *digest)
{
	Id id;

	G_STATIC_ASSERT(sizeof id.bytes == MESSAGE_HASH_SIZE);
	memcpy(id.bytes, digest->bytes, sizeof id.bytes);
	return id;
}

GBytes *
attachment_pack(GBytes *decoded)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(decoded, &size);
	g_autoptr(GBytes) packed = compress_pack(data, size);
	bool smaller = g_bytes_get_size(packed) + size / 16 < size;
	GByteArray *out = g_byte_array_new();
	guint8 form = smaller ? ZSTD : PLAIN;

	g_byte_array_append(out, &form, 1);
	if (smaller)
		g_byte_array_append(out, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	else if (size > 0)
		g_byte_array_append(out, data, size);
	return g_byte_array_free_to_bytes(out);
}

static GBytes *
unpack(GBytes *bytes, GError **error)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	if (size > 0 && data[0] == PLAIN)
		return g_bytes_new_from_bytes(bytes, 1, size - 1);
	if (size > 0 && data[0] == ZSTD)
		return compress_unpack(data + 1, size - 1, UNPACKED_MAX, error);
	error_set(error, ERROR_INTERNAL, "A stored attachment is damaged");
	return NULL;
}

static bool
find(Store *store, const MessageHash *digest, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT id FROM attachment WHERE digest_hash = $digest";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	*ret = 0;
	if (stmt == NULL)
		return false;
	db_bind_blob(stmt, "$digest", digest->bytes, MESSAGE_HASH_SIZE);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_int(stmt, 0);
		return true;
	case DB_DONE:
		return true;
	default:
		return false;
	}
}

static bool
add(StoreTx *tx, gint64 hash_key, const MessageAttachment *attachment, gint64 *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO attachment (hash_key, digest_hash, size, key_id, bytes) "
	    "VALUES ($hash_key, $digest, $size, $key, $bytes)";
	Id id = digest_id(&attachment->digest);
	g_autoptr(GBytes) sealed = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	gint64 key;

	if (!key_claim(tx, &key, error))
		return false;
	sealed = key_seal(tx->store, key, "attachment", &id, "bytes",
	    g_bytes_get_data(attachment->bytes, NULL), g_bytes_get_size(attachment->bytes), error);
	if (sealed == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$hash_key", hash_key);
	db_bind_blob(stmt, "$digest", attachment->digest.bytes, MESSAGE_HASH_SIZE);
	db_bind_int(stmt, "$size", attachment->size);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$bytes", sealed);
	if (!db_run(stmt, error))
		return false;
	*ret = db_last_id(tx->store, DB_RECORDS);
	return true;
}

bool
message_add_attachments(StoreTx *tx, gint64 message_row, const MessageDraft *draft, GError **error)
{
	static const char sql[] =
	    "INSERT INTO message_attachment (message_id, part, attachment_id) "
	    "VALUES ($message, $part, $attachment)";

	for (guint i = 0; i < draft->attachments->len; i++) {
		const MessageAttachment *attachment =
		    &g_array_index(draft->attachments, MessageAttachment, i);
		g_autoptr(DbStmt) stmt = NULL;
		gint64 row;

		if (fault_point("message-attachment") != 0)
			return error_set_errno(
			    error, ERROR_TEMPORARY, errno, "The attachment can't be written");
		if (!find(tx->store, &attachment->digest, &row, error) ||
		    (row == 0 && !add(tx, draft->hash_key, attachment, &row, error)) ||
		    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
			return false;
		db_bind_int(stmt, "$message", message_row);
		db_bind_int(stmt, "$part", attachment->part);
		db_bind_int(stmt, "$attachment", row);
		if (!db_run(stmt, error))
			return false;
	}
	return true;
}

GBytes *
message_attachment(Store *store, const Viewer *viewer, const Id *id, guint part, GError **error)
{
	static const char sql[] =
	    "SELECT a.digest_hash, a.key_id, a.bytes FROM message m JOIN message_attachment r "
	    "ON r.message_id = m.id JOIN attachment a ON a.id = r.attachment_id "
	    "WHERE m.pid = $pid AND r.part = $part AND " VISIBLE_MESSAGE("m");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GBytes) plain = NULL;
	const guint8 *sealed;
	gsize size;
	DbStep step;
	Id place;

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	db_bind_int(stmt, "$part", part);
	visible_bind(stmt, viewer);
	step = db_step(stmt, error);
	if (step != DB_ROW) {
		if (step == DB_DONE)
			error_set(error, ERROR_NOT_FOUND, "There is no such attachment");
		return NULL;
	}
	place = db_id(stmt, 0);
	sealed = db_blob(stmt, 2, &size);
	plain =
	    key_unseal(store, db_int(stmt, 1), "attachment", &place, "bytes", sealed, size, error);
	return plain != NULL ? unpack(plain, error) : NULL;
}

static bool
collect_orphans(StoreTx *tx, gint64 message_row, GArray *orphans, GArray *keys, GError **error)
{
	static const char sql[] =
	    "SELECT DISTINCT a.id, a.key_id FROM message_attachment r JOIN attachment a "
	    "ON a.id = r.attachment_id WHERE r.message_id = $message AND NOT EXISTS (SELECT 1 FROM "
	    "message_attachment o WHERE o.attachment_id = a.id AND o.message_id <> $message)";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$message", message_row);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 id = db_int(stmt, 0), key = db_int(stmt, 1);

		g_array_append_val(orphans, id);
		g_array_append_val(keys, key);
	}
	return step == DB_DONE;
}

bool
attachment_release(StoreTx *tx, gint64 message_row, GArray *keys, GError **error)
{
	static const char sql_rows[] = "DELETE FROM message_attachment WHERE message_id = $message";
	static const char sql_one[] = "DELETE FROM attachment WHERE id = $id";
	g_autoptr(GArray) orphans = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(DbStmt) rows = NULL;

	if (!collect_orphans(tx, message_row, orphans, keys, error) ||
	    (rows = db_stmt(tx->store, DB_RECORDS, sql_rows, error)) == NULL)
		return false;
	db_bind_int(rows, "$message", message_row);
	if (!db_run(rows, error))
		return false;
	for (guint i = 0; i < orphans->len; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql_one, error);

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$id", g_array_index(orphans, gint64, i));
		if (!db_run(stmt, error))
			return false;
	}
	return true;
}

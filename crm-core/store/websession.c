#include "store/websession.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/key.h"
#include "store/row.h"

#include <string.h>

/* A statement with $hash bound; hash must outlive its run. */
static DbStmt *
hash_stmt(Store *store, const char *sql, const char *space, const char *text, KeyHash *hash,
    GError **error)
{
	DbStmt *stmt;

	if (!key_hash_text(store, space, text, hash, error) ||
	    (stmt = db_stmt(store, DB_RECORDS, sql, error)) == NULL)
		return NULL;
	db_bind_blob(stmt, "$hash", hash->bytes, sizeof hash->bytes);
	return stmt;
}

bool
websession_add(StoreTx *tx, const char *token, const Id *user, gint64 expires, GError **error)
{
	static const char sql[] =
	    "INSERT INTO web_session (token_hash, user_id, created, seen, expires) "
	    "VALUES ($hash, $user, $now, $now, $expires)";
	gint64 row = row_get(tx->store, OBJECT_USER, user, error);
	g_autoptr(DbStmt) stmt = NULL;
	KeyHash hash;

	if (row == 0 || (stmt = hash_stmt(tx->store, sql, KEY_TOKEN, token, &hash, error)) == NULL)
		return false;
	db_bind_int(stmt, "$user", row);
	db_bind_int(stmt, "$now", clock_ms());
	db_bind_int(stmt, "$expires", expires);
	return db_run(stmt, error);
}

bool
websession_get(Store *store, const char *token, WebSession *ret, GError **error)
{
	static const char sql[] = "SELECT u.pid, w.created, w.seen, w.expires FROM web_session w "
				  "JOIN user u ON u.id = w.user_id WHERE w.token_hash = $hash";
	KeyHash hash;
	g_autoptr(DbStmt) stmt = hash_stmt(store, sql, KEY_TOKEN, token, &hash, error);

	if (stmt == NULL)
		return false;
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = (WebSession){
		    .user = db_id(stmt, 0),
		    .created = db_int(stmt, 1),
		    .seen = db_int(stmt, 2),
		    .expires = db_int(stmt, 3),
		};
		return true;
	case DB_DONE:
		return error_set(error, ERROR_DENIED, "Sign in first.");
	default:
		return false;
	}
}

bool
websession_touch(StoreTx *tx, const char *token, GError **error)
{
	static const char sql[] = "UPDATE web_session SET seen = $now WHERE token_hash = $hash";
	KeyHash hash;
	g_autoptr(DbStmt) stmt = hash_stmt(tx->store, sql, KEY_TOKEN, token, &hash, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$now", clock_ms());
	return db_run(stmt, error);
}

bool
websession_end(StoreTx *tx, const char *token, GError **error)
{
	static const char sql[] = "DELETE FROM web_session WHERE token_hash = $hash";
	KeyHash hash;
	g_autoptr(DbStmt) stmt = hash_stmt(tx->store, sql, KEY_TOKEN, token, &hash, error);

	return stmt != NULL && db_run(stmt, error);
}

bool
websession_end_user(StoreTx *tx, const Id *user, GError **error)
{
	static const char sql[] = "DELETE FROM web_session WHERE user_id = $user";
	gint64 row = row_get(tx->store, OBJECT_USER, user, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (row == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$user", row);
	return db_run(stmt, error);
}

bool
websession_expire(StoreTx *tx, gint64 seen_before, GError **error)
{
	static const char sql[] = "DELETE FROM web_session WHERE seen < $seen OR expires <= $now";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$seen", seen_before);
	db_bind_int(stmt, "$now", clock_ms());
	return db_run(stmt, error);
}

bool
websession_form_token(
    Store *store, const char *token, char ret[static WEBSESSION_FORM_TOKEN_SIZE], GError **error)
{
	g_autofree char *text = g_strconcat("form:", token, NULL);
	KeyHash hash;

	if (!key_hash_text(store, KEY_TOKEN, text, &hash, error))
		return false;
	for (guint bit = 0, n = 0; n < WEBSESSION_FORM_TOKEN_SIZE - 1; n++, bit += 5) {
		guint pair = (guint)hash.bytes[bit / 8] << 8;

		if (bit / 8 + 1 < sizeof hash.bytes)
			pair |= hash.bytes[bit / 8 + 1];
		ret[n] = "abcdefghijklmnopqrstuvwxyz234567"[pair >> (11 - bit % 8) & 31];
	}
	ret[WEBSESSION_FORM_TOKEN_SIZE - 1] = '\0';
	return true;
}

bool
websession_count_try(StoreTx *tx, const char *what, gint64 pause, gint64 *ret_count,
    gint64 *ret_last, GError **error)
{
	static const char sql_get[] = "SELECT count, last FROM login_failure WHERE hash = $hash";
	static const char sql_put[] =
	    "INSERT INTO login_failure (hash, count, last) VALUES ($hash, $count, $now) "
	    "ON CONFLICT (hash) DO UPDATE SET count = excluded.count, last = excluded.last";
	KeyHash hash, same;
	g_autoptr(DbStmt) get = hash_stmt(tx->store, sql_get, KEY_CLIENT, what, &hash, error);
	g_autoptr(DbStmt) put = NULL;
	gint64 count = 0, last = 0;
	DbStep step;

	if (get == NULL || (step = db_step(get, error)) == DB_ERROR)
		return false;
	if (step == DB_ROW && ABS(clock_ms() - db_int(get, 1)) < pause) {
		count = db_int(get, 0);
		last = db_int(get, 1);
	}
	g_clear_pointer(&get, db_stmt_release);
	put = hash_stmt(tx->store, sql_put, KEY_CLIENT, what, &same, error);
	if (put == NULL)
		return false;
	db_bind_int(put, "$count", count + 1);
	db_bind_int(put, "$now", clock_ms());
	if (!db_run(put, error))
		return false;
	*ret_count = count + 1;
	*ret_last = last;
	return true;
}

bool
websession_forget_tries(StoreTx *tx, const char *what, GError **error)
{
	static const char sql[] = "DELETE FROM login_failure WHERE hash = $hash";
	KeyHash hash;
	g_autoptr(DbStmt) stmt = hash_stmt(tx->store, sql, KEY_CLIENT, what, &hash, error);

	return stmt != NULL && db_run(stmt, error);
}

bool
websession_take_back_try(StoreTx *tx, const char *what, GError **error)
{
	static const char sql[] =
	    "UPDATE login_failure SET count = count - 1 WHERE hash = $hash AND count > 0";
	KeyHash hash;
	g_autoptr(DbStmt) stmt = hash_stmt(tx->store, sql, KEY_CLIENT, what, &hash, error);

	return stmt != NULL && db_run(stmt, error);
}

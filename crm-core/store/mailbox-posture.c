#include "store/mailbox-posture.h"

#include "base/error.h"
#include "store/key.h"
#include "store/row.h"

static bool
end(StoreTx *tx, gint64 user, gint64 revision, GError **error)
{
	static const char sql[] =
	    "UPDATE mailbox_posture SET end_revision = $revision WHERE user_id = $user AND "
	    "end_revision IS NULL";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$user", user);
	return db_run(stmt, error);
}

static bool
begin(StoreTx *tx, gint64 user, Posture posture, gint64 revision, GError **error)
{
	static const char sql[] = "INSERT INTO mailbox_posture (user_id, posture, begin_revision) "
				  "VALUES ($user, $posture, $revision)";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$user", user);
	db_bind_int(stmt, "$posture", posture);
	db_bind_int(stmt, "$revision", revision);
	return db_run(stmt, error);
}

bool
mailbox_posture_set(StoreTx *tx, const Id *user, Posture posture, GError **error)
{
	static const char sql[] =
	    "SELECT posture FROM mailbox_posture WHERE user_id = $user AND end_revision IS NULL";
	gint64 row = row_get(tx->store, OBJECT_USER, user, error), now, revision;
	g_autoptr(DbStmt) stmt = row != 0 ? db_stmt(tx->store, DB_RECORDS, sql, error) : NULL;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$user", row);
	if (!row_int(stmt, -1, &now, error))
		return false;
	if (now == (gint64)posture)
		return error_set(error, ERROR_CONFLICT, "That is the mailbox's posture already.");
	revision = store_tx_revision(tx, error);
	return revision != 0 && end(tx, row, revision, error) &&
	       begin(tx, row, posture, revision, error);
}

bool
mailbox_posture_published_key(Store *store, guint8 ret[static 32], GError **error)
{
	return key_published(store, "postures", ret, error);
}

static void
mailbox_posture_from_row(DbStmt *stmt, gpointer ret)
{
	MailboxPosture *posture = ret;

	posture->user = db_id(stmt, 0);
	posture->posture = (Posture)db_int(stmt, 1);
	posture->begun = db_int(stmt, 2);
	posture->begin_revision = db_int(stmt, 3);
}

GArray *
mailbox_posture_list(Store *store, gint64 revision, GError **error)
{
	static const char sql[] =
	    "SELECT u.pid, p.posture, r.time, p.begin_revision FROM mailbox_posture p JOIN user u "
	    "ON u.id = p.user_id JOIN revision r ON r.id = p.begin_revision WHERE "
	    "p.begin_revision <= $revision AND (p.end_revision IS NULL OR p.end_revision > "
	    "$revision) ORDER BY p.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	row_bind_at(stmt, revision);
	return row_list(stmt, sizeof(MailboxPosture), mailbox_posture_from_row, error);
}

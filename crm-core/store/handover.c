#include "store/handover.h"

#include "base/error.h"
#include "store/row.h"

bool
handover_add(StoreTx *tx, const Handover *handover, Id *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO handover (pid, from_user_id, to_user_id, to_team_id, book_id, until, "
	    "begin_revision) VALUES ($pid, $from, $user, $team, $book, $until, $revision)";
	gint64 from = row_get(tx->store, OBJECT_USER, &handover->from, error), to, book = 0,
	       revision;
	g_autoptr(DbStmt) stmt = NULL;
	Id id = id_new();

	if (from == 0)
		return false;
	to = row_get(tx->store, handover->team ? OBJECT_TEAM : OBJECT_USER, &handover->to, error);
	if (to == 0)
		return false;
	if (!id_is_zero(&handover->book) &&
	    (book = row_get(tx->store, OBJECT_BOOK, &handover->book, error)) == 0)
		return false;
	if ((revision = store_tx_revision(tx, error)) == 0 ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$from", from);
	row_bind_or_null(stmt, "$user", handover->team ? 0 : to);
	row_bind_or_null(stmt, "$team", handover->team ? to : 0);
	row_bind_or_null(stmt, "$book", book);
	row_bind_or_null(stmt, "$until", handover->until);
	db_bind_int(stmt, "$revision", revision);
	if (!db_run(stmt, error))
		return false;
	*ret = id;
	return true;
}

bool
handover_end(StoreTx *tx, const Id *id, GError **error)
{
	static const char sql[] = "UPDATE handover SET end_revision = $revision "
				  "WHERE pid = $pid AND end_revision IS NULL";

	return row_end_by_id(tx, sql, id, "There is no such hand-over, or it has ended.", error);
}

static void
handover_from_row(DbStmt *stmt, gpointer ret)
{
	Handover *handover = ret;

	handover->id = db_id(stmt, 0);
	handover->from = db_id(stmt, 1);
	handover->team = db_is_null(stmt, 2);
	handover->to = db_id(stmt, handover->team ? 3 : 2);
	handover->book = db_id(stmt, 4);
	handover->until = db_is_null(stmt, 5) ? 0 : db_int(stmt, 5);
	handover->begin_revision = db_int(stmt, 6);
}

GArray *
handover_list(Store *store, gint64 revision, GError **error)
{
	static const char sql[] =
	    "SELECT h.pid, f.pid, u.pid, t.pid, b.pid, h.until, h.begin_revision FROM handover h "
	    "JOIN user f ON f.id = h.from_user_id LEFT JOIN user u ON u.id = h.to_user_id "
	    "LEFT JOIN team t ON t.id = h.to_team_id LEFT JOIN book b ON b.id = h.book_id "
	    "WHERE h.begin_revision <= $revision AND (h.end_revision IS NULL OR "
	    "h.end_revision > $revision) ORDER BY h.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	row_bind_at(stmt, revision);
	return row_list(stmt, sizeof(Handover), handover_from_row, error);
}

#include "store/grant.h"

#include "base/error.h"
#include "store/row.h"

#include <string.h>

static const char *const right_names[] = {
    [RIGHT_SEE] = "see",
    [RIGHT_HISTORY] = "history",
    [RIGHT_EDIT] = "edit",
    [RIGHT_SYNC] = "sync",
    [RIGHT_EXPORT] = "export",
    [RIGHT_MANAGE] = "manage",
};

const char *
grant_right_name(Right right)
{
	g_assert(right >= RIGHT_SEE && right <= RIGHT_LAST);
	return right_names[right];
}

bool
grant_right_parse(const char *text, Right *ret, GError **error)
{
	for (int right = RIGHT_SEE; right <= RIGHT_LAST; right++)
		if (strcmp(text, right_names[right]) == 0) {
			*ret = (Right)right;
			return true;
		}
	return error_set(error, ERROR_INVALID,
	    "There is no such right: it is one of see, history, edit, sync, export, manage.");
}

bool
grant_add(StoreTx *tx, const Id *book, const Id *holder, bool team, Right right, gint64 until,
    Id *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO book_grant (pid, book_id, user_id, team_id, right, until, begin_revision) "
	    "SELECT $pid, $book, $user, $team, $right, $until, $revision WHERE NOT EXISTS ("
	    "SELECT 1 FROM book_grant g WHERE g.book_id = $book AND g.right = $right AND "
	    "g.end_revision IS NULL AND (g.user_id = $user OR g.team_id = $team) "
	    "AND (g.until IS NULL OR g.until > $now))";
	gint64 book_row = row_get(tx->store, OBJECT_BOOK, book, error), holder_row, revision;
	g_autoptr(DbStmt) stmt = NULL;
	Id id = id_new();

	if (book_row == 0)
		return false;
	holder_row = row_get(tx->store, team ? OBJECT_TEAM : OBJECT_USER, holder, error);
	if (holder_row == 0 || (revision = store_tx_revision(tx, error)) == 0 ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$book", book_row);
	row_bind_or_null(stmt, "$user", team ? 0 : holder_row);
	row_bind_or_null(stmt, "$team", team ? holder_row : 0);
	db_bind_int(stmt, "$right", right);
	row_bind_or_null(stmt, "$until", until);
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$now", tx->now);
	if (!db_run(stmt, error))
		return false;
	if (db_changes(tx->store, DB_RECORDS) == 0)
		return error_set(error, ERROR_CONFLICT,
		    "That right is granted already: revoke it first, to grant it otherwise.");
	*ret = id;
	return true;
}

bool
grant_end(StoreTx *tx, const Id *id, GError **error)
{
	static const char sql[] = "UPDATE book_grant SET end_revision = $revision "
				  "WHERE pid = $pid AND end_revision IS NULL";

	return row_end_by_id(tx, sql, id, "There is no such grant, or it has ended.", error);
}

#define SELECT_GRANT                                                                               \
	"SELECT g.pid, b.pid, u.pid, t.pid, g.right, g.until, g.begin_revision FROM book_grant g " \
	"JOIN book b ON b.id = g.book_id LEFT JOIN user u ON u.id = g.user_id "                    \
	"LEFT JOIN team t ON t.id = g.team_id "

static void
grant_from_row(DbStmt *stmt, gpointer ret)
{
	Grant *grant = ret;

	grant->id = db_id(stmt, 0);
	grant->book = db_id(stmt, 1);
	grant->team = db_is_null(stmt, 2);
	grant->holder = db_id(stmt, grant->team ? 3 : 2);
	grant->right = (Right)db_int(stmt, 4);
	grant->until = db_is_null(stmt, 5) ? 0 : db_int(stmt, 5);
	grant->begin_revision = db_int(stmt, 6);
}

GArray *
grant_list(Store *store, const Id *book, gint64 revision, GError **error)
{
	static const char sql[] = SELECT_GRANT
	    "WHERE ($book IS NULL OR b.pid = $book) AND g.begin_revision <= $revision AND "
	    "(g.end_revision IS NULL OR g.end_revision > $revision) ORDER BY g.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$book", book);
	row_bind_at(stmt, revision);
	return row_list(stmt, sizeof(Grant), grant_from_row, error);
}

bool
grant_set_missing(GError **error)
{
	return error_set(error, ERROR_NOT_FOUND, "There is no such grant, or it has ended.");
}

bool
grant_get(Store *store, const Id *id, Grant *ret, GError **error)
{
	static const char sql[] = SELECT_GRANT "WHERE g.pid = $pid AND g.end_revision IS NULL";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		grant_from_row(stmt, ret);
		return true;
	case DB_DONE:
		return grant_set_missing(error);
	default:
		return false;
	}
}

#include "store/reason.h"

#include "store/row.h"
#include "store/visible.h"

/* Columns: kind, user, right, book, team, other, until, revision. Grants join members of teams. */
#define GRANT_FROM                                                                                 \
	"JOIN book b ON b.id = g.book_id LEFT JOIN team t ON t.id = g.team_id "                    \
	"LEFT JOIN team_member m ON m.team_id = g.team_id AND " VISIBLE_VALID(                     \
	    "m") " AND " VISIBLE_UNTIL("m") " JOIN user u ON u.id = COALESCE(g.user_id, "          \
					    "m.user_id) "
#define GRANT_COLUMNS "0, u.pid, g.right, b.pid, t.pid, NULL, g.until, g.begin_revision "
#define GRANT_VALID VISIBLE_VALID("g") " AND " VISIBLE_UNTIL("g")

static const char sql_book[] = "SELECT DISTINCT " GRANT_COLUMNS "FROM book_grant g " GRANT_FROM
			       "WHERE g.book_id = $row AND " GRANT_VALID " ORDER BY u.id, g.id";

static const char sql_contact[] =
    "SELECT DISTINCT " GRANT_COLUMNS "FROM contact_book cb JOIN book_grant g ON g.book_id = "
    "cb.book_id AND g.right = 1 " GRANT_FROM
    "WHERE cb.contact_id = $row AND " VISIBLE_VALID("cb") " AND " GRANT_VALID
							  " ORDER BY u.id, g.id";

static const char sql_message_grant[] =
    "SELECT DISTINCT " GRANT_COLUMNS "FROM filing f JOIN contact_book cb ON cb.contact_id = "
    "f.contact_id JOIN book_grant g ON g.book_id = cb.book_id AND g.right = 2 " GRANT_FROM
    "WHERE f.message_id = $row AND f.open_from <= $viewer_time AND " VISIBLE_VALID(
	"f") " AND " VISIBLE_VALID("cb") " AND " GRANT_VALID " ORDER BY u.id, g.id";

static const char sql_message_part[] =
    "SELECT DISTINCT 1, u.pid, 0, NULL, NULL, NULL, NULL, p.begin_revision FROM participant p "
    "JOIN user u ON u.id = p.user_id WHERE p.message_id = $row AND " VISIBLE_VALID(
	"p") " AND $viewer_time >= 0 ORDER BY u.id";

static const char sql_message_team[] =
    "SELECT DISTINCT 2, u.pid, 0, NULL, t.pid, NULL, m.until, m.begin_revision FROM participant p "
    "JOIN team t ON t.id = p.team_id JOIN team_member m ON m.team_id = t.id AND " VISIBLE_VALID(
	"m") " AND " VISIBLE_UNTIL("m") " JOIN user u ON u.id = m.user_id "
					"WHERE p.message_id = $row AND " VISIBLE_VALID(
					    "p") " ORDER BY u.id";

static const char
    sql_message_handover
	[] =
	    "SELECT DISTINCT 3, u.pid, 0, b.pid, t.pid, o.pid, h.until, h.begin_revision "
	    "FROM participant p JOIN handover h ON h.from_user_id = p.user_id JOIN user o ON o.id "
	    "= "
	    "h.from_user_id LEFT JOIN book b ON b.id = h.book_id LEFT JOIN team t ON t.id = "
	    "h.to_team_id "
	    "LEFT JOIN team_member m ON m.team_id = h.to_team_id AND " VISIBLE_VALID(
		"m") " AND " VISIBLE_UNTIL("m") " JOIN user u ON u.id = COALESCE(h.to_user_id, "
						"m.user_id) "
						"WHERE p.message_id = $row AND " VISIBLE_VALID("p") " AND " VISIBLE_VALID(
						    "h") " AND " VISIBLE_UNTIL("h") " AND "
										    "(h.book_id IS "
										    "NULL OR "
										    "EXISTS "
										    "(SELECT 1 "
										    "FROM filing f "
										    "JOIN "
										    "contact_book "
										    "cb ON "
										    "cb.contact_id "
										    "= "
										    "f.contact_id "
										    "WHERE "
										    "f.message_id "
										    "= "
										    "p.message_id "
										    "AND "
										    "cb.book_id = "
										    "h.book_id "
										    "AND"
										    " " VISIBLE_VALID("f") " AND " VISIBLE_VALID(
											"cb") ")) "
											      "ORDE"
											      "R "
											      "BY "
											      "u."
											      "id";

typedef struct {
	gint64 row, revision, time;
} Moment;

static bool
collect(Store *store, const char *sql, const Moment *moment, GArray *reasons, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$row", moment->row);
	db_bind_int(stmt, "$viewer_revision", moment->revision);
	db_bind_int(stmt, "$viewer_time", moment->time);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Reason reason = {
		    .kind = (ReasonKind)db_int(stmt, 0),
		    .user = db_id(stmt, 1),
		    .right = (int)db_int(stmt, 2),
		    .book = db_id(stmt, 3),
		    .team = db_id(stmt, 4),
		    .other = db_id(stmt, 5),
		    .until = db_is_null(stmt, 6) ? 0 : db_int(stmt, 6),
		    .revision = db_int(stmt, 7),
		};

		g_array_append_val(reasons, reason);
	}
	return step == DB_DONE;
}

GArray *
reason_list(
    Store *store, ObjectKind kind, const Id *id, gint64 revision, gint64 time, GError **error)
{
	static const char *const of_book[] = {sql_book, NULL};
	static const char *const of_contact[] = {sql_contact, NULL};
	static const char *const of_message[] = {
	    sql_message_part, sql_message_team, sql_message_handover, sql_message_grant, NULL};
	g_autoptr(GArray) reasons = g_array_new(FALSE, FALSE, sizeof(Reason));
	const char *const *sql = kind == OBJECT_BOOK      ? of_book
				 : kind == OBJECT_CONTACT ? of_contact
							  : of_message;
	Moment moment = {
	    .row = row_get(store, kind, id, error), .revision = revision, .time = time};

	if (moment.row == 0)
		return NULL;
	for (; *sql != NULL; sql++)
		if (!collect(store, *sql, &moment, reasons, error))
			return NULL;
	return g_steal_pointer(&reasons);
}

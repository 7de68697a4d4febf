/* Making a Viewer: the sets that a user belongs to at a revision. */
#include "store/viewer.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/row.h"

void
viewer_free(Viewer *viewer)
{
	if (viewer == NULL)
		return;
	g_array_unref(viewer->books);
	for (int right = 0; right <= RIGHT_LAST; right++)
		g_array_unref(viewer->by_right[right]);
	g_array_unref(viewer->rows.users);
	g_array_unref(viewer->rows.teams);
	g_array_unref(viewer->rows.books);
	g_array_unref(viewer->rows.see_books);
	g_array_unref(viewer->rows.circles);
	g_free(viewer);
}

static Viewer *
empty_viewer(void)
{
	Viewer *viewer = g_new0(Viewer, 1);

	viewer->row = -1;
	viewer->revision = G_MAXINT64;
	viewer->time = clock_ms();
	viewer->books = g_array_new(FALSE, FALSE, sizeof(ViewerBook));
	for (int right = 0; right <= RIGHT_LAST; right++)
		viewer->by_right[right] = g_array_new(FALSE, FALSE, sizeof(Id));
	viewer->rows.users = g_array_new(FALSE, FALSE, sizeof(gint64));
	viewer->rows.teams = g_array_new(FALSE, FALSE, sizeof(gint64));
	viewer->rows.books = g_array_new(FALSE, FALSE, sizeof(gint64));
	viewer->rows.see_books = g_array_new(FALSE, FALSE, sizeof(gint64));
	viewer->rows.circles = g_array_new(FALSE, FALSE, sizeof(gint64));
	return viewer;
}

/* Sets row; one who has left (or was never there) stays at -1. */
static bool
find_user(Store *store, Viewer *viewer, GError **error)
{
	static const char sql[] =
	    "SELECT u.id FROM user u JOIN user_state vus ON vus.user_id = u.id WHERE u.pid = $pid "
	    "AND vus.state IN (1, 2) AND " VISIBLE_VALID("vus");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", &viewer->user);
	db_bind_int(stmt, "$viewer_revision", viewer->revision);
	return row_int(stmt, -1, &viewer->row, error);
}

static bool
collect(Store *store, const Viewer *viewer, const char *sql, GArray *to, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$viewer_user", viewer->row);
	db_bind_int(stmt, "$viewer_revision", viewer->revision);
	db_bind_int(stmt, "$viewer_time", viewer->time);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 row = db_int(stmt, 0);

		g_array_append_val(to, row);
	}
	return step == DB_DONE;
}

static void
add_right(Viewer *viewer, gint64 row, Id id, Right right)
{
	ViewerBook *book = NULL;

	for (guint i = 0; i < viewer->books->len && book == NULL; i++)
		if (g_array_index(viewer->books, ViewerBook, i).row == row)
			book = &g_array_index(viewer->books, ViewerBook, i);
	if (book == NULL) {
		ViewerBook fresh = {.row = row, .id = id};

		g_array_append_val(viewer->books, fresh);
		book = &g_array_index(viewer->books, ViewerBook, viewer->books->len - 1);
	}
	book->rights |= 1u << right;
	g_array_append_val(viewer->by_right[right], id);
	if (right == RIGHT_SEE)
		g_array_append_val(viewer->rows.see_books, row);
	if (right == RIGHT_HISTORY)
		g_array_append_val(viewer->rows.books, row);
}

static bool
collect_books(Store *store, Viewer *viewer, GError **error)
{
	static const char sql[] =
	    "SELECT DISTINCT b.id, b.pid, vbg.right FROM book_grant vbg JOIN book b ON b.id = "
	    "vbg.book_id WHERE (vbg.user_id = $viewer_user OR vbg.team_id IN " VISIBLE_TEAMS
	    ") AND " VISIBLE_VALID("vbg") " AND " VISIBLE_UNTIL("vbg") " ORDER BY b.id, vbg.right";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$viewer_user", viewer->row);
	db_bind_int(stmt, "$viewer_revision", viewer->revision);
	db_bind_int(stmt, "$viewer_time", viewer->time);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 right = db_int(stmt, 2);

		if (right >= RIGHT_SEE && right <= RIGHT_LAST)
			add_right(viewer, db_int(stmt, 0), db_id(stmt, 1), (Right)right);
	}
	return step == DB_DONE;
}

static bool
resolve(Store *store, Viewer *viewer, GError **error)
{
	static const char sql_teams[] = "SELECT vt.id FROM team vt WHERE vt.id IN " VISIBLE_TEAMS;
	static const char sql_circles[] =
	    "SELECT vc.id FROM circle vc WHERE vc.id IN " VISIBLE_CIRCLES;
	static const char sql_from[] =
	    "SELECT DISTINCT vho.from_user_id FROM handover vho WHERE " VISIBLE_VALID(
		"vho") " AND " VISIBLE_UNTIL("vho") " AND (vho.to_user_id = $viewer_user OR "
						    "vho.to_team_id IN " VISIBLE_TEAMS ")";

	if (viewer->row < 0)
		return true;
	g_array_append_val(viewer->rows.users, viewer->row);
	return collect(store, viewer, sql_teams, viewer->rows.teams, error) &&
	       collect(store, viewer, sql_circles, viewer->rows.circles, error) &&
	       collect(store, viewer, sql_from, viewer->rows.users, error) &&
	       collect_books(store, viewer, error);
}

static bool
revision_time(Store *store, gint64 revision, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT time FROM revision WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", revision);
	return row_int(stmt, 0, ret, error);
}

Viewer *
visible_viewer_new(Store *store, const Id *user, gint64 revision, gint64 time, GError **error)
{
	g_autoptr(Viewer) viewer = empty_viewer();

	viewer->user = *user;
	if (revision != 0) {
		viewer->revision = revision;
		viewer->time = time;
		if (time == 0 && !revision_time(store, revision, &viewer->time, error))
			return NULL;
	}
	if (id_is_zero(user))
		return g_steal_pointer(&viewer);
	if (!find_user(store, viewer, error) || !resolve(store, viewer, error))
		return NULL;
	return g_steal_pointer(&viewer);
}

Viewer *
visible_viewer_system(Store *store, GError **error)
{
	Viewer *viewer = empty_viewer();

	(void)store;
	(void)error;
	viewer->system = true;
	return viewer;
}

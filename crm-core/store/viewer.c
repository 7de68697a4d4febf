/* Making a Viewer: the sets that a user belongs to at a revision. */
#include "store/viewer.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/row.h"

static void
rows_free(ViewerRows *rows)
{
	GArray *sets[] = {rows->users, rows->teams, rows->books, rows->see_books, rows->circles};

	for (gsize i = 0; i < G_N_ELEMENTS(sets); i++)
		if (sets[i] != NULL)
			g_array_unref(sets[i]);
	g_free(rows);
}

void
viewer_free(Viewer *viewer)
{
	if (viewer == NULL)
		return;
	rows_free(viewer->rows);
	g_free(viewer);
}

static Viewer *
empty_viewer(void)
{
	Viewer *viewer = g_new0(Viewer, 1);

	viewer->row = -1;
	viewer->revision = G_MAXINT64;
	viewer->time = clock_ms();
	viewer->rows = g_new0(ViewerRows, 1);
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

/* The numbers in the first column, each once. */
static GArray *
collect(Store *store, const Viewer *viewer, const char *sql, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(DbStmt) stmt = viewer->row < 0 ? NULL : db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (viewer->row < 0)
		return g_steal_pointer(&rows);
	if (stmt == NULL)
		return NULL;
	visible_bind(stmt, viewer);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 row = db_int(stmt, 0);

		g_array_append_val(rows, row);
	}
	return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

const ViewerRows *
visible_rows(Store *store, const Viewer *viewer, GError **error)
{
	ViewerRows *rows = viewer->rows;
	const struct {
		GArray **rows;
		const char *sql;
	} sets[] = {
	    {&rows->users,
		"SELECT $viewer_user UNION SELECT vho.from_user_id FROM handover vho "
		"WHERE " VISIBLE_VALID("vho") " AND " VISIBLE_UNTIL(
		    "vho") " AND (vho.to_user_id = $viewer_user OR vho.to_team_id IN " VISIBLE_TEAMS
			   ")"},
	    {&rows->teams, "SELECT DISTINCT own.team_id FROM " VISIBLE_TEAMS " own"},
	    {&rows->circles, "SELECT DISTINCT own.circle_id FROM " VISIBLE_CIRCLES " own"},
	    {&rows->books, "SELECT own.book_id FROM " VISIBLE_BOOKS("2") " own"},
	    {&rows->see_books, "SELECT own.book_id FROM " VISIBLE_BOOKS("1") " own"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(sets); i++)
		if (*sets[i].rows == NULL &&
		    (*sets[i].rows = collect(store, viewer, sets[i].sql, error)) == NULL)
			return NULL;
	return rows;
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
	return find_user(store, viewer, error) ? g_steal_pointer(&viewer) : NULL;
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

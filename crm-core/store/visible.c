#include "store/visible.h"

#include "base/error.h"
#include "store/row.h"
#include "store/viewer.h"

bool
viewer_is_system(const Viewer *viewer)
{
	return viewer->system;
}

Id
viewer_user(const Viewer *viewer)
{
	return viewer->user;
}

guint
viewer_rights(const Viewer *viewer, const Id *book)
{
	for (guint i = 0; i < viewer->books->len; i++) {
		const ViewerBook *own = &g_array_index(viewer->books, ViewerBook, i);

		if (id_equal(&own->id, book))
			return own->rights;
	}
	return 0;
}

GArray *
viewer_books(const Viewer *viewer, Right right)
{
	g_assert(right >= RIGHT_SEE && right <= RIGHT_LAST);
	return viewer->by_right[right];
}

const ViewerRows *
viewer_rows(const Viewer *viewer)
{
	return &viewer->rows;
}

void
visible_bind(DbStmt *stmt, const Viewer *viewer)
{
	if (db_has(stmt, "$viewer_system"))
		db_bind_int(stmt, "$viewer_system", viewer->system);
	if (db_has(stmt, "$viewer_user"))
		db_bind_int(stmt, "$viewer_user", viewer->row);
	if (db_has(stmt, "$viewer_revision"))
		db_bind_int(stmt, "$viewer_revision", viewer->revision);
	if (db_has(stmt, "$viewer_time"))
		db_bind_int(stmt, "$viewer_time", viewer->time);
}

bool
visible_contact_rights(
    Store *store, const Viewer *viewer, const Id *contact, guint *ret, GError **error)
{
	/* As in contact_books(): the viewer knows his books, and one that he sees makes it visible. */
	static const char sql[] =
	    "SELECT vcx.book_id FROM contact c JOIN contact_book vcx ON vcx.contact_id = c.id "
	    "WHERE c.pid = $pid AND " VISIBLE_VALID(
		"vcx") " AND ($viewer_system = 1 OR " VISIBLE_CONTACT_CIRCLE("c.id") ")";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	guint rights = 0;
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", contact);
	visible_bind(stmt, viewer);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 row = db_int(stmt, 0);

		if (viewer->system)
			rights = ((1u << (RIGHT_LAST + 1)) - 1) & ~1u;
		for (guint i = 0; i < viewer->books->len; i++) {
			const ViewerBook *book = &g_array_index(viewer->books, ViewerBook, i);

			if (book->row == row)
				rights |= book->rights;
		}
	}
	if (step == DB_ERROR)
		return false;
	*ret = (rights & 1u << RIGHT_SEE) != 0 ? rights : 0;
	return true;
}

bool
visible_message_why(
    Store *store, const Viewer *viewer, const Id *message, guint *ret, GError **error)
{
	static const char sql[] =
	    "SELECT " VISIBLE_BY_SELF("m") ", " VISIBLE_BY_TEAM("m") ", " VISIBLE_BY_HANDOVER(
		"m") ", " VISIBLE_BY_HISTORY("m") " FROM message m WHERE m.pid = $pid "
						  "AND " VISIBLE_MESSAGE("m");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	guint why = 0;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", message);
	visible_bind(stmt, viewer);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		for (int i = 0; i < 4; i++)
			if (db_int(stmt, i) != 0)
				why |= 1u << i;
		break;
	case DB_DONE:
		break;
	default:
		return false;
	}
	*ret = why;
	return true;
}

bool
visible_message_check(Store *store, const Viewer *viewer, const Id *message, GError **error)
{
	static const char sql[] =
	    "SELECT m.id FROM message m WHERE m.pid = $pid AND " VISIBLE_MESSAGE("m");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 row;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", message);
	visible_bind(stmt, viewer);
	if (!row_int(stmt, 0, &row, error))
		return false;
	return row != 0 || error_set(error, ERROR_NOT_FOUND, "There is no such message.");
}

#include "store/visible.h"

#include "base/error.h"
#include "store/row.h"
#include "store/viewer.h"

#define ALL_RIGHTS (((1u << (RIGHT_LAST + 1)) - 1) & ~1u)

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

static guint
right_bit(DbStmt *stmt, int column)
{
	gint64 right = db_int(stmt, column); /* 0: none */

	return right >= RIGHT_SEE && right <= RIGHT_LAST ? 1u << right : 0;
}

bool
visible_book_rights(Store *store, const Viewer *viewer, const Id *book, guint *ret, GError **error)
{
	static const char sql[] = "SELECT vbg.right FROM book b JOIN book_grant vbg ON "
				  "vbg.book_id = b.id WHERE b.pid = $pid AND " VISIBLE_GRANT("vbg");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	guint rights = 0;
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", book);
	visible_bind(stmt, viewer);
	while ((step = db_step(stmt, error)) == DB_ROW)
		rights |= right_bit(stmt, 0);
	if (step == DB_ERROR)
		return false;
	*ret = rights;
	return true;
}

typedef struct {
	Id id;
	guint rights; /* mask */
} OwnBook;

/* Takes a row's right to the last of the books, which come one after the other. */
static void
add_right(GArray *books, DbStmt *stmt, const Viewer *viewer)
{
	OwnBook book = {.id = db_id(stmt, 0), .rights = viewer->system ? ALL_RIGHTS : 0};
	OwnBook *last = books->len > 0 ? &g_array_index(books, OwnBook, books->len - 1) : NULL;

	book.rights |= right_bit(stmt, 1);
	if (last != NULL && id_equal(&last->id, &book.id))
		last->rights |= book.rights;
	else
		g_array_append_val(books, book);
}

static bool
is_outside(Store *store, const Viewer *viewer, const Id *contact, bool *ret, GError **error)
{
	static const char sql[] =
	    "SELECT c.id FROM contact c WHERE c.pid = $pid AND " VISIBLE_CONTACT_CIRCLE("c.id");
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 row;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", contact);
	visible_bind(stmt, viewer);
	if (!row_int(stmt, 0, &row, error))
		return false;
	*ret = row == 0;
	return true;
}

/* The books of a contact, and what the viewer may do with each. Nothing when a circle hides it; few contacts were ever
 * in one, so the larger question is asked for those alone. */
static GArray *
own_books(Store *store, const Viewer *viewer, const Id *contact, GError **error)
{
	static const char sql[] =
	    "SELECT b.pid, coalesce(vbg.right, 0), EXISTS (SELECT 1 FROM circle_object vco WHERE "
	    "vco.contact_id = c.id) FROM contact c JOIN contact_book vcb ON vcb.contact_id = c.id "
	    "AND " VISIBLE_VALID(
		"vcb") " JOIN book b ON b.id = vcb.book_id LEFT JOIN book_grant vbg "
		       "ON vbg.book_id = b.id AND " VISIBLE_GRANT(
			   "vbg") " WHERE c.pid = $pid ORDER BY b.id";
	g_autoptr(GArray) books = g_array_new(FALSE, FALSE, sizeof(OwnBook));
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	bool in_circle = false, outside = false;
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", contact);
	visible_bind(stmt, viewer);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		add_right(books, stmt, viewer);
		in_circle = db_int(stmt, 2) != 0;
	}
	if (step == DB_ERROR ||
	    (in_circle && !viewer->system && !is_outside(store, viewer, contact, &outside, error)))
		return NULL;
	if (outside)
		g_array_set_size(books, 0);
	return g_steal_pointer(&books);
}

GArray *
visible_contact_books(Store *store, const Viewer *viewer, const Id *contact, GError **error)
{
	g_autoptr(GArray) own = own_books(store, viewer, contact, error);
	g_autoptr(GArray) books = g_array_new(FALSE, FALSE, sizeof(Id));

	if (own == NULL)
		return NULL;
	for (guint i = 0; i < own->len; i++) {
		const OwnBook *book = &g_array_index(own, OwnBook, i);

		if ((book->rights & 1u << RIGHT_SEE) != 0)
			g_array_append_val(books, book->id);
	}
	return g_steal_pointer(&books);
}

bool
visible_contact_rights(
    Store *store, const Viewer *viewer, const Id *contact, guint *ret, GError **error)
{
	g_autoptr(GArray) books = own_books(store, viewer, contact, error);
	guint rights = 0;

	if (books == NULL)
		return false;
	for (guint i = 0; i < books->len; i++)
		rights |= g_array_index(books, OwnBook, i).rights;
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

#include "store/circle.h"

#include "base/error.h"
#include "store/card.h"
#include "store/row.h"
#include "store/search-index.h"

void
circle_free(Circle *circle)
{
	if (circle == NULL)
		return;
	g_free(circle->name);
	g_array_unref(circle->members);
	g_free(circle);
}

static bool
read_members(Store *store, Circle *circle, GError **error)
{
	static const char sql[] =
	    "SELECT u.pid FROM circle_member m JOIN circle c ON c.id = m.circle_id JOIN user u ON "
	    "u.id = m.user_id WHERE c.pid = $pid AND m.end_revision IS NULL ORDER BY m.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", &circle->id);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Id user = db_id(stmt, 0);

		g_array_append_val(circle->members, user);
	}
	return step == DB_DONE;
}

/* Of those that stmt finds (pid, key_id, card). */
static GPtrArray *
read_circles(Store *store, DbStmt *stmt, const Viewer *viewer, GError **error)
{
	g_autoptr(GPtrArray) circles = g_ptr_array_new_with_free_func((GDestroyNotify)circle_free);
	DbStep step;

	visible_bind(stmt, viewer);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Circle *circle = g_new0(Circle, 1);
		g_autoptr(GVariant) card = NULL;
		guint8 version;

		circle->id = db_id(stmt, 0);
		circle->members = g_array_new(FALSE, FALSE, sizeof(Id));
		g_ptr_array_add(circles, circle);
		card = card_open(store, stmt, 1, 2, "circle", &circle->id, "(ys)", error);
		if (card == NULL || !read_members(store, circle, error))
			return NULL;
		g_variant_get(card, "(ys)", &version, &circle->name);
	}
	return step == DB_ERROR ? NULL : g_steal_pointer(&circles);
}

GPtrArray *
circle_list(Store *store, const Viewer *viewer, GError **error)
{
	static const char sql[] =
	    "SELECT c.pid, c.key_id, c.card FROM circle c WHERE c.id IN " VISIBLE_CIRCLES
	    " ORDER BY c.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	return stmt == NULL ? NULL : read_circles(store, stmt, viewer, error);
}

bool
circle_depends_on(Store *store, const Id *user, bool *ret, GError **error)
{
	static const char sql[] =
	    "SELECT m.circle_id FROM circle_member m JOIN user u ON u.id = m.user_id WHERE u.pid = "
	    "$pid AND m.end_revision IS NULL AND NOT EXISTS (SELECT 1 FROM circle_member o WHERE "
	    "o.circle_id = m.circle_id AND o.user_id <> m.user_id AND o.end_revision IS NULL) AND "
	    "EXISTS (SELECT 1 FROM circle_object x WHERE x.circle_id = m.circle_id AND "
	    "x.end_revision IS NULL) LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 row;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", user);
	if (!row_int(stmt, 0, &row, error))
		return false;
	*ret = row != 0;
	return true;
}

bool
circle_add(StoreTx *tx, const char *name, const Id *creator, Id *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO circle (pid, key_id, card) VALUES ($pid, $key, $card)";
	g_autoptr(GBytes) card = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	Id id = id_new();
	gint64 key = 0;

	card = card_seal(tx, &key, "circle", &id, g_variant_new("(ys)", 1, name), error);
	if (card == NULL || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_id(stmt, "$pid", &id);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$card", card);
	if (!db_run(stmt, error) || !circle_join(tx, &id, creator, 0, error))
		return false;
	*ret = id;
	return true;
}

bool
circle_join(StoreTx *tx, const Id *id, const Id *user, gint64 until, GError **error)
{
	static const char sql[] =
	    "INSERT INTO circle_member (circle_id, user_id, until, begin_revision) "
	    "SELECT $group, $user, $until, $revision WHERE NOT EXISTS (SELECT 1 FROM "
	    "circle_member WHERE circle_id = $group AND user_id = $user AND end_revision IS NULL)";
	g_autoptr(DbStmt) stmt = row_member_stmt(tx, sql, OBJECT_CIRCLE, id, user, error);

	return stmt != NULL &&
	       row_join(stmt, tx->store, until, "The user is in the circle already.", error);
}

bool
circle_leave(StoreTx *tx, const Id *id, const Id *user, GError **error)
{
	static const char sql[] =
	    "UPDATE circle_member SET end_revision = $revision WHERE circle_id = $group "
	    "AND user_id = $user AND end_revision IS NULL";
	g_autoptr(DbStmt) stmt = row_member_stmt(tx, sql, OBJECT_CIRCLE, id, user, error);

	return stmt != NULL && row_end(stmt, tx->store, "The user isn't in the circle.", error);
}

/* The row of a circle that the viewer is in; what he isn't in doesn't exist for him. */
static gint64
own_circle(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] =
	    "SELECT c.id FROM circle c WHERE c.pid = $pid AND c.id IN " VISIBLE_CIRCLES;
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 row = 0;

	if (stmt == NULL)
		return 0;
	db_bind_id(stmt, "$pid", id);
	visible_bind(stmt, viewer);
	if (row_int(stmt, 0, &row, error) && row == 0)
		error_set(error, ERROR_NOT_FOUND, "There is no such circle.");
	return row;
}

static bool
check_visible(Store *store, const Viewer *viewer, ObjectKind kind, const Id *object, GError **error)
{
	guint rights;

	if (kind == OBJECT_MESSAGE)
		return visible_message_check(store, viewer, object, error);
	if (!visible_contact_rights(store, viewer, object, &rights, error))
		return false;
	return rights != 0 || error_set(error, ERROR_NOT_FOUND, "There is no such contact.");
}

/* Few objects ever were in one. */
static bool
was_in_any(Store *store, ObjectKind kind, gint64 row, bool *ret, GError **error)
{
	static const char sql_contact[] =
	    "SELECT 1 FROM circle_object WHERE contact_id = $row LIMIT 1";
	static const char sql_message[] =
	    "SELECT 1 FROM circle_object WHERE message_id = $row LIMIT 1";
	g_autoptr(DbStmt) stmt =
	    db_stmt(store, DB_RECORDS, kind == OBJECT_CONTACT ? sql_contact : sql_message, error);
	gint64 found;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$row", row);
	if (!row_int(stmt, 0, &found, error))
		return false;
	*ret = found != 0;
	return true;
}

GPtrArray *
circle_list_around(
    Store *store, const Viewer *viewer, ObjectKind kind, const Id *object, GError **error)
{
	static const char sql[] =
	    "SELECT c.pid, c.key_id, c.card FROM circle c WHERE c.id IN " VISIBLE_CIRCLES
	    " AND EXISTS (SELECT 1 FROM circle_object o WHERE o.circle_id = c.id AND "
	    "(o.contact_id = $contact OR o.message_id = $message) AND " VISIBLE_VALID(
		"o") ") ORDER BY c.id";
	g_autoptr(DbStmt) stmt = NULL;
	gint64 row;
	bool was_in;

	g_assert(kind == OBJECT_CONTACT || kind == OBJECT_MESSAGE);
	if (!check_visible(store, viewer, kind, object, error) ||
	    (row = row_get(store, kind, object, error)) == 0 ||
	    !was_in_any(store, kind, row, &was_in, error))
		return NULL;
	if (!was_in)
		return g_ptr_array_new_with_free_func((GDestroyNotify)circle_free);
	if ((stmt = db_stmt(store, DB_RECORDS, sql, error)) == NULL)
		return NULL;
	row_bind_or_null(stmt, "$contact", kind == OBJECT_CONTACT ? row : 0);
	row_bind_or_null(stmt, "$message", kind == OBJECT_MESSAGE ? row : 0);
	return read_circles(store, stmt, viewer, error);
}

/* Who may see a contact's mail changes with it. */
static bool
mark_stale(StoreTx *tx, ObjectKind kind, gint64 row, GError **error)
{
	return search_index_stale(tx, kind, row, error) &&
	       (kind != OBJECT_CONTACT || search_index_stale_filed(tx, row, error));
}

static bool
change_object(StoreTx *tx, const Viewer *viewer, const char *sql, const Id *id, ObjectKind kind,
    const Id *object, GError **error)
{
	gint64 circle, row, revision;
	g_autoptr(DbStmt) stmt = NULL;

	g_assert(kind == OBJECT_CONTACT || kind == OBJECT_MESSAGE);
	if (!check_visible(tx->store, viewer, kind, object, error) ||
	    (circle = own_circle(tx->store, viewer, id, error)) == 0 ||
	    (row = row_get(tx->store, kind, object, error)) == 0 ||
	    (revision = store_tx_revision(tx, error)) == 0 ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$circle", circle);
	row_bind_or_null(stmt, "$contact", kind == OBJECT_CONTACT ? row : 0);
	row_bind_or_null(stmt, "$message", kind == OBJECT_MESSAGE ? row : 0);
	db_bind_int(stmt, "$revision", revision);
	return row_end(stmt, tx->store, "It is in the circle already, or isn't in it.", error) &&
	       mark_stale(tx, kind, row, error);
}

bool
circle_put(StoreTx *tx, const Viewer *viewer, const Id *id, ObjectKind kind, const Id *object,
    GError **error)
{
	static const char sql[] =
	    "INSERT INTO circle_object (circle_id, contact_id, message_id, begin_revision) "
	    "SELECT $circle, $contact, $message, $revision WHERE NOT EXISTS (SELECT 1 FROM "
	    "circle_object WHERE circle_id = $circle AND (contact_id = $contact OR "
	    "message_id = $message) AND end_revision IS NULL)";

	return change_object(tx, viewer, sql, id, kind, object, error);
}

bool
circle_take(StoreTx *tx, const Viewer *viewer, const Id *id, ObjectKind kind, const Id *object,
    GError **error)
{
	static const char sql[] =
	    "UPDATE circle_object SET end_revision = $revision WHERE circle_id = $circle AND "
	    "(contact_id = $contact OR message_id = $message) AND end_revision IS NULL";

	return change_object(tx, viewer, sql, id, kind, object, error);
}

bool
circle_keeps(StoreTx *tx, const MessageRow *message, const Id *enclosed, const Id *contact,
    bool *ret, GError **error)
{
	static const char sql[] =
	    "SELECT o.id FROM circle_object o JOIN contact c ON c.id = o.contact_id "
	    "WHERE c.pid = $enclosed AND o.end_revision IS NULL AND NOT EXISTS "
	    "(SELECT 1 FROM circle_object x JOIN contact y ON y.id = x.contact_id WHERE "
	    "y.pid = $contact AND x.circle_id = o.circle_id AND x.end_revision IS NULL) AND NOT "
	    "EXISTS (SELECT 1 FROM participant p WHERE p.message_id = $message AND "
	    "p.end_revision IS NULL AND NOT EXISTS (SELECT 1 FROM circle_member m WHERE "
	    "m.circle_id = o.circle_id AND m.user_id = p.user_id AND m.end_revision IS NULL AND "
	    "(m.until IS NULL OR m.until > $now))) LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	gint64 row;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$enclosed", enclosed);
	db_bind_id(stmt, "$contact", contact);
	db_bind_int(stmt, "$message", message->row);
	db_bind_int(stmt, "$now", tx->now);
	if (!row_int(stmt, 0, &row, error))
		return false;
	*ret = row != 0;
	return true;
}

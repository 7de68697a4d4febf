#include "store/search-match.h"

#include "base/error.h"
#include "store/contact-filter.h"
#include "store/db.h"
#include "store/row.h"
#include "store/search-who.h"

#define ID_BITS 28
#define ID_MASK ((G_GINT64_CONSTANT(1) << ID_BITS) - 1)
#define BATCH_MAX 4096 /* candidates at once */

gint64
search_match_place(gint64 time, gint64 message)
{
	return (MAX(time, 0) / 1000) << ID_BITS | (message & ID_MASK);
}

/* The first place of a second, in the range of places. */
static gint64
place_of(gint64 seconds)
{
	return CLAMP(seconds, 0, G_MAXINT64 >> ID_BITS) << ID_BITS;
}

static void
append_contacts(GString *out, const GArray *contacts)
{
	for (guint i = 0; i < contacts->len; i++)
		g_string_append_printf(out, "%s\"" SEARCH_MARK "k%" G_GINT64_FORMAT "\"",
		    i == 0 ? " AND (" : " OR ", g_array_index(contacts, gint64, i));
	g_string_append_c(out, ')');
}

/* NULL: nothing can match. who comes first: the rest is looked for among its rows alone. */
static bool
mail_expression(
    Store *store, const Viewer *viewer, const SearchAsk *ask, char **ret, GError **error)
{
	g_autofree char *who = NULL;
	GString *out;

	if (!search_who_mail_expression(store, viewer, &who, error))
		return false;
	if (who == NULL || (ask->contacts != NULL && ask->contacts->len == 0))
		return true;
	out = g_string_new(NULL);
	g_string_append_printf(out, "((%s)", who);
	if (ask->contacts != NULL)
		append_contacts(out, ask->contacts);
	if (ask->match != NULL)
		g_string_append_printf(out, " AND (%s)", ask->match);
	g_string_append_c(out, ')');
	if (ask->without != NULL)
		g_string_append_printf(out, " NOT (%s)", ask->without);
	*ret = g_string_free(out, FALSE);
	return true;
}

static const char sql_mail[] =
    "SELECT t.rowid, r.message_id FROM mail_text t CROSS JOIN mail_row r ON r.id = t.rowid"
    " WHERE t.mail_text MATCH $match AND t.rowid < $below AND t.rowid >= $from"
    " ORDER BY t.rowid DESC LIMIT $limit";

GArray *
search_match_mail(Store *store, const Viewer *viewer, const SearchAsk *ask, gint64 below,
    guint limit, GError **error)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(SearchFound));
	g_autofree char *match = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	if (!mail_expression(store, viewer, ask, &match, error))
		return NULL;
	if (match == NULL)
		return g_steal_pointer(&found);
	stmt = db_stmt(store, DB_SEARCH, sql_mail, error);
	if (stmt == NULL)
		return NULL;
	db_bind_text(stmt, "$match", match);
	db_bind_int(stmt, "$below", MIN(below, place_of(ask->before)));
	db_bind_int(stmt, "$from", place_of(ask->after));
	db_bind_int(stmt, "$limit", limit);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		SearchFound row = {db_int(stmt, 0), db_int(stmt, 1)};

		g_array_append_val(found, row);
	}
	return step == DB_DONE ? g_steal_pointer(&found) : NULL;
}

/* NULL: nothing can match. */
static bool
contact_expression(
    Store *store, const Viewer *viewer, const SearchContactAsk *ask, char **ret, GError **error)
{
	g_autofree char *who = NULL;
	GString *out;

	if (!search_who_contact_expression(store, viewer, &who, error))
		return false;
	if (who == NULL)
		return true;
	out = g_string_new(NULL);
	g_string_append_printf(out, "((%s)", who);
	if (ask->match != NULL)
		g_string_append_printf(out, " AND (%s)", ask->match);
	g_string_append_c(out, ')');
	if (ask->without != NULL)
		g_string_append_printf(out, " NOT (%s)", ask->without);
	*ret = g_string_free(out, FALSE);
	return true;
}

static const char sql_contacts[] =
    "SELECT r.id FROM contact_text t CROSS JOIN contact_row r ON r.id = t.rowid"
    " WHERE t.contact_text MATCH $match AND ($after = 0 OR (r.sort_key, r.id) >"
    " ((SELECT a.sort_key FROM contact_row a WHERE a.id = $after), $after))"
    " ORDER BY r.sort_key, r.id LIMIT $limit";

/* Internal ids by name. */
static GArray *
candidates(Store *store, const Viewer *viewer, const SearchContactAsk *ask, gint64 after,
    guint limit, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autofree char *expression = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step;

	if (!contact_expression(store, viewer, ask, &expression, error))
		return NULL;
	if (expression == NULL)
		return g_steal_pointer(&rows);
	stmt = db_stmt(store, DB_SEARCH, sql_contacts, error);
	if (stmt == NULL)
		return NULL;
	db_bind_text(stmt, "$match", expression);
	db_bind_int(stmt, "$after", after);
	db_bind_int(stmt, "$limit", limit);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 row = db_int(stmt, 0);

		g_array_append_val(rows, row);
	}
	return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

static const char sql_decide[] =
    "SELECT c.pid FROM contact c WHERE c.id = $id"
    " AND c.deleted_revision IS NULL AND " CONTACT_FILTER("c") " AND " VISIBLE_CONTACT("c");

/* *ret is left alone when the viewer may not see it, or when it isn't where it was asked for. */
static bool
decide(Store *store, const Viewer *viewer, const SearchContactAsk *ask, gint64 row,
    bool *ret_visible, Id *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_decide, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	contact_filter_bind(stmt, ask->book, ask->roles);
	db_bind_int(stmt, "$id", row);
	step = db_step(stmt, error);
	*ret_visible = step == DB_ROW;
	if (step == DB_ROW)
		*ret = db_id(stmt, 0);
	return step != DB_ERROR;
}

static const char sql_row[] = "SELECT c.id FROM contact c WHERE c.pid = $pid";
static const char sql_indexed[] = "SELECT r.id FROM contact_row r WHERE r.id = $id";

/* Where the page before ended. Of a contact that was deleted since, the index knows no place: what comes after it would
 * look like the end of the list. */
static bool
find_place(Store *store, const Id *id, gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) row = db_stmt(store, DB_RECORDS, sql_row, error);
	g_autoptr(DbStmt) indexed = NULL;
	gint64 place;

	if (row == NULL)
		return false;
	db_bind_id(row, "$pid", id);
	if (!row_int(row, 0, &place, error) || (indexed = db_stmt(store, DB_SEARCH, sql_indexed, error)) == NULL)
		return false;
	db_bind_int(indexed, "$id", place);
	if (!row_int(indexed, 0, &place, error))
		return false;
	*ret = place;
	return place != 0 || error_set(error, ERROR_INVALID, "This page is no longer there: begin the list anew");
}

GArray *
search_match_contacts(Store *store, const Viewer *viewer, const SearchContactAsk *ask,
    const Id *after, guint limit, bool *ret_more, GError **error)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Id));
	gint64 place = 0;
	guint batch = limit + 1;

	if (after != NULL && !find_place(store, after, &place, error))
		return NULL;
	*ret_more = false;
	for (bool last = false; !last && !*ret_more; batch = MIN(2 * batch, BATCH_MAX)) {
		g_autoptr(GArray) rows = candidates(store, viewer, ask, place, batch, error);

		if (rows == NULL)
			return NULL;
		last = rows->len < batch;
		for (guint i = 0; i < rows->len && !*ret_more; i++) {
			bool visible;
			Id id;

			place = g_array_index(rows, gint64, i);
			if (!decide(store, viewer, ask, place, &visible, &id, error))
				return NULL;
			if (visible && found->len == limit)
				*ret_more = true;
			else if (visible)
				g_array_append_val(found, id);
		}
	}
	return g_steal_pointer(&found);
}

GArray *
search_match_contact_rows(
    Store *store, const Viewer *viewer, const char *match, guint limit, GError **error)
{
	const SearchContactAsk ask = {.match = match};
	g_autoptr(GArray) rows = candidates(store, viewer, &ask, 0, limit, error);

	for (guint i = rows != NULL ? rows->len : 0; i > 0; i--) {
		bool visible;
		Id id;

		if (!decide(store, viewer, &ask, g_array_index(rows, gint64, i - 1), &visible, &id,
			error))
			return NULL;
		if (!visible)
			g_array_remove_index(rows, i - 1);
	}
	return g_steal_pointer(&rows);
}

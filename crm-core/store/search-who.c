#include "store/search-who.h"
#include "store/message.h"

#include "store/db.h"

void
search_who_clear(SearchWho *who)
{
	if (who->who != NULL)
		g_string_free(who->who, TRUE);
	*who = (SearchWho){0};
}

static void
add_token(GString *out, gint64 circle, gint64 contact_circle, char kind, gint64 id)
{
	if (out->len > 0)
		g_string_append_c(out, ' ');
	g_string_append(out, SEARCH_MARK);
	if (circle != 0)
		g_string_append_printf(out, "c%" G_GINT64_FORMAT, circle);
	if (contact_circle != 0)
		g_string_append_printf(out, "d%" G_GINT64_FORMAT, contact_circle);
	g_string_append_printf(out, "%c%" G_GINT64_FORMAT, kind, id);
}

static const char sql_message[] = "SELECT m.pid, m.time, m.flags, m.size, coalesce(m.key_id, 0),"
				  " (SELECT min(co.circle_id) FROM circle_object co"
				  " WHERE co.message_id = m.id AND co.end_revision IS NULL)"
				  " FROM message m WHERE m.id = $id";

/* The circle of the message, 0 for none, goes to *circle. */
static bool
read_message(Store *store, gint64 message_id, SearchWho *ret, gint64 *circle, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_message, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", message_id);
	switch (db_step(stmt, error)) {
	case DB_ERROR:
		return false;
	case DB_DONE:
		return true;
	case DB_ROW:
		break;
	}
	ret->pid = db_id(stmt, 0);
	ret->time = db_int(stmt, 1);
	ret->flags = (guint32)db_int(stmt, 2);
	ret->size = (guint64)db_int(stmt, 3);
	ret->key = db_int(stmt, 4);
	ret->alive = ret->key != 0 && (ret->flags & MESSAGE_DESTROYED) == 0;
	*circle = db_int(stmt, 5);
	return true;
}

static const char sql_participants[] =
    "SELECT user_id, team_id FROM participant WHERE message_id = $id AND end_revision IS NULL"
    " ORDER BY id";

static bool
add_participants(Store *store, gint64 message_id, gint64 circle, GString *out, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_participants, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", message_id);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		bool team = db_is_null(stmt, 0);

		add_token(out, circle, 0, team ? 't' : 'u', db_int(stmt, team ? 1 : 0));
	}
	return step == DB_DONE;
}

static const char sql_filings[] =
    "SELECT f.contact_id, f.open_from, cb.book_id,"
    " (SELECT min(co.circle_id) FROM circle_object co"
    " WHERE co.contact_id = f.contact_id AND co.end_revision IS NULL)"
    " FROM filing f LEFT JOIN contact_book cb"
    " ON cb.contact_id = f.contact_id AND cb.end_revision IS NULL"
    " WHERE f.message_id = $id AND f.end_revision IS NULL ORDER BY f.id, cb.id";

static bool
add_filings(
    Store *store, gint64 message_id, gint64 circle, gint64 now, SearchWho *who, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_filings, error);
	gint64 last = 0;
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", message_id);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 contact = db_int(stmt, 0), open_from = db_int(stmt, 1);

		if (contact != last)
			add_token(who->who, 0, 0, 'k', contact);
		last = contact;
		if (open_from > now) {
			if (open_from != G_MAXINT64 &&
			    (who->opens_at == 0 || open_from < who->opens_at))
				who->opens_at = open_from;
		} else if (!db_is_null(stmt, 2) && (who->flags & VISIBLE_PRIVATE) == 0) {
			add_token(who->who, circle, db_int(stmt, 3), 'b', db_int(stmt, 2));
		}
	}
	return step == DB_DONE;
}

bool
search_who_message(Store *store, gint64 message_id, gint64 now, SearchWho *ret, GError **error)
{
	gint64 circle = 0;

	ret->who = g_string_new(NULL);
	if (!read_message(store, message_id, ret, &circle, error))
		return false;
	if (!ret->alive)
		return true;
	return add_participants(store, message_id, circle, ret->who, error) &&
	       add_filings(store, message_id, circle, now, ret, error);
}

static const char sql_contact[] =
    "SELECT cb.book_id, (SELECT min(co.circle_id) FROM circle_object co"
    " WHERE co.contact_id = cb.contact_id AND co.end_revision IS NULL)"
    " FROM contact_book cb WHERE cb.contact_id = $id AND cb.end_revision IS NULL ORDER BY cb.id";

char *
search_who_contact(Store *store, gint64 contact_id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_contact, error);
	g_autoptr(GString) out = g_string_new(NULL);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", contact_id);
	while ((step = db_step(stmt, error)) == DB_ROW)
		add_token(out, 0, db_int(stmt, 1), 'b', db_int(stmt, 0));
	return step == DB_DONE ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

/* Adds kind's ids to an expression of alternatives, by all pairs of circles (0: none). */
static void
ask(GString *out, gint64 circle, gint64 contact_circle, char kind, const GArray *ids)
{
	for (guint i = 0; i < ids->len; i++) {
		g_string_append(out, out->len > 0 ? " OR \"" : "\"");
		g_string_append(out, SEARCH_MARK);
		if (circle != 0)
			g_string_append_printf(out, "c%" G_GINT64_FORMAT, circle);
		if (contact_circle != 0)
			g_string_append_printf(out, "d%" G_GINT64_FORMAT, contact_circle);
		g_string_append_printf(
		    out, "%c%" G_GINT64_FORMAT "\"", kind, g_array_index(ids, gint64, i));
	}
}

bool
search_who_mail_expression(Store *store, const Viewer *viewer, char **ret, GError **error)
{
	const ViewerRows *rows = visible_rows(store, viewer, error);
	GString *out;

	if (rows == NULL)
		return false;
	out = g_string_new(NULL);
	for (guint i = 0; i <= rows->circles->len; i++) {
		gint64 circle = i == 0 ? 0 : g_array_index(rows->circles, gint64, i - 1);

		ask(out, circle, 0, 'u', rows->users);
		ask(out, circle, 0, 't', rows->teams);
		for (guint j = 0; j <= rows->circles->len; j++)
			ask(out, circle, j == 0 ? 0 : g_array_index(rows->circles, gint64, j - 1),
			    'b', rows->books);
	}
	*ret = g_string_free(out, out->len == 0);
	return true;
}

bool
search_who_contact_expression(Store *store, const Viewer *viewer, char **ret, GError **error)
{
	const ViewerRows *rows = visible_rows(store, viewer, error);
	GString *out;

	if (rows == NULL)
		return false;
	out = g_string_new(NULL);
	ask(out, 0, 0, 'b', rows->see_books);
	for (guint i = 0; i < rows->circles->len; i++)
		ask(out, 0, g_array_index(rows->circles, gint64, i), 'b', rows->see_books);
	*ret = g_string_free(out, out->len == 0);
	return true;
}

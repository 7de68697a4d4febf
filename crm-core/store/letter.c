#include "store/letter.h"

#include "base/error.h"
#include "store/db.h"
#include "store/key.h"

#include <string.h>

void
letter_row_free(LetterRow *row)
{
	if (row == NULL)
		return;
	if (row->summary != NULL)
		g_bytes_unref(row->summary);
	if (row->versions != NULL)
		g_array_unref(row->versions);
	g_free(row);
}

#define COLUMNS                                                                                    \
	"m.id, m.pid, m.time, m.size, m.flags, m.key_id, m.summary,"                               \
	" (SELECT min(i.proof) FROM item i WHERE i.message_id = m.id AND i.proof > 0),"            \
	" EXISTS (SELECT 1 FROM participant p WHERE p.message_id = m.id AND p.side = 1 AND"        \
	" (p.user_id = $viewer_user OR p.team_id IN " VISIBLE_TEAMS                                \
	") AND " VISIBLE_VALID("p") "),"                                                           \
				    " m.letter_hash"
#define COLUMN_LETTER 9
#define COLUMN_FILING 10 /* of a history: reason, role, open_from */

static const char sql_versions[] =
    "SELECT o.pid, EXISTS (SELECT 1 FROM filing f WHERE f.message_id = o.id AND f.contact_id = "
    "$contact"
    " AND f.end_revision IS NULL) AND (o.time, o.id) > ($time, $id)"
    " FROM message o WHERE o.letter_hash = $letter AND o.id <> $id AND o.key_id IS NOT NULL"
    " AND " VISIBLE_MESSAGE("o") " ORDER BY o.id";

/* The other versions of a row's letter; *ret_newer: one of them stands nearer to the top of the history of
 * that contact (0: no history). */
static bool
read_versions(Store *store, const Viewer *viewer, LetterRow *row, const guint8 *letter,
    gint64 contact, bool *ret_newer, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_versions, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_blob(stmt, "$letter", letter, MESSAGE_HASH_SIZE);
	db_bind_int(stmt, "$id", row->row);
	db_bind_int(stmt, "$time", row->time);
	db_bind_int(stmt, "$contact", contact);
	*ret_newer = false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Id id = db_id(stmt, 0);

		g_array_append_val(row->versions, id);
		*ret_newer = *ret_newer || db_int(stmt, 1) != 0;
	}
	return step == DB_DONE;
}

/* NULL with an error only when the summary can't be opened. */
static LetterRow *
row_from_stmt(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(LetterRow) row = g_new0(LetterRow, 1);

	row->row = db_int(stmt, 0);
	row->id = db_id(stmt, 1);
	row->time = db_int(stmt, 2);
	row->size = db_int(stmt, 3);
	row->flags = (guint32)db_int(stmt, 4);
	row->proof = (SenderProof)db_int(stmt, 7);
	row->sender_side = db_int(stmt, 8) != 0;
	row->versions = g_array_new(FALSE, FALSE, sizeof(Id));
	if (!db_is_null(stmt, 5) && !db_is_null(stmt, 6)) {
		gsize size;
		const guint8 *sealed = db_blob(stmt, 6, &size);

		row->summary = key_unseal(
		    store, db_int(stmt, 5), "message", &row->id, "summary", sealed, size, error);
		if (row->summary == NULL)
			return NULL;
	}
	return g_steal_pointer(&row);
}

/* Takes the row that stands in stmt into rows, unless it is folded into a newer version or there are
 * limit already (*ret_more). */
static bool
take_row(Store *store, const Viewer *viewer, DbStmt *stmt, gint64 contact, guint limit,
    GPtrArray *rows, bool *ret_more, GError **error)
{
	LetterRow *row;
	const guint8 *letter;
	gsize size;
	bool newer;

	if (rows->len == limit) {
		*ret_more = true;
		return true;
	}
	row = row_from_stmt(store, stmt, error);
	if (row == NULL)
		return false;
	letter = db_blob(stmt, COLUMN_LETTER, &size);
	if (!read_versions(store, viewer, row, letter, contact, &newer, error)) {
		letter_row_free(row);
		return false;
	}
	if (newer)
		letter_row_free(row);
	else
		g_ptr_array_add(rows, row);
	return true;
}

static void
take_filing(LetterRow *row, DbStmt *stmt)
{
	row->filed = true;
	row->reason = (FilingReason)db_int(stmt, COLUMN_FILING);
	row->role = (int)db_int(stmt, COLUMN_FILING + 1);
	row->open_from = db_int(stmt, COLUMN_FILING + 2);
}

static GPtrArray *
rows_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)letter_row_free);
}

static const char sql_place[] = "SELECT m.id FROM message m WHERE m.pid = $pid";

/* Internal id of where a list goes on; 0 when that message is gone. */
static bool
find_place(Store *store, const LetterPlace *place, gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_place, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_id(stmt, "$pid", &place->id);
	step = db_step(stmt, error);
	*ret = step == DB_ROW ? db_int(stmt, 0) : 0;
	return step != DB_ERROR;
}

static const char sql_contact[] = "SELECT c.id FROM contact c WHERE c.pid = $pid"
				  " AND c.deleted_revision IS NULL AND " VISIBLE_CONTACT("c");

static bool
find_contact(Store *store, const Viewer *viewer, const Id *contact, gint64 *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_contact, error);

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_id(stmt, "$pid", contact);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_int(stmt, 0);
		return true;
	case DB_DONE:
		return error_set(error, ERROR_NOT_FOUND, "There is no such contact");
	default:
		return false;
	}
}

/* For who has "history" on the contact: nearly all of its mail is visible. */
static const char sql_history[] =
    "SELECT " COLUMNS ", f.reason, f.role, f.open_from"
    " FROM filing f CROSS JOIN message m ON m.id = f.message_id"
    " WHERE f.contact_id = $contact AND f.end_revision IS NULL"
    " AND (f.time, f.message_id) < ($time, $id) AND m.key_id IS NOT NULL"
    " AND " VISIBLE_MESSAGE("m") " ORDER BY f.time DESC, f.message_id DESC";

static bool
history_by_filing(Store *store, const Viewer *viewer, gint64 contact, gint64 time, gint64 id,
    guint limit, GPtrArray *rows, bool *ret_more, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_history, error);
	DbStep step = DB_DONE;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$contact", contact);
	db_bind_int(stmt, "$time", time);
	db_bind_int(stmt, "$id", id);
	while (!*ret_more && (step = db_step(stmt, error)) == DB_ROW) {
		guint before = rows->len;

		if (!take_row(store, viewer, stmt, contact, limit, rows, ret_more, error))
			return false;
		if (rows->len > before)
			take_filing(rows->pdata[before], stmt);
	}
	return step != DB_ERROR;
}

static const char sql_one[] =
    "SELECT " COLUMNS " FROM message m"
    " WHERE m.id = $id AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m");
static const char sql_one_filed[] =
    "SELECT " COLUMNS ", f.reason, f.role, f.open_from"
    " FROM message m CROSS JOIN filing f ON f.message_id = m.id AND f.contact_id = $contact"
    " AND f.end_revision IS NULL"
    " WHERE m.id = $id AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m") " LIMIT 1";

/* Adds the message when it is visible. contact 0: of no history. */
static bool
take_one(Store *store, const Viewer *viewer, gint64 id, gint64 contact, guint limit,
    GPtrArray *rows, bool *ret_more, GError **error)
{
	g_autoptr(DbStmt) stmt =
	    db_stmt(store, DB_RECORDS, contact != 0 ? sql_one_filed : sql_one, error);
	guint before = rows->len;
	DbStep step;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$id", id);
	if (contact != 0)
		db_bind_int(stmt, "$contact", contact);
	step = db_step(stmt, error);
	if (step != DB_ROW)
		return step == DB_DONE;
	if (!take_row(store, viewer, stmt, contact, limit, rows, ret_more, error))
		return false;
	if (rows->len > before && contact != 0)
		take_filing(rows->pdata[before], stmt);
	return true;
}

/* Candidates from the index until the page is full. */
static bool
by_index(Store *store, const Viewer *viewer, const SearchAsk *ask, gint64 below, gint64 contact,
    guint limit, GPtrArray *rows, bool *ret_more, GError **error)
{
	for (bool end = false; !end && !*ret_more;) {
		g_autoptr(GArray) found =
		    search_match_mail(store, viewer, ask, below, limit + 1, error);

		if (found == NULL)
			return false;
		end = found->len <= limit;
		for (guint i = 0; i < found->len && !*ret_more; i++) {
			const SearchFound *hit = &g_array_index(found, SearchFound, i);

			below = hit->row;
			if (!take_one(
				store, viewer, hit->message, contact, limit, rows, ret_more, error))
				return false;
		}
	}
	return true;
}

GPtrArray *
letter_history(Store *store, const Viewer *viewer, const Id *contact, const LetterPlace *place,
    guint limit, bool *ret_more, GError **error)
{
	g_autoptr(GPtrArray) rows = rows_new();
	gint64 row, id = G_MAXINT64, time = G_MAXINT64;
	bool more = false, ok;
	guint rights;

	if (!find_contact(store, viewer, contact, &row, error) ||
	    !visible_contact_rights(store, viewer, contact, &rights, error) ||
	    (place != NULL && !find_place(store, place, &id, error)))
		return NULL;
	if (place != NULL)
		time = place->time;
	if ((rights & 1u << RIGHT_HISTORY) != 0) {
		ok = history_by_filing(store, viewer, row, time, id, limit, rows, &more, error);
	} else {
		/* Only what he takes part in, and that must not take longer the more there is
		 * that he may not see. */
		g_autoptr(GArray) contacts = g_array_new(FALSE, FALSE, sizeof(gint64));
		SearchAsk ask = {.contacts = contacts, .before = G_MAXINT64};

		g_array_append_val(contacts, row);
		ok = by_index(store, viewer, &ask,
		    place != NULL ? search_match_place(time, id) : G_MAXINT64, row, limit, rows,
		    &more, error);
	}
	if (!ok)
		return NULL;
	*ret_more = more;
	return g_steal_pointer(&rows);
}

GPtrArray *
letter_search(Store *store, const Viewer *viewer, const SearchAsk *ask, const LetterPlace *place,
    guint limit, bool *ret_more, GError **error)
{
	g_autoptr(GPtrArray) rows = rows_new();
	gint64 id = 0, below = G_MAXINT64;
	bool more = false;

	if (place != NULL && !find_place(store, place, &id, error))
		return NULL;
	if (place != NULL)
		below = search_match_place(place->time, id);
	if (!by_index(store, viewer, ask, below, 0, limit, rows, &more, error))
		return NULL;
	*ret_more = more;
	return g_steal_pointer(&rows);
}

static const char sql_find[] =
    "SELECT " COLUMNS " FROM message m"
    " WHERE m.pid = $pid AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m");

LetterRow *
letter_find(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_find, error);
	g_autoptr(GPtrArray) rows = rows_new();
	bool more = false;

	if (stmt == NULL)
		return NULL;
	visible_bind(stmt, viewer);
	db_bind_id(stmt, "$pid", id);
	if (db_step(stmt, error) != DB_ROW ||
	    !take_row(store, viewer, stmt, 0, 1, rows, &more, error))
		return NULL;
	return g_ptr_array_steal_index(rows, 0);
}

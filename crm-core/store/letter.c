#include "store/letter.h"

#include "base/error.h"
#include "store/db.h"
#include "store/key.h"
#include "store/row.h"

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
	if (row->filings != NULL)
		g_array_unref(row->filings);
	g_free(row);
}

#define COLUMNS COLUMNS_AND("0")
#define PROOF "(SELECT min(i.proof) FROM item i WHERE i.message_id = m.id AND i.proof > 0)"
#define COLUMNS_AND(proof)                                                                         \
	"m.id, m.pid, m.time, m.size, m.flags, m.key_id, m.summary, " proof ","                    \
	" EXISTS (SELECT 1 FROM message w WHERE w.letter_hash = m.letter_hash AND w.id <> m.id)"
#define COLUMN_FILING 9 /* of a history: reason, role, open_from */

/* A statement answers for up to CHUNK messages at once: what it makes of the viewer it makes once. */
#define CHUNK 64
#define IDS_8(d) "$i" d "0, $i" d "1, $i" d "2, $i" d "3, $i" d "4, $i" d "5, $i" d "6, $i" d "7"
#define IDS                                                                                        \
	"(" IDS_8("0") ", " IDS_8("1") ", " IDS_8("2") ", " IDS_8("3") ", " IDS_8("4") ", " IDS_8( \
	    "5") ", " IDS_8("6") ", " IDS_8("7") ")"

static void
bind_ids(DbStmt *stmt, GPtrArray *rows)
{
	g_assert(rows->len <= CHUNK);
	for (guint i = 0; i < rows->len; i++) {
		char name[8];

		g_snprintf(name, sizeof name, "$i%u%u", i / 8, i % 8);
		db_bind_int(stmt, name, ((LetterRow *)rows->pdata[i])->row);
	}
}

/* What is whole comes before what is a header alone. */
#define WHOLE(message) "(" message ".flags & 33554432) = 0"
G_STATIC_ASSERT(MESSAGE_HEADER_ONLY == 33554432);

static const char sql_versions[] =
    "SELECT m.id, o.pid, EXISTS (SELECT 1 FROM filing f WHERE f.message_id = o.id AND"
    " f.contact_id = $contact AND f.end_revision IS NULL) AND"
    " (" WHOLE("o") ", o.time, o.id) > (" WHOLE(
	"m") ", m.time, m.id)"
	     " FROM message m CROSS JOIN message o ON o.letter_hash = m.letter_hash AND o.id <> "
	     "m.id"
	     " WHERE m.id IN " IDS
	     " AND o.key_id IS NOT NULL AND " VISIBLE_MESSAGE("o") " ORDER BY o.id";

static LetterRow *
find_row(GPtrArray *rows, gint64 id)
{
	for (guint i = 0; i < rows->len; i++)
		if (((LetterRow *)rows->pdata[i])->row == id)
			return rows->pdata[i];
	return NULL;
}

/* Names the other versions of the rows' letters. A row whose letter has a version nearer to the top of
 * that contact's history (0: no history) is folded into it: its number becomes 0. */
static bool
read_versions(Store *store, const Viewer *viewer, GPtrArray *rows, gint64 contact, GError **error)
{
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GPtrArray) folded = g_ptr_array_new();
	bool any = false;
	DbStep step;

	for (guint i = 0; i < rows->len; i++)
		any = any || ((LetterRow *)rows->pdata[i])->has_versions;
	if (!any) /* nearly always: a big statement less to be prepared */
		return true;
	stmt = db_stmt(store, DB_RECORDS, sql_versions, error);
	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$contact", contact);
	bind_ids(stmt, rows);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		LetterRow *row = find_row(rows, db_int(stmt, 0));
		Id id = db_id(stmt, 1);

		g_array_append_val(row->versions, id);
		if (contact != 0 && db_int(stmt, 2) != 0)
			g_ptr_array_add(folded, row);
	}
	for (guint i = 0; i < folded->len; i++)
		((LetterRow *)folded->pdata[i])->row = 0;
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
	row->has_versions = db_int(stmt, 8) != 0;
	row->versions = g_array_new(FALSE, FALSE, sizeof(Id));
	row->filings = g_array_new(FALSE, FALSE, sizeof(LetterFiling));
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

static void
take_filing(LetterRow *row, DbStmt *stmt, int column, const Id *contact)
{
	LetterFiling filing = {
	    .contact = *contact,
	    .reason = (FilingReason)db_int(stmt, column),
	    .role = (int)db_int(stmt, column + 1),
	    .open_from = db_int(stmt, column + 2),
	};

	g_array_append_val(row->filings, filing);
}

static const char sql_filings[] =
    "SELECT f.message_id, c.pid, f.reason, f.role, f.open_from"
    " FROM filing f CROSS JOIN contact c ON c.id = f.contact_id"
    " WHERE f.message_id IN " IDS
    " AND f.end_revision IS NULL AND " VISIBLE_CONTACT("c") " ORDER BY f.id";

bool
letter_add_filings(Store *store, const Viewer *viewer, GPtrArray *rows, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_filings, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	bind_ids(stmt, rows);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Id contact = db_id(stmt, 1);

		take_filing(find_row(rows, db_int(stmt, 0)), stmt, 2, &contact);
	}
	return step == DB_DONE;
}

bool
letter_sender_side(
    Store *store, const Viewer *viewer, const LetterRow *row, bool *ret, GError **error)
{
	static const char sql[] =
	    "SELECT " VISIBLE_SENDER_SIDE("m") " FROM message m WHERE m.id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 is_sender;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$id", row->row);
	if (!row_int(stmt, 0, &is_sender, error))
		return false;
	*ret = is_sender != 0;
	return true;
}

GBytes *
letter_parsed(Store *store, const LetterRow *row, GError **error)
{
	return message_parsed_row(store, row->row, error);
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

/* Internal id of a contact that the viewer may see, and his rights on its books. */
static bool
find_contact(Store *store, const Viewer *viewer, const Id *contact, gint64 *ret, guint *ret_rights,
    GError **error)
{
	static const char sql[] = "SELECT c.id FROM contact c WHERE c.pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL || !visible_contact_rights(store, viewer, contact, ret_rights, error))
		return false;
	db_bind_id(stmt, "$pid", contact);
	if (*ret_rights == 0 || db_step(stmt, error) != DB_ROW)
		return error_set(error, ERROR_NOT_FOUND, "There is no such contact");
	*ret = db_int(stmt, 0);
	return true;
}

/* For who has "history" on the contact: what is openly filed under it and plain is visible by that alone.
 * That is nearly all of it, so the rest is asked for row by row. */
static const char sql_history[] =
    "SELECT " COLUMNS
    ", f.reason, f.role, f.open_from, f.open_from <= $viewer_time AND " VISIBLE_PLAIN(
	"m") " FROM filing f CROSS JOIN message m ON m.id = f.message_id"
	     " WHERE f.contact_id = $contact AND f.end_revision IS NULL"
	     " AND (f.time, f.message_id) < ($time, $id) AND m.key_id IS NOT NULL"
	     " ORDER BY f.time DESC, f.message_id DESC";
#define COLUMN_VISIBLE (COLUMN_FILING + 3)

static bool
check_row(Store *store, const Viewer *viewer, DbStmt *stmt, bool *ret_visible, GError **error)
{
	g_autoptr(GError) problem = NULL;
	Id id;

	*ret_visible = true;
	if (db_int(stmt, COLUMN_VISIBLE) != 0)
		return true;
	id = db_id(stmt, 1);
	*ret_visible = visible_message_check(store, viewer, &id, &problem);
	if (*ret_visible || error_code(problem) == ERROR_NOT_FOUND)
		return true;
	g_propagate_error(error, g_steal_pointer(&problem));
	return false;
}

/* Gives the rows of a chunk their versions and moves those that stay to rows, up to limit. */
static bool
take_chunk(Store *store, const Viewer *viewer, GPtrArray *chunk, gint64 contact, guint limit,
    GPtrArray *rows, bool *ret_more, GError **error)
{
	if (chunk->len == 0)
		return true;
	if (!read_versions(store, viewer, chunk, contact, error))
		return false;
	for (guint i = 0; i < chunk->len && !*ret_more; i++) {
		LetterRow *row = chunk->pdata[i];

		if (row->row == 0)
			continue;
		if (rows->len == limit) {
			*ret_more = true;
			break;
		}
		chunk->pdata[i] = NULL;
		g_ptr_array_add(rows, row);
	}
	return true;
}

static bool
history_by_filing(Store *store, const Viewer *viewer, gint64 contact, const Id *contact_id,
    gint64 time, gint64 id, guint limit, GPtrArray *rows, bool *ret_more, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_history, error);
	DbStep step = DB_ROW;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$contact", contact);
	db_bind_int(stmt, "$time", time);
	db_bind_int(stmt, "$id", id);
	while (step == DB_ROW && !*ret_more) {
		g_autoptr(GPtrArray) chunk = rows_new();
		guint wanted = MIN(limit + 1 - rows->len, CHUNK);

		while (chunk->len < wanted && (step = db_step(stmt, error)) == DB_ROW) {
			LetterRow *row;
			bool visible;

			if (!check_row(store, viewer, stmt, &visible, error))
				return false;
			if (!visible)
				continue;
			row = row_from_stmt(store, stmt, error);
			if (row == NULL)
				return false;
			take_filing(row, stmt, COLUMN_FILING, contact_id);
			g_ptr_array_add(chunk, row);
		}
		if (step == DB_ERROR ||
		    !take_chunk(store, viewer, chunk, contact, limit, rows, ret_more, error))
			return false;
	}
	return true;
}

static const char sql_some[] = "SELECT " COLUMNS " FROM message m WHERE m.id IN " IDS
			       " AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m");
static const char sql_some_filed[] =
    "SELECT " COLUMNS ", f.reason, f.role, f.open_from"
    " FROM message m CROSS JOIN filing f ON f.message_id = m.id AND f.contact_id = $contact"
    " AND f.end_revision IS NULL"
    " WHERE m.id IN " IDS " AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m");

/* Fills what is visible of a chunk of rows that have their numbers alone; the others lose theirs. contact 0:
 * of no history. */
static bool
read_some(Store *store, const Viewer *viewer, GPtrArray *chunk, gint64 contact,
    const Id *contact_id, GError **error)
{
	g_autoptr(DbStmt) stmt =
	    db_stmt(store, DB_RECORDS, contact != 0 ? sql_some_filed : sql_some, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	visible_bind(stmt, viewer);
	if (contact != 0)
		db_bind_int(stmt, "$contact", contact);
	bind_ids(stmt, chunk);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		guint place = 0;
		LetterRow *row;

		if (!g_ptr_array_find(chunk, find_row(chunk, db_int(stmt, 0)), &place))
			continue;
		row = row_from_stmt(store, stmt, error);
		if (row == NULL)
			return false;
		if (contact != 0)
			take_filing(row, stmt, COLUMN_FILING, contact_id);
		letter_row_free(chunk->pdata[place]);
		chunk->pdata[place] = row;
	}
	for (guint i = chunk->len; i > 0; i--)
		if (((LetterRow *)chunk->pdata[i - 1])->versions == NULL)
			g_ptr_array_remove_index(chunk, i - 1);
	return step == DB_DONE;
}

/* Candidates from the index until the page is full. */
static bool
by_index(Store *store, const Viewer *viewer, const SearchAsk *ask, gint64 below, gint64 contact,
    const Id *contact_id, guint limit, GPtrArray *rows, bool *ret_more, GError **error)
{
	guint wanted = MIN(limit + 1, CHUNK);

	for (bool end = false; !end && !*ret_more;) {
		g_autoptr(GPtrArray) chunk = rows_new();
		g_autoptr(GArray) found =
		    search_match_mail(store, viewer, ask, below, wanted, error);

		if (found == NULL)
			return false;
		end = found->len < wanted;
		for (guint i = 0; i < found->len; i++) {
			LetterRow *row = g_new0(LetterRow, 1);

			below = g_array_index(found, SearchFound, i).row;
			row->row = g_array_index(found, SearchFound, i).message;
			g_ptr_array_add(chunk, row);
		}
		if (!read_some(store, viewer, chunk, contact, contact_id, error) ||
		    !take_chunk(store, viewer, chunk, contact, limit, rows, ret_more, error))
			return false;
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

	if (!find_contact(store, viewer, contact, &row, &rights, error) ||
	    (place != NULL && !find_place(store, place, &id, error)))
		return NULL;
	if (place != NULL)
		time = place->time;
	if ((rights & 1u << RIGHT_HISTORY) != 0) {
		ok = history_by_filing(
		    store, viewer, row, contact, time, id, limit, rows, &more, error);
	} else {
		/* Only what he takes part in, and that must not take longer the more there is
		 * that he may not see. */
		g_autoptr(GArray) contacts = g_array_new(FALSE, FALSE, sizeof(gint64));
		SearchAsk ask = {.contacts = contacts, .before = G_MAXINT64};

		g_array_append_val(contacts, row);
		ok = by_index(store, viewer, &ask,
		    place != NULL ? search_match_place(time, id) : G_MAXINT64, row, contact, limit,
		    rows, &more, error);
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
	if (!by_index(store, viewer, ask, below, 0, NULL, limit, rows, &more, error))
		return NULL;
	*ret_more = more;
	return g_steal_pointer(&rows);
}

static const char sql_find[] = "SELECT " COLUMNS_AND(
    PROOF) " FROM message m"
	   " WHERE m.pid = $pid AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m");

LetterRow *
letter_find(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_find, error);
	g_autoptr(GPtrArray) rows = rows_new();
	LetterRow *row;

	if (stmt == NULL)
		return NULL;
	visible_bind(stmt, viewer);
	db_bind_id(stmt, "$pid", id);
	if (db_step(stmt, error) != DB_ROW)
		return NULL;
	row = row_from_stmt(store, stmt, error);
	if (row == NULL)
		return NULL;
	g_ptr_array_add(rows, row);
	if (!read_versions(store, viewer, rows, 0, error))
		return NULL;
	return g_ptr_array_steal_index(rows, 0);
}

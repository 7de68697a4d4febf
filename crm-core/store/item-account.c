#include "store/item.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/item-detail.h"
#include "store/key.h"

#define COLUMNS                                                                                    \
	"i.id, i.pid, s.name, s.kind, i.start, i.n, i.taken, i.state, i.reason, i.proof, "         \
	"i.key_id, i.detail, m.pid, m.id, m.key_id, m.flags"

static ItemDetail *
open_detail(Store *store, DbStmt *stmt, int column, const Id *id, GError **error)
{
	g_autoptr(GBytes) plain = NULL;
	const guint8 *sealed;
	gsize size;

	sealed = db_blob(stmt, column + 1, &size);
	plain = key_unseal(store, db_int(stmt, column), "item", id, "detail", sealed, size, error);
	return plain != NULL ? item_detail_unpack(plain, error) : NULL;
}

void
item_sighting_free(ItemSighting *sighting)
{
	if (sighting == NULL)
		return;
	item_detail_free(sighting->detail);
	g_free(sighting);
}

GPtrArray *
item_sightings(Store *store, const MessageRow *message, GError **error)
{
	static const char sql[] =
	    "SELECT s.kind, i.pid, i.key_id, i.detail FROM item i JOIN source s ON s.id = "
	    "i.source_id WHERE i.message_id = $message AND i.key_id IS NOT NULL ORDER BY i.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GPtrArray) list =
	    g_ptr_array_new_with_free_func((GDestroyNotify)item_sighting_free);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$message", message->row);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		ItemSighting *sighting = g_new0(ItemSighting, 1);
		Id id = db_id(stmt, 1);

		g_ptr_array_add(list, sighting);
		sighting->kind = db_int(stmt, 0);
		sighting->detail = open_detail(store, stmt, 2, &id, error);
		if (sighting->detail == NULL)
			return NULL;
	}
	return step == DB_DONE ? g_steal_pointer(&list) : NULL;
}

GArray *
item_waiting(Store *store, gint64 before, guint max, GError **error)
{
	static const char sql[] =
	    "SELECT DISTINCT message_id FROM item WHERE state = 1 AND taken < $before "
	    "AND message_id IS NOT NULL LIMIT $max";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$before", before);
	db_bind_int(stmt, "$max", max);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 row = db_int(stmt, 0);

		g_array_append_val(rows, row);
	}
	return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

static bool
give_line(Store *store, DbStmt *stmt, ItemEach each, gpointer data, bool *go_on, GError **error)
{
	g_autoptr(ItemDetail) detail = NULL;
	g_autoptr(GError) failure = NULL;
	ItemLine line = {
	    .id = db_id(stmt, 1),
	    .source = db_text(stmt, 2),
	    .kind = db_int(stmt, 3),
	    .start = db_int(stmt, 4),
	    .n = db_int(stmt, 5),
	    .taken = db_int(stmt, 6),
	    .state = db_int(stmt, 7),
	    .reason = db_int(stmt, 8),
	    .proof = db_int(stmt, 9),
	    .message = {.id = db_id(stmt, 12), .row = db_int(stmt, 13)},
	};

	line.message.destroyed =
	    line.message.row != 0 &&
	    (db_is_null(stmt, 14) || (db_int(stmt, 15) & MESSAGE_DESTROYED) != 0);
	if (!db_is_null(stmt, 10) && !db_is_null(stmt, 11)) {
		detail = open_detail(store, stmt, 10, &line.id, &failure);
		/* Between two steps of an erasure the key is gone, the row not yet. */
		if (detail == NULL && !g_error_matches(failure, ERROR_DOMAIN, ERROR_NOT_FOUND)) {
			g_propagate_error(error, g_steal_pointer(&failure));
			return false;
		}
	}
	line.detail = detail;
	*go_on = each(&line, data, error);
	return true;
}

bool
item_each(Store *store, const Viewer *viewer, ItemEach each, gpointer data, GError **error)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM item i JOIN source s ON s.id = i.source_id "
	    "LEFT JOIN message m ON m.id = i.message_id WHERE i.id > $after ORDER BY i.id LIMIT "
	    "500";
	g_autoptr(GError) stopped = NULL;
	gint64 after = 0;
	bool more = true;

	if (!viewer_is_system(viewer))
		return error_set(error, ERROR_DENIED, "The account is read by the program alone");
	while (more) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
		DbStep step = DB_DONE;

		more = false;
		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$after", after);
		while ((step = db_step(stmt, error)) == DB_ROW) {
			bool go_on = false;

			after = db_int(stmt, 0);
			more = true;
			if (!give_line(store, stmt, each, data, &go_on, &stopped) || !go_on) {
				if (stopped == NULL)
					return true;
				g_propagate_error(error, g_steal_pointer(&stopped));
				return false;
			}
		}
		if (step == DB_ERROR)
			return false;
	}
	return true;
}

GArray *
item_days(Store *store, GError **error)
{
	static const char sql[] =
	    "SELECT s.name, s.kind, i.taken / 86400000, i.state, count(*) FROM item i "
	    "JOIN source s ON s.id = i.source_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) days = g_array_new(FALSE, TRUE, sizeof(ItemDay));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		ItemDay *last = days->len > 0 ? &g_array_index(days, ItemDay, days->len - 1) : NULL;
		gint64 state = db_int(stmt, 3);

		if (last == NULL || last->day != db_int(stmt, 2) ||
		    g_strcmp0(last->source, db_text(stmt, 0)) != 0) {
			ItemDay day = {.kind = db_int(stmt, 1), .day = db_int(stmt, 2)};

			g_strlcpy(day.source, db_text(stmt, 0), sizeof day.source);
			g_array_append_val(days, day);
			last = &g_array_index(days, ItemDay, days->len - 1);
		}
		if (state >= 0 && state < ITEM_N_STATES)
			last->counts[state] = db_int(stmt, 4);
	}
	return step == DB_DONE ? g_steal_pointer(&days) : NULL;
}

GArray *
item_starts(Store *store, GError **error)
{
	static const char sql[] =
	    "SELECT s.name, s.kind, t.start, t.previous, t.previous_last, t.highest, "
	    "(SELECT count(*) FROM item i WHERE i.source_id = s.id AND i.start = t.start) "
	    "FROM source_start t JOIN source s ON s.id = t.source_id ORDER BY s.name, t.start";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) starts = g_array_new(FALSE, TRUE, sizeof(ItemStart));
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		ItemStart start = {
		    .kind = db_int(stmt, 1),
		    .start = db_int(stmt, 2),
		    .previous = db_int(stmt, 3),
		    .previous_last = db_int(stmt, 4),
		    .highest = db_int(stmt, 5),
		    .count = db_int(stmt, 6),
		};

		g_strlcpy(start.source, db_text(stmt, 0), sizeof start.source);
		g_array_append_val(starts, start);
	}
	return step == DB_DONE ? g_steal_pointer(&starts) : NULL;
}

GArray *
item_gaps(Store *store, const ItemStart *start, gint64 last, GError **error)
{
	static const char sql[] =
	    "SELECT i.n FROM item i JOIN source s ON s.id = i.source_id WHERE s.name = $source "
	    "AND i.start = $start AND i.n > 0 ORDER BY i.n";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) gaps = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 next = 1, before;
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_text(stmt, "$source", start->source);
	db_bind_int(stmt, "$start", start->start);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 n = db_int(stmt, 0);

		if (n > next) {
			before = n - 1;
			g_array_append_val(gaps, next);
			g_array_append_val(gaps, before);
		}
		next = n + 1;
	}
	if (step == DB_DONE && next <= last) {
		g_array_append_val(gaps, next);
		g_array_append_val(gaps, last);
	}
	return step == DB_DONE ? g_steal_pointer(&gaps) : NULL;
}

bool
item_totals(Store *store, gint64 counts[static ITEM_N_STATES], GError **error)
{
	static const char sql[] = "SELECT state, count(*) FROM item GROUP BY state";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 found[ITEM_N_STATES] = {0};
	DbStep step;

	if (stmt == NULL)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 state = db_int(stmt, 0);

		if (state >= 0 && state < ITEM_N_STATES)
			found[state] = db_int(stmt, 1);
	}
	for (int i = 0; step == DB_DONE && i < ITEM_N_STATES; i++)
		counts[i] = found[i];
	return step == DB_DONE;
}

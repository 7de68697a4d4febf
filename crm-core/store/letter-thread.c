#include "store/letter.h"

#include "store/db.h"
#include "store/key.h"

#include <string.h>

/* At most so many messages with one Message-ID, and answers to one, are looked at. */
#define FELLOWS_MAX 200

static const char sql_fellows[] =
    "SELECT x.id, x.time FROM message x WHERE x.mid_hash = $mid"
    " UNION SELECT r.message_id, (SELECT y.time FROM message y WHERE y.id = r.message_id)"
    " FROM message_reference r WHERE r.mid_hash = $mid LIMIT $limit";

typedef struct {
	gint64 row, time;
} Fellow;

static bool
collect(Store *store, const char *message_id, GHashTable *fellows, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_fellows, error);
	KeyHash hash;
	DbStep step;

	if (stmt == NULL || !key_hash_text(store, KEY_MESSAGE_ID, message_id, &hash, error))
		return false;
	db_bind_blob(stmt, "$mid", hash.bytes, sizeof hash.bytes);
	db_bind_int(stmt, "$limit", FELLOWS_MAX);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Fellow *fellow = g_new(Fellow, 1);

		fellow->row = db_int(stmt, 0);
		fellow->time = db_int(stmt, 1);
		g_hash_table_replace(fellows, &fellow->row, fellow);
	}
	return step == DB_DONE;
}

static int
compare(gconstpointer a, gconstpointer b)
{
	const Fellow *x = *(Fellow *const *)a, *y = *(Fellow *const *)b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static const char sql_pid[] =
    "SELECT m.pid FROM message m WHERE m.id = $id AND " VISIBLE_MESSAGE("m");

/* The row as this viewer may see it; NULL without an error: he may not. */
static LetterRow *
visible_row(Store *store, const Viewer *viewer, gint64 row, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_pid, error);
	Id id;

	if (stmt == NULL)
		return NULL;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$id", row);
	if (db_step(stmt, error) != DB_ROW)
		return NULL;
	id = db_id(stmt, 0);
	return letter_find(store, viewer, &id, error);
}

GPtrArray *
letter_thread(Store *store, const Viewer *viewer, char *const *message_ids, guint limit,
    bool *ret_more, GError **error)
{
	g_autoptr(GHashTable) fellows =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	g_autoptr(GPtrArray) order = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)letter_row_free);

	for (guint i = 0; message_ids[i] != NULL; i++)
		if (!collect(store, message_ids[i], fellows, error))
			return NULL;
	g_hash_table_iter_init(&iter, fellows);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		g_ptr_array_add(order, value);
	g_ptr_array_sort(order, compare);
	*ret_more = false;
	for (guint i = 0; i < order->len && !*ret_more; i++) {
		const Fellow *fellow = order->pdata[i];
		g_autoptr(GError) problem = NULL;
		g_autoptr(LetterRow) row = visible_row(store, viewer, fellow->row, &problem);

		if (problem != NULL) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return NULL;
		}
		if (row != NULL && rows->len == limit)
			*ret_more = true;
		else if (row != NULL)
			g_ptr_array_add(rows, g_steal_pointer(&row));
	}
	return g_steal_pointer(&rows);
}

static const char sql_answers[] =
    "SELECT r.message_id FROM message m JOIN message_reference r ON r.mid_hash = m.mid_hash"
    " WHERE m.id = $id LIMIT $limit";

static guint
find_first(guint *thread, guint i)
{
	while (thread[i] != i)
		i = thread[i] = thread[thread[i]];
	return i;
}

static void
join(guint *thread, guint a, guint b)
{
	a = find_first(thread, a);
	b = find_first(thread, b);
	thread[MAX(a, b)] = MIN(a, b);
}

bool
letter_group(Store *store, GPtrArray *rows, guint *ret_thread, GError **error)
{
	g_autoptr(GHashTable) places = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < rows->len; i++) {
		ret_thread[i] = i;
		g_hash_table_insert(
		    places, &((LetterRow *)rows->pdata[i])->row, GUINT_TO_POINTER(i + 1));
	}
	for (guint i = 0; i < rows->len; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_answers, error);
		DbStep step;

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$id", ((LetterRow *)rows->pdata[i])->row);
		db_bind_int(stmt, "$limit", FELLOWS_MAX);
		while ((step = db_step(stmt, error)) == DB_ROW) {
			gint64 answer = db_int(stmt, 0);
			gpointer place = g_hash_table_lookup(places, &answer);

			if (place != NULL)
				join(ret_thread, i, GPOINTER_TO_UINT(place) - 1);
		}
		if (step == DB_ERROR)
			return false;
	}
	for (guint i = 0; i < rows->len; i++)
		ret_thread[i] = find_first(ret_thread, i);
	return true;
}

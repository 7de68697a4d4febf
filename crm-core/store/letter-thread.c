#include "store/letter.h"

#include "store/db.h"
#include "store/key.h"

#include <string.h>

/* Only what the viewer may see counts towards the limit: whom a thread is cut short by mail that he may not see
 * would learn of it. */
static const char sql_fellows[] =
    "SELECT m.id, m.time, m.pid FROM message m"
    " WHERE m.id IN (SELECT x.id FROM message x WHERE x.mid_hash = $mid"
    " UNION SELECT r.message_id FROM message_reference r WHERE r.mid_hash = $mid)"
    " AND m.key_id IS NOT NULL AND " VISIBLE_MESSAGE("m") " ORDER BY m.time, m.id LIMIT $limit";

typedef struct {
	gint64 row, time;
	Id id;
} Fellow;

/* Adds the oldest of them. */
static bool
collect(Store *store, const Viewer *viewer, const char *message_id, guint limit,
    GHashTable *fellows, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_fellows, error);
	KeyHash hash;
	DbStep step;

	if (stmt == NULL || !key_hash_text(store, KEY_MESSAGE_ID, message_id, &hash, error))
		return false;
	visible_bind(stmt, viewer);
	db_bind_blob(stmt, "$mid", hash.bytes, sizeof hash.bytes);
	db_bind_int(stmt, "$limit", limit);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Fellow *fellow = g_new(Fellow, 1);

		fellow->row = db_int(stmt, 0);
		fellow->time = db_int(stmt, 1);
		fellow->id = db_id(stmt, 2);
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

GPtrArray *
letter_thread(Store *store, const Viewer *viewer, char *const *message_ids, guint limit,
    bool *ret_more, GError **error)
{
	g_autoptr(GHashTable) fellows =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	g_autoptr(GPtrArray) order = g_ptr_array_new();
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)letter_row_free);
	GHashTableIter iter;
	gpointer value;

	/* One more than wanted of each id: enough to know the oldest of all, and whether there are more. */
	for (guint i = 0; message_ids[i] != NULL; i++)
		if (!collect(store, viewer, message_ids[i], limit + 1, fellows, error))
			return NULL;
	g_hash_table_iter_init(&iter, fellows);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		g_ptr_array_add(order, value);
	g_ptr_array_sort(order, compare);
	for (guint i = 0; i < order->len && i < limit; i++) {
		const Fellow *fellow = order->pdata[i];
		g_autoptr(GError) problem = NULL;
		LetterRow *row = letter_find(store, viewer, &fellow->id, &problem);

		if (problem != NULL) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return NULL;
		}
		if (row != NULL)
			g_ptr_array_add(rows, row);
	}
	*ret_more = order->len > limit;
	return g_steal_pointer(&rows);
}

static const char sql_answers[] =
    "SELECT r.message_id FROM message m CROSS JOIN message_reference r ON r.mid_hash = m.mid_hash"
    " WHERE m.id = $id AND r.message_id >= $from ORDER BY r.message_id LIMIT 1";

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

static gint64
row_of(GPtrArray *rows, guint i)
{
	return ((LetterRow *)rows->pdata[i])->row;
}

static int
compare_rows(gconstpointer a, gconstpointer b)
{
	gint64 x = (*(LetterRow *const *)a)->row, y = (*(LetterRow *const *)b)->row;

	return x < y ? -1 : x > y;
}

/* Joins row i with its answers among the rows; of all answers it asks for no more than there are rows, however
 * many there are that aren't shown. ordered: the rows by their numbers. */
static bool
join_answers(Store *store, GPtrArray *ordered, GHashTable *places, guint *thread, guint i,
    gint64 row, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_answers, error);
	DbStep step = DB_ROW;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", row);
	for (guint next = 0; next < ordered->len;) {
		gint64 answer;

		db_bind_int(stmt, "$from", row_of(ordered, next));
		step = db_step(stmt, error);
		if (step != DB_ROW)
			break;
		answer = db_int(stmt, 0);
		db_reset(stmt);
		while (next < ordered->len && row_of(ordered, next) < answer)
			next++;
		if (next < ordered->len && row_of(ordered, next) == answer) {
			join(thread, i, GPOINTER_TO_UINT(g_hash_table_lookup(places, &answer)) - 1);
			next++;
		}
	}
	return step != DB_ERROR;
}

bool
letter_group(Store *store, GPtrArray *rows, guint *ret_thread, GError **error)
{
	g_autoptr(GHashTable) places = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GPtrArray) ordered = g_ptr_array_new();

	for (guint i = 0; i < rows->len; i++) {
		ret_thread[i] = i;
		g_hash_table_insert(
		    places, &((LetterRow *)rows->pdata[i])->row, GUINT_TO_POINTER(i + 1));
		g_ptr_array_add(ordered, rows->pdata[i]);
	}
	g_ptr_array_sort(ordered, compare_rows);
	for (guint i = 0; i < rows->len; i++)
		if (!join_answers(store, ordered, places, ret_thread, i, row_of(rows, i), error))
			return false;
	for (guint i = 0; i < rows->len; i++)
		ret_thread[i] = find_first(ret_thread, i);
	return true;
}

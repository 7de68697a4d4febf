#include "store/access-chain.h"
#include "store/core.h"
#include "store/counter.h"
#include "store/key.h"

#include <string.h>

#define LIMIT 1000
#define OBJECTS_MOST 2000 /* in one transaction of the index: some milliseconds */

void
access_entry_free(AccessEntry *entry)
{
	if (entry == NULL)
		return;
	g_free((char *)entry->row.detail);
	g_clear_pointer(&entry->row.objects, g_array_unref);
	g_free(entry);
}

static GArray *
unpack_objects(GBytes *packed)
{
	GArray *objects = g_array_new(FALSE, FALSE, sizeof(AccessObject));
	gsize size;
	const guint8 *data = g_bytes_get_data(packed, &size);

	for (; size >= ACCESS_OBJECT_SIZE; size -= ACCESS_OBJECT_SIZE) {
		AccessObject object = {.kind = data[0]};

		memcpy(object.id.bytes, data + 1, sizeof object.id.bytes);
		g_array_append_val(objects, object);
		data += ACCESS_OBJECT_SIZE;
	}
	return objects;
}

static AccessEntry *
entry_from_link(Store *store, AccessChain chain, const AccessLink *link, GError **error)
{
	g_autoptr(AccessEntry) entry = g_new0(AccessEntry, 1);
	Id place = key_row(link->seq);

	entry->chain = chain;
	entry->row = (AccessRow){
	    .seq = link->seq,
	    .time = link->time,
	    .actor = {(ActorKind)link->actor_kind, link->actor, link->behalf},
	    .surface = (AccessSurface)link->surface,
	    .purpose = (AccessPurpose)link->purpose,
	    .result = (int)link->result,
	    .objects = unpack_objects(link->objects),
	};
	if (link->detail != NULL) {
		g_autoptr(GBytes) plain = key_unseal(store, link->key_id, access_chain_name(chain),
		    &place, "detail", g_bytes_get_data(link->detail, NULL),
		    g_bytes_get_size(link->detail), error);

		if (plain == NULL)
			return NULL;
		entry->row.detail = g_strdup(g_bytes_get_data(plain, NULL));
	}
	return g_steal_pointer(&entry);
}

/* Each filter is its own condition, so that SQLite walks back from the end when none is given. */
#define FILTER                                                                                     \
	" AND ($user IS NULL OR actor = $user OR behalf = $user) AND time >= $since "              \
	"AND time < $until ORDER BY seq DESC LIMIT $limit"

static DbStmt *
list_stmt(Store *store, AccessChain chain, const AccessFilter *filter, GError **error)
{
	static const char sql_all[] = "SELECT " ACCESS_LINK_COLUMNS " FROM access WHERE 1" FILTER;
	static const char sql_object[] =
	    "SELECT " ACCESS_LINK_COLUMNS " FROM access WHERE seq IN "
	    "(SELECT seq FROM access_object WHERE kind = $kind AND pid = $pid)" FILTER;
	DbStmt *stmt = db_stmt(store, access_chain_file(chain),
	    filter->object.kind != 0 ? sql_object : sql_all, error);

	if (stmt == NULL)
		return NULL;
	if (filter->object.kind != 0) {
		db_bind_int(stmt, "$kind", filter->object.kind);
		db_bind_id(stmt, "$pid", &filter->object.id);
	}
	db_bind_id(stmt, "$user", &filter->user);
	db_bind_int(stmt, "$since", filter->since);
	db_bind_int(stmt, "$until", filter->until != 0 ? filter->until : G_MAXINT64);
	db_bind_int(stmt, "$limit", filter->limit != 0 ? filter->limit : LIMIT);
	return stmt;
}

static bool
list_chain(
    Store *store, AccessChain chain, const AccessFilter *filter, GPtrArray *entries, GError **error)
{
	g_autoptr(DbStmt) stmt = list_stmt(store, chain, filter, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		g_auto(AccessLink) link = {0};
		AccessEntry *entry;

		access_link_from_row(&link, stmt);
		entry = entry_from_link(store, chain, &link, error);
		if (entry == NULL)
			return false;
		g_ptr_array_add(entries, entry);
	}
	return step == DB_DONE;
}

static int
newest_first(gconstpointer a, gconstpointer b)
{
	const AccessEntry *one = *(AccessEntry *const *)a, *two = *(AccessEntry *const *)b;

	if (one->row.time != two->row.time)
		return one->row.time < two->row.time ? 1 : -1;
	if (one->chain != two->chain)
		return one->chain < two->chain ? 1 : -1;
	return one->row.seq < two->row.seq ? 1 : -1;
}

GPtrArray *
access_list(Store *store, const AccessFilter *filter, GError **error)
{
	g_autoptr(GPtrArray) entries =
	    g_ptr_array_new_with_free_func((GDestroyNotify)access_entry_free);
	guint limit = (guint)(filter->limit != 0 ? filter->limit : LIMIT);
	bool more = filter->object.kind != 0;

	while (more)
		if (!access_index(store, LIMIT, &more, error))
			return NULL;
	for (AccessChain chain = 0; chain < ACCESS_CHAINS; chain++)
		if (!list_chain(store, chain, filter, entries, error))
			return NULL;
	g_ptr_array_sort(entries, newest_first);
	if (entries->len > limit)
		g_ptr_array_set_size(entries, (gint)limit);
	return g_steal_pointer(&entries);
}

/* The index by object ---------------------------------------------------------------------------- */

typedef struct {
	guint8 object[ACCESS_OBJECT_SIZE];
	gint64 seq;
} IndexRow;

static int
by_object(gconstpointer a, gconstpointer b)
{
	const IndexRow *one = a, *two = b;
	int order = memcmp(one->object, two->object, sizeof one->object);

	return order != 0 ? order : (one->seq > two->seq) - (one->seq < two->seq);
}

static bool
collect(Store *store, DbFile file, gint64 from, gint64 rows, GArray *ret, gint64 *ret_last,
    GError **error)
{
	static const char sql[] =
	    "SELECT seq, objects FROM access WHERE seq > $from ORDER BY seq LIMIT $rows";
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);
	DbStep step = DB_ROW;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$from", from);
	db_bind_int(stmt, "$rows", rows);
	while (ret->len < OBJECTS_MOST && (step = db_step(stmt, error)) == DB_ROW) {
		IndexRow row = {.seq = db_int(stmt, 0)};
		gsize size;
		const guint8 *objects = db_blob(stmt, 1, &size);

		for (; size >= sizeof row.object; size -= sizeof row.object) {
			memcpy(row.object, objects, sizeof row.object);
			g_array_append_val(ret, row);
			objects += sizeof row.object;
		}
		*ret_last = row.seq;
	}
	/* Neighbours in the index come one after the other: fewer pages are written. */
	g_array_sort(ret, by_object);
	return step != DB_ERROR;
}

static bool
insert_index(Store *store, DbFile file, const GArray *rows, GError **error)
{
	static const char sql[] =
	    "INSERT INTO access_object (kind, pid, seq) "
	    "VALUES ($kind, $pid, $seq) ON CONFLICT (kind, pid, seq) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	if (stmt == NULL)
		return false;
	for (guint i = 0; i < rows->len; i++) {
		const IndexRow *row = &g_array_index(rows, IndexRow, i);

		db_bind_int(stmt, "$kind", row->object[0]);
		db_bind_blob(stmt, "$pid", row->object + 1, sizeof row->object - 1);
		db_bind_int(stmt, "$seq", row->seq);
		if (!db_run(stmt, error))
			return false;
		db_reset(stmt);
	}
	return true;
}

static bool
index_chain(Store *store, AccessChain chain, gint64 rows, bool *ret_more, GError **error)
{
	DbFile file = access_chain_file(chain);
	const char *name = access_index_name(chain);
	g_autoptr(GArray) index = g_array_new(FALSE, FALSE, sizeof(IndexRow));
	g_auto(DbTx) tx = DB_TX_INIT;
	g_auto(AccessLink) end = {0};
	gint64 from, last;

	if (!access_chain_end(store, chain, &end, error) ||
	    !counter_get(store, file, name, 0, &from, error))
		return false;
	if (from >= end.seq)
		return true;
	if (!db_tx_begin(&tx, store, file, error) ||
	    !counter_get(store, file, name, 0, &from, error))
		return false;
	last = from;
	if (!collect(store, file, from, rows, index, &last, error) ||
	    !insert_index(store, file, index, error) ||
	    !counter_set(store, file, name, MAX(last, from), error) || !db_tx_commit(&tx, error))
		return false;
	*ret_more = *ret_more || last < end.seq;
	return true;
}

bool
access_index(Store *store, gint64 rows, bool *ret_more, GError **error)
{
	*ret_more = false;
	return index_chain(store, ACCESS_CHANGES, rows, ret_more, error) &&
	       index_chain(store, ACCESS_READS, rows, ret_more, error);
}

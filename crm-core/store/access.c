#include "store/access.h"
#include "store/access-chain.h"
#include "store/core.h"
#include "store/counter.h"
#include "store/key.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* The month of a time, as 202611. */
static gint64
segment_of(gint64 ms)
{
	time_t seconds = ms / CLOCK_SECOND;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (tm.tm_year + 1900) * 100 + tm.tm_mon + 1;
}

static GBytes *
pack_objects(const GArray *objects)
{
	GByteArray *packed = g_byte_array_new();

	for (guint i = 0; objects != NULL && i < objects->len; i++) {
		const AccessObject *object = &g_array_index(objects, AccessObject, i);
		guint8 kind = (guint8)object->kind;

		g_byte_array_append(packed, &kind, 1);
		g_byte_array_append(packed, object->id.bytes, sizeof object->id.bytes);
	}
	return g_byte_array_free_to_bytes(packed);
}

/* Where a month ends, its head is noted, so that its rows can go one day. */
static bool
close_segment(Store *store, AccessChain chain, const AccessLink *last, GError **error)
{
	static const char sql[] =
	    "INSERT INTO access_segment (segment, first, last, head, pruned) "
	    "VALUES ($segment, coalesce((SELECT max(last) FROM access_segment), 0) + 1, $last, "
	    "$head, 0) ON CONFLICT (segment) DO NOTHING";
	g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$segment", last->segment);
	db_bind_int(stmt, "$last", last->seq);
	db_bind_blob(stmt, "$head", last->chain, sizeof last->chain);
	return db_run(stmt, error);
}

static bool
insert(Store *store, AccessChain chain, const AccessLink *link, GError **error)
{
	static const char sql[] =
	    "INSERT INTO access (" ACCESS_LINK_COLUMNS ") VALUES ($seq, $segment, $time, $kind, "
	    "$actor, $behalf, $surface, $purpose, $result, $key, $detail, $objects, $chain)";
	g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$seq", link->seq);
	db_bind_int(stmt, "$segment", link->segment);
	db_bind_int(stmt, "$time", link->time);
	db_bind_int(stmt, "$kind", link->actor_kind);
	db_bind_id(stmt, "$actor", &link->actor);
	db_bind_id(stmt, "$behalf", &link->behalf);
	db_bind_int(stmt, "$surface", link->surface);
	db_bind_int(stmt, "$purpose", link->purpose);
	db_bind_int(stmt, "$result", link->result);
	if (link->key_id != 0)
		db_bind_int(stmt, "$key", link->key_id);
	db_bind_bytes(stmt, "$detail", link->detail);
	db_bind_bytes(stmt, "$objects", link->objects);
	db_bind_blob(stmt, "$chain", link->chain, sizeof link->chain);
	return db_run(stmt, error);
}

/* The caller has begun a transaction on the chain's file; key is 0 when there is no detail. */
static bool
append(Store *store, AccessChain chain, const AccessRow *row, gint64 segment, gint64 time,
    gint64 key, GError **error)
{
	g_auto(AccessLink) last = {0}, link = {0};

	if (!access_chain_end(store, chain, &last, error))
		return false;
	if (last.seq > 0 && last.segment < segment && !close_segment(store, chain, &last, error))
		return false;
	link = (AccessLink){
	    .seq = last.seq + 1,
	    .segment = MAX(segment, last.segment),
	    .time = MAX(time, last.time),
	    .actor_kind = row->actor.kind,
	    .actor = row->actor.user,
	    .behalf = row->actor.on_behalf,
	    .surface = row->surface,
	    .purpose = row->purpose,
	    .result = row->result,
	    .key_id = key,
	    .objects = pack_objects(row->objects),
	};
	if (key != 0) {
		Id place = key_row(link.seq);

		link.detail = key_seal(store, key, access_chain_name(chain), &place, "detail",
		    row->detail, strlen(row->detail), error);
		if (link.detail == NULL)
			return false;
	}
	access_link_digest(&link, last.chain, link.chain);
	return insert(store, chain, &link, error);
}

/* One key a month and chain, under which its details are sealed. */
static bool
claim_segment_key(StoreTx *tx, AccessChain chain, gint64 segment, gint64 *ret, GError **error)
{
	g_autofree char *name = access_chain_key_name(chain, segment);
	gint64 key;

	if (!counter_get(tx->store, DB_RECORDS, name, 0, &key, error))
		return false;
	if (key == 0 &&
	    (!key_claim(tx, &key, error) || !counter_set(tx->store, DB_RECORDS, name, key, error)))
		return false;
	*ret = key;
	return true;
}

bool
access_change(StoreTx *tx, const AccessRow *row, GError **error)
{
	gint64 segment = segment_of(tx->now), key = 0;

	if (row->detail != NULL && !claim_segment_key(tx, ACCESS_CHANGES, segment, &key, error))
		return false;
	return append(tx->store, ACCESS_CHANGES, row, segment, tx->now, key, error);
}

static bool
segment_key(Store *store, gint64 segment, gint64 *ret, GError **error)
{
	static const Actor daemon = {.kind = ACTOR_DAEMON};
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *name = access_chain_key_name(ACCESS_READS, segment);

	if (!counter_get(store, DB_RECORDS, name, 0, ret, error))
		return false;
	return *ret != 0 || (store_tx_begin(&tx, store, &daemon, NULL, error) &&
				claim_segment_key(&tx, ACCESS_READS, segment, ret, error) &&
				store_tx_commit(&tx, error));
}

bool
access_read(Store *store, const AccessRow *row, GError **error)
{
	g_auto(DbTx) tx = DB_TX_INIT;
	gint64 now = clock_ms(), segment = segment_of(now), key = 0;

	g_assert(store->tx == NULL && store->readers == 0);
	if (fault_point("access-read") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "The access record can't be written");
	if (row->detail != NULL && !segment_key(store, segment, &key, error))
		return false;
	return db_tx_begin(&tx, store, DB_ACCESS, error) &&
	       append(store, ACCESS_READS, row, segment, now, key, error) &&
	       db_tx_commit(&tx, error);
}

#include "store/access-chain.h"

#include <string.h>

DbFile
access_chain_file(AccessChain chain)
{
	return chain == ACCESS_CHANGES ? DB_RECORDS : DB_ACCESS;
}

const char *
access_chain_name(AccessChain chain)
{
	return chain == ACCESS_CHANGES ? "changes" : "reads";
}

const char *
access_index_name(AccessChain chain)
{
	return chain == ACCESS_CHANGES ? "access-indexed" : "indexed";
}

char *
access_chain_key_name(AccessChain chain, gint64 segment)
{
	return g_strdup_printf("access-%s-%" G_GINT64_FORMAT, access_chain_name(chain), segment);
}

void
access_link_clear(AccessLink *link)
{
	g_clear_pointer(&link->detail, g_bytes_unref);
	g_clear_pointer(&link->objects, g_bytes_unref);
}

void
access_link_from_row(AccessLink *link, DbStmt *stmt)
{
	gsize size;
	const guint8 *chain = db_blob(stmt, 12, &size);

	access_link_clear(link);
	*link = (AccessLink){
	    .seq = db_int(stmt, 0),
	    .segment = db_int(stmt, 1),
	    .time = db_int(stmt, 2),
	    .actor_kind = db_int(stmt, 3),
	    .actor = db_id(stmt, 4),
	    .behalf = db_id(stmt, 5),
	    .surface = db_int(stmt, 6),
	    .purpose = db_int(stmt, 7),
	    .result = db_int(stmt, 8),
	    .key_id = db_int(stmt, 9),
	    .detail = db_is_null(stmt, 10) ? NULL : db_bytes(stmt, 10),
	    .objects = db_bytes(stmt, 11),
	};
	if (size == sizeof link->chain)
		memcpy(link->chain, chain, size);
}

static void
add_number(HashDigest *digest, gint64 number)
{
	gint64 big = GINT64_TO_BE(number);

	hash_digest_add(digest, &big, sizeof big);
}

static void
add_bytes(HashDigest *digest, GBytes *bytes)
{
	gsize size = 0;
	const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;

	add_number(digest, bytes != NULL ? (gint64)size : -1);
	hash_digest_add(digest, data, size);
}

void
access_link_digest(const AccessLink *link, const guint8 before[static HASH_DIGEST_SIZE],
    guint8 ret[static HASH_DIGEST_SIZE])
{
	g_autoptr(HashDigest) digest = hash_digest_new();

	hash_digest_add(digest, before, HASH_DIGEST_SIZE);
	add_number(digest, link->seq);
	add_number(digest, link->segment);
	add_number(digest, link->time);
	add_number(digest, link->actor_kind);
	hash_digest_add(digest, link->actor.bytes, sizeof link->actor.bytes);
	hash_digest_add(digest, link->behalf.bytes, sizeof link->behalf.bytes);
	add_number(digest, link->surface);
	add_number(digest, link->purpose);
	add_number(digest, link->result);
	add_number(digest, link->key_id);
	add_bytes(digest, link->detail);
	add_bytes(digest, link->objects);
	hash_digest_end(digest, ret);
}

void
access_chain_start(AccessChain chain, guint8 ret[static HASH_DIGEST_SIZE])
{
	const char *name = access_chain_name(chain);

	hash_blake2b(name, strlen(name), ret);
}

bool
access_chain_end(Store *store, AccessChain chain, AccessLink *ret, GError **error)
{
	static const char sql[] =
	    "SELECT " ACCESS_LINK_COLUMNS " FROM access ORDER BY seq DESC LIMIT 1";
	/* A chain whose rows are all pruned goes on from its last head. */
	static const char sql_head[] =
	    "SELECT last, segment, head FROM access_segment ORDER BY segment DESC LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, access_chain_file(chain), sql, error);
	g_autoptr(DbStmt) head = NULL;
	DbStep step;
	gsize size;

	if (stmt == NULL)
		return false;
	switch (db_step(stmt, error)) {
	case DB_ROW:
		access_link_from_row(ret, stmt);
		return true;
	case DB_ERROR:
		return false;
	default:
		break;
	}
	access_link_clear(ret);
	*ret = (AccessLink){0};
	access_chain_start(chain, ret->chain);
	head = db_stmt(store, access_chain_file(chain), sql_head, error);
	if (head == NULL || (step = db_step(head, error)) == DB_ERROR)
		return false;
	if (step == DB_ROW) {
		const guint8 *blob = db_blob(head, 2, &size);

		ret->seq = db_int(head, 0);
		ret->segment = db_int(head, 1);
		if (size == sizeof ret->chain)
			memcpy(ret->chain, blob, size);
	}
	return true;
}

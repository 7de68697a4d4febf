/*
 * access-chain: one row of the access record as it lies in a file, and the digest that chains it to
 * the row before. For access*.c alone.
 */
#pragma once

#include "crypt/hash.h"
#include "store/access.h"
#include "store/db.h"

#define ACCESS_OBJECT_SIZE (1 + sizeof(Id)) /* of the column objects, each */

typedef struct {
	gint64 seq, segment, time;
	gint64 actor_kind, surface, purpose, result;
	Id actor, behalf;
	gint64 key_id;   /* 0: no detail */
	GBytes *detail;  /* sealed; NULL: none */
	GBytes *objects; /* kind and public id of each */
	guint8 chain[HASH_DIGEST_SIZE];
} AccessLink;

#define ACCESS_LINK_COLUMNS                                                                        \
	"seq, segment, time, actor_kind, actor, behalf, surface, purpose, result, key_id, "        \
	"detail, objects, chain"

void access_link_clear(AccessLink *link);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AccessLink, access_link_clear)

/* From a row of ACCESS_LINK_COLUMNS. */
void access_link_from_row(AccessLink *link, DbStmt *stmt);

/* The digest over what was before and all columns but the digest itself. */
void access_link_digest(const AccessLink *link, const guint8 before[static HASH_DIGEST_SIZE],
    guint8 ret[static HASH_DIGEST_SIZE]);

/* What stands before the first row of each chain. */
void access_chain_start(AccessChain chain, guint8 ret[static HASH_DIGEST_SIZE]);

DbFile access_chain_file(AccessChain chain);
const char *access_chain_name(AccessChain chain);

/* The end of a chain: the last row's number, time, segment and digest; seq 0 when it is empty. */
bool access_chain_end(Store *store, AccessChain chain, AccessLink *ret, GError **error);

/* The counter, in the chain's file, that says up to which row it stands in the index by object. */
const char *access_index_name(AccessChain chain);

/* The counter that holds the number of a segment's key; newly allocated. */
char *access_chain_key_name(AccessChain chain, gint64 segment);

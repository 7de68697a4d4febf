/*
 * key-ring: the master key and what it has unwrapped. For key*.c alone.
 */
#pragma once

#include "crypt/master.h"
#include "store/core.h"
#include "store/key.h"

struct Keys {
	Master *master;
	GHashTable *cache; /* key id -> SealKey */
	gint64 lookup;     /* number of the hash key */
	SealKey *lookup_key;
	SealKey *checkpoint_seed;
	gint64 last;    /* highest key known to lie in keys.db; 0: not looked yet */
	gint64 next;    /* first key not claimed, as of the last transaction */
	gint64 claimed; /* the same inside the open transaction; 0: nothing claimed in it */
	gint64 ready;   /* how many shall lie ready; 0: not looked yet */
	gint64 day;     /* of the newest mark known, see core_keys_commit() */
	gint64 lacked;  /* how many a transaction wanted for which too few were ready */
};

/* Reads the master key when first needed. Owned by the Store. */
Keys *key_ring(Store *store, GError **error);

/* Looks at the master key's file again: another program may have added one. Under the lock of keys.db, before
 * something is wrapped. */
bool key_ring_renew(Store *store, Keys *keys, GError **error);

/* The key whose epoch and wrapped form stand in column and the next. */
SealKey *key_ring_unwrap(Store *store, Keys *keys, const char *purpose, gint64 number, DbStmt *stmt,
    int column, GError **error);

/* Keys that are claimed come one after the other: a batch of mail needs hundreds, read by one statement. */
bool key_ring_load_ahead(Store *store, Keys *keys, gint64 from, GError **error);

/* Keys (SealKey) that were made and committed with these numbers: as many as there is room for needn't be read and
 * unwrapped when they are claimed. Takes those out of made. */
void key_ring_keep_made(Keys *keys, gint64 first, GPtrArray *made);

/* Keys from first to before end aren't needed any more: what they sealed is seldom read by who wrote it. */
void key_ring_drop(Keys *keys, gint64 first, gint64 end);

/*
 * core: what a Store is made of. For store.c, db.c, tx.c, key.c and their like; files per kind of
 * record use db.h and key.h.
 */
#pragma once

#include "store/db.h"
#include "store/lock.h"

typedef struct Db Db;     /* db.c: one open file */
typedef struct Keys Keys; /* key.c: the master key and what it has unwrapped */

struct Store {
	const Conf *conf;
	StoreFlags flags;
	gint64 wait_ms;
	char *paths[DB_COUNT];
	Lock *locks[DB_COUNT];
	Db *files[DB_COUNT];        /* NULL until first used */
	Keys *keys;                 /* NULL until first used */
	StoreTx *tx;                /* the open transaction */
	DbTx records;               /* what it is on kartoteka.db */
	int readers;                /* depth of store_read_begin() */
	bool view;                  /* STORE_ONE_PAGE: records and keys are read as of one moment */
	gint64 log_times[DB_COUNT]; /* when store_idle() last looked: a log's last change */
	gint64 access_copied;       /* and when it copied that of access.db: clock_monotonic_ms() */
};

/* An empty Store that has opened nothing yet. */
Store *core_new(const Conf *conf, StoreFlags flags);

/* Opens the file unless it is open. */
bool core_open(Store *store, DbFile file, GError **error);
void core_close(Store *store, DbFile file);

/* Ends the view of STORE_ONE_PAGE: who writes must see the newest. */
void core_view_end(Store *store);

/* Makes the file and brings it to this program's schema; done is told what was raised. */
bool core_create(Store *store, DbFile file, GError **error);
bool core_upgrade(
    Store *store, DbFile file, void (*done)(const char *, gpointer), gpointer data, GError **error);

/* Closes the file, and there is none any more. */
void core_remove(Store *store, DbFile file);

/* Copies and empties the file's log, unless somebody else is at it. */
void core_cut_log(Store *store, DbFile file);

/* item.c: what store_tx_commit() writes of the items added in it. */
bool core_items_commit(StoreTx *tx, GError **error);

/* key.c: what store_tx_commit() writes of the keys claimed in it, and what is forgotten at its end. */
bool core_keys_commit(StoreTx *tx, GError **error);
void core_keys_end(Store *store, bool committed);
void core_keys_free(Keys *keys);

/*
 * store: the four database files as one thing, and transactions over them.
 *
 * For: rules/ and the programs. Not for: SQL (that is db.h, inside store/ alone). A Store belongs
 * to one thread. Everything that is read or written goes through the functions of the other headers
 * here (user.h, book.h, contact.h, message.h, ...); they take and return plain structs and seal and
 * unseal by themselves.
 *
 * A write transaction holds the advisory lock (flock, order keys, records, access) around itself
 * and around checkpoints, because SQLite 3.40 may lose pages when a checkpoint meets a commit of
 * another process. It fails with ERROR_TEMPORARY when the lock isn't had in time
 * (store_set_wait()). See design.md "What lies on disk".
 */
#pragma once

#include "base/conf.h"
#include "base/id.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Store Store;

typedef enum {
	STORE_READ_WRITE = 0,
	STORE_CREATE =
	    1 << 0, /* kartoteka init: makes the files; ERROR_CONFLICT when there are any */
	STORE_KEEP_OPEN = 1 << 1, /* kartotekad: checkpoints when idle, merges the index */
	STORE_ONE_PAGE =
	    1 << 2, /* kartoteka.cgi: reads a little, once, and is gone. All that it reads
				     before it first writes is the state of one moment. */
} StoreFlags;

/* Opens the files of conf's [data]. An old or newer schema is ERROR_CONFLICT with the command to
 * run
 * ("kartoteka db upgrade"), a missing master key or file ERROR_NOT_FOUND with its path; without
 * STORE_KEEP_OPEN only kartoteka.db is looked at now, and the other files and the master key when they
 * are needed, since a page waits for it. conf must outlive the Store. */
Store *store_open(const Conf *conf, StoreFlags flags, GError **error);
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

/* Do the records, the keys, the access record and the master key belong together? The first that is missing or
 * doesn't fit, as an error. */
bool store_check(Store *store, GError **error);

/* Raises the schema of every file to this program's; says what it did through done (may be NULL).
 */
bool store_upgrade(
    const Conf *conf, void (*done)(const char *what, gpointer), gpointer data, GError **error);

const Conf *store_conf(const Store *store);

/* How long a lock or a busy file is waited for; 10 s otherwise. */
void store_set_wait(Store *store, gint64 wait_ms);

/* For a program that stays, now and then: logs copied into their files, the access record's index, and, unless
 * it is busy, keys made ahead. A little at a time; *ret_more: call it again soon. */
bool store_idle(Store *store, bool busy, bool *ret_more, GError **error);

/* Before a program that stays ends: what is in the logs of its files goes into them, but for the index, which is
 * another thread's. store_free() then has little left to do. */
bool store_copy_logs(Store *store, GError **error);

/* Who acts: carried into revisions and the access record. */
typedef enum {
	ACTOR_DAEMON,
	ACTOR_USER,
	ACTOR_DEVICE,
	ACTOR_PERSON_CONCERNED,
	ACTOR_COMMAND_LINE,
} ActorKind;

typedef struct {
	ActorKind kind;
	Id user;      /* zero: none */
	Id on_behalf; /* zero: none */
} Actor;

/*
 * A write transaction on kartoteka.db. Rolls back when it goes out of scope uncommitted:
 *
 *	g_auto(StoreTx) tx = STORE_TX_INIT;
 *
 *	if (!store_tx_begin(&tx, store, &actor, "reason or NULL", error))
 *		return false;
 *	...
 *	return store_tx_commit(&tx, error);
 *
 * Reading first and then turning into a writer fails in WAL mode (SQLITE_BUSY_SNAPSHOT), so a
 * transaction is a writer from its first statement on. Transactions don't nest. Keep one under 10 ms
 * or 64 mails, others wait; or ask now and then whether they do.
 */
typedef struct {
	Store *store;
	gint64 revision; /* drawn by the first call of store_tx_revision() */
	gint64 now; /* ms; one moment for the whole transaction, never before the last revision's */
	Actor actor;
	const char *reason;
	bool open;
	gint64 begun;  /* ms, by the clock that never jumps */
	gint64 looked; /* ms, when store_tx_is_wanted() looked */
	bool wanted;   /* what it found */
	enum { MARKS_UNKNOWN, MARKS_NONE, MARKS_SOME } marks; /* is any mail marked private? message_is_private() */
	struct {
		char name[33];
		gint64 row;
		bool raised; /* of start, to highest: not yet written */
		gint64 start, highest;
	} source; /* of the last item, see item.c */
} StoreTx;

#define STORE_TX_INIT                                                                              \
	{                                                                                          \
		0                                                                                  \
	}

bool store_tx_begin(
    StoreTx *tx, Store *store, const Actor *actor, const char *reason, GError **error);
bool store_tx_commit(StoreTx *tx, GError **error);
void store_tx_clear(StoreTx *tx); /* rolls back unless committed */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreTx, store_tx_clear)

/* Has it lasted 10 ms, and does another program wait for its end? Looks once a millisecond. */
bool store_tx_is_wanted(StoreTx *tx);

/* The transaction's revision (number, time, actor, reason), made when first asked for; 0 on error.
 */
gint64 store_tx_revision(StoreTx *tx, GError **error);

/* A consistent view for several reads (BEGIN DEFERRED ... END); reads outside one each see the
 * newest state. */
bool store_read_begin(Store *store, GError **error);
void store_read_end(Store *store);

/*
 * access: the access record. One row per request: who, on whose behalf, by which surface, for what
 * purpose, with which objects, and how it ended. See design.md "The access record".
 *
 * A change's row is written in the change's transaction (access_change), a read's row to access.db
 * in a transaction of its own (access_read): collect the page, write the row, then send. If it
 * can't be written, the read doesn't happen.
 */
#pragma once

#include "store/store.h"

typedef enum { /* stored: never renumber */
	OBJECT_MESSAGE = 1,
	OBJECT_CONTACT,
	OBJECT_BOOK,
	OBJECT_USER,
	OBJECT_TEAM,
	OBJECT_GRANT,
	OBJECT_ITEM,
	OBJECT_CIRCLE,
	OBJECT_HANDOVER,
	OBJECT_EXCLUSION,
} ObjectKind;

typedef enum { /* stored */
	SURFACE_PAGE = 1,
	SURFACE_COMMAND_LINE,
	SURFACE_DAEMON,
	SURFACE_CARDDAV,
	SURFACE_FORM,
} AccessSurface;

typedef enum {            /* stored */
	PURPOSE_READ = 1, /* looking at a contact, a history, a message */
	PURPOSE_SEARCH,
	PURPOSE_FILE, /* filing mail */
	PURPOSE_EDIT,
	PURPOSE_IMPORT,
	PURPOSE_EXPORT,
	PURPOSE_ADMINISTER, /* users, books, grants, hand-overs */
	PURPOSE_AUDIT,      /* reading this record, ledger, reconcile */
	PURPOSE_SIGN_IN,
	PURPOSE_DESTROY,
} AccessPurpose;

typedef struct {
	ObjectKind kind;
	Id id;
} AccessObject;

typedef struct {
	gint64 seq, time; /* filled in by the store */
	Actor actor;
	AccessSurface surface;
	AccessPurpose purpose;
	int result;         /* 0, or 1 + ErrorCode */
	const char *detail; /* sealed; search words, login uid; may be NULL */
	GArray *objects;    /* of AccessObject; may be NULL */
} AccessRow;

/* In the change's transaction. */
bool access_change(StoreTx *tx, const AccessRow *row, GError **error);

/* On its own, outside a transaction and outside store_read_begin(): durable when it returns true. */
bool access_read(Store *store, const AccessRow *row, GError **error);

/* Looking into it ----------------------------------------------------------------------------- */

typedef enum { ACCESS_CHANGES, ACCESS_READS, ACCESS_CHAINS } AccessChain;

typedef struct {
	AccessChain chain;
	AccessRow row; /* detail and objects are owned */
} AccessEntry;

void access_entry_free(AccessEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccessEntry, access_entry_free)

/* What is zero isn't asked for. */
typedef struct {
	AccessObject object; /* kind 0: any */
	Id user;             /* as actor or on whose behalf */
	gint64 since, until; /* ms; until is not included */
	gint64 limit;        /* 0: 1000 */
} AccessFilter;

/* Both chains in one list, newest first; of AccessEntry. For rules/audit.c alone: whoever reads the
 * record is recorded. */
GPtrArray *access_list(Store *store, const AccessFilter *filter, GError **error);

/* Brings the index by object up to date with the rows: at most so many rows at a time. Those that
 * write rows leave it to this, since a page's objects lie all over the index. */
bool access_index(Store *store, gint64 rows, bool *ret_more, GError **error);

/* Signs the ends of both chains, unless nothing was written since the last time. Hourly by kartotekad,
 * and by a backup. Outside a transaction. */
bool access_checkpoint(Store *store, GError **error);

typedef struct {
	gint64 rows[ACCESS_CHAINS];
	gint64 pruned[ACCESS_CHAINS]; /* rows that only their segment's head is left of */
	gint64 checkpoints;
	char *public_key;    /* hex; whoever keeps it can verify checkpoints elsewhere */
	GPtrArray *problems; /* sentences; empty: every row is as it was written */
} AccessReport;

void access_report_free(AccessReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccessReport, access_report_free)

/* Reads everything. A changed, deleted, moved or cut-off row is a problem in the report, as are one that the index by
 * object lacks and an access.db older than the records; an error is that it could not be read. Rows behind the last
 * checkpoint hold by their digests alone: whoever can write the files can cut them off or make others. */
AccessReport *access_verify(Store *store, GError **error);

/* Destroys what the closed months before that segment (202611) say; their heads stay, so that the chains
 * still hold. Outside a transaction; go on with erase_continue(), which takes their keys. */
bool access_prune(Store *store, const Actor *actor, gint64 before, GError **error);

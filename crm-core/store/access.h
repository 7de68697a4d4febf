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

bool access_change(StoreTx *tx, const AccessRow *row, GError **error);
bool access_read(Store *store, const AccessRow *row, GError **error);

/*
 * session: one request by one actor: the Store, who asks, by which surface, and what he may see.
 *
 * Every function of rules/ takes a Session first. The programs make one: a page after sign-in, the
 * command line for the user named by --as, kartotekad for itself. What is read through it is noted
 * in it (session_note), and session_record() writes the access record's row before anything is
 * shown.
 */
#pragma once

#include "base/error.h"
#include "store/access.h"
#include "store/store.h"
#include "store/user.h"
#include "store/visible.h"

typedef struct Session {
	Store *store;
	Actor actor;
	AccessSurface surface;
	Viewer *viewer;
	User *user;         /* who it is, as this began; NULL: nobody in particular */
	bool administrator; /* role in the program: users, books, grants; no contact, no mail */
	GArray *objects;    /* of AccessObject: what this request touched so far */
	GHashTable *noted;  /* the same as a set */
	char *claim;        /* stands before the detail of every row (command line), or NULL */
} Session;

/* For a signed-in user or --as. ERROR_DENIED when the user has left. */
Session *session_new(Store *store, const Actor *actor, AccessSurface surface, GError **error);

/* For the first administrator of an empty system; ERROR_DENIED when there is a user already. */
Session *session_new_first(Store *store, GError **error);

/* kartotekad's own. */
Session *session_new_daemon(Store *store, GError **error);

void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/* Notes that this request read or changed an object; doubles are dropped. */
void session_note(Session *session, ObjectKind kind, const Id *id);

/* Begins a transaction by this session's actor. */
bool session_begin(Session *session, StoreTx *tx, const char *reason, GError **error);

/* Writes the row of a read, with the objects noted since the last row. On failure nothing may be
 * shown. */
bool session_record(Session *session, AccessPurpose purpose, const char *detail, GError **error);

/* Writes the row of a request that was refused (ERROR_DENIED, ERROR_NOT_FOUND), with what was noted. A
 * failure is logged: the request has failed already. */
void session_record_refusal(
    Session *session, AccessPurpose purpose, ErrorCode code, const char *detail);

/* The same for a change, inside its transaction. */
bool session_record_change(
    Session *session, StoreTx *tx, AccessPurpose purpose, const char *detail, GError **error);

/* Writes the row of a change and commits. */
bool session_commit(
    Session *session, StoreTx *tx, AccessPurpose purpose, const char *detail, GError **error);

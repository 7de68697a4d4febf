/*
 * user: members of staff: login, name, proved addresses, state, the administrator role, password.
 *
 * A user is never deleted: one who leaves gets the state "left", so that nothing that hangs on him is
 * lost. State, role and addresses are begun and ended by revisions. Who may call what is for rules/
 * to say (rules/user.h). Logins are compared in NFC and without case.
 */
#pragma once

#include "store/store.h"

typedef enum { /* stored: never renumber */
	USER_ACTIVE = 1,
	USER_AWAY,
	USER_LEFT,
	USER_ADMINISTRATOR, /* the role, a row beside the state */
} UserState;

typedef struct {
	Id id;
	char *login, *name;
	char *language;   /* "cs", "en" or "" */
	char **addresses; /* proved, as written; never NULL */
	UserState state;  /* active, away or left */
	gint64 until;     /* planned end of "away", ms; 0: none */
	bool administrator;
} User;

void user_free(User *user);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(User, user_free)

/* find: NULL without an error when there is none. get: ERROR_NOT_FOUND. */
User *user_find(Store *store, const char *login, GError **error);
User *user_get(Store *store, const Id *id, GError **error);

/* All users ever, leavers too, by login. GPtrArray of User. */
GPtrArray *user_list(Store *store, GError **error);
bool user_any(Store *store, bool *ret, GError **error);

/* ERROR_CONFLICT when the login is taken. The new user is active and has no password. */
bool user_add(StoreTx *tx, const char *login, const char *name, const char *language, Id *ret,
    GError **error);
bool user_rename(StoreTx *tx, const Id *id, const char *name, const char *language, GError **error);
bool user_set_state(StoreTx *tx, const Id *id, UserState state, gint64 until, GError **error);
bool user_set_administrator(StoreTx *tx, const Id *id, bool administrator, GError **error);

/* Ends memberships, grants, hand-overs to him and circles. */
bool user_end_rights(StoreTx *tx, const Id *id, GError **error);

/* hash: what crypt/password made. NULL takes the password away. */
bool user_set_password(StoreTx *tx, const Id *id, const char *hash, GError **error);
/* Newly allocated; NULL without an error when none is set. */
char *user_password(Store *store, const Id *id, GError **error);

/* ERROR_CONFLICT when somebody of staff has it already. written: as shown. */
bool user_add_address(
    StoreTx *tx, const Id *id, const char *canonical, const char *written, GError **error);
/* ERROR_NOT_FOUND when he hasn't it. index: its place in User.addresses. */
bool user_end_address(
    StoreTx *tx, const Id *id, const char *canonical, guint index, GError **error);

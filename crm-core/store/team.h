/*
 * team: a set of users that rights can be granted to, and the role addresses (sales@) that belong to
 * it. Members and addresses are begun and ended by revisions.
 */
#pragma once

#include "store/store.h"

typedef struct {
	Id id;
	char *name;
	char **addresses; /* as written; never NULL */
} Team;

typedef struct {
	Id user;
	gint64 until; /* planned end, ms; 0: none */
} TeamMember;

void team_free(Team *team);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Team, team_free)

Team *team_find(Store *store, const char *name, GError **error); /* NULL, no error: none */
Team *team_get(Store *store, const Id *id, GError **error);
GPtrArray *team_list(Store *store, GError **error);

/* Present members: GArray of TeamMember. */
GArray *team_members(Store *store, const Id *id, GError **error);

bool team_add(StoreTx *tx, const char *name, Id *ret, GError **error);
bool team_join(StoreTx *tx, const Id *id, const Id *user, gint64 until, GError **error);
bool team_leave(StoreTx *tx, const Id *id, const Id *user, GError **error); /* NOT_FOUND */
bool team_add_address(
    StoreTx *tx, const Id *id, const char *canonical, const char *written, GError **error);
bool team_end_address(
    StoreTx *tx, const Id *id, const char *canonical, guint index, GError **error);

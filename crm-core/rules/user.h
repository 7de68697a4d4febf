/*
 * user: what the administrator does with users, teams and hand-overs, and what each user may do with
 * his own record (password). Every function writes its row of the access record.
 *
 * An administrator gives himself nothing: to be put into a team, granted a right or handed a
 * correspondence, another administrator must do it.
 */
#pragma once

#include "rules/session.h"
#include "store/handover.h"
#include "store/team.h"
#include "store/user.h"

typedef struct {
	const char *login, *name, *language;
	const char *password;         /* NULL: none yet */
	const char *const *addresses; /* NULL: none */
	bool administrator;
} UserNew;

bool user_create(Session *session, const UserNew *user, Id *ret, GError **error);
bool user_change_name(
    Session *session, const Id *id, const char *name, const char *language, GError **error);
/* By the administrator, or by oneself. */
bool user_change_password(Session *session, const Id *id, const char *password, GError **error);
/* A proved address: what is sent from it or to it is this user's mail. */
bool user_claim_address(Session *session, const Id *id, const char *address, GError **error);
bool user_drop_address(
    Session *session, const Id *id, const char *address, const char *reason, GError **error);
bool user_change_state(Session *session, const Id *id, UserState state, gint64 until,
    const char *reason, GError **error);
/* Ends web sessions and grants nothing further; the addresses stay his, his history stays. */
bool user_leaves(Session *session, const Id *id, const char *reason, GError **error);
bool user_change_administrator(
    Session *session, const Id *id, bool administrator, const char *reason, GError **error);

bool user_hand_over(
    Session *session, const Handover *handover, const char *reason, Id *ret, GError **error);
bool user_end_hand_over(Session *session, const Id *id, const char *reason, GError **error);

bool user_create_team(Session *session, const char *name, Id *ret, GError **error);
bool user_join_team(Session *session, const Id *team, const Id *user, gint64 until,
    const char *reason, GError **error);
bool user_leave_team(
    Session *session, const Id *team, const Id *user, const char *reason, GError **error);
bool user_claim_team_address(
    Session *session, const Id *team, const char *address, GError **error);
bool user_drop_team_address(Session *session, const Id *team, const char *address,
    const char *reason, GError **error);

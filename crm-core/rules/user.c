#include "rules/user.h"

#include "base/error.h"
#include "mail/address.h"
#include "rules/login.h"
#include "rules/rights.h"
#include "store/circle.h"
#include "store/websession.h"

#include <string.h>

#define NAME_MAX_BYTES 200

/* One line that says something, without control characters. */
static bool
check_name(const char *what, const char *text, GError **error)
{
	if (text == NULL || text[strspn(text, " ")] == '\0' || strlen(text) > NAME_MAX_BYTES)
		return error_set(
		    error, ERROR_INVALID, "A %s has 1 to %d bytes.", what, NAME_MAX_BYTES);
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
		if (g_unichar_iscntrl(g_utf8_get_char(p)))
			return error_set(
			    error, ERROR_INVALID, "A %s has no control characters.", what);
	return true;
}

static bool
check_login(const char *login, GError **error)
{
	if (!check_name("login", login, error))
		return false;
	for (const char *p = login; *p != '\0'; p = g_utf8_next_char(p))
		if (g_unichar_isspace(g_utf8_get_char(p)) || strchr("/:;,\"'", *p) != NULL)
			return error_set(error, ERROR_INVALID,
			    "A login has no blanks and none of / : ; , \" '.");
	return *login != '-' || error_set(error, ERROR_INVALID, "A login doesn't begin with -.");
}

static bool
check_language(const char *language, GError **error)
{
	if (language == NULL || strcmp(language, "") == 0 || strcmp(language, "cs") == 0 ||
	    strcmp(language, "en") == 0)
		return true;
	return error_set(error, ERROR_INVALID, "A language is cs or en.");
}

static char *
canonical_of(const char *address, GError **error)
{
	char *canonical = address_canonical(address);

	if (canonical == NULL)
		error_set(error, ERROR_INVALID, "That is no mail address: write name@example.cz.");
	return canonical;
}

/* An administrator gives himself nothing. */
static bool
refuse_self(Session *session, const Id *user, GError **error)
{
	if (!id_is_zero(&session->actor.user) && id_equal(&session->actor.user, user))
		return error_set(error, ERROR_DENIED,
		    "Nobody gives himself rights: another administrator must do this.");
	return true;
}

static bool
refuse_own_team(Session *session, const Id *team, GError **error)
{
	g_autoptr(GArray) members = team_members(session->store, team, error);

	if (members == NULL)
		return false;
	for (guint i = 0; i < members->len; i++)
		if (!refuse_self(session, &g_array_index(members, TeamMember, i).user, error))
			return false;
	return true;
}

static bool
check_until(const StoreTx *tx, gint64 until, GError **error)
{
	return until == 0 || until > tx->now ||
	       error_set(error, ERROR_INVALID, "The end must be in the future.");
}

static bool
finish(Session *session, StoreTx *tx, const char *detail, GError **error)
{
	return session_commit(session, tx, PURPOSE_ADMINISTER, detail, error);
}

static bool
add_parts(StoreTx *tx, const UserNew *user, const char *hash, const Id *id, GError **error)
{
	for (guint i = 0; user->addresses != NULL && user->addresses[i] != NULL; i++) {
		g_autofree char *canonical = canonical_of(user->addresses[i], error);

		if (canonical == NULL ||
		    !user_add_address(tx, id, canonical, user->addresses[i], error))
			return false;
	}
	return (hash == NULL || user_set_password(tx, id, hash, error)) &&
	       (!user->administrator || user_set_administrator(tx, id, true, error));
}

bool
user_create(Session *session, const UserNew *user, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *hash = NULL;
	Id id;

	if (!rights_require_administrator(session, error) || !check_login(user->login, error) ||
	    !check_name("name", user->name, error) || !check_language(user->language, error))
		return false;
	if (user->password != NULL && (hash = login_hash_password(user->password, error)) == NULL)
		return false;
	if (!session_begin(session, &tx, NULL, error) ||
	    !user_add(&tx, user->login, user->name, user->language, &id, error) ||
	    !add_parts(&tx, user, hash, &id, error))
		return false;
	session_note(session, OBJECT_USER, &id);
	if (!finish(session, &tx, "user add", error))
		return false;
	*ret = id;
	return true;
}

bool
user_change_name(
    Session *session, const Id *id, const char *name, const char *language, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_administrator(session, error) || !check_name("name", name, error) ||
	    !check_language(language, error) || !session_begin(session, &tx, NULL, error) ||
	    !user_rename(&tx, id, name, language, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, "user rename", error);
}

bool
user_change_password(Session *session, const Id *id, const char *password, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *hash = NULL;

	if (!id_equal(&session->actor.user, id) && !rights_require_administrator(session, error))
		return false;
	if ((hash = login_hash_password(password, error)) == NULL ||
	    !session_begin(session, &tx, NULL, error) || !user_set_password(&tx, id, hash, error) ||
	    !websession_end_user(&tx, id, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, "user password", error);
}

bool
user_claim_address(Session *session, const Id *id, const char *address, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *canonical = NULL;

	if (!rights_require_administrator(session, error) || !refuse_self(session, id, error) ||
	    (canonical = canonical_of(address, error)) == NULL ||
	    !session_begin(session, &tx, NULL, error) ||
	    !user_add_address(&tx, id, canonical, address, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, "user address add", error);
}

/* The place of an address among those of a user or team. */
static bool
find_address(char *const *addresses, const char *canonical, guint *ret, GError **error)
{
	for (guint i = 0; addresses[i] != NULL; i++) {
		g_autofree char *own = address_canonical(addresses[i]);

		if (own != NULL && strcmp(own, canonical) == 0) {
			*ret = i;
			return true;
		}
	}
	return error_set(error, ERROR_NOT_FOUND, "The address isn't there.");
}

bool
user_drop_address(
    Session *session, const Id *id, const char *address, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *canonical = NULL;
	g_autoptr(User) user = NULL;
	guint index;

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) ||
	    (canonical = canonical_of(address, error)) == NULL ||
	    (user = user_get(session->store, id, error)) == NULL ||
	    !find_address(user->addresses, canonical, &index, error) ||
	    !session_begin(session, &tx, reason, error) ||
	    !user_end_address(&tx, id, canonical, index, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, "user address remove", error);
}

/* Somebody must remain who can let others in. */
static bool
keep_administrator(Session *session, const Id *leaving, GError **error)
{
	g_autoptr(GPtrArray) users = user_list(session->store, error);

	if (users == NULL)
		return false;
	for (guint i = 0; i < users->len; i++) {
		const User *user = users->pdata[i];

		if (user->administrator && user->state != USER_LEFT &&
		    !id_equal(&user->id, leaving))
			return true;
	}
	return error_set(
	    error, ERROR_CONFLICT, "This is the last administrator: make another one first.");
}

bool
user_change_state(Session *session, const Id *id, UserState state, gint64 until, const char *reason,
    GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_administrator(session, error) || !rights_require_reason(reason, error))
		return false;
	if (state == USER_LEFT)
		return user_leaves(session, id, reason, error);
	if (!session_begin(session, &tx, reason, error) || !check_until(&tx, until, error) ||
	    !user_set_state(&tx, id, state, until, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, state == USER_AWAY ? "user away" : "user active", error);
}

bool
user_leaves(Session *session, const Id *id, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(User) user = NULL;
	bool last;

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) ||
	    (user = user_get(session->store, id, error)) == NULL ||
	    !circle_depends_on(session->store, id, &last, error))
		return false;
	if (user->state == USER_LEFT)
		return error_set(error, ERROR_CONFLICT, "This user has left already.");
	if (last)
		return error_set(error, ERROR_CONFLICT,
		    "This user is the last member of a circle, which would be lost: let him invite "
		    "another first.");
	if (!keep_administrator(session, id, error) ||
	    !session_begin(session, &tx, reason, error) ||
	    !user_set_state(&tx, id, USER_LEFT, 0, error) ||
	    !user_set_administrator(&tx, id, false, error) ||
	    !user_set_password(&tx, id, NULL, error) || !user_end_rights(&tx, id, error) ||
	    !websession_end_user(&tx, id, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, "user leave", error);
}

bool
user_change_administrator(
    Session *session, const Id *id, bool administrator, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) ||
	    (!administrator && !keep_administrator(session, id, error)) ||
	    !session_begin(session, &tx, reason, error) ||
	    !user_set_administrator(&tx, id, administrator, error))
		return false;
	session_note(session, OBJECT_USER, id);
	return finish(session, &tx, "user administrator", error);
}

bool
user_hand_over(
    Session *session, const Handover *handover, const char *reason, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(User) successor = NULL;
	Id id;

	if (!rights_require_administrator(session, error) || !rights_require_reason(reason, error))
		return false;
	if (handover->team) {
		if (!refuse_own_team(session, &handover->to, error))
			return false;
	} else {
		if (id_equal(&handover->from, &handover->to))
			return error_set(error, ERROR_INVALID, "The successor is the same user.");
		if (!refuse_self(session, &handover->to, error) ||
		    (successor = user_get(session->store, &handover->to, error)) == NULL)
			return false;
		if (successor->state == USER_LEFT)
			return error_set(error, ERROR_CONFLICT, "The successor has left.");
	}
	if (!session_begin(session, &tx, reason, error) ||
	    !check_until(&tx, handover->until, error) || !handover_add(&tx, handover, &id, error))
		return false;
	session_note(session, OBJECT_HANDOVER, &id);
	session_note(session, OBJECT_USER, &handover->from);
	session_note(session, handover->team ? OBJECT_TEAM : OBJECT_USER, &handover->to);
	if (!finish(session, &tx, "hand-over", error))
		return false;
	*ret = id;
	return true;
}

bool
user_end_hand_over(Session *session, const Id *id, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) || !session_begin(session, &tx, reason, error) ||
	    !handover_end(&tx, id, error))
		return false;
	session_note(session, OBJECT_HANDOVER, id);
	return finish(session, &tx, "end of hand-over", error);
}

bool
user_create_team(Session *session, const char *name, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Id id;

	if (!rights_require_administrator(session, error) || !check_name("name", name, error) ||
	    !session_begin(session, &tx, NULL, error) || !team_add(&tx, name, &id, error))
		return false;
	session_note(session, OBJECT_TEAM, &id);
	if (!finish(session, &tx, "team add", error))
		return false;
	*ret = id;
	return true;
}

bool
user_join_team(Session *session, const Id *team, const Id *user, gint64 until, const char *reason,
    GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(User) member = NULL;

	if (!rights_require_administrator(session, error) || !refuse_self(session, user, error) ||
	    (member = user_get(session->store, user, error)) == NULL)
		return false;
	if (member->state == USER_LEFT)
		return error_set(error, ERROR_CONFLICT, "This user has left.");
	if (!session_begin(session, &tx, reason, error) || !check_until(&tx, until, error) ||
	    !team_join(&tx, team, user, until, error))
		return false;
	session_note(session, OBJECT_TEAM, team);
	session_note(session, OBJECT_USER, user);
	return finish(session, &tx, "team join", error);
}

bool
user_leave_team(
    Session *session, const Id *team, const Id *user, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;

	if (!rights_require_administrator(session, error) ||
	    !session_begin(session, &tx, reason, error) || !team_leave(&tx, team, user, error))
		return false;
	session_note(session, OBJECT_TEAM, team);
	session_note(session, OBJECT_USER, user);
	return finish(session, &tx, "team leave", error);
}

bool
user_claim_team_address(Session *session, const Id *team, const char *address, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *canonical = NULL;

	if (!rights_require_administrator(session, error) ||
	    !refuse_own_team(session, team, error) ||
	    (canonical = canonical_of(address, error)) == NULL ||
	    !session_begin(session, &tx, NULL, error) ||
	    !team_add_address(&tx, team, canonical, address, error))
		return false;
	session_note(session, OBJECT_TEAM, team);
	return finish(session, &tx, "team address add", error);
}

bool
user_drop_team_address(
    Session *session, const Id *team, const char *address, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autofree char *canonical = NULL;
	g_autoptr(Team) found = NULL;
	guint index;

	if (!rights_require_administrator(session, error) ||
	    !rights_require_reason(reason, error) ||
	    (canonical = canonical_of(address, error)) == NULL ||
	    (found = team_get(session->store, team, error)) == NULL ||
	    !find_address(found->addresses, canonical, &index, error) ||
	    !session_begin(session, &tx, reason, error) ||
	    !team_end_address(&tx, team, canonical, index, error))
		return false;
	session_note(session, OBJECT_TEAM, team);
	return finish(session, &tx, "team address remove", error);
}

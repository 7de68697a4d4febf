#include "rules/circle.h"

#include "base/error.h"
#include "rules/rights.h"
#include "store/user.h"

#include <string.h>

bool
circle_create(Session *session, const char *name, Id *ret, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	Id id;

	if (name[strspn(name, " ")] == '\0' || strlen(name) > 200)
		return error_set(error, ERROR_INVALID, "The name of a circle has 1 to 200 bytes.");
	if (id_is_zero(&session->actor.user))
		return error_set(error, ERROR_DENIED, "A circle is made by a user.");
	if (!session_begin(session, &tx, NULL, error) ||
	    !circle_add(&tx, name, &session->actor.user, &id, error))
		return false;
	session_note(session, OBJECT_CIRCLE, &id);
	if (!session_commit(session, &tx, PURPOSE_ADMINISTER, "circle add", error))
		return false;
	*ret = id;
	return true;
}

GPtrArray *
circle_shown(Session *session, GError **error)
{
	return circle_list(session->store, session->viewer, error);
}

GPtrArray *
circle_shown_around(Session *session, ObjectKind kind, const Id *object, GError **error)
{
	g_autoptr(GPtrArray) circles =
	    circle_list_around(session->store, session->viewer, kind, object, error);

	if (circles == NULL)
		return NULL;
	session_note(session, kind, object);
	for (guint i = 0; i < circles->len; i++)
		session_note(session, OBJECT_CIRCLE, &((const Circle *)circles->pdata[i])->id);
	return g_steal_pointer(&circles);
}

/* The circle, when the session's user is in it; otherwise there is none. */
static Circle *
own_circle(Session *session, const Id *id, GError **error)
{
	g_autoptr(GPtrArray) circles = circle_list(session->store, session->viewer, error);

	for (guint i = 0; circles != NULL && i < circles->len; i++)
		if (id_equal(&((const Circle *)circles->pdata[i])->id, id))
			return g_ptr_array_steal_index(circles, i);
	if (circles != NULL)
		error_set(error, ERROR_NOT_FOUND, "There is no such circle.");
	return NULL;
}

bool
circle_invite(Session *session, const Id *id, const Id *user, gint64 until, const char *reason,
    GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(Circle) circle = own_circle(session, id, error);
	g_autoptr(User) member = circle == NULL ? NULL : user_get(session->store, user, error);

	if (member == NULL || !rights_require_reason(reason, error))
		return false;
	if (member->state == USER_LEFT)
		return error_set(error, ERROR_CONFLICT, "This user has left.");
	if (!session_begin(session, &tx, reason, error))
		return false;
	if (until != 0 && until <= tx.now)
		return error_set(error, ERROR_INVALID, "The end must be in the future.");
	if (!circle_join(&tx, id, user, until, error))
		return false;
	session_note(session, OBJECT_CIRCLE, id);
	session_note(session, OBJECT_USER, user);
	return session_commit(session, &tx, PURPOSE_ADMINISTER, "circle invite", error);
}

bool
circle_dismiss(Session *session, const Id *id, const Id *user, const char *reason, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(Circle) circle = own_circle(session, id, error);

	if (circle == NULL || !rights_require_reason(reason, error))
		return false;
	if (circle->members->len <= 1)
		return error_set(error, ERROR_CONFLICT,
		    "The last member can't go: take out what is in the circle, or invite another.");
	if (!session_begin(session, &tx, reason, error) || !circle_leave(&tx, id, user, error))
		return false;
	session_note(session, OBJECT_CIRCLE, id);
	session_note(session, OBJECT_USER, user);
	return session_commit(session, &tx, PURPOSE_ADMINISTER, "circle dismiss", error);
}

static bool
may_close_off(Session *session, ObjectKind kind, const Id *object, GError **error)
{
	guint why;

	if (kind == OBJECT_CONTACT)
		return rights_require_contact(session, object, RIGHT_MANAGE, error);
	if (!visible_message_why(session->store, session->viewer, object, &why, error))
		return false;
	if (why == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no such message.");
	return (why & (VISIBLE_PARTICIPANT | VISIBLE_TEAM)) != 0 ||
	       error_set(error, ERROR_DENIED, "Only who takes part in a message closes it off.");
}

static bool
change(Session *session, const Id *id, ObjectKind kind, const Id *object, const char *reason,
    bool enclose, GError **error)
{
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(Circle) circle = own_circle(session, id, error);

	if (circle == NULL || !rights_require_reason(reason, error) ||
	    !may_close_off(session, kind, object, error) ||
	    !session_begin(session, &tx, reason, error) ||
	    !(enclose ? circle_put(&tx, session->viewer, id, kind, object, error)
		      : circle_take(&tx, session->viewer, id, kind, object, error)))
		return false;
	session_note(session, OBJECT_CIRCLE, id);
	session_note(session, kind, object);
	return session_commit(
	    session, &tx, PURPOSE_ADMINISTER, enclose ? "circle enclose" : "circle release", error);
}

bool
circle_enclose(Session *session, const Id *id, ObjectKind kind, const Id *object,
    const char *reason, GError **error)
{
	return change(session, id, kind, object, reason, true, error);
}

bool
circle_release(Session *session, const Id *id, ObjectKind kind, const Id *object,
    const char *reason, GError **error)
{
	return change(session, id, kind, object, reason, false, error);
}

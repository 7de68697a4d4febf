#include "rules/rights.h"

#include "base/error.h"
#include "store/grant.h"

#include <string.h>

Viewer *
rights_viewer(Store *store, const Id *user, gint64 revision, gint64 time, GError **error)
{
	return visible_viewer_new(store, user, revision, time, error);
}

Viewer *
rights_viewer_daemon(Store *store, GError **error)
{
	return visible_viewer_system(store, error);
}

static bool
refuse(guint rights, Right right, const char *missing, GError **error)
{
	if (rights & 1u << right)
		return true;
	if (rights == 0)
		return error_set(error, ERROR_NOT_FOUND, "%s", missing);
	return error_set(error, ERROR_DENIED, "This needs the right \"%s\" on the address book.",
	    grant_right_name(right));
}

bool
rights_require(Session *session, const Id *book, Right right, GError **error)
{
	guint rights;

	if (viewer_is_system(session->viewer))
		return true;
	return visible_book_rights(session->store, session->viewer, book, &rights, error) &&
	       refuse(rights, right, "There is no such address book.", error);
}

bool
rights_require_contact(Session *session, const Id *contact, Right right, GError **error)
{
	guint rights;

	return visible_contact_rights(session->store, session->viewer, contact, &rights, error) &&
	       refuse(rights, right, "There is no such contact.", error);
}

bool
rights_require_administrator(Session *session, GError **error)
{
	return session->administrator ||
	       error_set(error, ERROR_DENIED, "Only an administrator may do this.");
}

bool
rights_require_manager(Session *session, const Id *book, GError **error)
{
	return session->administrator || rights_require(session, book, RIGHT_MANAGE, error);
}

bool
rights_require_reason(const char *reason, GError **error)
{
	if (reason != NULL && reason[strspn(reason, " \t\n")] != '\0')
		return true;
	return error_set(error, ERROR_INVALID, "Say why, with a reason.");
}

#include "rules/audit.h"

#include "base/error.h"
#include "rules/rights.h"

#include <string.h>

GPtrArray *
audit_list(Session *session, const AccessFilter *filter, GError **error)
{
	g_autoptr(GPtrArray) entries = NULL;

	if (!rights_require_administrator(session, error))
		return NULL;
	entries = access_list(session->store, filter, error);
	if (entries == NULL)
		return NULL;
	session_note(session, filter->object.kind, &filter->object.id);
	if (!session_record(session, PURPOSE_AUDIT, "audit list", error))
		return NULL;
	return g_steal_pointer(&entries);
}

GPtrArray *
audit_own(Session *session, guint limit, GError **error)
{
	AccessFilter filter = {.user = session->actor.user, .limit = limit};
	g_autoptr(GPtrArray) entries = NULL;

	if (id_is_zero(&filter.user)) {
		error_set(error, ERROR_DENIED, "Only a user has rows of his own.");
		return NULL;
	}
	entries = access_list(session->store, &filter, error);
	if (entries == NULL || !session_record(session, PURPOSE_AUDIT, "own rows", error))
		return NULL;
	return g_steal_pointer(&entries);
}

AccessReport *
audit_verify(Store *store, GError **error)
{
	return access_verify(store, error);
}

static const char *
name_of(const char *const *names, gsize count, guint index)
{
	return index < count && names[index] != NULL ? names[index] : "unknown";
}

const char *
audit_purpose_name(AccessPurpose purpose)
{
	static const char *const names[] = {
	    [PURPOSE_READ] = "read",
	    [PURPOSE_SEARCH] = "search",
	    [PURPOSE_FILE] = "file",
	    [PURPOSE_EDIT] = "edit",
	    [PURPOSE_IMPORT] = "import",
	    [PURPOSE_EXPORT] = "export",
	    [PURPOSE_ADMINISTER] = "administer",
	    [PURPOSE_AUDIT] = "audit",
	    [PURPOSE_SIGN_IN] = "sign-in",
	    [PURPOSE_DESTROY] = "destroy",
	};

	return name_of(names, G_N_ELEMENTS(names), purpose);
}

const char *
audit_surface_name(AccessSurface surface)
{
	static const char *const names[] = {
	    [SURFACE_PAGE] = "page",
	    [SURFACE_COMMAND_LINE] = "command-line",
	    [SURFACE_DAEMON] = "daemon",
	    [SURFACE_CARDDAV] = "carddav",
	    [SURFACE_FORM] = "form",
	};

	return name_of(names, G_N_ELEMENTS(names), surface);
}

const char *
audit_actor_name(ActorKind kind)
{
	static const char *const names[] = {
	    [ACTOR_DAEMON] = "daemon",
	    [ACTOR_USER] = "user",
	    [ACTOR_DEVICE] = "device",
	    [ACTOR_PERSON_CONCERNED] = "person-concerned",
	    [ACTOR_COMMAND_LINE] = "command-line",
	};

	return name_of(names, G_N_ELEMENTS(names), kind);
}

static const char *const object_names[] = {
    [OBJECT_MESSAGE] = "message",
    [OBJECT_CONTACT] = "contact",
    [OBJECT_BOOK] = "book",
    [OBJECT_USER] = "user",
    [OBJECT_TEAM] = "team",
    [OBJECT_GRANT] = "grant",
    [OBJECT_ITEM] = "item",
    [OBJECT_CIRCLE] = "circle",
    [OBJECT_HANDOVER] = "handover",
    [OBJECT_EXCLUSION] = "exclusion",
};

const char *
audit_object_name(ObjectKind kind)
{
	return name_of(object_names, G_N_ELEMENTS(object_names), kind);
}

bool
audit_object_parse(const char *name, ObjectKind *ret, GError **error)
{
	for (guint i = 1; i < G_N_ELEMENTS(object_names); i++)
		if (strcmp(name, object_names[i]) == 0) {
			*ret = (ObjectKind)i;
			return true;
		}
	return error_set(error, ERROR_INVALID,
	    "An object is message, contact, book, user, team, grant, item, circle, handover or "
	    "exclusion, a colon and its id.");
}

#include "rules/session.h"

#include "base/error.h"
#include "base/log.h"
#include "rules/rights.h"

#include <string.h>

static guint
object_hash(gconstpointer data)
{
	const AccessObject *object = data;
	guint hash;

	memcpy(&hash, object->id.bytes, sizeof hash); /* public ids are random */
	return hash ^ (guint)object->kind;
}

static gboolean
object_equal(gconstpointer a, gconstpointer b)
{
	const AccessObject *one = a, *two = b;

	return one->kind == two->kind && id_equal(&one->id, &two->id);
}

static Session *
new_session(Store *store, const Actor *actor, AccessSurface surface)
{
	Session *session = g_new0(Session, 1);

	session->store = store;
	session->actor = *actor;
	session->surface = surface;
	session->objects = g_array_new(FALSE, FALSE, sizeof(AccessObject));
	session->noted = g_hash_table_new_full(object_hash, object_equal, g_free, NULL);
	return session;
}

void
session_free(Session *session)
{
	if (session == NULL)
		return;
	viewer_free(session->viewer);
	user_free(session->user);
	g_array_unref(session->objects);
	g_hash_table_unref(session->noted);
	g_free(session->claim);
	g_free(session);
}

Session *
session_new(Store *store, const Actor *actor, AccessSurface surface, GError **error)
{
	g_autoptr(Session) session = new_session(store, actor, surface);

	session->user = user_get(store, &actor->user, error);
	if (session->user == NULL)
		return NULL;
	if (session->user->state == USER_LEFT) {
		error_set(error, ERROR_DENIED, "This user has left.");
		return NULL;
	}
	session->administrator = session->user->administrator;
	session->viewer = rights_viewer(store, &actor->user, 0, 0, error);
	return session->viewer == NULL ? NULL : g_steal_pointer(&session);
}

Session *
session_new_first(Store *store, GError **error)
{
	static const Actor actor = {.kind = ACTOR_COMMAND_LINE};
	static const Id nobody;
	g_autoptr(Session) session = new_session(store, &actor, SURFACE_COMMAND_LINE);
	bool any;

	if (!user_any(store, &any, error))
		return NULL;
	if (any) {
		error_set(error, ERROR_DENIED,
		    "There are users already: say for which administrator you act with --as.");
		return NULL;
	}
	session->administrator = true;
	session->viewer = rights_viewer(store, &nobody, 0, 0, error);
	return session->viewer == NULL ? NULL : g_steal_pointer(&session);
}

Session *
session_new_daemon(Store *store, GError **error)
{
	static const Actor actor = {.kind = ACTOR_DAEMON};
	g_autoptr(Session) session = new_session(store, &actor, SURFACE_DAEMON);

	session->viewer = rights_viewer_daemon(store, error);
	return session->viewer == NULL ? NULL : g_steal_pointer(&session);
}

void
session_note(Session *session, ObjectKind kind, const Id *id)
{
	AccessObject object = {.kind = kind, .id = *id};

	if (!id_is_zero(id) && g_hash_table_add(session->noted, g_memdup2(&object, sizeof object)))
		g_array_append_val(session->objects, object);
}

static void
forget(Session *session)
{
	g_array_set_size(session->objects, 0);
	g_hash_table_remove_all(session->noted);
}

/* *text keeps what the row points to. */
static AccessRow
make_row(Session *session, AccessPurpose purpose, const char *detail, char **text)
{
	AccessRow row = {
	    .actor = session->actor,
	    .surface = session->surface,
	    .purpose = purpose,
	    .objects = session->objects,
	};

	if (session->claim != NULL && detail != NULL)
		*text = g_strconcat(session->claim, "; ", detail, NULL);
	row.detail = *text != NULL ? *text : detail != NULL ? detail : session->claim;
	return row;
}

bool
session_record(Session *session, AccessPurpose purpose, const char *detail, GError **error)
{
	g_autofree char *text = NULL;
	AccessRow row = make_row(session, purpose, detail, &text);

	if (!access_read(session->store, &row, error))
		return false;
	forget(session);
	return true;
}

void
session_record_refusal(Session *session, AccessPurpose purpose, ErrorCode code, const char *detail)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	AccessRow row = make_row(session, purpose, detail, &text);

	row.result = 1 + (int)code;
	if (!access_read(session->store, &row, &error))
		log_gerror(LOG_LEVEL_WARNING, "refusal-unrecorded", error);
	forget(session);
}

bool
session_record_change(
    Session *session, StoreTx *tx, AccessPurpose purpose, const char *detail, GError **error)
{
	g_autofree char *text = NULL;
	AccessRow row = make_row(session, purpose, detail, &text);

	if (!access_change(tx, &row, error))
		return false;
	forget(session);
	return true;
}

bool
session_begin(Session *session, StoreTx *tx, const char *reason, GError **error)
{
	return store_tx_begin(tx, session->store, &session->actor, reason, error);
}

bool
session_commit(
    Session *session, StoreTx *tx, AccessPurpose purpose, const char *detail, GError **error)
{
	return session_record_change(session, tx, purpose, detail, error) &&
	       store_tx_commit(tx, error);
}

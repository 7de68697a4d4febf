#include "store/revision.h"

#include "base/error.h"
#include "store/db.h"
#include "store/key.h"

void
revision_free(Revision *revision)
{
	if (revision == NULL)
		return;
	g_free(revision->reason);
	g_free(revision);
}

Revision *
revision_get(Store *store, gint64 id, GError **error)
{
	static const char sql[] =
	    "SELECT time, actor_kind, actor, key_id, reason FROM revision WHERE id = $id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(Revision) revision = NULL;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$id", id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		break;
	case DB_DONE:
		error_set(error, ERROR_NOT_FOUND, "There is no such revision.");
		return NULL;
	default:
		return NULL;
	}
	revision = g_new0(Revision, 1);
	revision->id = id;
	revision->time = db_int(stmt, 0);
	revision->actor_kind = (ActorKind)db_int(stmt, 1);
	revision->actor = db_id(stmt, 2);
	if (!db_is_null(stmt, 4)) {
		gsize size;
		const guint8 *sealed = db_blob(stmt, 4, &size);
		Id row = key_row(id);
		g_autoptr(GBytes) plain = key_unseal(
		    store, db_int(stmt, 3), "revision", &row, "reason", sealed, size, error);

		if (plain == NULL)
			return NULL;
		revision->reason =
		    g_strndup(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
	}
	return g_steal_pointer(&revision);
}

gint64
revision_at(Store *store, gint64 time, GError **error)
{
	/* Times never run back, so the highest number is the latest. */
	static const char sql[] =
	    "SELECT id FROM revision WHERE time <= $time ORDER BY id DESC LIMIT 1";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	gint64 id = 0;

	if (stmt == NULL)
		return -1;
	db_bind_int(stmt, "$time", time);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		id = db_int(stmt, 0);
		return id;
	case DB_DONE:
		return 0;
	default:
		return -1;
	}
}

#include "store/sent.h"

#include "store/db.h"

void
sent_free(Sent *sent)
{
	if (sent == NULL)
		return;
	g_bytes_unref(sent->summary);
	g_free(sent);
}

GPtrArray *
sent_list(Store *store, const Viewer *viewer, guint max, GError **error)
{
	/* Side 1 is the sender's (PARTICIPANT_SENDER), 131072 MESSAGE_OUTGOING. */
	static const char sql[] =
	    "SELECT m.pid, m.time, m.key_id, m.summary FROM participant p JOIN message m ON m.id = "
	    "p.message_id WHERE p.user_id = $viewer_user AND p.side = 1 AND p.end_revision IS NULL "
	    "AND (m.flags & 131072) <> 0 AND m.summary IS NOT NULL AND " VISIBLE_MESSAGE(
		"m") " ORDER BY m.time DESC LIMIT $max";
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)sent_free);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	G_STATIC_ASSERT(PARTICIPANT_SENDER == 1 && MESSAGE_OUTGOING == 131072);
	if (stmt == NULL)
		return NULL;
	visible_bind(stmt, viewer);
	db_bind_int(stmt, "$max", max);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Id id = db_id(stmt, 0);
		g_autoptr(GBytes) sealed = db_bytes(stmt, 3);
		GBytes *summary = message_open_summary(store, &id, db_int(stmt, 2), sealed, error);
		Sent *sent;

		if (summary == NULL)
			return NULL;
		sent = g_new0(Sent, 1);
		sent->message = id;
		sent->time = db_int(stmt, 1);
		sent->summary = summary;
		g_ptr_array_add(list, sent);
	}
	return step == DB_ERROR ? NULL : g_steal_pointer(&list);
}

#include "store/sighting.h"

#include "store/db.h"
#include "store/item-detail.h"
#include "store/key.h"

void
sighting_free(Sighting *sighting)
{
	if (sighting == NULL)
		return;
	g_ptr_array_unref(sighting->recipients);
	g_free(sighting);
}

static const char sql_list[] =
    "SELECT i.pid, i.taken, s.name, s.kind, i.proof, i.key_id, i.detail"
    " FROM message m JOIN item i ON i.message_id = m.id JOIN source s ON s.id = i.source_id"
    " WHERE m.pid = $pid AND " VISIBLE_MESSAGE("m") " ORDER BY i.id LIMIT 100";

/* Login and recipients come out of the sealed detail; an erased one is left empty. */
static bool
read_detail(Store *store, DbStmt *stmt, bool sender_side, Sighting *sighting, GError **error)
{
	g_autoptr(GBytes) plain = NULL;
	g_autoptr(ItemDetail) detail = NULL;
	const guint8 *sealed;
	gsize size;
	Id id = db_id(stmt, 0);

	if (db_is_null(stmt, 5) || db_is_null(stmt, 6))
		return true;
	sealed = db_blob(stmt, 6, &size);
	plain = key_unseal(store, db_int(stmt, 5), "item", &id, "detail", sealed, size, error);
	detail = plain != NULL ? item_detail_unpack(plain, error) : NULL;
	if (detail == NULL)
		return false;
	sighting->login = detail->login != NULL;
	for (guint i = 0; sender_side && i < detail->recipients->len; i++)
		g_ptr_array_add(sighting->recipients, g_strdup(detail->recipients->pdata[i]));
	return true;
}

GPtrArray *
sighting_list(
    Store *store, const Viewer *viewer, const Id *message, bool sender_side, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_list, error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)sighting_free);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	visible_bind(stmt, viewer);
	db_bind_id(stmt, "$pid", message);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Sighting *sighting = g_new0(Sighting, 1);

		sighting->recipients = g_ptr_array_new_with_free_func(g_free);
		g_ptr_array_add(list, sighting);
		sighting->taken = db_int(stmt, 1);
		g_strlcpy(sighting->source, db_text(stmt, 2), sizeof sighting->source);
		sighting->kind = (int)db_int(stmt, 3);
		sighting->proof = (SenderProof)db_int(stmt, 4);
		if (!read_detail(store, stmt, sender_side, sighting, error))
			return NULL;
	}
	return step == DB_DONE ? g_steal_pointer(&list) : NULL;
}

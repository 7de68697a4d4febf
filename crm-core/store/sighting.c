#include "store/sighting.h"

#include "store/db.h"
#include "store/item-detail.h"
#include "store/card.h"
#include "store/key.h"
#include "store/user.h"

#include <string.h>

void
sighting_free(Sighting *sighting)
{
	if (sighting == NULL)
		return;
	g_ptr_array_unref(sighting->recipients);
	g_free(sighting->owner);
	g_free(sighting->folder);
	g_free(sighting);
}

static const char sql_list[] =
    "SELECT i.pid, i.taken, s.name, s.kind, i.proof, i.key_id, i.detail"
    " FROM message m JOIN item i ON i.message_id = m.id JOIN source s ON s.id = i.source_id"
    " WHERE m.pid = $pid AND " VISIBLE_MESSAGE("m") " ORDER BY i.id LIMIT 100";

static bool
is_login_of(const User *self, const char *login)
{
	g_autofree char *folded = card_fold(login), *own = card_fold(self->login);

	/* many a server's log-ins are mail addresses */
	for (char **address = self->addresses; *address != NULL; address++) {
		g_autofree char *other = card_fold(*address);

		if (strcmp(folded, other) == 0)
			return true;
	}
	return strcmp(folded, own) == 0;
}

static void
read_mailbox(const ItemDetail *detail, const User *self, bool sender_side, Sighting *sighting)
{
	bool own = self != NULL && detail->owner != NULL && is_login_of(self, detail->owner);

	if (own || sender_side)
		sighting->owner = g_strdup(detail->owner);
	if (own)
		sighting->folder = g_strdup(detail->folder);
}

/* Login, recipients and mailbox come out of the sealed detail; an erased one is left empty. */
static bool
read_detail(Store *store, DbStmt *stmt, const User *self, bool sender_side, Sighting *sighting,
    GError **error)
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
	read_mailbox(detail, self, sender_side, sighting);
	for (guint i = 0; sender_side && i < detail->recipients->len; i++)
		g_ptr_array_add(sighting->recipients, g_strdup(detail->recipients->pdata[i]));
	return true;
}

GPtrArray *
sighting_list(
    Store *store, const Viewer *viewer, const Id *message, bool sender_side, GError **error)
{
	Id id = viewer_user(viewer);
	g_autoptr(User) self = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)sighting_free);
	DbStep step;

	if ((!id_is_zero(&id) && (self = user_get(store, &id, error)) == NULL) ||
	    (stmt = db_stmt(store, DB_RECORDS, sql_list, error)) == NULL)
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
		if (!read_detail(store, stmt, self, sender_side, sighting, error))
			return NULL;
	}
	return step == DB_DONE ? g_steal_pointer(&list) : NULL;
}

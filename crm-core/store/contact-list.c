/* Reading contacts: only what the viewer may see. */
#include "store/contact.h"

#include "base/error.h"
#include "store/contact-filter.h"
#include "store/key.h"
#include "store/row.h"

#include <string.h>

void
contact_free(Contact *contact)
{
	if (contact == NULL)
		return;
	if (contact->card != NULL)
		seal_wipe(contact->card, strlen(contact->card));
	g_free(contact->card);
	g_free(contact);
}

#define SELECT_CONTACT                                                                             \
	"SELECT c.id, c.pid, c.kind, c.key_id, c.card, (SELECT COALESCE(SUM(1 << r.role), 0) "     \
	"FROM "                                                                                    \
	"contact_role r WHERE r.contact_id = c.id AND " VISIBLE_VALID("r") ") FROM contact c "
#define WHERE_THERE "(c.deleted_revision IS NULL OR c.deleted_revision > $viewer_revision)"
#define WHERE_VISIBLE WHERE_THERE " AND " VISIBLE_CONTACT("c")

static Contact *
contact_from_row(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(Contact) contact = g_new0(Contact, 1);
	g_autoptr(GBytes) plain = NULL;
	const guint8 *sealed;
	gsize size;

	contact->row = db_int(stmt, 0);
	contact->id = db_id(stmt, 1);
	contact->kind = (ContactKind)db_int(stmt, 2);
	contact->roles = (guint)db_int(stmt, 5);
	sealed = db_blob(stmt, 4, &size);
	plain = key_unseal(
	    store, db_int(stmt, 3), "contact", &contact->id, "card", sealed, size, error);
	if (plain == NULL)
		return NULL;
	contact->card = g_strndup(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
	return g_steal_pointer(&contact);
}

static GPtrArray *
read_contacts(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(GPtrArray) contacts =
	    g_ptr_array_new_with_free_func((GDestroyNotify)contact_free);
	DbStep step;

	while ((step = db_step(stmt, error)) == DB_ROW) {
		Contact *contact = contact_from_row(store, stmt, error);

		if (contact == NULL)
			return NULL;
		g_ptr_array_add(contacts, contact);
	}
	return step == DB_ERROR ? NULL : g_steal_pointer(&contacts);
}

Contact *
contact_get(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	/* Whoever shows a contact asks for his rights on it, too: so that is asked apart, once prepared. */
	static const char sql[] = SELECT_CONTACT "WHERE c.pid = $pid AND " WHERE_THERE;
	g_autoptr(DbStmt) stmt = NULL;
	DbStep step = DB_DONE;
	guint rights;

	if (!visible_contact_rights(store, viewer, id, &rights, error))
		return NULL;
	if (rights != 0) {
		stmt = db_stmt(store, DB_RECORDS, sql, error);
		if (stmt == NULL)
			return NULL;
		db_bind_id(stmt, "$pid", id);
		visible_bind(stmt, viewer);
		step = db_step(stmt, error);
	}
	if (step == DB_DONE)
		error_set(error, ERROR_NOT_FOUND, "There is no such contact.");
	return step == DB_ROW ? contact_from_row(store, stmt, error) : NULL;
}

Contact *
contact_find_uid(Store *store, const Viewer *viewer, const char *uid, GError **error)
{
	static const char sql[] = SELECT_CONTACT "WHERE c.uid_hash = $hash AND " WHERE_VISIBLE;
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	KeyHash hash;

	if (stmt == NULL || !key_hash_text(store, KEY_UID, uid, &hash, error))
		return NULL;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	visible_bind(stmt, viewer);
	return db_step(stmt, error) == DB_ROW ? contact_from_row(store, stmt, error) : NULL;
}

bool
contact_has_uid(Store *store, const char *uid, bool *ret, GError **error)
{
	static const char sql[] = "SELECT id FROM contact WHERE uid_hash = $hash";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	KeyHash hash;
	gint64 row;

	if (stmt == NULL || !key_hash_text(store, KEY_UID, uid, &hash, error))
		return false;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	if (!row_int(stmt, 0, &row, error))
		return false;
	*ret = row != 0;
	return true;
}

GPtrArray *
contact_find_address(Store *store, const Viewer *viewer, const char *canonical, GError **error)
{
	static const char sql[] =
	    SELECT_CONTACT "WHERE c.id IN (SELECT a.contact_id FROM contact_address a JOIN address "
			   "d ON d.id = a.address_id WHERE d.hash = $hash AND " VISIBLE_VALID(
			       "a") ") "
				    "AND " WHERE_VISIBLE " ORDER BY c.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	KeyHash hash;

	if (stmt == NULL)
		return NULL;
	if (canonical == NULL || *canonical == '\0')
		return g_ptr_array_new_with_free_func((GDestroyNotify)contact_free);
	if (!key_hash_text(store, KEY_ADDRESS, canonical, &hash, error))
		return NULL;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	visible_bind(stmt, viewer);
	return read_contacts(store, stmt, error);
}

GPtrArray *
contact_list(Store *store, const Viewer *viewer, const ContactQuery *query, GError **error)
{
	static const char sql[] = SELECT_CONTACT
	    "WHERE c.id > COALESCE((SELECT p.id FROM contact p WHERE p.pid = $after), 0)"
	    " AND ($kind = 0 OR c.kind = $kind) AND " CONTACT_FILTER(
		"c") " AND " WHERE_VISIBLE " ORDER BY c.id LIMIT $limit";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$after", query->after);
	contact_filter_bind(stmt, query->book, query->roles);
	db_bind_int(stmt, "$kind", query->kind);
	db_bind_int(stmt, "$limit", query->limit == 0 ? G_MAXINT64 : query->limit);
	visible_bind(stmt, viewer);
	return read_contacts(store, stmt, error);
}

static GPtrArray *
related(Store *store, const Viewer *viewer, const char *sql, const Id *id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	visible_bind(stmt, viewer);
	return read_contacts(store, stmt, error);
}

GPtrArray *
contact_employers(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] = SELECT_CONTACT
	    "WHERE c.id IN (SELECT e.organisation_id FROM employment e JOIN contact "
	    "p ON p.id = e.contact_id WHERE p.pid = $pid AND " VISIBLE_VALID(
		"e") " AND " VISIBLE_CONTACT("p") ") AND " WHERE_VISIBLE " ORDER BY c.id";

	return related(store, viewer, sql, id, error);
}

GPtrArray *
contact_people(Store *store, const Viewer *viewer, const Id *id, GError **error)
{
	static const char sql[] = SELECT_CONTACT
	    "WHERE c.id IN (SELECT e.contact_id FROM employment e JOIN contact o ON "
	    "o.id = e.organisation_id WHERE o.pid = $pid AND " VISIBLE_VALID(
		"e") " AND " VISIBLE_CONTACT("o") ") AND " WHERE_VISIBLE " ORDER BY c.id";

	return related(store, viewer, sql, id, error);
}

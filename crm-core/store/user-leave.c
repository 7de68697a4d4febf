/* What a leaver was given ends with him; what he did and his addresses stay. */
#include "store/user.h"

#include "base/error.h"
#include "store/row.h"

bool
user_end_rights(StoreTx *tx, const Id *id, GError **error)
{
	static const char *const sql[] = {
	    "UPDATE team_member SET end_revision = $revision WHERE user_id = $user "
	    "AND end_revision IS NULL",
	    "UPDATE book_grant SET end_revision = $revision WHERE user_id = $user "
	    "AND end_revision IS NULL",
	    "UPDATE handover SET end_revision = $revision WHERE to_user_id = $user "
	    "AND end_revision IS NULL",
	    "UPDATE circle_member SET end_revision = $revision WHERE user_id = $user "
	    "AND end_revision IS NULL",
	};
	gint64 row = row_get(tx->store, OBJECT_USER, id, error);
	gint64 revision = row == 0 ? 0 : store_tx_revision(tx, error);

	for (gsize i = 0; i < G_N_ELEMENTS(sql); i++) {
		g_autoptr(DbStmt) stmt =
		    revision == 0 ? NULL : db_stmt(tx->store, DB_RECORDS, sql[i], error);

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$revision", revision);
		db_bind_int(stmt, "$user", row);
		if (!db_run(stmt, error))
			return false;
	}
	return true;
}

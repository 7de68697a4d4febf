#include "store/counter.h"

bool
counter_get(
    Store *store, DbFile file, const char *name, gint64 missing, gint64 *ret, GError **error)
{
	static const char sql[] = "SELECT value FROM counter WHERE name = $name";
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_text(stmt, "$name", name);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		*ret = db_int(stmt, 0);
		return true;
	case DB_DONE:
		*ret = missing;
		return true;
	default:
		return false;
	}
}

bool
counter_set(Store *store, DbFile file, const char *name, gint64 value, GError **error)
{
	static const char sql[] = "INSERT INTO counter (name, value) VALUES ($name, $value) "
				  "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	g_autoptr(DbStmt) stmt = db_stmt(store, file, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_text(stmt, "$name", name);
	db_bind_int(stmt, "$value", value);
	return db_run(stmt, error);
}

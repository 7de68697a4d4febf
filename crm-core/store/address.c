#include "store/address.h"

#include "store/db.h"
#include "store/key.h"
#include "store/row.h"

#include <string.h>

gint64
address_find(Store *store, const char *canonical, GError **error)
{
	static const char sql[] = "SELECT id FROM address WHERE hash = $hash";
	g_autoptr(DbStmt) stmt = NULL;
	KeyHash hash;
	gint64 row;

	if (canonical == NULL || *canonical == '\0')
		return 0;
	if (!key_hash_text(store, KEY_ADDRESS, canonical, &hash, error) ||
	    (stmt = db_stmt(store, DB_RECORDS, sql, error)) == NULL)
		return -1;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	return row_int(stmt, 0, &row, error) ? row : -1;
}

/* The next shorter domain that isn't a top-level one, or NULL. */
static const char *
parent_domain(const char *domain)
{
	const char *dot = strchr(domain, '.');

	return dot == NULL || strchr(dot + 1, '.') == NULL ? NULL : dot + 1;
}

static bool
add_domains(StoreTx *tx, gint64 row, const char *domain, GError **error)
{
	static const char sql[] = "INSERT INTO address_domain (domain_hash, address_id) "
				  "VALUES ($hash, $address) ON CONFLICT (domain_hash, address_id) "
				  "DO NOTHING";

	for (; domain != NULL; domain = parent_domain(domain)) {
		g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
		KeyHash hash;

		if (stmt == NULL || !key_hash_text(tx->store, KEY_DOMAIN, domain, &hash, error))
			return false;
		db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
		db_bind_int(stmt, "$address", row);
		if (!db_run(stmt, error))
			return false;
	}
	return true;
}

gint64
address_claim(StoreTx *tx, const char *canonical, GError **error)
{
	static const char sql[] = "INSERT INTO address (hash_key, hash) VALUES ($key, $hash)";
	g_autoptr(DbStmt) stmt = NULL;
	gint64 row = address_find(tx->store, canonical, error);
	const char *at;
	KeyHash hash;

	if (row != 0 || canonical == NULL || *canonical == '\0')
		return row;
	if (!key_hash_text(tx->store, KEY_ADDRESS, canonical, &hash, error) ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return -1;
	db_bind_int(stmt, "$key", hash.key);
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	if (!db_run(stmt, error))
		return -1;
	row = db_last_id(tx->store, DB_RECORDS);
	at = strrchr(canonical, '@');
	if (at != NULL && !add_domains(tx, row, at + 1, error))
		return -1;
	return row;
}

/* A row of (id, pid, since, team). */
static void
owner_from_row(DbStmt *stmt, gpointer ret)
{
	AddressOwner *owner = ret;

	owner->row = db_int(stmt, 0);
	owner->id = db_id(stmt, 1);
	owner->since = db_int(stmt, 2);
	owner->team = db_int(stmt, 3) != 0;
}

static GArray *
read_owners(DbStmt *stmt, GError **error)
{
	return row_list(stmt, sizeof(AddressOwner), owner_from_row, error);
}

static GArray *
owners_of_row(Store *store, const char *sql, gint64 row, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$address", row);
	return read_owners(stmt, error);
}

GArray *
address_staff(Store *store, gint64 row, GError **error)
{
	static const char sql[] =
	    "SELECT u.id, u.pid, 0, 0 FROM user_address a JOIN user u ON u.id = a.user_id "
	    "WHERE a.address_id = $address AND a.end_revision IS NULL "
	    "UNION ALL SELECT t.id, t.pid, 0, 1 FROM team_address b JOIN team t ON t.id = "
	    "b.team_id "
	    "WHERE b.address_id = $address AND b.end_revision IS NULL";

	return owners_of_row(store, sql, row, error);
}

GArray *
address_contacts(Store *store, gint64 row, GError **error)
{
	static const char sql[] =
	    "SELECT c.id, c.pid, a.since, 0 FROM contact_address a JOIN contact c ON c.id = "
	    "a.contact_id WHERE a.address_id = $address AND a.end_revision IS NULL "
	    "AND c.deleted_revision IS NULL ORDER BY c.id";

	return owners_of_row(store, sql, row, error);
}

GArray *
address_domain_owners(Store *store, const char *domain, const char **ret_domain, GError **error)
{
	static const char sql[] =
	    "SELECT c.id, c.pid, d.since, 0 FROM contact_domain d JOIN contact c ON c.id = "
	    "d.contact_id WHERE d.domain_hash = $hash AND d.end_revision IS NULL "
	    "AND c.deleted_revision IS NULL ORDER BY c.id";

	for (; domain != NULL && *domain != '\0'; domain = parent_domain(domain)) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
		g_autoptr(GArray) owners = NULL;
		KeyHash hash;

		if (stmt == NULL || !key_hash_text(store, KEY_DOMAIN, domain, &hash, error))
			return NULL;
		db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
		owners = read_owners(stmt, error);
		if (owners == NULL)
			return NULL;
		if (owners->len > 0) {
			if (ret_domain != NULL)
				*ret_domain = domain;
			return g_steal_pointer(&owners);
		}
	}
	return g_array_new(FALSE, FALSE, sizeof(AddressOwner));
}

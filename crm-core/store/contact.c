/* Writing contacts and the rows beside the card. */
#include "store/contact.h"

#include "base/error.h"
#include "store/address.h"
#include "store/book.h"
#include "store/key.h"
#include "store/row.h"
#include "store/search-index.h"

#include <string.h>

/* A table of values that a contact has, each begun and ended by a revision. */
typedef struct {
	const char *select; /* $contact: the values it has now */
	const char *insert; /* $contact, $value, $revision; $since where it has one */
	const char *end;    /* $contact, $value, $revision */
} Relation;

static const Relation relation_address = {
    "SELECT address_id FROM contact_address WHERE contact_id = $contact AND end_revision IS NULL",
    "INSERT INTO contact_address (contact_id, address_id, since, begin_revision) "
    "VALUES ($contact, $value, $since, $revision)",
    "UPDATE contact_address SET end_revision = $revision WHERE contact_id = $contact "
    "AND address_id = $value AND end_revision IS NULL",
};
static const Relation relation_role = {
    "SELECT role FROM contact_role WHERE contact_id = $contact AND end_revision IS NULL",
    "INSERT INTO contact_role (contact_id, role, begin_revision) "
    "VALUES ($contact, $value, $revision)",
    "UPDATE contact_role SET end_revision = $revision WHERE contact_id = $contact "
    "AND role = $value AND end_revision IS NULL",
};
static const Relation relation_employer = {
    "SELECT organisation_id FROM employment WHERE contact_id = $contact AND end_revision IS NULL",
    "INSERT INTO employment (contact_id, organisation_id, begin_revision) "
    "VALUES ($contact, $value, $revision)",
    "UPDATE employment SET end_revision = $revision WHERE contact_id = $contact "
    "AND organisation_id = $value AND end_revision IS NULL",
};

static bool
contains(const GArray *values, gint64 value)
{
	for (guint i = 0; i < values->len; i++)
		if (g_array_index(values, gint64, i) == value)
			return true;
	return false;
}

static bool
run_relation(StoreTx *tx, const char *sql, gint64 contact, gint64 value, GError **error)
{
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$contact", contact);
	db_bind_int(stmt, "$value", value);
	db_bind_int(stmt, "$revision", revision);
	if (db_has(stmt, "$since"))
		db_bind_int(stmt, "$since", tx->now);
	return db_run(stmt, error);
}

static GArray *
present_values(Store *store, const char *sql, gint64 contact, GError **error)
{
	g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$contact", contact);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 value = db_int(stmt, 0);

		g_array_append_val(values, value);
	}
	return step == DB_ERROR ? NULL : g_steal_pointer(&values);
}

/* Ends what isn't wanted any more, begins what is new; added (may be NULL) gets the places in wanted. */
static bool
sync_relation(StoreTx *tx, const Relation *relation, gint64 contact, const GArray *wanted,
    GArray *added, GError **error)
{
	g_autoptr(GArray) present = present_values(tx->store, relation->select, contact, error);

	if (present == NULL)
		return false;
	for (guint i = 0; i < present->len; i++) {
		gint64 value = g_array_index(present, gint64, i);

		if (!contains(wanted, value) &&
		    !run_relation(tx, relation->end, contact, value, error))
			return false;
	}
	for (guint i = 0; i < wanted->len; i++) {
		gint64 value = g_array_index(wanted, gint64, i);

		if (contains(present, value))
			continue;
		if (!run_relation(tx, relation->insert, contact, value, error))
			return false;
		g_array_append_val(present, value); /* a value that is wanted twice */
		if (added != NULL)
			g_array_append_val(added, i);
	}
	return true;
}

static bool
sync_addresses(
    StoreTx *tx, gint64 contact, char *const *addresses, GPtrArray *ret_new, GError **error)
{
	g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) added = g_array_new(FALSE, FALSE, sizeof(guint));

	for (char *const *address = addresses; address != NULL && *address != NULL; address++) {
		gint64 row = address_claim(tx, *address, error);

		if (row < 0)
			return false;
		g_array_append_val(wanted, row);
	}
	if (!sync_relation(tx, &relation_address, contact, wanted, added, error))
		return false;
	for (guint i = 0; ret_new != NULL && i < added->len; i++)
		g_ptr_array_add(ret_new, g_strdup(addresses[g_array_index(added, guint, i)]));
	return true;
}

static bool
sync_roles(StoreTx *tx, gint64 contact, guint mask, GError **error)
{
	g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (gint64 role = CONTACT_CUSTOMER; role <= CONTACT_ROLE_LAST; role++)
		if (mask & 1u << role)
			g_array_append_val(wanted, role);
	return sync_relation(tx, &relation_role, contact, wanted, NULL, error);
}

static bool
sync_employers(StoreTx *tx, gint64 contact, const ContactRecord *record, GError **error)
{
	g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < record->n_employers; i++) {
		gint64 row = row_get(tx->store, OBJECT_CONTACT, &record->employers[i], error);

		if (row == 0)
			return false;
		g_array_append_val(wanted, row);
	}
	return sync_relation(tx, &relation_employer, contact, wanted, NULL, error);
}

static bool
is_wanted_hash(const KeyHash *hashes, guint n, const guint8 *hash, gsize size)
{
	for (guint i = 0; i < n; i++)
		if (size == sizeof hashes[i].bytes && memcmp(hashes[i].bytes, hash, size) == 0)
			return true;
	return false;
}

/* Ends the domains that aren't among the wanted; *ret: the hashes of those that are there. */
static bool
end_domains(
    StoreTx *tx, gint64 contact, const KeyHash *wanted, guint n, GArray *present, GError **error)
{
	static const char sql[] = "SELECT id, domain_hash FROM contact_domain WHERE contact_id = "
				  "$contact AND end_revision IS NULL";
	static const char sql_end[] =
	    "UPDATE contact_domain SET end_revision = $revision WHERE id = $value "
	    "AND contact_id = $contact";
	g_autoptr(GArray) old = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(DbStmt) stmt = db_stmt(tx->store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$contact", contact);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		gint64 id = db_int(stmt, 0);
		gsize size;
		const guint8 *hash = db_blob(stmt, 1, &size);

		if (is_wanted_hash(wanted, n, hash, size)) {
			KeyHash kept = {{0}};

			memcpy(kept.bytes, hash, size);
			g_array_append_val(present, kept);
		} else {
			g_array_append_val(old, id);
		}
	}
	if (step == DB_ERROR)
		return false;
	for (guint i = 0; i < old->len; i++)
		if (!run_relation(tx, sql_end, contact, g_array_index(old, gint64, i), error))
			return false;
	return true;
}

static bool
sync_domains(StoreTx *tx, gint64 contact, char *const *domains, GPtrArray *ret_new, GError **error)
{
	static const char sql[] =
	    "INSERT INTO contact_domain (contact_id, hash_key, domain_hash, since, begin_revision) "
	    "VALUES ($contact, $key, $hash, $since, $revision)";
	guint n = domains == NULL ? 0 : g_strv_length((char **)domains);
	g_autofree KeyHash *wanted = g_new0(KeyHash, n + 1);
	g_autoptr(GArray) present = g_array_new(FALSE, FALSE, sizeof(KeyHash));
	gint64 revision;

	for (guint i = 0; i < n; i++)
		if (!key_hash_text(tx->store, KEY_DOMAIN, domains[i], &wanted[i], error))
			return false;
	if (!end_domains(tx, contact, wanted, n, present, error))
		return false;
	for (guint i = 0; i < n; i++) {
		g_autoptr(DbStmt) stmt = NULL;

		if (is_wanted_hash((const KeyHash *)(const void *)present->data, present->len,
			wanted[i].bytes, sizeof wanted[i].bytes))
			continue;
		if ((revision = store_tx_revision(tx, error)) == 0 ||
		    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
			return false;
		db_bind_int(stmt, "$contact", contact);
		db_bind_int(stmt, "$key", wanted[i].key);
		db_bind_blob(stmt, "$hash", wanted[i].bytes, sizeof wanted[i].bytes);
		db_bind_int(stmt, "$since", tx->now);
		db_bind_int(stmt, "$revision", revision);
		if (!db_run(stmt, error))
			return false;
		g_array_append_val(present, wanted[i]);
		if (ret_new != NULL)
			g_ptr_array_add(ret_new, g_strdup(domains[i]));
	}
	return true;
}

/* Writes the log of one book, or (0) of all that the contact is in. */
static bool
log_change(StoreTx *tx, gint64 contact, gint64 book, BookChange kind, GError **error)
{
	static const char sql[] =
	    "INSERT INTO book_change (book_id, contact_id, contact_pid, kind, revision) "
	    "SELECT b.id, c.id, c.pid, $kind, $revision FROM contact c, book b WHERE c.id = "
	    "$contact AND (b.id = $book OR ($book = 0 AND b.id IN (SELECT cb.book_id FROM "
	    "contact_book cb WHERE cb.contact_id = c.id AND cb.end_revision IS NULL)))";
	gint64 revision = store_tx_revision(tx, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (revision == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL)
		return false;
	db_bind_int(stmt, "$kind", kind);
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$contact", contact);
	db_bind_int(stmt, "$book", book);
	return db_run(stmt, error);
}

static bool
sync_all(StoreTx *tx, gint64 row, const ContactRecord *record, GPtrArray *new_addresses,
    GPtrArray *new_domains, GError **error)
{
	return sync_addresses(tx, row, record->addresses, new_addresses, error) &&
	       sync_domains(tx, row, record->domains, new_domains, error) &&
	       sync_roles(tx, row, record->roles, error) && sync_employers(tx, row, record, error);
}

/* Binds $pid, $kind, $hash_key, $hash, $key and $card; what is bound must outlive the run. */
static bool
bind_contact(StoreTx *tx, DbStmt *stmt, const Id *id, gint64 key, const ContactRecord *record,
    KeyHash *hash, GBytes **sealed, GError **error)
{
	*sealed = key_seal(
	    tx->store, key, "contact", id, "card", record->card, strlen(record->card), error);
	if (*sealed == NULL || !key_hash_text(tx->store, KEY_UID, record->uid, hash, error))
		return false;
	db_bind_id(stmt, "$pid", id);
	db_bind_int(stmt, "$kind", record->kind);
	db_bind_int(stmt, "$hash_key", hash->key);
	db_bind_blob(stmt, "$hash", hash->bytes, sizeof hash->bytes);
	db_bind_int(stmt, "$key", key);
	db_bind_bytes(stmt, "$card", *sealed);
	return true;
}

bool
contact_add(StoreTx *tx, const ContactRecord *record, const Id *book, Id *ret, GError **error)
{
	static const char sql[] =
	    "INSERT INTO contact (pid, kind, hash_key, uid_hash, key_id, card) "
	    "VALUES ($pid, $kind, $hash_key, $hash, $key, $card)";
	g_autoptr(DbStmt) stmt = NULL;
	g_autoptr(GBytes) sealed = NULL;
	Id id = id_new();
	gint64 key, row;
	KeyHash hash;
	bool taken;

	if (!contact_has_uid(tx->store, record->uid, &taken, error))
		return false;
	if (taken)
		return error_set(error, ERROR_CONFLICT, "There is a contact of that UID already.");
	if (!key_claim(tx, &key, error) ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL ||
	    !bind_contact(tx, stmt, &id, key, record, &hash, &sealed, error) ||
	    !db_run(stmt, error))
		return false;
	row = db_last_id(tx->store, DB_RECORDS);
	g_clear_pointer(&stmt, db_stmt_release);
	if (!sync_all(tx, row, record, NULL, NULL, error) ||
	    !contact_enter_book(tx, &id, book, error))
		return false;
	*ret = id;
	return true;
}

bool
contact_save(StoreTx *tx, const Id *id, const ContactRecord *record, GPtrArray **ret_new_addresses,
    GPtrArray **ret_new_domains, GError **error)
{
	static const char sql_key[] =
	    "SELECT key_id FROM contact WHERE pid = $pid AND deleted_revision IS NULL";
	static const char sql[] =
	    "UPDATE contact SET kind = $kind, hash_key = $hash_key, uid_hash = $hash, "
	    "key_id = $key, card = $card WHERE pid = $pid";
	g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(DbStmt) find = db_stmt(tx->store, DB_RECORDS, sql_key, error), stmt = NULL;
	g_autoptr(GBytes) sealed = NULL;
	gint64 key, row;
	KeyHash hash;

	if (find == NULL)
		return false;
	db_bind_id(find, "$pid", id);
	if (!row_int(find, 0, &key, error))
		return false;
	if (key == 0)
		return error_set(error, ERROR_NOT_FOUND, "There is no such contact.");
	row = row_get(tx->store, OBJECT_CONTACT, id, error);
	if (row == 0 || (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL ||
	    !bind_contact(tx, stmt, id, key, record, &hash, &sealed, error) ||
	    !db_run(stmt, error) || !sync_all(tx, row, record, addresses, domains, error) ||
	    !log_change(tx, row, 0, BOOK_CHANGED, error) ||
	    !search_index_stale(tx, OBJECT_CONTACT, row, error))
		return false;
	if (ret_new_addresses != NULL)
		*ret_new_addresses = g_steal_pointer(&addresses);
	if (ret_new_domains != NULL)
		*ret_new_domains = g_steal_pointer(&domains);
	return true;
}

/* $contact, $book and $revision; the rows for the log. */
static DbStmt *
book_stmt(StoreTx *tx, const char *sql, const Id *id, const Id *book, gint64 *ret_contact,
    gint64 *ret_book, GError **error)
{
	gint64 contact = row_get(tx->store, OBJECT_CONTACT, id, error);
	gint64 row = contact == 0 ? 0 : row_get(tx->store, OBJECT_BOOK, book, error);
	gint64 revision = row == 0 ? 0 : store_tx_revision(tx, error);
	DbStmt *stmt = revision == 0 ? NULL : db_stmt(tx->store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_int(stmt, "$contact", contact);
	db_bind_int(stmt, "$book", row);
	db_bind_int(stmt, "$revision", revision);
	*ret_contact = contact;
	*ret_book = row;
	return stmt;
}

static bool
mark_stale(StoreTx *tx, gint64 contact, GError **error)
{
	return search_index_stale(tx, OBJECT_CONTACT, contact, error) &&
	       search_index_stale_filed(tx, contact, error);
}

bool
contact_enter_book(StoreTx *tx, const Id *id, const Id *book, GError **error)
{
	static const char sql[] =
	    "INSERT INTO contact_book (contact_id, book_id, begin_revision) "
	    "SELECT $contact, $book, $revision WHERE NOT EXISTS (SELECT 1 FROM contact_book WHERE "
	    "contact_id = $contact AND book_id = $book AND end_revision IS NULL)";
	gint64 contact, row;
	g_autoptr(DbStmt) stmt = book_stmt(tx, sql, id, book, &contact, &row, error);

	if (stmt == NULL || !db_run(stmt, error))
		return false;
	if (db_changes(tx->store, DB_RECORDS) == 0)
		return error_set(
		    error, ERROR_CONFLICT, "The contact is in that address book already.");
	return log_change(tx, contact, row, BOOK_ADDED, error) && mark_stale(tx, contact, error);
}

bool
contact_leave_book(StoreTx *tx, const Id *id, const Id *book, GError **error)
{
	static const char sql_others[] =
	    "SELECT COUNT(*) FROM contact_book WHERE contact_id = $contact AND book_id <> $book "
	    "AND end_revision IS NULL AND $revision > 0";
	static const char sql[] =
	    "UPDATE contact_book SET end_revision = $revision WHERE contact_id = $contact AND "
	    "book_id = $book AND end_revision IS NULL";
	gint64 contact, row, others;
	g_autoptr(DbStmt) counting = book_stmt(tx, sql_others, id, book, &contact, &row, error);
	g_autoptr(DbStmt) stmt = NULL;

	if (counting == NULL || !row_int(counting, 0, &others, error))
		return false;
	if (others == 0)
		return error_set(error, ERROR_CONFLICT,
		    "It is the contact's only address book: put it into another one first, or "
		    "delete the contact.");
	stmt = book_stmt(tx, sql, id, book, &contact, &row, error);
	return stmt != NULL &&
	       row_end(stmt, tx->store, "The contact isn't in that address book.", error) &&
	       log_change(tx, contact, row, BOOK_REMOVED, error) && mark_stale(tx, contact, error);
}

bool
contact_delete(StoreTx *tx, const Id *id, GError **error)
{
	static const char sql_books[] = "UPDATE contact_book SET end_revision = $revision WHERE "
					"contact_id = $contact AND end_revision IS NULL";
	static const char sql_contact[] =
	    "UPDATE contact SET deleted_revision = $revision, uid_hash = pid WHERE "
	    "id = $contact AND deleted_revision IS NULL";
	static const ContactRecord nothing;
	gint64 contact = row_get(tx->store, OBJECT_CONTACT, id, error), revision;
	g_autoptr(DbStmt) books = NULL, stmt = NULL;

	if (contact == 0 || (revision = store_tx_revision(tx, error)) == 0 ||
	    !sync_all(tx, contact, &nothing, NULL, NULL, error) ||
	    !log_change(tx, contact, 0, BOOK_REMOVED, error) ||
	    (books = db_stmt(tx->store, DB_RECORDS, sql_books, error)) == NULL ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql_contact, error)) == NULL)
		return false;
	db_bind_int(books, "$revision", revision);
	db_bind_int(books, "$contact", contact);
	db_bind_int(stmt, "$revision", revision);
	db_bind_int(stmt, "$contact", contact);
	return db_run(books, error) &&
	       row_end(stmt, tx->store, "There is no such contact.", error) &&
	       mark_stale(tx, contact, error);
}

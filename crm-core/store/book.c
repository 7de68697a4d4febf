#include "store/book.h"

#include "base/error.h"
#include "store/card.h"
#include "store/key.h"
#include "store/row.h"

#define CARD "(yss)" /* version, name, description */
#define SELECT_BOOK "SELECT pid, key_id, card, id FROM book "

void
book_free(Book *book)
{
	if (book == NULL)
		return;
	g_free(book->name);
	g_free(book->description);
	g_free(book);
}

static Book *
book_from_row(Store *store, DbStmt *stmt, GError **error)
{
	g_autoptr(Book) book = g_new0(Book, 1);
	g_autoptr(GVariant) card = NULL;
	guint8 version;

	book->id = db_id(stmt, 0);
	book->row = db_int(stmt, 3);
	card = card_open(store, stmt, 1, 2, "book", &book->id, CARD, error);
	if (card == NULL)
		return NULL;
	g_variant_get(card, "(yss)", &version, &book->name, &book->description);
	return g_steal_pointer(&book);
}

Book *
book_find(Store *store, const char *name, GError **error)
{
	static const char sql[] = SELECT_BOOK "WHERE name_hash = $hash";
	g_autofree char *folded = card_fold(name);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	KeyHash hash;

	if (stmt == NULL || !key_hash_text(store, KEY_NAME, folded, &hash, error))
		return NULL;
	db_bind_blob(stmt, "$hash", hash.bytes, sizeof hash.bytes);
	return db_step(stmt, error) == DB_ROW ? book_from_row(store, stmt, error) : NULL;
}

Book *
book_get(Store *store, const Id *id, GError **error)
{
	static const char sql[] = SELECT_BOOK "WHERE pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return NULL;
	db_bind_id(stmt, "$pid", id);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		return book_from_row(store, stmt, error);
	case DB_DONE:
		error_set(error, ERROR_NOT_FOUND, "There is no such address book.");
		return NULL;
	default:
		return NULL;
	}
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	const Book *one = *(Book *const *)a, *two = *(Book *const *)b;

	return g_utf8_collate(one->name, two->name);
}

GPtrArray *
book_list(Store *store, GError **error)
{
	static const char sql[] = SELECT_BOOK;
	g_autoptr(GPtrArray) books = g_ptr_array_new_with_free_func((GDestroyNotify)book_free);
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Book *book = book_from_row(store, stmt, error);

		if (book == NULL)
			return NULL;
		g_ptr_array_add(books, book);
	}
	g_ptr_array_sort(books, by_name);
	return step == DB_ERROR ? NULL : g_steal_pointer(&books);
}

static bool
refuse_taken(Store *store, const char *name, const Id *except, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(Book) other = book_find(store, name, &why);

	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return false;
	}
	if (other != NULL && (except == NULL || !id_equal(&other->id, except)))
		return error_set(
		    error, ERROR_CONFLICT, "There is an address book of that name already.");
	return true;
}

/* Binds $pid, $hash_key, $hash, $key, $card; sealed and hash must outlive the statement's run. */
static bool
bind_book(StoreTx *tx, DbStmt *stmt, const Id *id, gint64 *key, const char *name,
    const char *description, GBytes **sealed, KeyHash *hash, GError **error)
{
	g_autofree char *folded = card_fold(name);

	*sealed = card_seal(tx, key, "book", id,
	    g_variant_new("(yss)", 1, name, description == NULL ? "" : description), error);
	if (*sealed == NULL || !key_hash_text(tx->store, KEY_NAME, folded, hash, error))
		return false;
	db_bind_id(stmt, "$pid", id);
	db_bind_int(stmt, "$hash_key", hash->key);
	db_bind_blob(stmt, "$hash", hash->bytes, sizeof hash->bytes);
	db_bind_int(stmt, "$key", *key);
	db_bind_bytes(stmt, "$card", *sealed);
	return true;
}

bool
book_add(StoreTx *tx, const char *name, const char *description, Id *ret, GError **error)
{
	static const char sql[] = "INSERT INTO book (pid, hash_key, name_hash, key_id, card) "
				  "VALUES ($pid, $hash_key, $hash, $key, $card)";
	g_autoptr(GBytes) sealed = NULL;
	g_autoptr(DbStmt) stmt = NULL;
	Id id = id_new();
	gint64 key = 0;
	KeyHash hash;

	if (!refuse_taken(tx->store, name, NULL, error) || store_tx_revision(tx, error) == 0 ||
	    (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) == NULL ||
	    !bind_book(tx, stmt, &id, &key, name, description, &sealed, &hash, error) ||
	    !db_run(stmt, error))
		return false;
	*ret = id;
	return true;
}

bool
book_rename(StoreTx *tx, const Id *id, const char *name, const char *description, GError **error)
{
	static const char sql_key[] = "SELECT key_id FROM book WHERE pid = $pid";
	static const char sql[] = "UPDATE book SET hash_key = $hash_key, name_hash = $hash, "
				  "key_id = $key, card = $card WHERE pid = $pid";
	g_autoptr(GBytes) sealed = NULL;
	g_autoptr(DbStmt) find = db_stmt(tx->store, DB_RECORDS, sql_key, error), stmt = NULL;
	gint64 key;
	KeyHash hash;

	if (find == NULL)
		return false;
	db_bind_id(find, "$pid", id);
	return refuse_taken(tx->store, name, id, error) && row_int(find, 0, &key, error) &&
	       (stmt = db_stmt(tx->store, DB_RECORDS, sql, error)) != NULL &&
	       bind_book(tx, stmt, id, &key, name, description, &sealed, &hash, error) &&
	       row_end(stmt, tx->store, "There is no such address book.", error);
}

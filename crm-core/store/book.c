#include "store/book.h"

#include "store/card.h"
#include "store/key.h"
#include "store/named.h"

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

static gpointer
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

static const NamedKind books = {
    .table = "book",
    .purpose = KEY_NAME,
    .sql_find = SELECT_BOOK "WHERE name_hash = $hash",
    .sql_get = SELECT_BOOK "WHERE pid = $pid",
    .sql_list = SELECT_BOOK,
    .sql_add = "INSERT INTO book (pid, hash_key, name_hash, key_id, card) "
	       "VALUES ($pid, $hash_key, $hash, $key, $card)",
    .sql_key = "SELECT key_id FROM book WHERE pid = $pid",
    .sql_save =
	"UPDATE book SET hash_key = $hash_key, name_hash = $hash, card = $card WHERE pid = $pid",
    .missing = "There is no such address book.",
    .taken = "There is an address book of that name already.",
    .from_row = book_from_row,
    .free = (GDestroyNotify)book_free,
    .name = offsetof(Book, name),
    .id = offsetof(Book, id),
};

Book *
book_find(Store *store, const char *name, GError **error)
{
	return named_find(store, &books, name, error);
}

Book *
book_get(Store *store, const Id *id, GError **error)
{
	return named_get(store, &books, id, error);
}

GPtrArray *
book_list(Store *store, GError **error)
{
	return named_list(store, &books, error);
}

static GVariant *
card_of(const char *name, const char *description)
{
	return g_variant_new(CARD, 1, name, description == NULL ? "" : description);
}

bool
book_add(StoreTx *tx, const char *name, const char *description, Id *ret, GError **error)
{
	return named_add(tx, &books, name, card_of(name, description), ret, error);
}

bool
book_rename(StoreTx *tx, const Id *id, const char *name, const char *description, GError **error)
{
	return named_save(tx, &books, id, name, card_of(name, description), error);
}

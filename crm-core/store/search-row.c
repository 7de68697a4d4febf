#include "store/search-row.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/db.h"
#include "store/key.h"
#include "store/message.h"
#include "store/search-fresh.h"
#include "store/search-who.h"

#include <string.h>

#define ID_BITS 28
#define ID_MASK ((G_GINT64_CONSTANT(1) << ID_BITS) - 1)

static gint64
row_id(gint64 time, gint64 id)
{
	return (MAX(time, 0) / CLOCK_SECOND) << ID_BITS | (id & ID_MASK);
}

/* Takes U+E000 to U+F8FF (EE 80 80 to EF A3 BF) out: no text may hold what looks like a token. */
static void
strip_marks(char *text)
{
	guint8 *from, *to;

	if (text == NULL || strpbrk(text, "\xee\xef") == NULL)
		return;
	for (from = to = (guint8 *)text; *from != 0;) {
		if (*from == 0xee || (*from == 0xef && from[1] < 0xa4)) {
			from += from[1] != 0 && from[2] != 0 ? 3 : 1;
			continue;
		}
		*to++ = *from++;
	}
	*to = 0;
}

void
search_index_mail_clear(SearchMailText *text)
{
	g_free(text->subject);
	g_free(text->sender);
	g_free(text->recipient);
	g_free(text->body);
	g_free(text->attachment);
	memset(text, 0, sizeof *text);
}

void
search_index_contact_clear(SearchContactText *text)
{
	if (text->sort_key != NULL)
		g_bytes_unref(text->sort_key);
	g_free(text->name);
	g_free(text->organisation);
	g_free(text->address);
	g_free(text->other);
	memset(text, 0, sizeof *text);
}

/* What is in the index now. */
typedef struct {
	gint64 row; /* 0: nothing */
	char *who, *flag;
} Indexed;

static void
indexed_clear(Indexed *indexed)
{
	g_free(indexed->who);
	g_free(indexed->flag);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Indexed, indexed_clear)

static const char sql_indexed[] = "SELECT id, who, flag FROM mail_row WHERE message_id = $id";

static bool
find_indexed(Store *store, gint64 id, Indexed *ret, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql_indexed, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", id);
	switch (db_step(stmt, error)) {
	case DB_ERROR:
		return false;
	case DB_ROW:
		ret->row = db_int(stmt, 0);
		ret->who = g_strdup(db_text(stmt, 1));
		ret->flag = g_strdup(db_text(stmt, 2));
		break;
	case DB_DONE:
		break;
	}
	return true;
}

static void
strip_all_marks(SearchMailText *text)
{
	strip_marks(text->subject);
	strip_marks(text->sender);
	strip_marks(text->recipient);
	strip_marks(text->body);
	strip_marks(text->attachment);
}

/* The texts of a message, empty ones when its record is damaged: false only for errors of the database.
 * *ret_made: they could be made. */
static bool
make_texts(Store *store, const SearchTexts *texts, gint64 id, const SearchWho *who,
    SearchMailText *ret, bool *ret_made, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(GBytes) stored = NULL;

	*ret_made =
	    texts->fresh != NULL && search_fresh_take(texts->fresh, &who->pid, who->key, ret);
	if (*ret_made) {
		strip_all_marks(ret);
		return true;
	}
	stored = message_parsed_row(store, id, &problem);
	if (stored == NULL && problem != NULL && error_code(problem) == ERROR_TEMPORARY) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return false;
	}
	if (stored == NULL || !texts->mail(stored, who->size, ret, NULL))
		return true;
	strip_all_marks(ret);
	*ret_made = true;
	return true;
}

static const char sql_mail_add[] =
    "INSERT INTO mail_text (rowid, subject, sender, recipient, body, attachment, flag, who)"
    " VALUES ($row, $subject, $sender, $recipient, $body, $attachment, $flag, $who)";
static const char sql_mail_delete[] =
    "INSERT INTO mail_text (mail_text, rowid, subject, sender, recipient, body, attachment, flag, "
    "who)"
    " VALUES ('delete', $row, $subject, $sender, $recipient, $body, $attachment, $flag, $who)";

static bool
write_mail(Store *store, const char *sql, gint64 row, const SearchMailText *text, const char *flag,
    const char *who, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$row", row);
	db_bind_text(stmt, "$subject", text->subject);
	db_bind_text(stmt, "$sender", text->sender);
	db_bind_text(stmt, "$recipient", text->recipient);
	db_bind_text(stmt, "$body", text->body);
	db_bind_text(stmt, "$attachment", text->attachment);
	db_bind_text(stmt, "$flag", flag);
	db_bind_text(stmt, "$who", who);
	return db_run(stmt, error);
}

static bool
run_with(Store *store, const char *sql, gint64 id, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", id);
	return db_run(stmt, error);
}

static bool
remove_row(Store *store, const SearchMailText *text, const Indexed *indexed, GError **error)
{
	return write_mail(store, sql_mail_delete, indexed->row, text, indexed->flag, indexed->who,
		   error) &&
	       run_with(store, "DELETE FROM mail_row WHERE id = $id", indexed->row, error);
}

static const char sql_row_add[] =
    "INSERT INTO mail_row (id, message_id, who, flag) VALUES ($row, $id, $who, $flag)";
static const char sql_defer[] = "INSERT INTO deferred (time, message_id) VALUES ($time, $id)"
				" ON CONFLICT (time, message_id) DO NOTHING";

static bool
add_row(Store *store, gint64 id, const SearchMailText *text, const char *flag, const SearchWho *who,
    GError **error)
{
	gint64 row = row_id(who->time, id);
	g_autoptr(DbStmt) stmt = NULL;

	if (!write_mail(store, sql_mail_add, row, text, flag, who->who->str, error))
		return false;
	stmt = db_stmt(store, DB_SEARCH, sql_row_add, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$row", row);
	db_bind_int(stmt, "$id", id);
	db_bind_text(stmt, "$who", who->who->str);
	db_bind_text(stmt, "$flag", flag);
	return db_run(stmt, error);
}

static bool
defer(Store *store, gint64 id, gint64 time, GError **error)
{
	g_autoptr(DbStmt) stmt = NULL;

	if (time == 0)
		return true;
	stmt = db_stmt(store, DB_SEARCH, sql_defer, error);
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$time", time);
	db_bind_int(stmt, "$id", id);
	return db_run(stmt, error);
}

/* A row whose texts can't be made again stays in the index with its words: make all of it anew. */
static bool
mark_unclean(Store *store, GError **error)
{
	return db_exec(
	    store, DB_SEARCH, "UPDATE progress SET value = -1 WHERE name = 'text'", error);
}

bool
search_row_remove_message(Store *store, const SearchTexts *texts, gint64 id, GError **error)
{
	g_auto(SearchWho) who = {0};
	g_auto(Indexed) indexed = {0};
	SearchMailText text = {0};
	bool ok, made;

	if (!search_who_message(store, id, clock_ms(), &who, error) ||
	    !find_indexed(store, id, &indexed, error))
		return false;
	if (indexed.row == 0)
		return true;
	if (!make_texts(store, texts, id, &who, &text, &made, error))
		return false;
	ok = made ? remove_row(store, &text, &indexed, error) : mark_unclean(store, error);
	search_index_mail_clear(&text);
	return ok;
}

bool
search_row_message(Store *store, const SearchTexts *texts, gint64 id, GError **error)
{
	g_auto(SearchWho) who = {0};
	g_auto(Indexed) indexed = {0};
	g_autofree char *flag = NULL;
	SearchMailText text = {0};
	bool ok, made;

	if (!search_who_message(store, id, clock_ms(), &who, error) ||
	    !find_indexed(store, id, &indexed, error))
		return false;
	if (!who.alive) {
		if (texts->fresh != NULL)
			search_fresh_drop(texts->fresh, &who.pid);
		return search_row_remove_message(store, texts, id, error);
	}
	if (!make_texts(store, texts, id, &who, &text, &made, error))
		return false;
	flag = made ? texts->flag(who.flags) : g_strdup("");
	ok = defer(store, id, who.opens_at, error);
	if (indexed.row == 0 || g_strcmp0(indexed.who, who.who->str) != 0 ||
	    g_strcmp0(indexed.flag, flag) != 0) {
		if (ok && indexed.row != 0)
			ok = remove_row(store, &text, &indexed, error);
		ok = ok && add_row(store, id, &text, flag, &who, error);
	}
	search_index_mail_clear(&text);
	return ok;
}

static const char sql_contact_delete[] =
    "INSERT INTO contact_text (contact_text, rowid, name, organisation, address, other, who)"
    " SELECT 'delete', id, name, organisation, address, other, who FROM contact_row WHERE id = $id";

bool
search_row_remove_contact(Store *store, gint64 id, GError **error)
{
	return run_with(store, sql_contact_delete, id, error) &&
	       run_with(store, "DELETE FROM contact_row WHERE id = $id", id, error);
}

static const char sql_card[] =
    "SELECT pid, key_id, card FROM contact WHERE id = $id AND deleted_revision IS NULL";

/* The card's texts; *alive: there is such a contact. */
static bool
contact_texts(Store *store, const SearchTexts *texts, gint64 id, SearchContactText *ret,
    bool *alive, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql_card, error);
	g_autoptr(GBytes) card = NULL;
	const guint8 *sealed;
	gsize size;
	Id pid;

	*alive = false;
	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", id);
	switch (db_step(stmt, error)) {
	case DB_ERROR:
		return false;
	case DB_DONE:
		return true;
	case DB_ROW:
		break;
	}
	*alive = true;
	pid = db_id(stmt, 0);
	sealed = db_blob(stmt, 2, &size);
	card = key_unseal(store, db_int(stmt, 1), "contact", &pid, "card", sealed, size, NULL);
	if (card == NULL ||
	    !texts->contact(g_bytes_get_data(card, NULL), g_bytes_get_size(card), ret, NULL))
		return true;
	strip_marks(ret->name);
	strip_marks(ret->organisation);
	strip_marks(ret->address);
	strip_marks(ret->other);
	return true;
}

static const char sql_contact_add[] =
    "INSERT INTO contact_text (rowid, name, organisation, address, other, who)"
    " SELECT id, name, organisation, address, other, who FROM contact_row WHERE id = $id";
static const char sql_contact_row[] =
    "INSERT INTO contact_row (id, sort_key, name, organisation, address, other, who)"
    " VALUES ($id, $sort_key, $name, $organisation, $address, $other, $who)";

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static bool
add_contact(Store *store, gint64 id, const SearchContactText *text, const char *who, GError **error)
{
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_SEARCH, sql_contact_row, error);

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", id);
	if (text->sort_key != NULL)
		db_bind_bytes(stmt, "$sort_key", text->sort_key);
	else
		db_bind_blob(stmt, "$sort_key", "", 0);
	db_bind_text(stmt, "$name", text_or_empty(text->name));
	db_bind_text(stmt, "$organisation", text_or_empty(text->organisation));
	db_bind_text(stmt, "$address", text_or_empty(text->address));
	db_bind_text(stmt, "$other", text_or_empty(text->other));
	db_bind_text(stmt, "$who", who);
	return db_run(stmt, error) && run_with(store, sql_contact_add, id, error);
}

bool
search_row_contact(Store *store, const SearchTexts *texts, gint64 id, GError **error)
{
	SearchContactText text = {0};
	g_autofree char *who = search_who_contact(store, id, error);
	bool alive, ok;

	if (who == NULL || !search_row_remove_contact(store, id, error))
		return false;
	ok = contact_texts(store, texts, id, &text, &alive, error) &&
	     (!alive || add_contact(store, id, &text, who, error));
	search_index_contact_clear(&text);
	return ok;
}

#include "store/check.h"
#include "store/access.h"
#include "store/counter.h"
#include "store/key.h"

#include "base/error.h"

#define PROBLEMS_MOST 200
#define ROWS_A_STEP 1000

typedef struct {
	Store *store;
	CheckReport *report;
	CheckProgress progress;
	gpointer data;
} Check;

void
check_report_free(CheckReport *report)
{
	if (report == NULL)
		return;
	g_clear_pointer(&report->problems, g_ptr_array_unref);
	g_free(report);
}

static void G_GNUC_PRINTF(2, 3) problem(Check *check, const char *format, ...)
{
	va_list args;

	if (check->report->problems->len >= PROBLEMS_MOST)
		return;
	va_start(args, format);
	g_ptr_array_add(check->report->problems, g_strdup_vprintf(format, args));
	va_end(args);
}

static void
tell(Check *check, const char *what, gint64 done, gint64 total)
{
	if (check->progress != NULL)
		check->progress(what, done, total, check->data);
}

/* Files ------------------------------------------------------------------------------------------- */

static bool
check_files(Check *check, GError **error)
{
	for (DbFile file = 0; file < DB_COUNT; file++) {
		g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);

		tell(check, db_name(file), file, DB_COUNT);
		if (!db_inspect(check->store, file, found, error))
			return false;
		for (guint i = 0; i < found->len; i++)
			problem(check, "%s: %s%s", db_name(file), (char *)found->pdata[i],
			    file == DB_SEARCH ? " (run \"kartoteka search rebuild\")" : "");
	}
	return true;
}

static bool
check_references(Check *check, GError **error)
{
	static const char sql[] = "PRAGMA foreign_key_check";
	g_autoptr(DbStmt) stmt = db_stmt(check->store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW)
		problem(check,
		    "kartoteka.db: row %" G_GINT64_FORMAT
		    " of %s refers to a row of %s that isn't there",
		    db_int(stmt, 1), db_text(stmt, 0), db_text(stmt, 2));
	return step == DB_DONE;
}

/* What must be empty ------------------------------------------------------------------------------ */

static bool
check_orphans(Check *check, GError **error)
{
	static const struct {
		const char *sql, *says;
	} orphans[] = {
	    {"SELECT count(*) FROM item WHERE state IN (0, 1) AND message_id IS NULL",
		"items are filed or waiting, but have no message"},
	    {"SELECT count(*) FROM message m WHERE key_id IS NOT NULL "
	     "AND NOT EXISTS (SELECT 1 FROM item i WHERE i.message_id = m.id)",
		"messages belong to no item"},
	    {"SELECT count(*) FROM message m WHERE key_id IS NOT NULL AND "
	     "NOT EXISTS (SELECT 1 FROM message_body b WHERE b.message_id = m.id AND "
	     "(b.key_id = m.key_id OR "
	     "EXISTS (SELECT 1 FROM message_parsed p WHERE p.message_id = m.id)))",
		"messages have no raw or parsed form"},
	    {"SELECT count(*) FROM attachment a WHERE NOT EXISTS "
	     "(SELECT 1 FROM message_attachment m WHERE m.attachment_id = a.id)",
		"attachments belong to no message"},
	    {"SELECT count(*) FROM item i WHERE state = 3 AND NOT EXISTS "
	     "(SELECT 1 FROM quarantine q WHERE q.item_id = i.id)",
		"items are in quarantine, but their bytes are not"},
	    {"SELECT count(*) FROM message m WHERE key_id IS NULL AND "
	     "(EXISTS (SELECT 1 FROM message_parsed p WHERE p.message_id = m.id) OR "
	     "EXISTS (SELECT 1 FROM message_body b WHERE b.message_id = m.id))",
		"destroyed messages were not cleared"},
	    {"SELECT count(*) FROM revision r JOIN revision s ON s.id = r.id + 1 "
	     "WHERE s.time < r.time",
		"revisions run back in time"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(orphans); i++) {
		g_autoptr(DbStmt) stmt = db_stmt(check->store, DB_RECORDS, orphans[i].sql, error);

		tell(check, "orphans", (gint64)i, G_N_ELEMENTS(orphans));
		if (stmt == NULL || db_step(stmt, error) != DB_ROW)
			return false;
		if (db_int(stmt, 0) > 0)
			problem(check, "kartoteka.db: %" G_GINT64_FORMAT " %s", db_int(stmt, 0),
			    orphans[i].says);
	}
	return true;
}

/* Sealed values ----------------------------------------------------------------------------------- */

/* Each gives: a number to go on from, the key, the place's id (NULL: the number itself), the value. */
static const struct {
	const char *table, *field;
	const char *sql;
} sealed[] = {
    {"revision", "reason",
	"SELECT id, key_id, NULL, reason FROM revision WHERE reason IS NOT NULL AND id > $from"},
    {"user", "card", "SELECT id, key_id, pid, card FROM user WHERE id > $from"},
    {"team", "card", "SELECT id, key_id, pid, card FROM team WHERE id > $from"},
    {"book", "card", "SELECT id, key_id, pid, card FROM book WHERE id > $from"},
    {"circle", "card", "SELECT id, key_id, pid, card FROM circle WHERE id > $from"},
    {"contact", "card", "SELECT id, key_id, pid, card FROM contact WHERE id > $from"},
    {"exclusion", "pattern", "SELECT id, key_id, pid, pattern FROM exclusion WHERE id > $from"},
    {"item", "detail",
	"SELECT id, key_id, pid, detail FROM item WHERE detail IS NOT NULL AND id > $from"},
    {"quarantine", "entry",
	"SELECT q.item_id AS id, q.key_id, i.pid, q.entry FROM quarantine q "
	"JOIN item i ON i.id = q.item_id WHERE q.item_id > $from"},
    {"message", "summary",
	"SELECT id, key_id, pid, summary FROM message WHERE key_id IS NOT NULL AND id > $from"},
    {"message", "parsed",
	"SELECT m.id AS id, m.key_id, m.pid, p.parsed FROM message_parsed p "
	"JOIN message m ON m.id = p.message_id WHERE m.id > $from"},
    {"message", "raw",
	"SELECT m.id AS id, b.key_id, m.pid, b.body FROM message_body b "
	"JOIN message m ON m.id = b.message_id WHERE m.id > $from"},
    {"attachment", "bytes",
	"SELECT id, key_id, digest_hash, bytes FROM attachment WHERE id > $from"},
};

static bool
open_row(Check *check, gsize index, DbStmt *stmt, gint64 row, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GBytes) plain = NULL;
	Id id = db_is_null(stmt, 2) ? key_row(row) : db_id(stmt, 2);
	gsize size;
	const guint8 *value = db_blob(stmt, 3, &size);

	plain = key_unseal(check->store, db_int(stmt, 1), sealed[index].table, &id,
	    sealed[index].field, value, size, &failure);
	if (plain != NULL)
		check->report->sealed++;
	else if (error_code(failure) == ERROR_NOT_FOUND)
		check->report->erased++;
	else if (error_code(failure) == ERROR_TEMPORARY) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return false;
	} else
		problem(check, "kartoteka.db: %s of row %" G_GINT64_FORMAT " of %s: %s",
		    sealed[index].field, row, sealed[index].table, failure->message);
	return true;
}

/* The highest number of the table, for the progress. */
static bool
count_rows(Check *check, const char *table, gint64 *ret, GError **error)
{
	g_autofree char *sql = g_strdup_printf("SELECT coalesce(max(%s), 0) FROM %s",
	    g_str_equal(table, "quarantine") ? "item_id" : "id", table);
	g_autoptr(DbStmt) stmt = db_stmt(check->store, DB_RECORDS, sql, error);

	if (stmt == NULL || db_step(stmt, error) != DB_ROW)
		return false;
	*ret = db_int(stmt, 0);
	return true;
}

/* In steps of their own, so that the log can be copied while this goes on. */
static bool
check_sealed(Check *check, gsize index, GError **error)
{
	g_autofree char *sql =
	    g_strdup_printf("%s ORDER BY id LIMIT " G_STRINGIFY(ROWS_A_STEP), sealed[index].sql);
	g_autofree char *what = g_strdup_printf("%s.%s", sealed[index].table, sealed[index].field);
	gint64 from = 0, total;
	int rows = ROWS_A_STEP;

	if (!count_rows(check, sealed[index].table, &total, error))
		return false;
	while (rows == ROWS_A_STEP) {
		g_autoptr(DbStmt) stmt = db_stmt(check->store, DB_RECORDS, sql, error);
		DbStep step;

		if (stmt == NULL)
			return false;
		db_bind_int(stmt, "$from", from);
		for (rows = 0; (step = db_step(stmt, error)) == DB_ROW; rows++) {
			from = db_int(stmt, 0);
			if (!open_row(check, index, stmt, from, error))
				return false;
		}
		if (step == DB_ERROR)
			return false;
		tell(check, what, from, total);
	}
	return true;
}

/* The access record ------------------------------------------------------------------------------- */

static bool
check_access(Check *check, GError **error)
{
	g_autoptr(AccessReport) record = NULL;

	tell(check, "access record", 0, 1);
	record = access_verify(check->store, error);
	if (record == NULL)
		return false;
	check->report->access_rows = record->rows[ACCESS_CHANGES] + record->rows[ACCESS_READS];
	for (guint i = 0; i < record->problems->len; i++)
		problem(check, "access record: %s", (char *)record->problems->pdata[i]);
	return true;
}

/* Claimed keys that no sealed value names keep nothing secret, but numbers above what was claimed mean
 * that the two files are of different times. */
static bool
check_keys(Check *check, GError **error)
{
	static const char sql[] = "SELECT coalesce(max(key_id), 0) FROM ("
				  "SELECT max(key_id) AS key_id FROM message "
				  "UNION ALL SELECT max(key_id) FROM message_body "
				  "UNION ALL SELECT max(key_id) FROM item "
				  "UNION ALL SELECT max(key_id) FROM contact) AS k";
	g_autoptr(DbStmt) stmt = db_stmt(check->store, DB_RECORDS, sql, error);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	gint64 next;

	tell(check, "keys", 0, 1);
	if (!key_inspect(check->store, found, error))
		return false;
	for (guint i = 0; i < found->len; i++)
		problem(check, "keys.db: %s", (char *)found->pdata[i]);
	if (stmt == NULL || db_step(stmt, error) != DB_ROW ||
	    !counter_get(check->store, DB_RECORDS, "key-next", 1, &next, error))
		return false;
	if (db_int(stmt, 0) >= next)
		problem(check, "kartoteka.db: key %" G_GINT64_FORMAT " is used, but not claimed",
		    db_int(stmt, 0));
	return true;
}

CheckReport *
check_run(Store *store, CheckProgress progress, gpointer data, GError **error)
{
	g_autoptr(CheckReport) report = g_new0(CheckReport, 1);
	Check check = {store, report, progress, data};

	report->problems = g_ptr_array_new_with_free_func(g_free);
	if (!check_files(&check, error))
		return NULL;
	/* In a file whose structure is damaged the rest would find the same again and again. */
	if (report->problems->len > 0)
		return g_steal_pointer(&report);
	if (!check_references(&check, error) || !check_orphans(&check, error) ||
	    !check_keys(&check, error))
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(sealed); i++)
		if (!check_sealed(&check, i, error))
			return NULL;
	return check_access(&check, error) ? g_steal_pointer(&report) : NULL;
}

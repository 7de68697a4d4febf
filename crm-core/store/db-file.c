#include "store/db-file.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "store/schema.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pages of the write-ahead log at which a commit copies them into the file: a program that stays
 * does it early, a short-lived one only when no other seems to. */
#define LOG_PAGES_DAEMON 1000
#define LOG_PAGES_OTHER 4000

/* Writers wait meanwhile, so readers aren't waited for as long as a lock is. */
#define TRUNCATE_WAIT_MS 500

/* Of what a statement may have to undo, in memory rather than in a file. It is taken at once, and anew, by each statement that
 * has something to undo, as with RETURNING: an import of contacts has many, and what is large is mapped each time. */
#define STATEMENT_BYTES (192 << 10)
#define CACHE_KIB_DAEMON 16384
/* As many pages as SQLite takes memory for at once. A page of ours reads nearly each of the file's once, and to read
 * one again costs less than fresh memory to keep them all. */
#define CACHE_PAGES_CGI 20
#define LOG_BYTES_KEPT 67108864 /* a longer log is cut after it was copied */

const char *
db_name(DbFile file)
{
	static const char *const names[DB_COUNT] = {
	    "kartoteka.db", "keys.db", "access.db", "search.db"};

	return names[file];
}

const char *
db_path(const Store *store, DbFile file)
{
	return store->paths[file];
}

bool
db_file_error(int code, const char *name, GError **error)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(error, ERROR_TEMPORARY,
		    "%s is in use by another program: try again later", name);
	case SQLITE_FULL:
		return error_set(
		    error, ERROR_TEMPORARY, "There is no room on the disk of %s", name);
	case SQLITE_NOMEM:
		return error_set(error, ERROR_TEMPORARY, "Memory is short at %s", name);
	case SQLITE_IOERR:
		if (code == SQLITE_IOERR_SHORT_READ) /* it ends where a page should be */
			return db_file_error(SQLITE_CORRUPT, name, error);
		return error_set(error, ERROR_TEMPORARY,
		    "%s can't be read or written (SQLite %d): look at the disk", name, code);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return error_set(error, ERROR_INTERNAL,
		    "%s can't be opened for writing (SQLite %d): look at its owner and mode", name,
		    code);
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
			return error_set(error, ERROR_CONFLICT, "There is one already in %s", name);
		return error_set(error, ERROR_INTERNAL, "%s refused a row (SQLite %d)", name, code);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		if (strcmp(name, db_name(DB_SEARCH)) == 0)
			return error_set(error, ERROR_INTERNAL,
			    "%s is damaged: run \"kartoteka search rebuild\"", name);
		return error_set(error, ERROR_INTERNAL,
		    "%s is damaged: run \"kartoteka db check\", then restore a backup", name);
	default:
		return error_set(error, ERROR_INTERNAL, "%s failed (SQLite %d)", name, code);
	}
}

void
db_file_close(Db *db)
{
	if (db == NULL)
		return;
	g_clear_pointer(&db->by_address, g_hash_table_unref);
	g_clear_pointer(&db->statements, g_hash_table_unref);
	sqlite3_close(db->handle);
	g_free(db);
}

static int
note_log(void *data, sqlite3 *handle, const char *name, int pages)
{
	Db *db = data;

	db->log_pages = pages;
	return SQLITE_OK;
}

/* Runs SQL before the file belongs to the Store. */
bool
db_file_run(Db *db, DbFile file, const char *sql, GError **error)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_file_error(sqlite3_extended_errcode(db->handle), db_name(file), error);
	return true;
}

bool
db_file_version(Db *db, DbFile file, int *ret, GError **error)
{
	sqlite3_stmt *stmt;
	bool done =
	    sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW;

	if (done)
		*ret = sqlite3_column_int(stmt, 0);
	else
		db_file_error(sqlite3_extended_errcode(db->handle), db_name(file), error);
	sqlite3_finalize(stmt);
	return done;
}

/* SQLite's own count of its memory takes a lock at each allocation, and nobody asks for it. What it
 * sorts or rewrites outside its files may be plain text of the index: it goes where that may lie. */
static void
configure(const Store *store)
{
	g_autofree char *folder = g_path_get_dirname(store->paths[DB_SEARCH]);

	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, STATEMENT_BYTES);
	/* Room for pages is made one by one: a page of the web needs few of them, and not all files. */
	if ((store->flags & STORE_ONE_PAGE) != 0)
		sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	sqlite3_initialize();
	sqlite3_temp_directory = sqlite3_mprintf("%s", folder);
}

/* "It can't be opened, so it can't be synced": SQLite goes on then. */
static int
no_folder(const char *path, int *ret)
{
	return SQLITE_CANTOPEN;
}

/* With the first commit of a connection SQLite waits for the disk twice: for the log, and for the folder in which the
 * log may be new. Ours was made and synced with its file and is never removed, so a program that commits once and is
 * gone spares the second wait; once a log was missing, it doesn't. */
static void
spare_folder(const Store *store, DbFile file)
{
	static bool missed;
	g_autofree char *log = g_strconcat(store->paths[file], "-wal", NULL);
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	missed = missed || access(log, F_OK) != 0;
	vfs->xSetSystemCall(vfs, "openDirectory", missed ? NULL : (sqlite3_syscall_ptr)no_folder);
}

/*
 * What SQLite can be told without a statement is told so: a page waits for this. FULL (a commit
 * waits for the disk) is the default that Debian builds in and is only lowered for search.db, which
 * can be made again. Nobody but us checkpoints, and never when a connection is closed.
 */
Db *
db_file_connect(Store *store, DbFile file, int flags, GError **error)
{
	static gsize configured = 0;
	g_autoptr(Db) db = g_new0(Db, 1);
	int code;

	if (g_once_init_enter(&configured)) {
		configure(store);
		g_once_init_leave(&configured, 1);
	}
	if (fault_point("db-open") != 0) {
		error_set_errno(
		    error, ERROR_TEMPORARY, errno, "%s can't be opened", store->paths[file]);
		return NULL;
	}
	if ((store->flags & STORE_ONE_PAGE) != 0)
		spare_folder(store, file);
	code = sqlite3_open_v2(store->paths[file], &db->handle,
	    flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code != SQLITE_OK) {
		if (access(store->paths[file], F_OK) != 0 && errno == ENOENT)
			error_set(error, ERROR_NOT_FOUND,
			    file != DB_RECORDS && access(store->paths[DB_RECORDS], F_OK) == 0
				? "There is no %s, without which the records are nothing: restore "
				  "a backup"
				: "There is no %s: run \"kartoteka init\", or restore a backup",
			    store->paths[file]);
		else
			db_file_error(code, store->paths[file], error);
		return NULL;
	}
	sqlite3_busy_timeout(db->handle, (int)store->wait_ms);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_wal_hook(db->handle, note_log, db);
	if (!db_file_run(db, file,
		file == DB_SEARCH ? "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON"
				  : "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON",
		error))
		return NULL;
	if ((store->flags & STORE_ONE_PAGE) != 0 && file != DB_SEARCH &&
	    !db_file_run(db, file, "PRAGMA cache_size = " G_STRINGIFY(CACHE_PAGES_CGI), error))
		return NULL;
	if ((store->flags & STORE_KEEP_OPEN) != 0 &&
	    !db_file_run(db, file,
		"PRAGMA cache_size = -" G_STRINGIFY(
		    CACHE_KIB_DAEMON) "; "
				      "PRAGMA journal_size_limit = " G_STRINGIFY(LOG_BYTES_KEPT),
		error))
		return NULL;
	db->by_address = g_hash_table_new(NULL, NULL);
	db->statements =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, db_file_free_statements);
	return g_steal_pointer(&db);
}

/* The view of kartoteka.db begins with its first read here, and that of keys.db later: it has the keys of all that is
 * in the other. */
static bool
has_view(const Store *store, DbFile file)
{
	return store->view && (file == DB_RECORDS || file == DB_KEYS);
}

void
core_view_end(Store *store)
{
	for (int file = 0; file < DB_COUNT; file++)
		if (has_view(store, file) && store->files[file] != NULL)
			sqlite3_exec(store->files[file]->handle, "END", NULL, NULL, NULL);
	store->view = false;
}

bool
core_open(Store *store, DbFile file, GError **error)
{
	g_autoptr(Db) db = NULL;
	struct stat st;
	ino_t inode;
	int version;

	if (store->files[file] != NULL)
		return true;
	/* before: one that is replaced meanwhile is opened anew later (was_replaced) */
	inode = stat(store->paths[file], &st) == 0 ? st.st_ino : 0;
	db = db_file_connect(store, file, 0, error);
	if (db == NULL ||
	    (has_view(store, file) && !db_file_run(db, file, "BEGIN DEFERRED", error)) ||
	    !db_file_version(db, file, &version, error))
		return false;
	if (!db_file_check_version(file, version, error))
		return false;
	if (version < schema_version(file))
		return error_set(error, ERROR_CONFLICT,
		    "%s has an older form (%d, not %d): run \"kartoteka db upgrade\"",
		    db_name(file), version, schema_version(file));
	db->inode = inode;
	store->files[file] = g_steal_pointer(&db);
	return true;
}

void
core_close(Store *store, DbFile file)
{
	g_clear_pointer(&store->files[file], db_file_close);
}

/* The caller holds the lock: a checkpoint that meets another program's commit may lose pages. */
static int
copy_log(Db *db, bool truncate)
{
	int left = 0, copied = 0;
	int code = sqlite3_wal_checkpoint_v2(db->handle, NULL,
	    truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &left, &copied);

	if (code == SQLITE_OK)
		db->log_pages = MAX(left - copied, 0);
	return code;
}

/* Is the index missing, or has it no form yet? Somebody may be making it just now. */
static bool
open_index(Store *store, const GError *failure, GError **error)
{
	g_autoptr(GError) missing = NULL;
	bool done;

	if (error_code(failure) != ERROR_NOT_FOUND && error_code(failure) != ERROR_INTERNAL) {
		g_propagate_error(error, g_error_copy(failure));
		return false;
	}
	if (!lock_take(store->locks[DB_SEARCH], store->wait_ms, error))
		return false;
	done = core_open(store, DB_SEARCH, &missing);
	if (!done && g_error_matches(missing, ERROR_DOMAIN, ERROR_NOT_FOUND))
		done = core_create(store, DB_SEARCH, error) && core_open(store, DB_SEARCH, error);
	else if (!done)
		g_propagate_error(error, g_steal_pointer(&missing));
	lock_give(store->locks[DB_SEARCH]);
	return done;
}

bool
db_file_open(Store *store, DbFile file, GError **error)
{
	g_autoptr(GError) failure = NULL;

	if (store->files[file] != NULL || core_open(store, file, &failure))
		return true;
	if (file == DB_SEARCH)
		return open_index(store, failure, error);
	g_propagate_error(error, g_steal_pointer(&failure));
	return false;
}

bool
db_file_check_version(DbFile file, int version, GError **error)
{
	if (version == 0)
		return error_set(error, ERROR_INTERNAL, "%s is empty: %s", db_name(file),
		    file == DB_SEARCH ? "run \"kartoteka search rebuild\"" : "restore a backup");
	return version <= schema_version(file) ||
	       error_set(error, ERROR_CONFLICT,
		   "%s has a newer form (%d, not %d): install the program that made it",
		   db_name(file), version, schema_version(file));
}

/* Was the file replaced since it was opened? Somebody made the index anew; with the lock held nobody does. */
static bool
was_replaced(Store *store, DbFile file)
{
	struct stat st;

	return file == DB_SEARCH && store->files[file] != NULL &&
	       (stat(store->paths[file], &st) != 0 || st.st_ino != store->files[file]->inode);
}

bool
db_tx_begin(DbTx *tx, Store *store, DbFile file, GError **error)
{
	g_assert(!tx->open);
	core_view_end(store);
	if (!db_file_open(store, file, error) ||
	    !lock_take(store->locks[file], store->wait_ms, error))
		return false;
	if (was_replaced(store, file))
		core_close(store, file);
	if (!db_file_open(store, file, error) ||
	    !db_file_run(store->files[file], file, "BEGIN IMMEDIATE", error)) {
		lock_give(store->locks[file]);
		return false;
	}
	*tx = (DbTx){.store = store, .file = file, .open = true};
	return true;
}

bool
db_tx_commit(DbTx *tx, GError **error)
{
	Db *db = tx->store->files[tx->file];
	int most = (tx->store->flags & STORE_KEEP_OPEN) != 0 ? LOG_PAGES_DAEMON : LOG_PAGES_OTHER;

	g_assert(tx->open);
	if (fault_point("db-commit") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "%s can't be written", db_name(tx->file));
	if (!db_file_run(db, tx->file, "COMMIT", error))
		return false;
	tx->open = false;
	if (fault_point("db-committed") == 0 && db->log_pages > most)
		copy_log(db, false);
	lock_give(tx->store->locks[tx->file]);
	return true;
}

void
db_tx_clear(DbTx *tx)
{
	if (!tx->open)
		return;
	tx->open = false;
	sqlite3_exec(tx->store->files[tx->file]->handle, "ROLLBACK", NULL, NULL, NULL);
	lock_give(tx->store->locks[tx->file]);
}

static int
copy_log_for(Store *store, DbFile file, bool truncate, gint64 wait_ms)
{
	Db *db = store->files[file];
	int code;

	sqlite3_busy_timeout(db->handle, (int)MIN(wait_ms, store->wait_ms));
	code = copy_log(db, truncate);
	sqlite3_busy_timeout(db->handle, (int)store->wait_ms);
	return code;
}

bool
db_checkpoint(Store *store, DbFile file, bool truncate, GError **error)
{
	int code;

	if (!db_file_open(store, file, error) ||
	    !lock_take(store->locks[file], store->wait_ms, error))
		return false;
	code = fault_point("db-checkpoint") != 0
		   ? SQLITE_IOERR
		   : copy_log_for(store, file, truncate, TRUNCATE_WAIT_MS);
	lock_give(store->locks[file]);
	return code == SQLITE_OK || (!truncate && code == SQLITE_BUSY) ||
	       db_file_error(code, db_name(file), error);
}

/* Without waiting: an idle program gives way to whoever reads. */
void
core_cut_log(Store *store, DbFile file)
{
	Db *db = store->files[file];

	if (db == NULL || !lock_take(store->locks[file], 0, NULL))
		return;
	copy_log_for(store, file, true, 0);
	lock_give(store->locks[file]);
}

int
db_log_pages(Store *store, DbFile file)
{
	return store->files[file] != NULL ? store->files[file]->log_pages : 0;
}

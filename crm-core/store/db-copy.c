#include "store/db-file.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PAGES_A_STEP 1000

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, sqlite3_close)

/* The pages of one moment: the reading transaction that db_copy() holds keeps it. */
static int
copy_pages(sqlite3 *from, sqlite3 *to, DbProgress progress, gpointer data)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int code = SQLITE_OK, ended;

	if (backup == NULL)
		return sqlite3_extended_errcode(to);
	while (code == SQLITE_OK) {
		code = fault_point("db-copy") != 0 ? SQLITE_FULL
						   : sqlite3_backup_step(backup, PAGES_A_STEP);
		if (progress != NULL && (code == SQLITE_OK || code == SQLITE_DONE)) {
			gint64 total = sqlite3_backup_pagecount(backup);

			progress(total - sqlite3_backup_remaining(backup), total, data);
		}
	}
	ended = sqlite3_backup_finish(backup);
	return code != SQLITE_DONE ? code : ended;
}

bool
db_copy(
    Store *store, DbFile file, const char *path, DbProgress progress, gpointer data, GError **error)
{
	g_autoptr(sqlite3) to = NULL;
	sqlite3 *from;
	mode_t mask;
	int code;

	if (!db_file_open(store, file, error))
		return false;
	from = store->files[file]->handle;
	mask = umask(077); /* also where it is taken to from its folder */
	code = sqlite3_open_v2(path, &to,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE |
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    NULL);
	umask(mask);
	if (code != SQLITE_OK)
		return db_file_error(code, path, error);
	if (!db_exec(store, file, "BEGIN; SELECT count(*) FROM sqlite_master", error))
		return false;
	code = copy_pages(from, to, progress, data);
	db_exec(store, file, "END", NULL);
	return code == SQLITE_OK || db_file_error(code, path, error);
}

static int
add_problem(void *problems, int columns, char **values, char **names)
{
	g_auto(GStrv) lines = g_strsplit(values[0] != NULL ? values[0] : "", "\n", 0);

	for (char **line = lines; *line != NULL; line++)
		if (**line != '\0' && **line != '*' && strcmp(*line, "ok") != 0)
			g_ptr_array_add(problems, g_strdup(*line));
	return 0;
}

static bool
inspect(sqlite3 *handle, const char *name, GPtrArray *problems, GError **error)
{
	int code = sqlite3_exec(handle, "PRAGMA integrity_check(20)", add_problem, problems, NULL);

	/* What is damaged too much to be read is a finding, not a failure. */
	if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) {
		g_ptr_array_add(problems, g_strdup("it is damaged beyond reading"));
		return true;
	}
	return code == SQLITE_OK || db_file_error(code, name, error);
}

bool
db_inspect(Store *store, DbFile file, GPtrArray *problems, GError **error)
{
	return db_file_open(store, file, error) &&
	       inspect(store->files[file]->handle, db_name(file), problems, error);
}

/* immutable: neither a log nor a shared-memory file appears beside it. */
bool
db_inspect_copy(const char *path, GPtrArray *problems, GError **error)
{
	g_autofree char *escaped =
	    g_uri_escape_string(path, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH, TRUE);
	g_autofree char *uri = g_strconcat("file:", escaped, "?immutable=1", NULL);
	g_autoptr(sqlite3) handle = NULL;
	int code;

	code = sqlite3_open_v2(uri, &handle,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    NULL);
	if (code != SQLITE_OK)
		return db_file_error(code, path, error);
	return inspect(handle, path, problems, error);
}

#include "store/core.h"
#include "store/erase-step.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_MOST (1024 * 1024 * 1024)

/*
 * A line per erasure:
 *	2026-11-23T17:40:12.345Z 1 <public id> keys=4-7,9 messages=<public id>,... end
 * A line without its "end" was cut off by a full disk or a kill; the whole one follows.
 */

static void
add_ranges(GString *line, const GArray *numbers)
{
	for (guint i = 0; i < numbers->len;) {
		gint64 first = g_array_index(numbers, gint64, i), last = first;

		for (i++; i < numbers->len && g_array_index(numbers, gint64, i) == last + 1; i++)
			last++;
		g_string_append_printf(
		    line, "%s%" G_GINT64_FORMAT, line->str[line->len - 1] == '=' ? "" : ",", first);
		if (last > first)
			g_string_append_printf(line, "-%" G_GINT64_FORMAT, last);
	}
}

static bool
add_messages(Store *store, gint64 erasure, GString *line, GError **error)
{
	static const char sql[] =
	    "SELECT m.pid FROM erasure_object o JOIN message m ON m.id = o.object_id "
	    "WHERE o.erasure_id = $id AND o.kind = " G_STRINGIFY(
		ERASE_OBJECT_MESSAGE) " ORDER BY m.id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	DbStep step;

	if (stmt == NULL)
		return false;
	db_bind_int(stmt, "$id", erasure);
	while ((step = db_step(stmt, error)) == DB_ROW) {
		Id pid = db_id(stmt, 0);
		char text[ID_TEXT_SIZE];

		id_to_text(&pid, text);
		g_string_append_printf(
		    line, "%s%s", line->str[line->len - 1] == '=' ? "" : ",", text);
	}
	return step == DB_DONE;
}

static bool
add_line(Store *store, gint64 erasure, GString *text, GError **error)
{
	static const char sql[] = "SELECT pid, time, kind FROM erasure WHERE id = $id";
	static const char sql_keys[] =
	    "SELECT key_id FROM erasure_key WHERE erasure_id = $id ORDER BY key_id";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
	g_autoptr(GArray) keys = erase_numbers(store, sql_keys, erasure, error);
	g_autofree char *time = NULL;
	char pid_text[ID_TEXT_SIZE];
	Id pid;

	if (stmt == NULL || keys == NULL)
		return false;
	db_bind_int(stmt, "$id", erasure);
	if (db_step(stmt, error) != DB_ROW)
		return false;
	pid = db_id(stmt, 0);
	id_to_text(&pid, pid_text);
	time = clock_text(db_int(stmt, 1));
	g_string_append_printf(
	    text, "%s %" G_GINT64_FORMAT " %s keys=", time, db_int(stmt, 2), pid_text);
	add_ranges(text, keys);
	g_string_append(text, " messages=");
	if (!add_messages(store, erasure, text, error))
		return false;
	g_string_append(text, " end\n");
	return true;
}

/* A line that was cut off must not swallow the next one. */
static bool
ends_with_newline(int fd)
{
	char last;
	off_t size = lseek(fd, 0, SEEK_END);

	return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static bool
append(const char *path, GString *text, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd;
	bool done;

	if (!file_make_folder(folder, 0700, error))
		return false;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(error, ERROR_TEMPORARY, errno,
		    "The ledger of erasures %s can't be opened", path);
	if (!ends_with_newline(fd))
		g_string_prepend_c(text, '\n');
	done = fault_point("erase-ledger-write") == 0 && file_write_all(fd, text->str, text->len) &&
	       fsync(fd) == 0;
	if (!done)
		error_set_errno(error, ERROR_TEMPORARY, errno,
		    "The ledger of erasures %s can't be written", path);
	close(fd);
	return done && file_sync_folder(folder, error);
}

bool
erase_ledger_add(Store *store, const GArray *erasures, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < erasures->len; i++)
		if (!add_line(store, g_array_index(erasures, gint64, i), text, error))
			return false;
	return append(store->conf->data.erasure_ledger_file, text, error);
}

/* Replaying ---------------------------------------------------------------------------------------- */

typedef struct {
	Id pid;
	ErasureKind kind;
	GArray *keys;    /* gint64 */
	GPtrArray *pids; /* of messages, as text, borrowed */
} Line;

static bool
parse_keys(char *text, GArray *keys)
{
	char *range;

	if (*text == '\0')
		return true;
	while ((range = strsep(&text, ",")) != NULL) {
		char *end;
		gint64 first = g_ascii_strtoll(range, &end, 10), last = first;

		if (*end == '-')
			last = g_ascii_strtoll(end + 1, &end, 10);
		if (*end != '\0' || first < 1 || last < first || last - first > G_MAXINT32)
			return false;
		for (; first <= last; first++)
			g_array_append_val(keys, first);
	}
	return true;
}

/* text is changed. */
static bool
parse_line(char *text, Line *line)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 0);
	char *pids, *pid;
	Id ignored;

	if (g_strv_length(words) != 6 || !g_str_has_prefix(words[3], "keys=") ||
	    !g_str_has_prefix(words[4], "messages=") || !id_parse(words[2], &line->pid, NULL))
		return false;
	line->kind = (ErasureKind)g_ascii_strtoll(words[1], NULL, 10);
	if (line->kind < ERASURE_WAITED || line->kind > ERASURE_RECORD ||
	    !parse_keys(words[3] + strlen("keys="), line->keys))
		return false;
	pids = strstr(text, " messages=") + strlen(" messages=");
	*strchr(pids, ' ') = '\0';
	while (*pids != '\0' && (pid = strsep(&pids, ",")) != NULL) {
		if (!id_parse(pid, &ignored, NULL))
			return false;
		g_ptr_array_add(line->pids, pid);
		if (pids == NULL)
			break;
	}
	return true;
}

/* 1, 0, or -1 on error. */
static int
is_known(Store *store, const Id *pid, GError **error)
{
	static const char sql[] = "SELECT 1 FROM erasure WHERE pid = $pid";
	g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);

	if (stmt == NULL)
		return -1;
	db_bind_id(stmt, "$pid", pid);
	switch (db_step(stmt, error)) {
	case DB_ROW:
		return 1;
	case DB_DONE:
		return 0;
	default:
		return -1;
	}
}

static GArray *
find_messages(Store *store, const Line *line, GError **error)
{
	static const char sql[] = "SELECT id FROM message WHERE pid = $pid";
	g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < line->pids->len; i++) {
		g_autoptr(DbStmt) stmt = db_stmt(store, DB_RECORDS, sql, error);
		gint64 row;
		Id pid;
		DbStep step;

		if (stmt == NULL || !id_parse(line->pids->pdata[i], &pid, error))
			return NULL;
		db_bind_id(stmt, "$pid", &pid);
		if ((step = db_step(stmt, error)) == DB_ERROR)
			return NULL;
		if (step == DB_ROW) {
			row = db_int(stmt, 0);
			g_array_append_val(messages, row);
		}
	}
	return g_steal_pointer(&messages);
}

static bool
replay_line(Store *store, const Line *line, gint64 *done, GError **error)
{
	static const Actor daemon = {.kind = ACTOR_DAEMON};
	g_auto(StoreTx) tx = STORE_TX_INIT;
	g_autoptr(GArray) messages = NULL;
	int known = is_known(store, &line->pid, error);

	if (known < 0 || !erase_delete_keys(store, line->keys, error))
		return false;
	if (known > 0)
		return true;
	if (!store_tx_begin(&tx, store, &daemon, NULL, error))
		return false;
	messages = find_messages(store, line, error);
	if (messages == NULL ||
	    !erase_begin(&tx, &line->pid, line->kind, messages, line->keys, error) ||
	    !store_tx_commit(&tx, error))
		return false;
	(*done)++;
	return true;
}

bool
erase_replay(Store *store, gint64 *ret, GError **error)
{
	const char *path = store->conf->data.erasure_ledger_file;
	g_autoptr(GError) missing = NULL;
	g_autoptr(GBytes) bytes = file_read(path, LEDGER_MOST, &missing);
	g_autofree char *text = NULL;
	char *rest, *one;
	gint64 done = 0;

	if (bytes == NULL) {
		if (!g_error_matches(missing, ERROR_DOMAIN, ERROR_NOT_FOUND)) {
			g_propagate_error(error, g_steal_pointer(&missing));
			return false;
		}
		*ret = 0;
		return true;
	}
	rest = text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	for (int number = 1; (one = strsep(&rest, "\n")) != NULL; number++) {
		g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(gint64));
		g_autoptr(GPtrArray) pids = g_ptr_array_new();
		Line line = {.keys = keys, .pids = pids};

		if (!g_str_has_suffix(one, " end"))
			continue;
		if (!parse_line(one, &line))
			return error_set(error, ERROR_INVALID,
			    "Line %d of the ledger of erasures %s can't be read", number, path);
		if (!replay_line(store, &line, &done, error))
			return false;
	}
	*ret = done;
	return true;
}

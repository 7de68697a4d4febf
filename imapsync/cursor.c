#include "imapsync/cursor.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/fields.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VERSION_LINE "kartoteka-cursor 1"
#define FILE_MAX (256 << 20)
#define RETRY_FIRST_MS (10 * CLOCK_SECOND)
#define RETRY_LAST_MS (3600 * CLOCK_SECOND)
#define SAVE_SHARE 10

static void
folder_free(gpointer data)
{
	CursorFolder *folder = data;

	g_free(folder->name);
	g_free(folder->raw);
	uidset_free(folder->resolved);
	g_array_unref(folder->failures);
	g_free(folder);
}

void
cursor_free(Cursor *cursor)
{
	if (cursor == NULL)
		return;
	g_free(cursor->path);
	g_free(cursor->login);
	g_ptr_array_unref(cursor->folders);
	g_free(cursor);
}

static Cursor *
cursor_new(const char *directory, const char *login)
{
	Cursor *cursor = g_new0(Cursor, 1);
	g_autofree char *escaped = g_uri_escape_string(login, "@+", FALSE);

	cursor->path = g_strdup_printf("%s/%s.cursor", directory, escaped);
	cursor->login = g_strdup(login);
	cursor->folders = g_ptr_array_new_with_free_func(folder_free);
	return cursor;
}

CursorFolder *
cursor_find(Cursor *cursor, const char *name)
{
	for (guint i = 0; i < cursor->folders->len; i++)
		if (strcmp(((CursorFolder *)cursor->folders->pdata[i])->name, name) == 0)
			return cursor->folders->pdata[i];
	return NULL;
}

CursorFolder *
cursor_folder(Cursor *cursor, const char *name)
{
	CursorFolder *folder = cursor_find(cursor, name);

	if (folder != NULL)
		return folder;
	folder = g_new0(CursorFolder, 1);
	folder->name = g_strdup(name);
	folder->raw = g_strdup("");
	folder->resolved = uidset_new();
	folder->failures = g_array_new(FALSE, FALSE, sizeof(CursorFailure));
	g_ptr_array_add(cursor->folders, folder);
	return folder;
}

void
cursor_reset(Cursor *cursor, CursorFolder *folder, guint32 uidvalidity)
{
	folder->uidvalidity = uidvalidity;
	folder->uidnext = folder->live_from = 0;
	folder->modseq = 0;
	folder->checked = 0;
	uidset_clear(folder->resolved);
	g_array_set_size(folder->failures, 0);
	cursor->dirty = true;
}

/* --- What failed ------------------------------------------------------------------------------------ */

gint64
cursor_fail(Cursor *cursor, CursorFolder *folder, guint32 uid, gint64 now)
{
	CursorFailure *failure = NULL;

	cursor->dirty = true;
	for (guint i = 0; i < folder->failures->len && failure == NULL; i++)
		if (g_array_index(folder->failures, CursorFailure, i).uid == uid)
			failure = &g_array_index(folder->failures, CursorFailure, i);
	if (failure == NULL) {
		g_array_append_val(folder->failures, ((CursorFailure){.uid = uid}));
		failure =
		    &g_array_index(folder->failures, CursorFailure, folder->failures->len - 1);
	}
	failure->count++;
	failure->next = now + MIN(RETRY_FIRST_MS << MIN(failure->count - 1, 20), RETRY_LAST_MS);
	return failure->count;
}

void
cursor_resolve(Cursor *cursor, CursorFolder *folder, const UidSet *uids)
{
	uidset_add_set(folder->resolved, uids);
	for (guint i = folder->failures->len; i-- > 0;)
		if (uidset_contains(uids, g_array_index(folder->failures, CursorFailure, i).uid))
			g_array_remove_index(folder->failures, i);
	cursor->dirty = true;
}

/* A clock that ran back must not let it wait for ever. */
static bool
waits(const CursorFailure *failure, gint64 now)
{
	return failure->next > now && failure->next <= now + RETRY_LAST_MS;
}

void
cursor_hold_back(const CursorFolder *folder, UidSet *uids, gint64 now)
{
	for (guint i = 0; i < folder->failures->len; i++) {
		const CursorFailure *failure = &g_array_index(folder->failures, CursorFailure, i);

		if (waits(failure, now))
			uidset_remove(uids, failure->uid);
	}
}

bool
cursor_is_due(const CursorFolder *folder, gint64 now)
{
	for (guint i = 0; i < folder->failures->len; i++)
		if (!waits(&g_array_index(folder->failures, CursorFailure, i), now))
			return true;
	return false;
}

/* --- The file ----------------------------------------------------------------------------------------- */

static void
append_folder(GString *out, const CursorFolder *folder)
{
	g_autofree char *resolved = uidset_text(folder->resolved);

	fields_append(out, "folder");
	fields_append(out, folder->name);
	fields_append_number(out, folder->uidvalidity);
	fields_append_number(out, folder->uidnext);
	fields_append_number(out, (gint64)folder->modseq);
	fields_append_number(out, folder->live_from);
	fields_append_number(out, folder->checked);
	fields_append(out, resolved);
	fields_append(out, folder->raw);
	fields_end(out);
	for (guint i = 0; i < folder->failures->len; i++) {
		const CursorFailure *failure = &g_array_index(folder->failures, CursorFailure, i);

		fields_append(out, "failure");
		fields_append_number(out, failure->uid);
		fields_append_number(out, failure->count);
		fields_append_number(out, failure->next);
		fields_end(out);
	}
}

bool
cursor_save(Cursor *cursor, bool forced, GError **error)
{
	gint64 began = clock_monotonic_ms();
	g_autoptr(GString) out = NULL;

	if (!cursor->dirty || (!forced && began - cursor->saved < SAVE_SHARE * cursor->cost))
		return true;
	if (fault_point("cursor-save") != 0)
		return error_set_errno(
		    error, ERROR_TEMPORARY, errno, "The cursor %s can't be written", cursor->path);
	out = g_string_new(VERSION_LINE "\n");
	fields_append(out, "mailbox");
	fields_append(out, cursor->login);
	fields_append_number(out, cursor->since);
	fields_append_number(out, cursor->last_success);
	fields_append_number(out, cursor->quarantined);
	fields_end(out);
	for (guint i = 0; i < cursor->folders->len; i++)
		append_folder(out, cursor->folders->pdata[i]);
	g_string_append(out, "end\n");
	if (!file_publish(cursor->path, out->str, out->len, 0600, error))
		return false;
	fault_point("cursor-saved");
	cursor->dirty = false;
	cursor->saved = clock_monotonic_ms();
	cursor->cost = MAX(cursor->saved - began, 5);
	return true;
}

static bool
read_folder(Cursor *cursor, char **fields)
{
	CursorFolder *folder;
	gint64 uidvalidity, uidnext, modseq, live_from;
	UidSet *resolved;

	if (g_strv_length(fields) != 9 || cursor_find(cursor, fields[1]) != NULL ||
	    !fields_number(fields[2], 0, G_MAXUINT32, &uidvalidity) ||
	    !fields_number(fields[3], 0, G_MAXUINT32, &uidnext) ||
	    !fields_number(fields[4], 0, G_MAXINT64, &modseq) ||
	    !fields_number(fields[5], 0, G_MAXUINT32, &live_from))
		return false;
	folder = cursor_folder(cursor, fields[1]);
	folder->uidvalidity = (guint32)uidvalidity;
	folder->uidnext = (guint32)uidnext;
	folder->modseq = (guint64)modseq;
	folder->live_from = (guint32)live_from;
	resolved = uidset_parse(fields[7], 0, NULL);
	if (resolved == NULL)
		return false;
	uidset_free(folder->resolved);
	folder->resolved = resolved;
	g_free(folder->raw);
	folder->raw = g_strdup(fields[8]);
	return fields_number(fields[6], 0, G_MAXINT64, &folder->checked);
}

static bool
read_failure(Cursor *cursor, char **fields)
{
	CursorFailure failure;
	gint64 uid;

	if (cursor->folders->len == 0 || g_strv_length(fields) != 4 ||
	    !fields_number(fields[1], 1, G_MAXUINT32, &uid) ||
	    !fields_number(fields[2], 1, G_MAXINT64, &failure.count) ||
	    !fields_number(fields[3], 0, G_MAXINT64, &failure.next))
		return false;
	failure.uid = (guint32)uid;
	g_array_append_val(
	    ((CursorFolder *)cursor->folders->pdata[cursor->folders->len - 1])->failures, failure);
	return true;
}

static bool
read_line(Cursor *cursor, const char *line)
{
	g_auto(GStrv) fields = fields_split(line);

	if (fields == NULL || fields[0] == NULL)
		return false;
	if (strcmp(fields[0], "folder") == 0)
		return read_folder(cursor, fields);
	if (strcmp(fields[0], "failure") == 0)
		return read_failure(cursor, fields);
	return strcmp(fields[0], "mailbox") == 0 && g_strv_length(fields) == 5 &&
	       strcmp(fields[1], cursor->login) == 0 &&
	       fields_number(fields[2], 0, G_MAXINT64, &cursor->since) &&
	       fields_number(fields[3], 0, G_MAXINT64, &cursor->last_success) &&
	       fields_number(fields[4], 0, G_MAXINT64, &cursor->quarantined);
}

static bool
read_text(Cursor *cursor, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	if (lines[0] == NULL || strcmp(lines[0], VERSION_LINE) != 0)
		return false;
	for (guint i = 1; lines[i] != NULL; i++) {
		if (strcmp(lines[i], "end") == 0)
			return true;
		if (!read_line(cursor, lines[i]))
			return false;
	}
	return false;
}

Cursor *
cursor_open(const char *directory, const char *login, bool *damaged, GError **error)
{
	g_autoptr(Cursor) cursor = cursor_new(directory, login);
	g_autoptr(GError) failed = NULL;
	g_autoptr(GBytes) bytes = file_read(cursor->path, FILE_MAX, &failed);
	g_autofree char *aside = g_strconcat(cursor->path, ".damaged", NULL);

	*damaged = false;
	if (bytes == NULL && !g_error_matches(failed, ERROR_DOMAIN, ERROR_NOT_FOUND)) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return NULL;
	}
	if (bytes == NULL || read_text(cursor, g_bytes_get_data(bytes, NULL)))
		return g_steal_pointer(&cursor);
	*damaged = true;
	if (rename(cursor->path, aside) != 0) {
		error_set_errno(error, ERROR_INTERNAL, errno,
		    "The damaged file %s can't be put aside", cursor->path);
		return NULL;
	}
	cursor_free(cursor);
	cursor = cursor_new(directory, login);
	return g_steal_pointer(&cursor);
}

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/spool_entry.h"
#include "base/spool_pack.h"
#include "base/spool_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 8192
#define SYNC_EACH                                                                                  \
	16 /* so many files get an fsync each: all else that is dirty on the disk doesn't matter */

/* A file in tmp/. */
typedef struct {
	int fd;        /* -1: not made */
	int folder;    /* the spool's */
	char name[48]; /* in there */
} Draft;

struct SpoolFile {
	Spool *spool;
	SpoolLane lane;
	Draft draft; /* not made: all of it is in the buffer still */
	GString *buffer;
	gint64 size; /* of the bytes */
	bool committed;
	SpoolKey key;
};

static bool
failed(GError **error, const char *what)
{
	return error_set_errno(error, ERROR_TEMPORARY, errno, "A spool file can't be %s", what);
}

/* Drafts ----------------------------------------------------------------------------------------
 */

static bool
draft_make(Draft *draft, Spool *spool, GError **error)
{
	gint64 serial;

	g_mutex_lock(&spool->lock);
	serial = ++spool->serial;
	g_mutex_unlock(&spool->lock);
	draft->folder = spool->tmp_fd[serial / SPOOL_TMP_RUN % SPOOL_TMP_FOLDERS];
	g_snprintf(draft->name, sizeof draft->name, "%" G_GINT64_MODIFIER "x.%" G_GINT64_FORMAT,
	    spool->drawn.start, serial);
	if (fault_point("spool-create") == 0)
		draft->fd = openat(draft->folder, draft->name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	return draft->fd >= 0 || failed(error, "made");
}

/* It is gone unless it was placed. */
static void
draft_close(Draft *draft, bool placed)
{
	if (draft->fd < 0)
		return;
	close(draft->fd);
	if (!placed)
		unlinkat(draft->folder, draft->name, 0);
}

static bool
draft_sync(const Draft *draft, GError **error)
{
	if (fault_point("spool-fsync") != 0 || fsync(draft->fd) != 0)
		return failed(error, "made durable");
	return true;
}

/* Gives it the numbers from n on by renaming it, with the lock held. They are used up only when the rename
 * succeeds. */
static SpoolHour *
draft_place(const Draft *draft, Spool *spool, SpoolLane lane, gint64 n, guint count, GError **error)
{
	char name[SPOOL_NAME_SIZE];

	spool_pack_name(spool->drawn.start, n, count, name);
	for (int attempt = 0; attempt < 2; attempt++) {
		g_autoptr(SpoolHour) hour = spool_current_hour(spool, lane, attempt > 0);

		if (hour == NULL)
			break;
		if (fault_point("spool-rename") == 0 &&
		    renameat2(draft->folder, draft->name, hour->fd, name, RENAME_NOREPLACE) == 0) {
			spool->drawn.n = n + count - 1;
			return g_steal_pointer(&hour);
		}
		/* ENOENT: the reader has removed the folder, empty since long; make it again */
		if (errno != ENOENT)
			break;
	}
	failed(error, "renamed");
	return NULL;
}

static bool
sync_hour(SpoolHour *hour, GError **error)
{
	if (!spool_hour_sync(hour))
		return failed(error, "made durable in its folder");
	return true;
}

/* One file ----------------------------------------------------------------------------------------
 */

static bool
flush(SpoolFile *file, GError **error)
{
	if (file->buffer->len == 0)
		return true;
	if (fault_point("spool-write") != 0 ||
	    !file_write_all(file->draft.fd, file->buffer->str, file->buffer->len))
		return failed(error, "written");
	g_string_truncate(file->buffer, 0);
	return true;
}

static bool
is_held(const SpoolFile *file)
{
	return file->draft.fd < 0;
}

/* What is in the buffer goes into the file, made when it was held in memory. */
static bool
spill(SpoolFile *file, GError **error)
{
	return (!is_held(file) || draft_make(&file->draft, file->spool, error)) &&
	       flush(file, error);
}

SpoolFile *
spool_file_new(Spool *spool, const SpoolEntry *entry, SpoolLane lane, GError **error)
{
	g_autoptr(SpoolFile) file = g_new0(SpoolFile, 1);
	SpoolEntry copy = *entry;

	g_mutex_lock(&spool->lock);
	copy.key = spool->drawn; /* for source and start */
	g_mutex_unlock(&spool->lock);
	file->spool = spool;
	file->lane = lane;
	file->draft.fd = -1;
	file->buffer = g_string_sized_new(1024);
	/* what can't be made is said before the bytes come */
	if (lane == SPOOL_LIVE && !draft_make(&file->draft, spool, error))
		return NULL;
	spool_entry_format(&copy, file->buffer);
	if (file->buffer->len > SPOOL_PACKED_MAX && !spill(file, error))
		return NULL;
	return g_steal_pointer(&file);
}

bool
spool_file_write(SpoolFile *file, const void *data, gsize length, GError **error)
{
	gsize room = is_held(file) ? SPOOL_PACKED_MAX : BUFFER_SIZE;

	if (file->buffer->len + length > room && !spill(file, error))
		return false;
	file->size += (gint64)length;
	if (is_held(file) || length < BUFFER_SIZE) {
		g_string_append_len(file->buffer, data, (gssize)length);
		return true;
	}
	if (fault_point("spool-write") != 0 || !file_write_all(file->draft.fd, data, length))
		return failed(error, "written");
	return true;
}

void
spool_file_free(SpoolFile *file)
{
	if (file == NULL)
		return;
	draft_close(&file->draft, file->committed);
	g_string_free(file->buffer, TRUE);
	g_free(file);
}

const SpoolKey *
spool_file_key(const SpoolFile *file)
{
	return file->committed ? &file->key : NULL;
}

static void
take_number(SpoolFile *file, gint64 n)
{
	file->committed = true;
	file->key = file->spool->drawn;
	file->key.n = n;
}

/* Everything but durability: the rest of the bytes, and the lines that had to wait for them. */
static bool
complete(SpoolFile *file, const char *queue_id, GError **error)
{
	g_autoptr(GString) late = g_string_new(NULL);

	spool_entry_format_late(file->size, clock_ms(), queue_id, late);
	if (is_held(file)) {
		memcpy(file->buffer->str + SPOOL_LATE_OFFSET, late->str, late->len);
		return true;
	}
	if (!flush(file, error))
		return false;
	if (fault_point("spool-late") != 0 ||
	    pwrite(file->draft.fd, late->str, late->len, SPOOL_LATE_OFFSET) != (ssize_t)late->len)
		return failed(error, "completed");
	return true;
}

/* The same for a file that gets no company, and its bytes durable. */
static bool
complete_alone(SpoolFile *file, const char *queue_id, GError **error)
{
	return complete(file, queue_id, error) && spill(file, error) &&
	       draft_sync(&file->draft, error);
}

bool
spool_ensure_started(Spool *spool, GError **error)
{
	g_autoptr(SpoolEntry) entry = spool_entry_new(SPOOL_START, spool->via);
	g_autoptr(SpoolFile) file = NULL;
	g_autoptr(SpoolHour) hour = NULL;
	bool done;

	g_mutex_lock(&spool->lock);
	done = spool->started;
	g_mutex_unlock(&spool->lock);
	if (done)
		return true;
	entry->previous_start = spool->previous.start;
	entry->previous_number = spool->previous.n;
	file = spool_file_new(spool, entry, SPOOL_LIVE, error);
	if (file == NULL || !complete_alone(file, NULL, error))
		return false;
	g_mutex_lock(&spool->lock);
	done = spool->started;
	if (!done)
		hour = draft_place(&file->draft, spool, SPOOL_LIVE, 0, 1, error);
	if (hour != NULL)
		take_number(file, 0);
	spool->started = done || hour != NULL;
	g_mutex_unlock(&spool->lock);
	if (done)
		return true;
	if (hour == NULL || !sync_hour(hour, error))
		return false;
	spool_note_durable(spool, 0);
	return true;
}

bool
spool_file_commit(SpoolFile *file, const char *queue_id, SpoolKey *ret, GError **error)
{
	Spool *spool = file->spool;
	g_autoptr(SpoolHour) hour = NULL;

	if (!spool_ensure_started(spool, error) || !complete_alone(file, queue_id, error))
		return false;
	g_mutex_lock(&spool->lock);
	hour = draft_place(&file->draft, spool, file->lane, spool->drawn.n + 1, 1, error);
	if (hour != NULL)
		take_number(file, spool->drawn.n);
	g_mutex_unlock(&spool->lock);
	if (hour == NULL || !sync_hour(hour, error))
		return false;
	spool_note_durable(spool, file->key.n);
	if (fault_point("spool-committed") != 0)
		return failed(error, "told of");
	if (ret != NULL)
		*ret = file->key;
	return true;
}

bool
spool_record(Spool *spool, const SpoolEntry *entry, SpoolKey *ret, GError **error)
{
	g_autoptr(SpoolFile) file = spool_file_new(spool, entry, SPOOL_LIVE, error);

	return file != NULL && spool_file_commit(file, entry->queue_id, ret, error);
}

/* Many at once ------------------------------------------------------------------------------------
 */

/* Files that become one: several that were held in memory, or one of any kind. */
typedef struct {
	SpoolFile *const *files;
	guint count;
	Draft draft; /* of a pack */
	bool placed;
} Bundle;

static void
bundle_clear(gpointer data)
{
	Bundle *bundle = data;

	draft_close(&bundle->draft, bundle->placed);
}

static const Draft *
bundle_draft(const Bundle *bundle)
{
	return bundle->count > 1 ? &bundle->draft : &bundle->files[0]->draft;
}

static bool
write_pack(Bundle *bundle, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	gsize lengths[SPOOL_PACK_ITEMS];

	for (guint i = 0; i < bundle->count; i++)
		lengths[i] = bundle->files[i]->buffer->len;
	spool_pack_format(lengths, bundle->count, text);
	for (guint i = 0; i < bundle->count; i++)
		g_string_append_len(
		    text, bundle->files[i]->buffer->str, (gssize)bundle->files[i]->buffer->len);
	if (!draft_make(&bundle->draft, bundle->files[0]->spool, error))
		return false;
	if (fault_point("spool-write") != 0 ||
	    !file_write_all(bundle->draft.fd, text->str, text->len))
		return failed(error, "written");
	return true;
}

/* How many of files, from that one on, come into one. */
static guint
bundle_size(const GPtrArray *files, guint from)
{
	guint count = 0;

	while (count < SPOOL_PACK_ITEMS && from + count < files->len &&
	       is_held(files->pdata[from + count]))
		count++;
	return MAX(count, 1);
}

/* All bytes that files have, in GArray of Bundle. */
static bool
make_bundles(GPtrArray *files, GArray *bundles, GError **error)
{
	for (guint i = 0; i < files->len;) {
		Bundle bundle = {
		    (SpoolFile *const *)files->pdata + i, bundle_size(files, i), {.fd = -1}, false};
		bool written;

		for (guint k = 0; k < bundle.count; k++)
			if (!complete(bundle.files[k], NULL, error))
				return false;
		written =
		    bundle.count > 1 ? write_pack(&bundle, error) : spill(bundle.files[0], error);
		g_array_append_val(bundles, bundle);
		if (!written)
			return false;
		i += bundle.count;
	}
	return true;
}

static bool
sync_bundles(Spool *spool, const GArray *bundles, GError **error)
{
	if (bundles->len > SYNC_EACH) {
		if (fault_point("spool-syncfs") != 0 || syncfs(spool->fd) != 0)
			return failed(error, "made durable");
		return true;
	}
	for (guint i = 0; i < bundles->len; i++)
		if (!draft_sync(bundle_draft(&g_array_index(bundles, Bundle, i)), error))
			return false;
	return true;
}

/* With the lock held. */
static SpoolHour *
place_bundle(Spool *spool, Bundle *bundle, GError **error)
{
	gint64 first = spool->drawn.n + 1;
	SpoolHour *hour = draft_place(
	    bundle_draft(bundle), spool, bundle->files[0]->lane, first, bundle->count, error);

	bundle->placed = hour != NULL;
	for (guint i = 0; i < bundle->count && bundle->placed; i++)
		take_number(bundle->files[i], first + i);
	return hour;
}

bool
spool_commit_all(Spool *spool, GPtrArray *files, GError **error)
{
	g_autoptr(GArray) bundles = g_array_new(FALSE, FALSE, sizeof(Bundle));
	g_autoptr(SpoolHour) hour = NULL;
	gint64 last = 0;
	bool ok = true;

	g_array_set_clear_func(bundles, bundle_clear);
	if (!spool_ensure_started(spool, error) || !make_bundles(files, bundles, error) ||
	    !sync_bundles(spool, bundles, error))
		return false;
	g_mutex_lock(&spool->lock);
	for (guint i = 0; i < bundles->len && ok; i++) {
		SpoolHour *next = place_bundle(spool, &g_array_index(bundles, Bundle, i), error);

		ok = next != NULL;
		if (ok && hour != NULL && hour != next)
			ok = sync_hour(hour, error);
		if (next != NULL) {
			g_clear_pointer(&hour, spool_hour_unref);
			hour = next;
			last = spool->drawn.n;
		}
	}
	g_mutex_unlock(&spool->lock);
	if (hour != NULL && !sync_hour(hour, ok ? error : NULL))
		return false;
	if (last > 0)
		spool_note_durable(spool, last);
	if (ok && fault_point("spool-committed") != 0)
		return failed(error, "told of");
	return ok;
}

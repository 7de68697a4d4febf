#include "store/db-log.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define HEADER 24                     /* bytes of a frame's header */
#define GATHER (15 * (HEADER + 8192)) /* less than malloc() takes from the kernel each time */

typedef struct {
	sqlite3_file file;
	guint8 *gathered;    /* GATHER bytes, or NULL */
	int size;            /* of what is gathered */
	sqlite3_int64 at;    /* where it belongs */
	bool ends;           /* the frame written last ends a transaction */
	sqlite3_file real[]; /* of the operating system's VFS, which is longer */
} Log;

static sqlite3_vfs *system_vfs;

static int
flush(Log *log)
{
	int size = log->size;

	log->size = 0;
	return size == 0 ? SQLITE_OK
			 : log->real->pMethods->xWrite(log->real, log->gathered, size, log->at);
}

static bool
has_room(const Log *log, int size, sqlite3_int64 at)
{
	return log->size + size <= GATHER && (log->size == 0 || at == log->at + log->size);
}

static void
gather(Log *log, const void *data, int size, sqlite3_int64 at)
{
	if (log->gathered == NULL)
		log->gathered = g_malloc(GATHER);
	if (log->size == 0)
		log->at = at;
	memcpy(log->gathered + log->size, data, size);
	log->size += size;
}

/* The fifth to eighth byte of a frame's header: pages in the file, if it ends a transaction, else zero. */
static bool
ends_transaction(const guint8 *header)
{
	return (header[4] | header[5] | header[6] | header[7]) != 0;
}

static int
log_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
	Log *log = (Log *)file;
	int code = SQLITE_OK;

	if (!has_room(log, size, at))
		code = flush(log);
	if (code != SQLITE_OK)
		return code;
	if (size == HEADER)
		log->ends = ends_transaction(data);
	if (!has_room(log, size, at))
		return log->real->pMethods->xWrite(log->real, data, size, at);
	gather(log, data, size, at);
	/* The header, too: where SQLite writes checksums anew, no page follows. */
	return log->ends ? flush(log) : SQLITE_OK;
}

static int
log_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
	Log *log = (Log *)file;
	int code = flush(log);

	return code == SQLITE_OK ? log->real->pMethods->xRead(log->real, data, size, at) : code;
}

static int
log_sync(sqlite3_file *file, int flags)
{
	Log *log = (Log *)file;
	int code = flush(log);

	return code == SQLITE_OK ? log->real->pMethods->xSync(log->real, flags) : code;
}

static int
log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	Log *log = (Log *)file;
	int code = flush(log);

	return code == SQLITE_OK ? log->real->pMethods->xTruncate(log->real, size) : code;
}

static int
log_size(sqlite3_file *file, sqlite3_int64 *size)
{
	Log *log = (Log *)file;
	int code = flush(log);

	return code == SQLITE_OK ? log->real->pMethods->xFileSize(log->real, size) : code;
}

/* What is still here was never committed. */
static int
log_close(sqlite3_file *file)
{
	Log *log = (Log *)file;

	g_free(log->gathered);
	return log->real->pMethods->xClose(log->real);
}

static int
log_lock(sqlite3_file *file, int level)
{
	Log *log = (Log *)file;

	return log->real->pMethods->xLock(log->real, level);
}

static int
log_unlock(sqlite3_file *file, int level)
{
	Log *log = (Log *)file;

	return log->real->pMethods->xUnlock(log->real, level);
}

static int
log_check_lock(sqlite3_file *file, int *ret)
{
	Log *log = (Log *)file;

	return log->real->pMethods->xCheckReservedLock(log->real, ret);
}

static int
log_control(sqlite3_file *file, int what, void *data)
{
	Log *log = (Log *)file;

	return log->real->pMethods->xFileControl(log->real, what, data);
}

static int
log_sector(sqlite3_file *file)
{
	Log *log = (Log *)file;

	return log->real->pMethods->xSectorSize(log->real);
}

static int
log_device(sqlite3_file *file)
{
	Log *log = (Log *)file;

	return log->real->pMethods->xDeviceCharacteristics(log->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_lock,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_device,
};

static int
log_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	Log *log = (Log *)file;
	int code;

	if ((flags & SQLITE_OPEN_WAL) == 0)
		return system_vfs->xOpen(system_vfs, name, file, flags, ret_flags);
	memset(log, 0, sizeof *log);
	code = system_vfs->xOpen(system_vfs, name, log->real, flags, ret_flags);
	if (log->real->pMethods != NULL)
		log->file.pMethods = &methods;
	return code;
}

void
db_log_register(void)
{
	static sqlite3_vfs vfs;

	system_vfs = sqlite3_vfs_find(NULL);
	vfs = *system_vfs;
	vfs.zName = DB_LOG_VFS;
	vfs.szOsFile += (int)sizeof(Log);
	vfs.xOpen = log_open;
	sqlite3_vfs_register(&vfs, 0);
}

void
db_log_forget(void *handle)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) ==
		SQLITE_OK &&
	    file != NULL && file->pMethods == &methods)
		((Log *)file)->size = 0;
}

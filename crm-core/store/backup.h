/*
 * backup: copies of the files while everything runs, and the way back from them.
 *
 * Two kinds of backup, each a folder of its own with a MANIFEST: the records (kartoteka.db and
 * access.db) and, apart and with a short life, the keys (keys.db): what was erased is gone from
 * every backup once the keys' backups of that day are. Yesterday's keys open today's records, since
 * keys are made two days ahead. search.db, the spool, the master key and the ledger of erasures are in
 * neither.
 */
#pragma once

#include "store/store.h"

typedef enum { BACKUP_RECORDS, BACKUP_KEYS } BackupKind;

/* name: of the file that is worked on. May be NULL. */
typedef void (*BackupProgress)(const char *name, gint64 done, gint64 total, gpointer data);

/* Into folder, which is made (0700) or must be empty. A backup that fails leaves no MANIFEST. */
bool backup_make(Store *store, BackupKind kind, const char *folder, BackupProgress progress,
    gpointer data, GError **error);

typedef struct {
	char *name; /* of a source */
	gint64 start, highest;
} BackupSource;

typedef struct {
	BackupKind kind;
	gint64 time;        /* ms */
	gint64 revision;    /* the last one in it */
	GPtrArray *files;   /* names */
	GPtrArray *digests; /* of them, BLAKE2b in hex */
	gint64 ledger_size; /* of the ledger of erasures at that time, and its digest */
	char *ledger_digest;
	GArray *sources; /* BackupSource: the highest item of each start */
} BackupManifest;

void backup_manifest_free(BackupManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackupManifest, backup_manifest_free)

/* ERROR_NOT_FOUND when the folder is none of a backup, ERROR_INVALID when it isn't whole. */
BackupManifest *backup_manifest_read(const char *folder, GError **error);

/*
 * Into conf's data directory, which must hold none of the files: copies, compares the digests, looks for
 * damage, and replays the ledger of erasures. The master key must be in its place. ERROR_CONFLICT when
 * the ledger is missing or isn't the one that the backup knows; without_ledger: go on all the same,
 * when it burned with the machine. On failure nothing is left in the directory.
 *
 * *ret_manifest: the records' one, whose sources say from which number on items are missing;
 * *ret_erasures: how many were replayed: go on with erase_continue().
 */
bool backup_restore(const Conf *conf, const char *records, const char *keys, bool without_ledger,
    BackupProgress progress, gpointer data, BackupManifest **ret_manifest, gint64 *ret_erasures,
    GError **error);

/* BLAKE2b of the first size bytes of a file (-1: all), in hex, new; *ret_size: how many there were. */
char *backup_digest(const char *path, gint64 size, gint64 *ret_size, GError **error);

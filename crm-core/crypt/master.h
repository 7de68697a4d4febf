/*
 * master: the master key's file, outside the database: it wraps the keys of keys.db.
 *
 * Lines of "epoch <64 hex digits>" ("#" begins a comment): the last one wraps new keys, the ones
 * before still open what they wrapped, until everything is wrapped anew. The file belongs to the
 * user that runs the program (or to root) and nobody else may read it. Whoever loses it has lost
 * every record: keep a copy on paper.
 */
#pragma once

#include "crypt/seal.h"

typedef struct Master Master;

/* ERROR_NOT_FOUND with the path, ERROR_DENIED when others may read it, ERROR_INVALID. */
Master *master_read(const char *path, GError **error);
void master_free(Master *master);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Master, master_free)

/* Makes the file (0400) with a random key of epoch 1; ERROR_CONFLICT when there is one. */
bool master_create(const char *path, GError **error);

/* Adds a random key of the next epoch to the file: at once, whole or not at all; mode and owner stay (so root does
 * it where the folder is root's). The keys before stay in it. */
bool master_add(const char *path, GError **error);

gint64 master_epoch(const Master *master); /* the newest */

/* The key of an epoch, owned by the Master; NULL when the file doesn't have it. */
const SealKey *master_key(const Master *master, gint64 epoch);

/*
 * folder-fetch: from a list of UIDs to durable spool files; for folder.c alone.
 */
#pragma once

#include "imapsync/folder.h"

typedef struct FolderFetch FolderFetch;

/* The folder is examined. known: what the cursor has of it, lent. */
FolderFetch *folder_fetch_new(
    FolderWork *work, const ImapFolder *folder, CursorFolder *known, bool wished);
/* Waits for all that was handed to the writer. */
void folder_fetch_free(FolderFetch *fetch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FolderFetch, folder_fetch_free)

/* Fetches and spools these UIDs, in one go (a window of some hundreds), newest first or oldest first. */
bool folder_fetch_window(FolderFetch *fetch, const UidSet *uids, bool newest_first, GError **error);

/* Spools a record for each of these: it is gone, and nobody has fetched it. */
bool folder_fetch_vanished(FolderFetch *fetch, const UidSet *uids, GError **error);

/* Waits until all of it is durable. */
bool folder_fetch_finish(FolderFetch *fetch, GError **error);

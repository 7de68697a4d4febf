/*
 * watch: tells when something new lies in the spool, by inotify.
 *
 * It only says where to look: the spool's folders come and go by the hour, and the kernel may lose
 * events (then everything is looked through again), so whoever takes things up scans as well.
 */
#pragma once

#include "base/spool.h"

typedef struct Watch Watch;

Watch *watch_new(const char *spool_directory, GError **error);
void watch_free(Watch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watch, watch_free)

/* Readable when there is something to hear. */
int watch_fd(const Watch *watch);

/* Hears all that is there: appends the files that were named (SpoolPack) to packs. *rescan: folders came,
 * or events were lost: look through everything. */
bool watch_read(Watch *watch, GPtrArray *packs, bool *rescan, GError **error);

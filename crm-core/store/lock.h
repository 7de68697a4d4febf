/*
 * lock: the advisory lock of one database file, taken around write transactions and checkpoints.
 *
 * Two flocks: who wants the lock takes the queue first and keeps it until the lock is his. So a
 * program that writes without end (a backlog) stands behind whoever waits, instead of taking the
 * lock again before the other wakes. Held until given back or the program dies; not inherited by
 * programs that it executes. A Store has one for each of its files, and is used by one thread: so those of two threads keep
 * each other out as those of two programs do. Nobody waits for another thread while holding one. For store/ alone.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Lock Lock;

/* Opens path-lock and path-queue (creates them 0600) when first taken. */
Lock *lock_new(const char *path);
void lock_free(Lock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lock, lock_free)

/* May be taken again by its holder. ERROR_TEMPORARY when it isn't had within wait_ms. */
bool lock_take(Lock *lock, gint64 wait_ms, GError **error);
void lock_give(Lock *lock);
bool lock_is_held(const Lock *lock);

/* Does somebody wait for it? For its holder. */
bool lock_is_wanted(const Lock *lock);

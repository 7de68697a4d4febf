/*
 * priv: giving up what a program doesn't need. For seccomp see base/sandbox.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* As root: becomes that user (its primary and supplementary groups, plus group when not NULL or
 * ""), for good, and checks that there is no way back. As somebody else: a no-op when it is that
 * user already, otherwise ERROR_DENIED. user NULL or "": nothing to do. */
bool priv_drop(const char *user, const char *group, GError **error);

/* For a program that others start as the user whose folder that is (the data directory), and that may ask no user
 * database, since it has no loader: ERROR_DENIED when this is somebody else, or root for another user. user NULL or "", or
 * no such folder: true. */
bool priv_is_owner(const char *user, const char *folder, GError **error);

/* no_new_privs, not dumpable (no core file, no ptrace by the same user), umask. Not for programs
 * that execute a set-gid one (sendmail, postdrop). */
bool priv_harden(unsigned umask_bits, GError **error);

/* This process is killed when its parent dies; returns false when the parent is gone already. Call
 * right after the fork in the child, with the parent's pid from before. */
bool priv_die_with_parent(int parent_pid);

/* For work that nobody waits for: this thread has the processor when pages and live mail leave it, for
 * good. Async-signal-safe. */
void priv_give_way(void);

typedef struct {
	gint64 memory;      /* bytes of address space; 0: as it is (left out under sanitizers) */
	gint64 cpu_seconds; /* 0: as it is */
	gint64 files;       /* open files; -1: as it is */
	gint64 file_size;   /* bytes that a written file may grow to; -1: as it is */
} PrivLimits;

/* Async-signal-safe apart from the error. Core files are always forbidden. */
bool priv_limit(const PrivLimits *limits, GError **error);

/*
 * foreground: who waits for an answer goes first.
 *
 * A program that somebody waits for (kartoteka.cgi) holds a read lock on the file "foreground" in [data]
 * run-directory while it works; the kernel takes the lock back however the program ends. Work that nobody waits for
 * (a backlog, the index) asks between two pieces of it whether there is such a lock, and pauses meanwhile. Not for
 * mail that came just now: that is waited for, too. A pause may lie within a transaction, whose lock then stays
 * taken for longer: let enough() say that somebody wants it.
 *
 * A pause ends 5 ms after the last of them has left: the next page may be on its way, and who was just woken takes the
 * processor from it. Work gets on whatever happens: when it has paused 100 ms more than it worked, it goes on until the
 * two are even. So it has half its speed at worst, also when a page hangs. Nothing but time depends on any of this:
 * without the file, or when it can't be locked, nobody pauses.
 *
 * One per process; foreground_let_by() is safe to call from any thread. It holds no lock while it asks enough(), which may
 * take some.
 */
#pragma once

#include <stdbool.h>

/* From now on somebody waits for this program. Makes nothing: the file is foreground_watch()'s. */
void foreground_enter(const char *run_directory);
/* Nobody does any more. */
void foreground_leave(void);

/* This program gives way from now on, once and for good. make: the file is made unless it is there; for kartotekad,
 * when it has become the user whose pages these are. */
void foreground_watch(const char *run_directory, bool make);

/* Pauses while somebody waits. Returns at once when nobody does (one system call), or when there is something better
 * to do than to pause: enough(data), which is asked every millisecond and may be NULL. */
typedef bool (*ForegroundEnough)(void *data);
void foreground_let_by(ForegroundEnough enough, void *data);

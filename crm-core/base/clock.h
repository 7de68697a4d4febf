/*
 * clock: the time of our own, in milliseconds since the epoch (UTC).
 *
 * With --enable-fault-points the environment variable KARTOTEKA_CLOCK moves it: "+86400" or "-60"
 * (seconds) is added to the time of the machine, a plain number (milliseconds) stands still.
 * Otherwise it isn't looked at.
 */
#pragma once

#include <glib.h>

#define CLOCK_SECOND G_GINT64_CONSTANT(1000)
#define CLOCK_DAY (86400 * CLOCK_SECOND)

gint64 clock_ms(void);

/* Now, but never before floor: for times that must not run back (revisions, starts of the spool).
 */
gint64 clock_ms_after(gint64 floor);

/* For measuring: has no epoch, never jumps, is not moved by tests. */
gint64 clock_monotonic_ms(void);

/* "2026-11-23T17:40:12.345Z"; newly allocated. */
char *clock_text(gint64 ms);

/*
 * progress: how far --once has come, on a terminal.
 */
#pragma once

#include <glib.h>

/* Draws a line over the one before: messages, share, estimate of the time left. began: clock_monotonic_ms(). */
void progress_show(gint64 taken, gint64 left, gint64 began);
/* Ends the line. */
void progress_end(void);

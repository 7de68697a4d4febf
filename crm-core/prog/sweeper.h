/*
 * sweeper: a thread of kartotekad that takes the files of what is filed out of the spool.
 *
 * Unlinking may wait for the disk (a file system that discards blocks at once does for each file), and filing
 * shouldn't wait with it. A file that stays behind because the program was killed is found by the next scan, and
 * its item is there already.
 */
#pragma once

#include "prog/intake.h"

typedef struct Sweeper Sweeper;

/* intake, lent, hears of each file that is gone (intake_done). */
Sweeper *sweeper_new(Intake *intake);
/* Ends after the last file. */
void sweeper_free(Sweeper *sweeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sweeper, sweeper_free)

/* These (SpoolItem) are accounted for, durably: their files go. Takes items over. */
void sweeper_add(Sweeper *sweeper, GPtrArray *items);

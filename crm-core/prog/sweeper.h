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

/* intake, lent, knows which item is the last of its file, and hears when that one is gone. */
Sweeper *sweeper_new(Intake *intake);
/* Ends after the last file. */
void sweeper_free(Sweeper *sweeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sweeper, sweeper_free)

/* An item of each of these (SpoolPack, lent by intake) is accounted for, durably: a file goes with its last item. Takes
 * the array over. */
void sweeper_add(Sweeper *sweeper, GPtrArray *packs);

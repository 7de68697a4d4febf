/*
 * spool_source: a source that is open for writing, for spool_source.c and spool_file.c alone: its
 * folders, its lock, its numbers.
 */
#pragma once

#include "base/spool.h"

/* Files are made in tmp/0 ... tmp/f in turn, SPOOL_TMP_RUN in each, so that those that are written at the same time lie
 * in the same blocks of folder and inodes. ext4 gives a file an inode near its folder and passes over those that were
 * freed in the last seconds (35 without a journal): where all mail is made and removed in one place, that search costs more
 * than the fsync. tmp/ is marked so that its folders are spread over the disk. */
#define SPOOL_TMP_FOLDERS 16
#define SPOOL_TMP_RUN 64

/* A folder new/HOUR, held open; counted, because one thread may still sync it when the next hour has
 * begun. Renames that come while it is being synced share the next fsync. */
typedef struct {
	int fd;
	char name[11];
	GMutex lock; /* over all below */
	GCond synced;
	bool syncing;
	guint64 asked, done; /* syncs asked for, and answered: the n-th question has the number n */
	guint64 failed;      /* the questions up to this one were answered by a failure */
	int error;
} SpoolHour;

struct Spool {
	SpoolVia via;
	int fd, last_fd; /* of SPOOL/SOURCE and its "last" */
	int tmp_fd[SPOOL_TMP_FOLDERS];
	int lane_fd[2];
	int missed_fd;
	gint64 missed;      /* accepted without being spooled, ever */
	SpoolHour *hour[2]; /* the newest of each lane, or NULL */
	GMutex lock;        /* over hour, all numbers and last_fd; before an hour's */
	SpoolKey drawn;     /* the last number that was drawn */
	SpoolKey previous;  /* what the start entry will say */
	bool started;       /* the start entry is in the spool */
	gint64 durable;     /* the last number that "last" has */
	gint64 last_sync;   /* when "last" was made durable, clock_monotonic_ms() */
	gint64 serial;      /* for names in tmp/ */
};

void spool_hour_unref(SpoolHour *hour);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpoolHour, spool_hour_unref)

/* The folder of the current hour, made when it is missing, with spool->lock held. anew: look again
 * even if it is open already. NULL with errno set. */
SpoolHour *spool_current_hour(Spool *spool, SpoolLane lane, bool anew);

/* Makes the renames into the folder durable; false with errno set. Takes hour->lock alone. */
bool spool_hour_sync(SpoolHour *hour);

/* Says in "last" that n is durable. What a crash may lose of that the next start finds in names. */
void spool_note_durable(Spool *spool, gint64 n);

/* Spools the start entry, number 0, once, before any item (in spool_file.c). */
bool spool_ensure_started(Spool *spool, GError **error);

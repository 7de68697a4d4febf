/*
 * ready: mail that is parsed and prepared, between the threads of intake.c and the one that files. Live mail comes before
 * the backlog. Each lane holds about as much as one transaction takes, and no more than READY_BYTES: who brings more waits.
 * Live mail is to be taken at once; the backlog is gathered, since small transactions write pages again and again.
 */
#pragma once

#include "base/spool.h"
#include "rules/file.h"

#define READY_BYTES (8 << 20) /* of mail as it was taken in */

/* All of one lane: jobs, and in the same order the files that they come from. */
typedef struct {
	SpoolLane lane;
	gsize bytes;
	GPtrArray *jobs;  /* FileJob */
	GPtrArray *packs; /* SpoolPack, lent by intake */
} ReadyBatch;

ReadyBatch *ready_batch_new(SpoolLane lane);
void ready_batch_free(ReadyBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReadyBatch, ready_batch_free)

typedef struct Ready Ready;

/* transaction: mails that are filed at once. */
Ready *ready_new(guint transaction);
void ready_free(Ready *ready);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ready, ready_free)
/* Nobody takes any more: who waits for room needn't. */
void ready_end(Ready *ready);

/* A descriptor that is readable while live mail lies here, or as much of the backlog as half a transaction takes. */
int ready_fd(const Ready *ready);

/* Waits for room. Takes batch over. */
void ready_put(Ready *ready, ReadyBatch *batch);

/* No more is coming just now: however little of the backlog lies here, the descriptor becomes readable. */
void ready_flush(Ready *ready);

/* Live mail if there is any, and of one lane as much as a transaction takes; NULL when there is nothing. Owned by the
 * caller. */
ReadyBatch *ready_take(Ready *ready);

/* Takes the rest of a batch back, to be the next of its lane; the first `filed` of it are done. */
void ready_give_back(Ready *ready, ReadyBatch *batch, guint filed);

/* Does live mail lie here? A Ready, as file_some() asks it. */
bool ready_has_live(gpointer ready);

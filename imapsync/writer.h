/*
 * writer: one thread that makes what all mailboxes have fetched durable, so that they go on fetching meanwhile and one
 * sync serves many.
 */
#pragma once

#include "base/spool.h"

typedef struct Writer Writer;

Writer *writer_new(Spool *spool);
/* Waits until all that was handed in is done. */
void writer_free(Writer *writer);

/* Called in the writer's thread. error NULL: every file of the batch is durable; otherwise none may be counted on. */
typedef void (*WriterDone)(const GError *error, gpointer data);

/* Takes files over (GPtrArray of SpoolFile, complete but for the commit). */
void writer_put(Writer *writer, GPtrArray *files, WriterDone done, gpointer data);

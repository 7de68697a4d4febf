/*
 * spool-state: what waits in the spool, for status and doctor.
 */
#pragma once

#include "base/spool.h"

typedef struct {
	guint items;
	gint64 oldest; /* ms of age; 0 when there is none */
} SpoolState;

bool spool_state_read(
    const Conf *conf, SpoolLane lane, SpoolState *ret, guint *strange, GError **error);

/* How many mails all sources together have accepted without being able to spool them ([milter] cannot-spool = accept),
 * and when the last one was (ms; 0: never). */
gint64 spool_state_missed(const Conf *conf, gint64 *ret_last);

/* Free bytes of the file system of a folder, and in percent of it; -1 when it can't be told. */
void spool_state_free_space(const char *path, gint64 *ret_bytes, gint64 *ret_percent);

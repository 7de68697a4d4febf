/*
 * spool-state: what waits in the spool, for status and doctor.
 */
#pragma once

#include "base/spool.h"

typedef struct {
	guint files;
	gint64 oldest; /* ms of age; 0 when there is none */
} SpoolState;

bool spool_state_read(
    const Conf *conf, SpoolLane lane, SpoolState *ret, guint *strange, GError **error);

/* Free bytes of the file system of a folder, and in percent of it; -1 when it can't be told. */
void spool_state_free_space(const char *path, gint64 *ret_bytes, gint64 *ret_percent);

/*
 * status-file: how kartotekad is, in [data] run-directory, for "kartoteka status": numbers and times, nothing
 * about anybody.
 */
#pragma once

#include "base/conf.h"

#define STATUS_FILE "kartotekad.status"

typedef struct {
	gint64 written; /* ms: older than a few seconds: it doesn't run */
	gint64 pid;
	gint64 taken;        /* new items since the start, as the ledger has them */
	gint64 spooled;      /* items that wait */
	gint64 lag;          /* ms: age of the oldest live mail that isn't filed */
	bool trouble;        /* filing fails and is tried again */
	bool parser_failed;  /* the parser can't be started */
	bool publish_failed; /* the published lists are old */
} StatusNumbers;

/* "key value" lines. Failures are logged. */
void status_file_write(const Conf *conf, const StatusNumbers *numbers);

/* ERROR_NOT_FOUND: it never ran here. */
bool status_file_read(const Conf *conf, StatusNumbers *ret, GError **error);

/*
 * check: is everything in the files whole? For "kartoteka db check" and after a restore. Changes
 * nothing.
 */
#pragma once

#include "store/store.h"

typedef struct {
	gint64 sealed;       /* values that were opened */
	gint64 erased;       /* whose keys an erasure took and that aren't cleared yet */
	gint64 access_rows;  /* of the access record */
	GPtrArray *problems; /* sentences; empty: all is well */
} CheckReport;

void check_report_free(CheckReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CheckReport, check_report_free)

/* what: the part that is looked at now. May be NULL. */
typedef void (*CheckProgress)(const char *what, gint64 done, gint64 total, gpointer data);

/* The files' own structure, references between rows, every sealed value, the access record, keys and
 * items that belong to nothing. An error is that it could not be looked at. */
CheckReport *check_run(Store *store, CheckProgress progress, gpointer data, GError **error);

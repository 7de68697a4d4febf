/*
 * outcome: from the settings to the parser's limits, and from what it answers to a job of the filer. For kartotekad and
 * for whoever retries what is in quarantine.
 */
#pragma once

#include "prog/parser.h"
#include "rules/file.h"

ParserLimits outcome_limits(const Conf *conf);

/* Takes entry over. whole: the spool file, for what goes to quarantine. */
FileJob *outcome_job(const FilePreparer *preparer, SpoolEntry *entry, GBytes *raw,
    ParserResult *result, GBytes *whole);

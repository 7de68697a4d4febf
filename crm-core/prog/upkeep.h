/*
 * upkeep: what kartotekad does beside filing, a little at a time: publishes the lists for the other programs, files waiting
 * mail whose contact has come, destroys what has waited too long, signs the access record once an hour, and looks after
 * the files of the store when nothing else is to be done. Not for the index (prog/indexer.h) and alarms (prog/alarm.h).
 *
 * Nothing here fails: what can't be done is logged and tried again.
 */
#pragma once

#include "base/conf.h"
#include "prog/indexer.h"
#include "rules/session.h"

#include <stdbool.h>

typedef struct Upkeep Upkeep;

/* All lent. */
Upkeep *upkeep_new(const Conf *conf, Store *store, Session *session, Indexer *indexer);
void upkeep_free(Upkeep *upkeep);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Upkeep, upkeep_free)

/* Once a second; *ret_more: again at once, there is more to do. At most one transaction of each kind. busy: mail is waiting. */
void upkeep_step(Upkeep *upkeep, bool busy, bool *ret_more);

/* One transaction of what waits and has its contact now; *ret_more: there is more of it. */
void upkeep_file_waiting(Upkeep *upkeep, bool *ret_more);

/* Are the published lists older than what they should say? */
bool upkeep_publish_failed(const Upkeep *upkeep);

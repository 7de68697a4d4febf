/*
 * destroy: goes on with erasures, with what rules/ knows of texts. See store/erase.h.
 */
#pragma once

#include "rules/session.h"

/* After each first step, when kartotekad starts, and after a restore. ERROR_TEMPORARY: somebody reads;
 * call it again later. */
bool destroy_continue(Session *session, GError **error);

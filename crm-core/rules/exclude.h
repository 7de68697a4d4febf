/*
 * exclude: the list of addresses and domains whose mail with staff stays away. For the administrator, who
 * sees it whole; kartotekad publishes it for the milter as keyed hashes (base/published.h).
 */
#pragma once

#include "rules/session.h"
#include "store/exclusion.h"

/* pattern: "jana@x.cz", or "@x.cz" or "x.cz" for a domain and nothing below it. ERROR_INVALID, CONFLICT. */
bool exclude_add(Session *session, const char *pattern, const char *reason, GError **error);
/* ERROR_NOT_FOUND when it isn't on the list. */
bool exclude_remove(Session *session, const char *pattern, const char *reason, GError **error);

/* GPtrArray of Exclusion. */
GPtrArray *exclude_list(Session *session, GError **error);

/* Writes the published file anew. */
bool exclude_publish(Store *store, GError **error);

/*
 * audit: looking into the access record. Administrators alone (and everybody for his
 * own rows), and looking is recorded, too.
 */
#pragma once

#include "rules/session.h"

/* Newest first, of AccessEntry. */
GPtrArray *audit_list(Session *session, const AccessFilter *filter, GError **error);

/* One's own rows, for everybody: what I have opened, newest first, at most limit. */
GPtrArray *audit_own(Session *session, guint limit, GError **error);

/* Reads and compares everything; what is wrong stands in the report. Needs no session: it gives nothing
 * away. */
AccessReport *audit_verify(Store *store, GError **error);

const char *audit_purpose_name(AccessPurpose purpose);
const char *audit_surface_name(AccessSurface surface);
const char *audit_object_name(ObjectKind kind);
const char *audit_actor_name(ActorKind kind);

/* ERROR_INVALID with the known names. */
bool audit_object_parse(const char *name, ObjectKind *ret, GError **error);

/*
 * uidset: a set of IMAP UIDs as sorted ranges: a folder of 200,000 mails is a handful of them.
 *
 * For what a server lists, what is spooled, what is still to be fetched. Not for message numbers of the server
 * (they shift). 0 is no UID and is never in a set. Not safe for several threads at once.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
	guint32 first, last; /* both belong to it */
} UidRange;

typedef struct UidSet UidSet;

UidSet *uidset_new(void);
UidSet *uidset_copy(const UidSet *set);
void uidset_free(UidSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UidSet, uidset_free)

/* Cheap in any order of calls: ranges are sorted and joined when somebody looks next. */
void uidset_add(UidSet *set, guint32 uid);
void uidset_add_range(UidSet *set, guint32 first, guint32 last);
void uidset_add_set(UidSet *set, const UidSet *other);
void uidset_remove(UidSet *set, guint32 uid);
void uidset_remove_set(UidSet *set, const UidSet *other);
/* Leaves what is in both. */
void uidset_intersect(UidSet *set, const UidSet *other);
void uidset_clear(UidSet *set);

bool uidset_contains(const UidSet *set, guint32 uid);
guint64 uidset_count(const UidSet *set);
bool uidset_is_empty(const UidSet *set);
guint32 uidset_min(const UidSet *set); /* 0 when empty */
guint32 uidset_max(const UidSet *set); /* 0 when empty */

/* The ranges in ascending order; valid until the set is changed. */
const UidRange *uidset_ranges(const UidSet *set, guint *count);

/* Takes the count lowest (or highest) UIDs out of set into a new one: batches of a back-fill. */
UidSet *uidset_take_first(UidSet *set, guint count);
UidSet *uidset_take_last(UidSet *set, guint count);

/* "1:7,9" as IMAP writes a set (RFC 9051 sequence-set without "*"), "" when empty; newly allocated. */
char *uidset_text(const UidSet *set);

/* Reads such a text ("7:1" is 1:7, as the RFC says; "" is the empty set). ERROR_INVALID for "*", 0, numbers
 * above 2^32 - 1 and anything else; ERROR_TOO_BIG above max_ranges ranges (0: no limit). */
UidSet *uidset_parse(const char *text, gsize max_ranges, GError **error);

/*
 * hasher: a copy of the lookup key, for threads that prepare mail without a Store. Wiped when freed.
 */
#pragma once

#include "store/message.h"

typedef struct Hasher Hasher;

Hasher *hasher_new(Store *store, GError **error);
void hasher_free(Hasher *hasher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hasher, hasher_free)

gint64 hasher_number(const Hasher *hasher);

/* Lookup hash of a namespace ("letter", "message-id" ...: KEY_* of store/key.h). */
void hasher_make(
    const Hasher *hasher, const char *space, const void *data, gsize size, MessageHash *ret);

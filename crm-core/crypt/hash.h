/*
 * hash: BLAKE2b, for lookups, lists, digests and chains.
 *
 * Not for: passwords (password.h), sealing (seal.h). The keyed hash of a value that identifies a
 * person stands in for it wherever it is looked up; who lacks the key can't try values against it.
 */
#pragma once

#include <glib.h>

#define HASH_KEY_SIZE 32
#define HASH_SIZE 16        /* of a lookup value */
#define HASH_DIGEST_SIZE 32 /* of published lists, digests and chains */

/* Keyed BLAKE2b of size bytes into ret (16 to 64 bytes long). data may be NULL when size is 0. */
void hash_keyed(const guint8 key[static HASH_KEY_SIZE], const void *data, gsize size, guint8 *ret,
    gsize ret_size);

/* The same over a namespace, a NUL and the data: an address never hashes as an equal login does. */
void hash_lookup(const guint8 key[static HASH_KEY_SIZE], const char *space, const void *data,
    gsize size, guint8 ret[static HASH_SIZE]);

/* Unkeyed. */
void hash_blake2b(const void *data, gsize size, guint8 ret[static HASH_DIGEST_SIZE]);

/* A BLAKE2b digest taken piece by piece. */
typedef struct HashDigest HashDigest;
HashDigest *hash_digest_new(void);
void hash_digest_free(HashDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HashDigest, hash_digest_free)
void hash_digest_add(HashDigest *digest, const void *data, gsize size);
void hash_digest_end(HashDigest *digest, guint8 ret[static HASH_DIGEST_SIZE]);

/* Compares in a time that doesn't depend on where they differ. */
gboolean hash_equal(const void *a, const void *b, gsize size);

#include "crypt/hash.h"

#include <sodium.h>

struct HashDigest {
	crypto_generichash_state state; /* asks for an alignment of 64: see hash_digest_new() */
};

void
hash_keyed(const guint8 key[static HASH_KEY_SIZE], const void *data, gsize size, guint8 *ret,
    gsize ret_size)
{
	crypto_generichash(ret, ret_size, data, size, key, HASH_KEY_SIZE);
}

void
hash_lookup(const guint8 key[static HASH_KEY_SIZE], const char *space, const void *data, gsize size,
    guint8 ret[static HASH_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, HASH_KEY_SIZE, HASH_SIZE);
	crypto_generichash_update(&state, (const guint8 *)space, strlen(space) + 1);
	crypto_generichash_update(&state, data, size);
	crypto_generichash_final(&state, ret, HASH_SIZE);
	sodium_memzero(&state, sizeof state);
}

void
hash_blake2b(const void *data, gsize size, guint8 ret[static HASH_DIGEST_SIZE])
{
	crypto_generichash(ret, HASH_DIGEST_SIZE, data, size, NULL, 0);
}

HashDigest *
hash_digest_new(void)
{
	HashDigest *digest = g_aligned_alloc(1, sizeof *digest, G_ALIGNOF(HashDigest));

	crypto_generichash_init(&digest->state, NULL, 0, HASH_DIGEST_SIZE);
	return digest;
}

void
hash_digest_free(HashDigest *digest)
{
	if (digest != NULL)
		g_aligned_free(digest);
}

void
hash_digest_add(HashDigest *digest, const void *data, gsize size)
{
	crypto_generichash_update(&digest->state, data, size);
}

void
hash_digest_end(HashDigest *digest, guint8 ret[static HASH_DIGEST_SIZE])
{
	crypto_generichash_final(&digest->state, ret, HASH_DIGEST_SIZE);
}

gboolean
hash_equal(const void *a, const void *b, gsize size)
{
	return sodium_memcmp(a, b, size) == 0;
}

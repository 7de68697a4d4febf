#include "crypt/sign.h"

#include <sodium.h>

G_STATIC_ASSERT(SEAL_KEY_SIZE == crypto_sign_SEEDBYTES);
G_STATIC_ASSERT(SIGN_SIZE == crypto_sign_BYTES);
G_STATIC_ASSERT(SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES);

void
sign_public(const SealKey *seed, guint8 ret[static SIGN_PUBLIC_SIZE])
{
	guint8 secret[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(ret, secret, seal_key_bytes(seed));
	sodium_memzero(secret, sizeof secret);
}

void
sign_make(const SealKey *seed, const void *data, gsize size, guint8 ret[static SIGN_SIZE])
{
	guint8 secret[crypto_sign_SECRETKEYBYTES], public_key[SIGN_PUBLIC_SIZE];

	crypto_sign_seed_keypair(public_key, secret, seal_key_bytes(seed));
	crypto_sign_detached(ret, NULL, data, size, secret);
	sodium_memzero(secret, sizeof secret);
}

bool
sign_verify(const guint8 public_key[static SIGN_PUBLIC_SIZE], const void *data, gsize size,
    const guint8 signature[static SIGN_SIZE])
{
	return crypto_sign_verify_detached(signature, data, size, public_key) == 0;
}

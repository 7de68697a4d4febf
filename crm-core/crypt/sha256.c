#include "crypt/sha256.h"

#include <openssl/evp.h>

void
sha256_make(const void *data, gsize size, guint8 ret[static SHA256_SIZE])
{
	int ok = EVP_Digest(data, size, ret, NULL, EVP_sha256(), NULL);

	g_assert(ok == 1);
}

#include "crypt/sha256.h"

#include <openssl/evp.h>
#include <stdbool.h>

static void
free_context(gpointer context)
{
	EVP_MD_CTX_free(context);
}

/* One for each thread, set up once: to look the digest up again takes longer than to digest a small mail. */
static GPrivate kept = G_PRIVATE_INIT(free_context);

static EVP_MD_CTX *
get_context(void)
{
	EVP_MD_CTX *context = g_private_get(&kept);

	if (context == NULL) {
		context = EVP_MD_CTX_new();
		g_private_set(&kept, context);
	}
	return context;
}

void
sha256_make(const void *data, gsize size, guint8 ret[static SHA256_SIZE])
{
	EVP_MD_CTX *context = get_context();
	const EVP_MD *digest = EVP_MD_CTX_get0_md(context);
	bool ok = EVP_DigestInit_ex(context, digest != NULL ? NULL : EVP_sha256(), NULL) &&
		  EVP_DigestUpdate(context, data, size) && EVP_DigestFinal_ex(context, ret, NULL);

	g_assert(ok);
}

#include "store/hasher.h"

#include "crypt/hash.h"
#include "crypt/seal.h"
#include "store/key.h"

struct Hasher {
	guint8 key[HASH_KEY_SIZE];
	gint64 number;
};

Hasher *
hasher_new(Store *store, GError **error)
{
	g_autoptr(Hasher) hasher = g_new0(Hasher, 1);

	if (!key_lookup(store, hasher->key, &hasher->number, error))
		return NULL;
	return g_steal_pointer(&hasher);
}

void
hasher_free(Hasher *hasher)
{
	if (hasher == NULL)
		return;
	seal_wipe(hasher->key, sizeof hasher->key);
	g_free(hasher);
}

gint64
hasher_number(const Hasher *hasher)
{
	return hasher->number;
}

void
hasher_make(const Hasher *hasher, const char *space, const void *data, gsize size, MessageHash *ret)
{
	hash_lookup(hasher->key, space, data, size, ret->bytes);
}

#include "crypt/seal.h"

#include "base/error.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum {
	VERSION = 1,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

G_STATIC_ASSERT(SEAL_OVERHEAD == 1 + NONCE_SIZE + TAG_SIZE);
G_STATIC_ASSERT(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

struct SealKey {
	guint8 bytes[SEAL_KEY_SIZE];
};

/* libsodium picks its fast implementations when it starts; harmless to repeat. */
static void
start(void)
{
	if (sodium_init() < 0)
		g_error("libsodium can't be started");
}

/* Random bytes, from the kernel in portions: a batch of mail draws hundreds of keys and nonces. What was drawn is wiped
 * here, and nothing is shared with a forked child. */
static void
draw(guint8 *ret, gsize size)
{
	static _Thread_local guint8 ready[1024];
	static _Thread_local gsize left;
	static _Thread_local pid_t owner;

	if (left < size || owner != getpid()) {
		randombytes_buf(ready, sizeof ready);
		owner = getpid();
		left = sizeof ready;
	}
	left -= size;
	memcpy(ret, ready + left, size);
	sodium_memzero(ready + left, size);
}

SealKey *
seal_key_new(void)
{
	SealKey *key = g_new(SealKey, 1);

	start();
	draw(key->bytes, sizeof key->bytes);
	return key;
}

SealKey *
seal_key_from_bytes(const guint8 bytes[static SEAL_KEY_SIZE])
{
	SealKey *key = g_new(SealKey, 1);

	start();
	memcpy(key->bytes, bytes, sizeof key->bytes);
	return key;
}

const guint8 *
seal_key_bytes(const SealKey *key)
{
	return key->bytes;
}

void
seal_key_free(SealKey *key)
{
	if (key == NULL)
		return;
	sodium_memzero(key, sizeof *key);
	g_free(key);
}

static GByteArray *
place_data(const SealPlace *place)
{
	GByteArray *data = g_byte_array_sized_new(64);

	g_byte_array_append(data, (const guint8 *)place->table, strlen(place->table) + 1);
	g_byte_array_append(data, place->id.bytes, sizeof place->id.bytes);
	g_byte_array_append(data, (const guint8 *)place->field, strlen(place->field) + 1);
	return data;
}

static GBytes *
close_with(const SealKey *key, const GByteArray *bound, const void *data, gsize size)
{
	guint8 *sealed = g_malloc(SEAL_OVERHEAD + size);

	sealed[0] = VERSION;
	draw(sealed + 1, NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + 1 + NONCE_SIZE, NULL, data, size,
	    bound->data, bound->len, NULL, sealed + 1, key->bytes);
	return g_bytes_new_take(sealed, SEAL_OVERHEAD + size);
}

/* Into plain, which has room for size - SEAL_OVERHEAD bytes. */
static bool
open_into(
    const SealKey *key, const GByteArray *bound, const guint8 *sealed, gsize size, guint8 *plain)
{
	return size >= SEAL_OVERHEAD && sealed[0] == VERSION &&
	       crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
		   sealed + 1 + NONCE_SIZE, size - 1 - NONCE_SIZE, bound->data, bound->len,
		   sealed + 1, key->bytes) == 0;
}

GBytes *
seal_close(const SealKey *key, const SealPlace *place, const void *data, gsize size)
{
	g_autoptr(GByteArray) bound = place_data(place);

	return close_with(key, bound, data, size);
}

GBytes *
seal_open(
    const SealKey *key, const SealPlace *place, const void *sealed, gsize size, GError **error)
{
	g_autoptr(GByteArray) bound = place_data(place);
	g_autofree guint8 *plain = NULL;

	/* One byte more than needed: callers that know of text get it with a NUL behind it. */
	if (size >= SEAL_OVERHEAD)
		plain = g_malloc(size - SEAL_OVERHEAD + 1);
	if (!open_into(key, bound, sealed, size, plain)) {
		error_set(error, ERROR_INTERNAL,
		    "A sealed value (%s.%s) doesn't open: it was changed, or the key isn't its own",
		    place->table, place->field);
		return NULL;
	}
	plain[size - SEAL_OVERHEAD] = '\0';
	return g_bytes_new_take(g_steal_pointer(&plain), size - SEAL_OVERHEAD);
}

static GByteArray *
wrap_data(const char *purpose, gint64 number, gint64 epoch)
{
	GByteArray *data = g_byte_array_sized_new(64);
	gint64 numbers[2] = {GINT64_TO_BE(number), GINT64_TO_BE(epoch)};

	g_byte_array_append(data, (const guint8 *)purpose, strlen(purpose) + 1);
	g_byte_array_append(data, (const guint8 *)numbers, sizeof numbers);
	return data;
}

GBytes *
seal_wrap(
    const SealKey *master, const char *purpose, gint64 number, gint64 epoch, const SealKey *key)
{
	g_autoptr(GByteArray) bound = wrap_data(purpose, number, epoch);

	return close_with(master, bound, key->bytes, sizeof key->bytes);
}

SealKey *
seal_unwrap(const SealKey *master, const char *purpose, gint64 number, gint64 epoch,
    const void *wrapped, gsize size, GError **error)
{
	g_autoptr(GByteArray) bound = wrap_data(purpose, number, epoch);
	g_autoptr(SealKey) key = g_new0(SealKey, 1);

	if (size != SEAL_OVERHEAD + SEAL_KEY_SIZE ||
	    !open_into(master, bound, wrapped, size, key->bytes)) {
		error_set(error, ERROR_INTERNAL,
		    "Key %" G_GINT64_FORMAT
		    " doesn't open with the master key: name the one it was made with in "
		    "[data] master-key-file",
		    number);
		return NULL;
	}
	return g_steal_pointer(&key);
}

void
seal_random(void *buffer, gsize size)
{
	start();
	randombytes_buf(buffer, size);
}

void
seal_wipe(void *buffer, gsize size)
{
	sodium_memzero(buffer, size);
}

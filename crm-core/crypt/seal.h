/*
 * seal: XChaCha20-Poly1305 over what identifies a person.
 *
 * A sealed value is bound to its place (table, public id, field): moved to another row or column it
 * doesn't open. A key belongs to one sealed object; when the key is gone, so is the object. Keys lie
 * wrapped by the master key. Stored: one byte of version (1), 24 random bytes, the ciphertext, 16
 * bytes of tag.
 */
#pragma once

#include "base/id.h"

#include <glib.h>
#include <stdbool.h>

#define SEAL_KEY_SIZE 32
#define SEAL_OVERHEAD (1 + 24 + 16)

/* 32 bytes, wiped when freed. */
typedef struct SealKey SealKey;

SealKey *seal_key_new(void); /* random */
SealKey *seal_key_from_bytes(const guint8 bytes[static SEAL_KEY_SIZE]);
const guint8 *seal_key_bytes(const SealKey *key);
void seal_key_free(SealKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealKey, seal_key_free)

/* Where a sealed value stands. */
typedef struct {
	const char *table;
	Id id; /* public id of the row */
	const char *field;
} SealPlace;

GBytes *seal_close(const SealKey *key, const SealPlace *place, const void *data, gsize size);

/* ERROR_INTERNAL when the bytes, their place or the key aren't those it was sealed with. */
GBytes *seal_open(
    const SealKey *key, const SealPlace *place, const void *sealed, gsize size, GError **error);

/* A key as it lies on disk: under the master key, bound to its purpose, number and epoch. */
GBytes *seal_wrap(
    const SealKey *master, const char *purpose, gint64 number, gint64 epoch, const SealKey *key);
SealKey *seal_unwrap(const SealKey *master, const char *purpose, gint64 number, gint64 epoch,
    const void *wrapped, gsize size, GError **error);

/* Random bytes of the operating system; and overwriting what was secret. */
void seal_random(void *buffer, gsize size);
void seal_wipe(void *buffer, gsize size);

/*
 * sha256: the digest of a message's raw bytes, as "kartoteka ledger" shows it.
 *
 * Apart from hash.h because of the library: OpenSSL uses the processor's instructions for it, libsodium doesn't,
 * and what needs no SHA-256 (the pages above all) shouldn't load OpenSSL.
 */
#pragma once

#include <glib.h>

#define SHA256_SIZE 32

void sha256_make(const void *data, gsize size, guint8 ret[static SHA256_SIZE]);

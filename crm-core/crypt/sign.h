/*
 * sign: Ed25519, for the checkpoints of the access record.
 */
#pragma once

#include "crypt/seal.h"

#define SIGN_SIZE 64
#define SIGN_PUBLIC_SIZE 32

/* seed: the secret of which the key pair is made. */
void sign_public(const SealKey *seed, guint8 ret[static SIGN_PUBLIC_SIZE]);
void sign_make(const SealKey *seed, const void *data, gsize size, guint8 ret[static SIGN_SIZE]);
bool sign_verify(const guint8 public_key[static SIGN_PUBLIC_SIZE], const void *data, gsize size,
    const guint8 signature[static SIGN_SIZE]);

/*
 * scram: the client's half of SCRAM-SHA-256 and SCRAM-SHA-1 (RFC 5802, 7677), without channel binding.
 *
 * The server never sees the password, and must prove that it knows it as well. Messages are the SASL texts before base64.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Scram Scram;

/* hash: G_CHECKSUM_SHA256 or G_CHECKSUM_SHA1. user logs in; authorize: as whom, or NULL. nonce: for tests, else NULL.
 * Everything is copied and wiped when freed. */
Scram *scram_new(GChecksumType hash, const char *user, const char *authorize, const char *password,
    const char *nonce);
void scram_free(Scram *scram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scram, scram_free)

/* The first message; newly allocated. */
char *scram_first(Scram *scram);

/* The answer to the server's first message; newly allocated. ERROR_INVALID when that isn't right, or wants fewer than
 * 4,096 or more than 1,000,000 rounds. */
char *scram_final(Scram *scram, const char *server_first, GError **error);

/* Is the server's last message right? ERROR_DENIED: it says that the log-in failed; INVALID: it doesn't know the password. */
bool scram_verify(Scram *scram, const char *server_final, GError **error);

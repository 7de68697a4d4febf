/*
 * password: Argon2id, for what people type at sign-in. It costs some 70 ms and 64 MB: for a sign-in,
 * never for each request (tokens: token.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define PASSWORD_MAX 1024 /* bytes */

/* libsodium's string ("$argon2id$..."), newly allocated. ERROR_INVALID when empty or longer than
 * PASSWORD_MAX, ERROR_TEMPORARY when memory is short. */
char *password_hash(const char *password, GError **error);

/* hash NULL (there is no such user) takes as long as a wrong password and is false. */
bool password_verify(const char *hash, const char *password);

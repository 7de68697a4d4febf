/*
 * token: random 128 bits as text, for sessions, device passwords and links. Stored as a keyed hash
 * only (store/key.h, HASH_TOKEN).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define TOKEN_LENGTH 26 /* characters: a-z and 2-7, five bits each */

char *token_new(void); /* newly allocated */

/* Could it be one of ours? What isn't needn't be looked up. NULL is not. */
bool token_is_valid(const char *text);

/* Compares two tokens in constant time (form tokens); NULL equals nothing. */
bool token_equal(const char *a, const char *b);

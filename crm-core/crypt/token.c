#include "crypt/token.h"

#include <sodium.h>
#include <string.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

char *
token_new(void)
{
	guint8 random[17] = {0};
	char *text = g_malloc(TOKEN_LENGTH + 1);

	if (sodium_init() < 0)
		g_error("libsodium can't be started");
	randombytes_buf(random, 16);
	for (gsize i = 0; i < TOKEN_LENGTH; i++) {
		gsize bit = i * 5;
		guint pair = (guint)random[bit / 8] << 8 | random[bit / 8 + 1];

		text[i] = alphabet[pair >> (11 - bit % 8) & 31];
	}
	text[TOKEN_LENGTH] = '\0';
	sodium_memzero(random, sizeof random);
	return text;
}

bool
token_is_valid(const char *text)
{
	return text != NULL && strlen(text) == TOKEN_LENGTH &&
	       strspn(text, alphabet) == TOKEN_LENGTH;
}

bool
token_equal(const char *a, const char *b)
{
	return token_is_valid(a) && token_is_valid(b) && sodium_memcmp(a, b, TOKEN_LENGTH) == 0;
}

#include "crypt/password.h"

#include "base/error.h"

#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT(PASSWORD_MAX <= crypto_pwhash_PASSWD_MAX);

/* Of a random password that nobody knows: what a sign-in with an unknown login is compared with. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$"
			     "c29tZXNhbHRzb21lc2FsdA$"
			     "wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA";

char *
password_hash(const char *password, GError **error)
{
	char hash[crypto_pwhash_STRBYTES];
	gsize size = strlen(password);

	if (size == 0 || size > PASSWORD_MAX) {
		error_set(error, ERROR_INVALID, "A password has 1 to %d bytes", PASSWORD_MAX);
		return NULL;
	}
	if (sodium_init() < 0 ||
	    crypto_pwhash_str(hash, password, size, crypto_pwhash_OPSLIMIT_INTERACTIVE,
		crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
		error_set(error, ERROR_TEMPORARY,
		    "There is no memory for the password's hash (64 MB): try again");
		return NULL;
	}
	return g_strdup(hash);
}

bool
password_verify(const char *hash, const char *password)
{
	gsize size = strlen(password);
	bool equal;

	if (size > PASSWORD_MAX || sodium_init() < 0)
		return false;
	equal = crypto_pwhash_str_verify(hash != NULL ? hash : nobody, password, size) == 0;
	return hash != NULL && equal;
}

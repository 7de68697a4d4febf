#include "imapsync/scram.h"

#include "base/error.h"

#include <string.h>
#include <unistd.h>

#define ROUNDS_MIN 4096
#define ROUNDS_MAX 1000000
#define HASH_MAX 32

struct Scram {
	GChecksumType hash;
	gsize size; /* of a hash */
	char *password;
	char *gs2;                  /* "n,a=whose," */
	char *bare;                 /* the first message without it */
	char *nonce;                /* ours */
	guint8 signature[HASH_MAX]; /* that the server must show */
	bool ready;
};

/* SASLprep (RFC 4013) but for what it forbids: compatible forms become one. */
static char *
prepare(const char *text)
{
	char *prepared = g_utf8_normalize(text, -1, G_NORMALIZE_NFKC);

	return prepared != NULL ? prepared : g_strdup(text);
}

static char *
escape(const char *name)
{
	g_autofree char *prepared = prepare(name);
	GString *text = g_string_new(prepared);

	g_string_replace(text, "=", "=3D", 0);
	g_string_replace(text, ",", "=2C", 0);
	return g_string_free(text, FALSE);
}

Scram *
scram_new(GChecksumType hash, const char *user, const char *authorize, const char *password,
    const char *nonce)
{
	Scram *scram = g_new0(Scram, 1);
	g_autofree char *name = escape(user);
	g_autofree char *whose = authorize != NULL ? escape(authorize) : NULL;
	guint8 random[18];

	if (getentropy(random, sizeof random) != 0)
		g_error("no random numbers");
	scram->hash = hash;
	scram->size = (gsize)g_checksum_type_get_length(hash);
	g_assert(scram->size <= HASH_MAX);
	scram->password = prepare(password);
	scram->nonce = nonce != NULL ? g_strdup(nonce) : g_base64_encode(random, sizeof random);
	scram->gs2 =
	    g_strdup_printf("n,%s%s,", whose != NULL ? "a=" : "", whose != NULL ? whose : "");
	scram->bare = g_strdup_printf("n=%s,r=%s", name, scram->nonce);
	return scram;
}

void
scram_free(Scram *scram)
{
	if (scram == NULL)
		return;
	explicit_bzero(scram->password, strlen(scram->password));
	g_free(scram->password);
	g_free(scram->gs2);
	g_free(scram->bare);
	g_free(scram->nonce);
	explicit_bzero(scram, sizeof *scram);
	g_free(scram);
}

char *
scram_first(Scram *scram)
{
	return g_strconcat(scram->gs2, scram->bare, NULL);
}

static void
mac(const Scram *scram, const void *key, gsize key_length, const void *data, gsize length,
    guint8 *ret)
{
	GHmac *hmac = g_hmac_new(scram->hash, key, key_length);
	gsize size = scram->size;

	g_hmac_update(hmac, data, (gssize)length);
	g_hmac_get_digest(hmac, ret, &size);
	g_hmac_unref(hmac);
}

/* PBKDF2 with one block. The keyed HMAC is copied instead of keyed again each round. */
static void
salt_password(const Scram *scram, const guint8 *salt, gsize salt_length, guint rounds, guint8 *ret)
{
	GHmac *keyed =
	    g_hmac_new(scram->hash, (const guint8 *)scram->password, strlen(scram->password));
	guint8 u[HASH_MAX];
	gsize size = scram->size;

	for (guint i = 0; i < rounds; i++) {
		GHmac *hmac = g_hmac_copy(keyed);

		if (i == 0) {
			g_hmac_update(hmac, salt, (gssize)salt_length);
			g_hmac_update(hmac, (const guint8[]){0, 0, 0, 1}, 4);
		} else {
			g_hmac_update(hmac, u, (gssize)size);
		}
		g_hmac_get_digest(hmac, u, &size);
		g_hmac_unref(hmac);
		for (gsize j = 0; j < size; j++)
			ret[j] = i == 0 ? u[j] : ret[j] ^ u[j];
	}
	g_hmac_unref(keyed);
	explicit_bzero(u, sizeof u);
}

/* The value of one attribute ("r") in "r=...,s=...,i=..."; newly allocated. */
static char *
attribute(const char *message, char name)
{
	g_auto(GStrv) parts = g_strsplit(message, ",", 0);

	for (char **part = parts; *part != NULL; part++)
		if ((*part)[0] == name && (*part)[1] == '=')
			return g_strdup(*part + 2);
	return NULL;
}

char *
scram_final(Scram *scram, const char *server_first, GError **error)
{
	g_autofree char *nonce = attribute(server_first, 'r');
	g_autofree char *salt64 = attribute(server_first, 's');
	g_autofree char *rounds_text = attribute(server_first, 'i');
	g_autofree char *channel = g_base64_encode((const guint8 *)scram->gs2, strlen(scram->gs2));
	g_autofree char *without_proof = NULL, *message = NULL, *proof = NULL;
	g_autofree guint8 *salt = NULL;
	guint8 salted[HASH_MAX], client_key[HASH_MAX], stored_key[HASH_MAX], signature[HASH_MAX],
	    server_key[HASH_MAX];
	gsize salt_length = 0, size = scram->size;
	guint64 rounds = 0;

	if (nonce == NULL || salt64 == NULL || rounds_text == NULL ||
	    !g_str_has_prefix(nonce, scram->nonce) || strlen(nonce) == strlen(scram->nonce) ||
	    !g_ascii_string_to_unsigned(rounds_text, 10, ROUNDS_MIN, ROUNDS_MAX, &rounds, NULL)) {
		error_set(error, ERROR_INVALID, "The server's side of SCRAM isn't right.");
		return NULL;
	}
	salt = g_base64_decode(salt64, &salt_length);
	salt_password(scram, salt, salt_length, (guint)rounds, salted);
	without_proof = g_strdup_printf("c=%s,r=%s", channel, nonce);
	message = g_strdup_printf("%s,%s,%s", scram->bare, server_first, without_proof);
	mac(scram, salted, size, "Client Key", strlen("Client Key"), client_key);
	{
		GChecksum *checksum = g_checksum_new(scram->hash);

		g_checksum_update(checksum, client_key, (gssize)size);
		g_checksum_get_digest(checksum, stored_key, &size);
		g_checksum_free(checksum);
	}
	mac(scram, stored_key, size, message, strlen(message), signature);
	mac(scram, salted, size, "Server Key", strlen("Server Key"), server_key);
	mac(scram, server_key, size, message, strlen(message), scram->signature);
	for (gsize i = 0; i < size; i++)
		client_key[i] ^= signature[i];
	scram->ready = true;
	proof = g_base64_encode(client_key, size);
	explicit_bzero(salted, sizeof salted);
	explicit_bzero(client_key, sizeof client_key);
	return g_strdup_printf("%s,p=%s", without_proof, proof);
}

bool
scram_verify(Scram *scram, const char *server_final, GError **error)
{
	g_autofree char *failed = attribute(server_final, 'e');
	g_autofree char *shown64 = attribute(server_final, 'v');
	g_autofree guint8 *shown = NULL;
	gsize length = 0;
	guint8 differs = 0;

	if (failed != NULL)
		return error_set(error, ERROR_DENIED, "The server refuses the log-in by SCRAM.");
	if (shown64 != NULL)
		shown = g_base64_decode(shown64, &length);
	if (!scram->ready || length != scram->size)
		return error_set(error, ERROR_INVALID, "The server's side of SCRAM isn't right.");
	for (gsize i = 0; i < length; i++)
		differs |= shown[i] ^ scram->signature[i];
	return differs == 0 ||
	       error_set(error, ERROR_INVALID,
		   "The server doesn't know the password itself: it may be another.");
}

#include "base/error.h"
#include "crypt/hash.h"
#include "crypt/master.h"
#include "crypt/password.h"
#include "crypt/seal.h"
#include "crypt/sha256.h"
#include "crypt/sign.h"
#include "crypt/token.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static const char letter[] = "Dear Ms Nováková";

static void
test_seal_opens_only_in_its_place(void)
{
	g_autoptr(SealKey) key = seal_key_new(), other = seal_key_new();
	SealPlace place = {"message", id_new(), "summary"};
	SealPlace places[] = {
	    {"contact", place.id, "summary"},
	    {"message", id_new(), "summary"},
	    {"message", place.id, "parsed"},
	};
	g_autoptr(GBytes) sealed = seal_close(key, &place, letter, sizeof letter);
	g_autoptr(GBytes) again = seal_close(key, &place, letter, sizeof letter);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) plain = NULL;
	gsize size;
	const guint8 *data = g_bytes_get_data(sealed, &size);

	g_assert_cmpuint(size, ==, sizeof letter + SEAL_OVERHEAD);
	g_assert_false(g_bytes_equal(sealed, again));
	g_assert_null(memmem(data, size, "Nov", 3));
	plain = seal_open(key, &place, data, size, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(
	    g_bytes_get_data(plain, NULL), g_bytes_get_size(plain), letter, sizeof letter);
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		g_assert_null(seal_open(key, &places[i], data, size, &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INTERNAL);
		g_clear_error(&error);
	}
	g_assert_null(seal_open(other, &place, data, size, NULL));
	for (gsize i = 0; i < size; i++) {
		g_autofree guint8 *changed = g_memdup2(data, size);

		changed[i] ^= 1;
		g_assert_null(seal_open(key, &place, changed, size, NULL));
		g_assert_null(seal_open(key, &place, data, i, NULL));
	}
}

static void
test_wrap_is_bound_to_number_and_epoch(void)
{
	g_autoptr(SealKey) master = seal_key_new(), key = seal_key_new(), back = NULL;
	g_autoptr(GBytes) wrapped = seal_wrap(master, "key", 7, 1, key);
	g_autoptr(GError) error = NULL;
	gsize size;
	const guint8 *data = g_bytes_get_data(wrapped, &size);

	back = seal_unwrap(master, "key", 7, 1, data, size, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(seal_key_bytes(back), SEAL_KEY_SIZE, seal_key_bytes(key), SEAL_KEY_SIZE);
	g_assert_null(seal_unwrap(master, "key", 8, 1, data, size, NULL));
	g_assert_null(seal_unwrap(master, "key", 7, 2, data, size, NULL));
	g_assert_null(seal_unwrap(master, "lookup", 7, 1, data, size, NULL));
	g_assert_null(seal_unwrap(key, "key", 7, 1, data, size, NULL));
	g_assert_null(seal_unwrap(master, "key", 7, 1, data, size - 1, NULL));
}

static void
test_hashes(void)
{
	static const guint8 key[HASH_KEY_SIZE] = {1}, key2[HASH_KEY_SIZE] = {2};
	guint8 a[HASH_DIGEST_SIZE], b[HASH_DIGEST_SIZE];
	g_autofree char *hex = NULL;
	g_autoptr(HashDigest) digest = hash_digest_new();

	hash_lookup(key, "address", "jana@firma.cz", 13, a);
	hash_lookup(key, "login", "jana@firma.cz", 13, b);
	g_assert_false(hash_equal(a, b, HASH_SIZE));
	hash_lookup(key2, "address", "jana@firma.cz", 13, b);
	g_assert_false(hash_equal(a, b, HASH_SIZE));
	hash_lookup(key, "address", "jana@firma.cz", 13, b);
	g_assert_true(hash_equal(a, b, HASH_SIZE));
	hash_blake2b("abcdef", 6, a);
	hash_digest_add(digest, "abc", 3);
	hash_digest_add(digest, "def", 3);
	hash_digest_end(digest, b);
	g_assert_true(hash_equal(a, b, HASH_DIGEST_SIZE));
	sha256_make("abc", 3, a);
	hex = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "abc", 3);
	for (gsize i = 0; i < sizeof a; i++) {
		char two[3];

		g_snprintf(two, sizeof two, "%02x", a[i]);
		g_assert_true(strncmp(hex + 2 * i, two, 2) == 0);
	}
}

static void
test_passwords(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = password_hash("kočka leze dírou", &error);
	g_autofree char *long_one = g_strnfill(PASSWORD_MAX + 1, 'x');
	gint64 start, wrong, nobody;

	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(hash, "$argon2id$"));
	g_assert_true(password_verify(hash, "kočka leze dírou"));
	start = g_get_monotonic_time();
	g_assert_false(password_verify(hash, "pes jitrničku sežral"));
	wrong = g_get_monotonic_time() - start;
	start = g_get_monotonic_time();
	g_assert_false(password_verify(NULL, "pes jitrničku sežral"));
	nobody = g_get_monotonic_time() - start;
	/* An unknown login costs the same work; the factor only leaves room for a busy machine. */
	g_assert_cmpint(nobody, >, wrong / 10);
	g_assert_null(password_hash("", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_assert_null(password_hash(long_one, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
}

static void
test_tokens(void)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint letters[128] = {0};
	g_autofree char *token = token_new();

	for (int i = 0; i < 1000; i++) {
		char *text = token_new();

		g_assert_true(token_is_valid(text));
		for (const char *c = text; *c != '\0'; c++)
			letters[(guint)*c]++;
		g_assert_true(g_hash_table_add(seen, text));
	}
	for (const char *c = "abcdefghijklmnopqrstuvwxyz234567"; *c != '\0'; c++)
		g_assert_cmpuint(letters[(guint)*c], >, 500);
	g_assert_true(token_equal(token, token));
	g_assert_false(token_equal(token, NULL));
	g_assert_false(token_equal(NULL, NULL));
	g_assert_false(token_is_valid("short"));
	token[3] = '!';
	g_assert_false(token_is_valid(token));
}

static void
test_signatures(void)
{
	g_autoptr(SealKey) seed = seal_key_new();
	guint8 public_key[SIGN_PUBLIC_SIZE], signature[SIGN_SIZE];

	sign_public(seed, public_key);
	sign_make(seed, letter, sizeof letter, signature);
	g_assert_true(sign_verify(public_key, letter, sizeof letter, signature));
	g_assert_false(sign_verify(public_key, letter, sizeof letter - 1, signature));
	signature[9] ^= 1;
	g_assert_false(sign_verify(public_key, letter, sizeof letter, signature));
}

static void
expect_no_master(const char *path, ErrorCode code)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(master_read(path, &error));
	g_assert_error(error, ERROR_DOMAIN, (int)code);
	g_assert_nonnull(strstr(error->message, path));
}

static void
write_key(const char *path, const char *text)
{
	g_assert_true(g_file_set_contents_full(
	    path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
test_master_file(void)
{
	g_autofree char *folder = g_dir_make_tmp("master-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "master.key", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Master) master = NULL, two = NULL;
	g_autofree char *text = NULL, *longer = NULL, *digits = g_strnfill(64, 'a');

	expect_no_master(path, ERROR_NOT_FOUND);
	g_assert_true(master_create(path, &error));
	g_assert_no_error(error);
	g_assert_false(master_create(path, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_CONFLICT);
	g_clear_error(&error);
	master = master_read(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(master_epoch(master), ==, 1);
	g_assert_nonnull(master_key(master, 1));
	g_assert_null(master_key(master, 2));
	g_assert_cmpint(g_chmod(path, 0644), ==, 0);
	expect_no_master(path, ERROR_DENIED);
	g_assert_cmpint(g_chmod(path, 0600), ==, 0);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	longer = g_strconcat("# of 2026\n", text, "2 ", digits, "\n", NULL);
	write_key(path, longer);
	two = master_read(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(master_epoch(two), ==, 2);
	g_assert_cmpmem(seal_key_bytes(master_key(two, 1)), SEAL_KEY_SIZE,
	    seal_key_bytes(master_key(master, 1)), SEAL_KEY_SIZE);
	longer[strlen(longer) - 2] = 'z';
	write_key(path, longer);
	expect_no_master(path, ERROR_INVALID);
	write_key(path, "");
	expect_no_master(path, ERROR_INVALID);
	g_unlink(path);
	g_rmdir(folder);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/crypt/seal", test_seal_opens_only_in_its_place);
	g_test_add_func("/crypt/wrap", test_wrap_is_bound_to_number_and_epoch);
	g_test_add_func("/crypt/hash", test_hashes);
	g_test_add_func("/crypt/password", test_passwords);
	g_test_add_func("/crypt/token", test_tokens);
	g_test_add_func("/crypt/sign", test_signatures);
	g_test_add_func("/crypt/master", test_master_file);
	return g_test_run();
}

#include "base/error.h"
#include "imapsync/scram.h"

/* RFC 5802, 5 and RFC 7677, 3 */
static const struct {
	GChecksumType hash;
	const char *nonce, *first, *server_first, *final, *server_final;
} rfc[] = {
    {G_CHECKSUM_SHA1, "fyko+d2lbbFgONRv9qkxdawL", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
	"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
	"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
    {G_CHECKSUM_SHA256, "rOprNGfwEbeRWgbNEkqO", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
	"Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
};

static void
test_rfc(gconstpointer data)
{
	const gsize i = GPOINTER_TO_SIZE(data);
	g_autoptr(Scram) scram = scram_new(rfc[i].hash, "user", NULL, "pencil", rfc[i].nonce);
	g_autofree char *first = scram_first(scram), *final = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(first, ==, rfc[i].first);
	g_assert_false(scram_verify(scram, rfc[i].server_final, &error)); /* too early */
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	final = scram_final(scram, rfc[i].server_first, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(final, ==, rfc[i].final);
	g_assert_true(scram_verify(scram, rfc[i].server_final, &error));
	g_assert_false(scram_verify(scram, rfc[1 - i].server_final, &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	g_clear_error(&error);
	g_assert_false(scram_verify(scram, "v=", &error));
	g_clear_error(&error);
	g_assert_false(scram_verify(scram, "", &error));
	g_clear_error(&error);
	g_assert_false(scram_verify(scram, "e=other-error", &error));
	g_assert_error(error, ERROR_DOMAIN, ERROR_DENIED);
}

static void
test_names(void)
{
	g_autoptr(Scram) scram = scram_new(G_CHECKSUM_SHA256, "a=b,c", "x,y", "p", "N");
	g_autoptr(Scram) random = scram_new(G_CHECKSUM_SHA256, "u", NULL, "p", NULL);
	g_autoptr(Scram) other = scram_new(G_CHECKSUM_SHA256, "u", NULL, "p", NULL);
	g_autofree char *first = scram_first(scram), *one = scram_first(random),
			*two = scram_first(other);

	g_assert_cmpstr(first, ==, "n,a=x=2Cy,n=a=3Db=2Cc,r=N");
	g_assert_cmpstr(one, !=, two);
}

static void
test_bad_server(void)
{
	static const char *const bad[] = {"", "r=N,s=QSXC,i=4096", "r=Other,s=QSXC,i=4096",
	    "r=Nx,i=4096", "r=Nx,s=QSXC", "r=Nx,s=QSXC,i=4095", "r=Nx,s=QSXC,i=1000001",
	    "r=Nx,s=QSXC,i=-1", "r=Nx,s=QSXC,i=", "r=Nx,s=QSXC,i=99999999999999999999",
	    "s=QSXC,i=4096"};

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(Scram) scram = scram_new(G_CHECKSUM_SHA1, "user", NULL, "pencil", "N");
		g_autoptr(GError) error = NULL;

		g_assert_null(scram_final(scram, bad[i], &error));
		g_assert_error(error, ERROR_DOMAIN, ERROR_INVALID);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/scram/sha1", GSIZE_TO_POINTER(0), test_rfc);
	g_test_add_data_func("/scram/sha256", GSIZE_TO_POINTER(1), test_rfc);
	g_test_add_func("/scram/names", test_names);
	g_test_add_func("/scram/bad-server", test_bad_server);
	return g_test_run();
}

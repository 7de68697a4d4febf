# crypt: seal, hash, password, token, sign, master: the only libsodium. sha256: OpenSSL.
# kartoteka-milter and form.cgi take hash.o alone out of the archive, but link SODIUM_LIBS, too.
noinst_LIBRARIES += libcrypt.a
libcrypt_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(SODIUM_CFLAGS) $(OPENSSL_CFLAGS)
libcrypt_a_SOURCES = \
	crm-core/crypt/hash.c crm-core/crypt/hash.h \
	crm-core/crypt/master.c crm-core/crypt/master.h \
	crm-core/crypt/password.c crm-core/crypt/password.h \
	crm-core/crypt/seal.c crm-core/crypt/seal.h \
	crm-core/crypt/sha256.c crm-core/crypt/sha256.h \
	crm-core/crypt/sign.c crm-core/crypt/sign.h \
	crm-core/crypt/token.c crm-core/crypt/token.h

unit_tests += tests/unit/test-crypt

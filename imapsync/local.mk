# imapsync: the connection of kartoteka-imapsync. libetpan behind imap.h, OpenSSL behind tls.h; base only.
noinst_LIBRARIES += libimap.a
libimap_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libimap_a_SOURCES = \
	imapsync/imap.h \
	imapsync/mutf7.c imapsync/mutf7.h \
	imapsync/uidset.c imapsync/uidset.h

unit_tests += tests/unit/test-mutf7 tests/unit/test-uidset
shell_tests += tests/integration/imap.sh

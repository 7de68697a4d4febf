# imapsync: the connection of kartoteka-imapsync. libetpan behind imap.h, OpenSSL behind tls.h; base only.
noinst_LIBRARIES += libimap.a
libimap_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libimap_a_SOURCES = \
	imapsync/guard.c imapsync/guard.h \
	imapsync/imap.c imapsync/imap.h imapsync/imap-private.h \
	imapsync/imap-command.c imapsync/imap-fetch.c imapsync/imap-list.c imapsync/imap-login.c \
	imapsync/imap-search.c imapsync/imap-stream.c \
	imapsync/mutf7.c imapsync/mutf7.h \
	imapsync/reply.c imapsync/reply.h \
	imapsync/scram.c imapsync/scram.h \
	imapsync/tls.c imapsync/tls.h \
	imapsync/uidset.c imapsync/uidset.h

unit_tests += tests/unit/test-mutf7 tests/unit/test-uidset
shell_tests += tests/integration/imap.sh tests/integration/imap-servers.sh
check_PROGRAMS += tests/lib/imap-talk
tests_lib_imap_talk_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)

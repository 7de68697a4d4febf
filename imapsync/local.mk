# imapsync: the connection of kartoteka-imapsync. libetpan behind imap.h, OpenSSL behind tls.h; base only.
noinst_LIBRARIES += libimap.a
libimap_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(CURL_CFLAGS) $(JSON_CFLAGS)
libimap_a_SOURCES = \
	imapsync/guard.c imapsync/guard.h \
	imapsync/imap.c imapsync/imap.h imapsync/imap-private.h \
	imapsync/imap-command.c imapsync/imap-fetch.c imapsync/imap-list.c imapsync/imap-login.c \
	imapsync/imap-search.c imapsync/imap-stream.c \
	imapsync/mutf7.c imapsync/mutf7.h \
	imapsync/oauth.c imapsync/oauth.h imapsync/oauth-private.h \
	imapsync/oauth-authorize.c imapsync/oauth-http.c imapsync/oauth-http.h \
	imapsync/response.c imapsync/response.h \
	imapsync/scram.c imapsync/scram.h \
	imapsync/tcp.c imapsync/tcp.h imapsync/tls.c imapsync/tls.h \
	imapsync/uidset.c imapsync/uidset.h

unit_tests += tests/unit/test-guard tests/unit/test-mutf7 tests/unit/test-response tests/unit/test-scram \
	tests/unit/test-tls tests/unit/test-uidset
fuzz_tests += tests/fuzz/fuzz-guard tests/fuzz/fuzz-imap tests/fuzz/fuzz-response
shell_tests += tests/integration/imap.sh tests/integration/imap-servers.sh tests/integration/imap-oauth.sh \
	tests/integration/imap-hostile.sh
check_PROGRAMS += tests/lib/imap-talk tests/lib/oauth-talk
tests_lib_imap_talk_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_lib_oauth_talk_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)

# What polls: everything but main(), so that tests can link it.
noinst_LIBRARIES += libpoller.a
libpoller_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libpoller_a_SOURCES = \
	imapsync/account.c imapsync/account.h \
	imapsync/choose.c imapsync/choose.h \
	imapsync/control.c imapsync/control.h \
	imapsync/cursor.c imapsync/cursor.h \
	imapsync/folder.c imapsync/folder.h \
	imapsync/folder-fetch.c imapsync/folder-fetch.h \
	imapsync/mailbox.c imapsync/mailbox.h imapsync/mailbox-own.h \
	imapsync/mailbox-walk.c imapsync/mailbox-wish.c \
	imapsync/poller.c imapsync/poller.h \
	imapsync/posture.c imapsync/posture.h \
	imapsync/progress.c imapsync/progress.h \
	imapsync/secret.c imapsync/secret.h \
	imapsync/server.c imapsync/server.h \
	imapsync/session.c imapsync/session.h \
	imapsync/turns.c imapsync/turns.h \
	imapsync/writer.c imapsync/writer.h

sbin_PROGRAMS += kartoteka-imapsync
kartoteka_imapsync_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
kartoteka_imapsync_SOURCES = imapsync/main.c
dist_man_MANS += imapsync/kartoteka-imapsync.8
kartoteka_imapsync_LDADD = libpoller.a libimap.a libbase.a $(ETPAN_LIBS) $(CURL_LIBS) $(JSON_LIBS) \
	$(OPENSSL_LIBS) $(GLIB_LIBS)
unit_tests += tests/unit/test-account tests/unit/test-cursor
shell_tests += tests/integration/imapsync.sh tests/integration/imapsync-kill.sh \
	tests/integration/imapsync-alarm.sh tests/integration/imapsync-wish.sh \
	tests/integration/imapsync-servers.sh tests/integration/imapsync-hostile.sh
# bench: not run by make check
EXTRA_DIST += tests/bench/bench-imap.sh
check_PROGRAMS += tests/bench/imap-fetch
tests_bench_imap_fetch_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)

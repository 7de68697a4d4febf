# The test frame. A new test is one line in the local.mk of the folder that it tests:
#   unit_tests  += tests/unit/test-NAME     its source is tests/unit/test-NAME.c (GLib's g_test_*)
#   shell_tests += tests/shell/NAME.sh      prints TAP with tests/lib/tap.sh; also lint/ and integration/
#   fuzz_tests  += tests/fuzz/fuzz-NAME     tests/fuzz/fuzz-NAME.c, seeds in tests/fuzz/seeds/NAME/
# Tests are run in the build folder and find things by SRCDIR, BUILDDIR and G_TEST_SRCDIR (tests/).

shell_tests += tests/shell/tap.sh tests/lint/doors.sh tests/lint/faults.sh tests/lint/form.sh tests/integration/mta.sh \
	tests/integration/spool.sh tests/integration/mail.sh tests/integration/soak.sh

# What a test program may link, in link order; an archive that it doesn't use costs nothing.
test_archives = libpages.a libweb.a librules.a libparser.a libparse.a libpoller.a libimap.a libstore.a libcrypt.a libmail.a libbase.a
LDADD = $(filter $(noinst_LIBRARIES),$(test_archives)) $(FUZZ_MAIN) $(GMIME_LIBS) $(SQLITE_LIBS) \
	$(SODIUM_LIBS) $(ETPAN_LIBS) $(CURL_LIBS) $(JSON_LIBS) $(OPENSSL_LIBS) $(ZSTD_LIBS) $(GLIB_LIBS)
$(check_PROGRAMS): $(noinst_LIBRARIES) $(check_LIBRARIES)

# main() comes out of libreplay.a only where a program has none of its own.
check_LIBRARIES += libreplay.a
libreplay_a_SOURCES = tests/fuzz/replay.c
if FUZZERS
FUZZ_MAIN = $(FUZZ_LIBS)
check_PROGRAMS += $(fuzz_tests)
else
FUZZ_MAIN = libreplay.a
check_PROGRAMS += $(unit_tests) $(fuzz_tests)
TESTS += $(unit_tests) $(fuzz_tests) $(shell_tests)
endif

TEST_EXTENSIONS = .sh
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/contrib/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
SH_LOG_DRIVER = $(tap_driver)
# A script that failed has said so, point by point; one that died has no plan.
SH_LOG_DRIVER_FLAGS = --ignore-exit
LOG_COMPILER = timeout -k 10 900 $(SHELL) -c 'exec "$$0" --tap'
SH_LOG_COMPILER = timeout -k 10 $${SOAK:+6}1500 bash
# Debian's programs, which contrib/check installs, come before others of the same name: a version manager's python3 is a
# script that takes five times as long to start.
AM_TESTS_ENVIRONMENT = \
	PATH="/usr/bin:/bin:$$PATH"; export PATH; \
	SRCDIR='$(abs_top_srcdir)'; BUILDDIR='$(abs_top_builddir)'; \
	G_TEST_SRCDIR='$(abs_top_srcdir)/tests'; G_TEST_BUILDDIR='$(abs_top_builddir)/tests'; \
	LC_ALL=C.UTF-8; TZ=UTC; \
	export SRCDIR BUILDDIR G_TEST_SRCDIR G_TEST_BUILDDIR LC_ALL TZ; unset MAKEFLAGS MFLAGS MAKELEVEL;
AM_DISTCHECK_CONFIGURE_FLAGS = --enable-fault-points

# Everything that the tests need beside what is compiled: nobody has to remember to list it.
dist-hook:
	cd $(srcdir) && find tests -type f ! -name '*.c' ! -name '*.o' ! -name '*.trs' ! -name '*.log' ! -path 'tests/mta/*' \
		! -path '*/.deps/*' ! -perm /111 -print -o -type f \( -name '*.sh' -o -name '*.py' -o -name tally \) -print | \
		tar -cf - -T - | (cd '$(abs_builddir)/$(distdir)' && tar -xf -)

# The programs' own tests alone, for builds with sanitizers and with another compiler.
.PHONY: check-unit
check-unit:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests) $(fuzz_tests)'

# Where tests/lib/mta.sh unpacks the mail servers.
clean-local:
	rm -rf tests/mta

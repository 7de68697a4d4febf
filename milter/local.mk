# milter: kartoteka-milter. libmilter and base only: no MIME, no database.
sbin_PROGRAMS += kartoteka-milter
kartoteka_milter_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
kartoteka_milter_SOURCES = \
	milter/exclusions.c milter/exclusions.h \
	milter/main.c \
	milter/message.c milter/message.h \
	milter/session.c milter/session.h \
	milter/socket.c milter/socket.h
kartoteka_milter_LDADD = libbase.a $(MILTER_LIBS) $(GLIB_LIBS)
dist_man_MANS += milter/kartoteka-milter.8

shell_tests += tests/shell/milter-cannot-spool.sh tests/shell/milter-envelope.sh tests/shell/milter-kill.sh \
	tests/shell/milter-private.sh tests/shell/milter-start.sh
check_PROGRAMS += tests/lib/publish tests/lib/spool-cat
tests_lib_publish_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_lib_spool_cat_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)

# benches: not run by make check; tests/bench/bench-milter.sh
check_PROGRAMS += tests/bench/milter-load tests/bench/noop-milter
tests_bench_milter_load_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_bench_noop_milter_CFLAGS = $(AM_CFLAGS)
tests_bench_noop_milter_LDADD = $(MILTER_LIBS)
EXTRA_DIST += tests/bench/bench-milter.sh

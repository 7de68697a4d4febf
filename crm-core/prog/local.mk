# prog: the programs. kartoteka-parse is the only one that links GMime.
pkglibexec_PROGRAMS += kartoteka-parse
dist_man_MANS += crm-core/prog/kartoteka-parse.8
kartoteka_parse_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(GMIME_CFLAGS)
kartoteka_parse_SOURCES = crm-core/prog/kartoteka-parse.c crm-core/prog/parser-wire.h
kartoteka_parse_LDADD = libparse.a libmail.a libbase.a $(GMIME_LIBS) $(GLIB_LIBS)

# The parser's client: for kartotekad and what imports.
noinst_LIBRARIES += libparser.a
libparser_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libparser_a_SOURCES = crm-core/prog/parser.c crm-core/prog/parser.h crm-core/prog/parser-wire.h \
	crm-core/prog/parser-reply.c crm-core/prog/parser-reply.h

check_PROGRAMS += tests/bench/bench-parse
tests_bench_bench_parse_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(GMIME_CFLAGS)

# The command line: the frame, and a file per group of commands.
bin_PROGRAMS += kartoteka
dist_man_MANS += crm-core/prog/kartoteka.1
kartoteka_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
kartoteka_SOURCES = \
	crm-core/prog/cmd-account.c \
	crm-core/prog/cmd-audit.c \
	crm-core/prog/cmd-book.c \
	crm-core/prog/cmd-circle.c \
	crm-core/prog/cmd-contact-import.c \
	crm-core/prog/cmd-contact.c \
	crm-core/prog/cmd-db.c \
	crm-core/prog/cmd-key.c \
	crm-core/prog/cmd-doctor.c crm-core/prog/doctor.h \
	crm-core/prog/cmd-file.c \
	crm-core/prog/cmd-import.c \
	crm-core/prog/cmd-mailbox.c \
	crm-core/prog/cmd-quarantine.c \
	crm-core/prog/cmd-review.c \
	crm-core/prog/cmd-search.c \
	crm-core/prog/cmd-status.c \
	crm-core/prog/cmd-user.c \
	crm-core/prog/cmd-who.c \
	crm-core/prog/command-find.c crm-core/prog/command-find.h \
	crm-core/prog/command-own.c crm-core/prog/command-own.h \
	crm-core/prog/command-print.c \
	crm-core/prog/command-retro.c crm-core/prog/command-retro.h \
	crm-core/prog/command-table.c \
	crm-core/prog/command.c crm-core/prog/command.h \
	crm-core/prog/doctor-files.c \
	crm-core/prog/doctor-forge.c \
	crm-core/prog/doctor-mta.c \
	crm-core/prog/doctor-reach.c \
	crm-core/prog/doctor-poller.c \
	crm-core/prog/doctor-programs.c \
	crm-core/prog/json.c crm-core/prog/json.h \
	crm-core/prog/kartoteka.c \
	crm-core/prog/mailbox-read.c \
	crm-core/prog/mailbox.c crm-core/prog/mailbox.h \
	crm-core/prog/outcome.c crm-core/prog/outcome.h \
	crm-core/prog/poller-view.c crm-core/prog/poller-view.h \
	crm-core/prog/rewind-print.c crm-core/prog/rewind-print.h \
	crm-core/prog/spool-state.c crm-core/prog/spool-state.h \
	crm-core/prog/status-file.c crm-core/prog/status-file.h \
	crm-core/prog/status-poller.c crm-core/prog/status-poller.h
kartoteka_LDADD = librules.a libparser.a libstore.a libcrypt.a libmail.a libbase.a \
	$(SQLITE_LIBS) $(SODIUM_LIBS) $(OPENSSL_LIBS) $(ZSTD_LIBS) $(GLIB_LIBS)

# The daemon.
sbin_PROGRAMS += kartotekad
dist_man_MANS += crm-core/prog/kartotekad.8
kartotekad_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
kartotekad_SOURCES = \
	crm-core/prog/alarm.c crm-core/prog/alarm.h \
	crm-core/prog/command-print.c crm-core/prog/command.h \
	crm-core/prog/letter-out.c crm-core/prog/letter-out.h \
	crm-core/prog/poller-view.c crm-core/prog/poller-view.h \
	crm-core/prog/daemon.c crm-core/prog/daemon.h \
	crm-core/prog/indexer.c crm-core/prog/indexer.h \
	crm-core/prog/intake.c crm-core/prog/intake.h \
	crm-core/prog/outcome.c crm-core/prog/outcome.h \
	crm-core/prog/part.c crm-core/prog/part.h \
	crm-core/prog/kartotekad.c \
	crm-core/prog/ready.c crm-core/prog/ready.h \
	crm-core/prog/status-file.c crm-core/prog/status-file.h \
	crm-core/prog/sweeper.c crm-core/prog/sweeper.h \
	crm-core/prog/upkeep.c crm-core/prog/upkeep.h \
	crm-core/prog/watch.c crm-core/prog/watch.h
kartotekad_LDADD = librules.a libparser.a libstore.a libcrypt.a libmail.a libbase.a \
	$(SQLITE_LIBS) $(SODIUM_LIBS) $(OPENSSL_LIBS) $(ZSTD_LIBS) $(GLIB_LIBS)
check_PROGRAMS += tests/lib/people tests/lib/spool-fill tests/lib/raw-again
shell_tests += tests/integration/truth.sh
shell_tests += tests/shell/filer-kill.sh tests/shell/key-rotate.sh tests/shell/filer-clock.sh tests/shell/filer-search.sh \
	tests/shell/filer-end.sh
shell_tests += tests/shell/filer-trouble.sh tests/shell/foreground.sh
shell_tests += tests/shell/import.sh
shell_tests += tests/shell/db.sh
unit_tests += tests/unit/test-parser tests/unit/test-ready
tests_unit_test_ready_SOURCES = tests/unit/test-ready.c crm-core/prog/ready.c

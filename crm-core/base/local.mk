# base: error, id, log, conf, spool, priv, clock. No mail, no CRM, no SQL.
noinst_LIBRARIES += libbase.a
libbase_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libbase_a_SOURCES = \
	crm-core/base/clock.c crm-core/base/clock.h \
	crm-core/base/conf.c crm-core/base/conf.h \
	crm-core/base/conf_table.c crm-core/base/conf_table.h crm-core/base/conf_value.c \
	crm-core/base/error.c crm-core/base/error.h \
	crm-core/base/fault.c crm-core/base/fault.h \
	crm-core/base/fields.c crm-core/base/fields.h \
	crm-core/base/file.c crm-core/base/file.h \
	crm-core/base/folder-names.c crm-core/base/folder-names.h \
	crm-core/base/foreground.c crm-core/base/foreground.h \
	crm-core/base/heap.c crm-core/base/heap.h \
	crm-core/base/id.c crm-core/base/id.h \
	crm-core/base/log.c crm-core/base/log.h \
	crm-core/base/mark.c crm-core/base/mark.h \
	crm-core/base/net.c crm-core/base/net.h \
	crm-core/base/pack.c crm-core/base/pack.h \
	crm-core/base/poller-status.c crm-core/base/poller-status.h \
	crm-core/base/priv.c crm-core/base/priv.h \
	crm-core/base/program.c crm-core/base/program.h \
	crm-core/base/published.c crm-core/base/published.h \
	crm-core/base/rfc2047.c crm-core/base/rfc2047.h \
	crm-core/base/sandbox.c crm-core/base/sandbox.h \
	crm-core/base/spool.h \
	crm-core/base/spool_entry.c crm-core/base/spool_entry.h \
	crm-core/base/spool_file.c \
	crm-core/base/spool_pack.c crm-core/base/spool_pack.h \
	crm-core/base/spool_read.c crm-core/base/spool_scan.c \
	crm-core/base/spool_source.c crm-core/base/spool_source.h \
	crm-core/base/wish.c crm-core/base/wish.h crm-core/base/wish_socket.c
nodist_libbase_a_SOURCES = crm-core/base/sandbox-filters.c

# The seccomp filters become part of the programs; they are made here, for the architecture that this is.
noinst_PROGRAMS += crm-core/base/sandbox-make
crm_core_base_sandbox_make_SOURCES = crm-core/base/sandbox-make.c
crm_core_base_sandbox_make_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
crm_core_base_sandbox_make_LDADD = $(SECCOMP_LIBS)
CLEANFILES += crm-core/base/sandbox-filters.c
crm-core/base/sandbox-filters.c: crm-core/base/sandbox-make$(EXEEXT)
	$(AM_V_GEN)crm-core/base/sandbox-make$(EXEEXT) >$@.tmp && mv $@.tmp $@

unit_tests += tests/unit/test-base tests/unit/test-conf tests/unit/test-foreground tests/unit/test-id tests/unit/test-pack tests/unit/test-poller-status \
	tests/unit/test-published \
	tests/unit/test-sandbox tests/unit/test-spool tests/unit/test-spool-imap tests/unit/test-spool-pack tests/unit/test-wish
fuzz_tests += tests/fuzz/fuzz-spool tests/fuzz/fuzz-spool-pack tests/fuzz/fuzz-wish
dist_man_MANS += crm-core/base/kartoteka.conf.5
shell_tests += tests/lint/conf.sh
check_PROGRAMS += tests/lib/conf-table
tests_lib_conf_table_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)

# rules: who may what, what belongs where. No SQL, no MIME, no HTML.
noinst_LIBRARIES += librules.a
librules_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
librules_a_SOURCES = \
	crm-core/rules/account.c crm-core/rules/account.h \
	crm-core/rules/account-mailbox.c crm-core/rules/account-mailbox.h \
	crm-core/rules/audit.c crm-core/rules/audit.h \
	crm-core/rules/book.c crm-core/rules/book.h \
	crm-core/rules/collate.c crm-core/rules/collate.h \
	crm-core/rules/circle.c crm-core/rules/circle.h \
	crm-core/rules/contact.c crm-core/rules/contact.h \
	crm-core/rules/contact-edit.c crm-core/rules/contact-edit.h \
	crm-core/rules/contact-import.c crm-core/rules/contact-import.h \
	crm-core/rules/contact-import-read.c \
	crm-core/rules/contact-import-run.c \
	crm-core/rules/contact-mark.c crm-core/rules/contact-mark.h \
	crm-core/rules/contact-merge.c crm-core/rules/contact-merge.h \
	crm-core/rules/contact-record.c crm-core/rules/contact-record.h \
	crm-core/rules/contact-view.c \
	crm-core/rules/csv.c crm-core/rules/csv.h \
	crm-core/rules/cursor.c crm-core/rules/cursor.h \
	crm-core/rules/destroy.c crm-core/rules/destroy.h \
	crm-core/rules/exclude.c crm-core/rules/exclude.h \
	crm-core/rules/field.c crm-core/rules/field.h \
	crm-core/rules/file.c crm-core/rules/file.h \
	crm-core/rules/file-again.c \
	crm-core/rules/file-job.h \
	crm-core/rules/file-waiting.c \
	crm-core/rules/fingerprint.c crm-core/rules/fingerprint.h \
	crm-core/rules/header.c crm-core/rules/header.h \
	crm-core/rules/history.c crm-core/rules/history.h \
	crm-core/rules/index.c crm-core/rules/index.h \
	crm-core/rules/known.c crm-core/rules/known.h \
	crm-core/rules/login.c crm-core/rules/login.h \
	crm-core/rules/maillog.c crm-core/rules/maillog.h \
	crm-core/rules/match.c crm-core/rules/match.h \
	crm-core/rules/match-work.h \
	crm-core/rules/posture.c crm-core/rules/posture.h \
	crm-core/rules/prepare.c \
	crm-core/rules/proof.c \
	crm-core/rules/query.c crm-core/rules/query.h \
	crm-core/rules/query-date.c crm-core/rules/query-date.h \
	crm-core/rules/raw.c crm-core/rules/raw.h \
	crm-core/rules/refile.c crm-core/rules/refile.h \
	crm-core/rules/refile-all.c \
	crm-core/rules/report.c \
	crm-core/rules/retro.c crm-core/rules/retro.h \
	crm-core/rules/review.c crm-core/rules/review.h \
	crm-core/rules/rewind.c crm-core/rules/rewind.h \
	crm-core/rules/rights.c crm-core/rules/rights.h \
	crm-core/rules/search.c crm-core/rules/search.h \
	crm-core/rules/session.c crm-core/rules/session.h \
	crm-core/rules/snippet.c crm-core/rules/snippet.h \
	crm-core/rules/summary.c crm-core/rules/summary.h \
	crm-core/rules/user.c crm-core/rules/user.h \
	crm-core/rules/vcard.c crm-core/rules/vcard.h \
	crm-core/rules/vcard-read.c \
	crm-core/rules/vcard-value.c crm-core/rules/vcard-value.h \
	crm-core/rules/vcard-write.c \
	crm-core/rules/view.c crm-core/rules/view.h \
	crm-core/rules/view-part.c \
	crm-core/rules/who.c crm-core/rules/who.h

# The shipped list of free-mail domains: a file to copy and edit, and, unless another one is named, part of the program.
dist_pkgdata_DATA += crm-core/rules/free-mail-domains
CLEANFILES += crm-core/rules/free-mail.c
nodist_librules_a_SOURCES = crm-core/rules/free-mail.c
crm-core/rules/free-mail.c: crm-core/rules/free-mail-domains
	@$(MKDIR_P) crm-core/rules
	$(AM_V_GEN)(echo '#include "rules/known.h"'; echo 'const char *const known_free_mail[] = {'; \
		sed -n 's/^\([a-z0-9.-][a-z0-9.-]*\)$$/"\1",/p' $(srcdir)/crm-core/rules/free-mail-domains; \
		echo '0};') >$@.tmp && mv $@.tmp $@

unit_tests += tests/unit/test-query
unit_tests += tests/unit/test-snippet
unit_tests += tests/unit/test-summary
shell_tests += tests/lint/commands.sh tests/integration/doctor.sh
shell_tests += tests/shell/cli-bad.sh tests/shell/cli-contacts.sh tests/shell/cli-doctor.sh tests/shell/cli-mailbox.sh tests/shell/cli-poller.sh tests/shell/cli-retro.sh tests/shell/imap-account.sh
unit_tests += tests/unit/test-import
unit_tests += tests/unit/test-login
unit_tests += tests/unit/test-rights tests/unit/test-contact-edit
unit_tests += tests/unit/test-who
unit_tests += tests/unit/test-vcard
fuzz_tests += tests/fuzz/fuzz-vcard tests/fuzz/fuzz-list
unit_tests += tests/unit/test-leak
tests_unit_test_leak_SOURCES = tests/unit/test-leak.c tests/lib/world.c tests/lib/world-change.c tests/lib/world-store.c \
	tests/lib/world.h

# benches: not run by make check
check_PROGRAMS += tests/bench/fill-database tests/bench/bench-search tests/bench/http-load tests/bench/empty-cgi
tests_bench_http_load_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_bench_empty_cgi_LDADD =
EXTRA_DIST += tests/bench/bench-web.sh
tests_bench_bench_search_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_bench_fill_database_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
tests_bench_fill_database_LDADD = $(LDADD) -lm
shell_tests += tests/shell/search.sh
unit_tests += tests/unit/test-match
unit_tests += tests/unit/test-file tests/unit/test-file-some tests/unit/test-imap-filing tests/unit/test-posture
unit_tests += tests/unit/test-view
unit_tests += tests/unit/test-collate

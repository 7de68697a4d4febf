# mail: what a message says. libmail.a knows no GMime; libparse.a is its only door.
noinst_LIBRARIES += libmail.a
libmail_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libmail_a_SOURCES = \
	crm-core/mail/mail.c crm-core/mail/mail.h \
	crm-core/mail/address.c crm-core/mail/address.h \
	crm-core/mail/decode.c crm-core/mail/decode-charset.c crm-core/mail/decode-words.c crm-core/mail/decode.h \
	crm-core/mail/parse.h \
	crm-core/mail/record.c crm-core/mail/record.h \
	crm-core/mail/text.c crm-core/mail/text-mark.c crm-core/mail/text-html.c \
	crm-core/mail/text-entities.h crm-core/mail/text-tags.h crm-core/mail/text.h

noinst_LIBRARIES += libparse.a
libparse_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(GMIME_CFLAGS)
libparse_a_SOURCES = \
	crm-core/mail/parse.c crm-core/mail/parse-internal.h \
	crm-core/mail/parse-scan.c crm-core/mail/parse-header.c \
	crm-core/mail/parse-auth.c crm-core/mail/parse-address.c crm-core/mail/parse-parts.c \
	crm-core/mail/parse-body.c crm-core/mail/parse-report.c

check_PROGRAMS += tests/lib/parse-truth
tests_lib_parse_truth_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)

fuzz_tests += tests/fuzz/fuzz-parse tests/fuzz/fuzz-record tests/fuzz/fuzz-address
unit_tests += tests/unit/test-mail tests/unit/test-parse tests/unit/test-record
shell_tests += tests/integration/parse-corpora.sh
EXTRA_DIST += tests/corpus

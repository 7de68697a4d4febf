# webui-minimal: kartoteka.cgi, the pages. libweb.a is what every CGI program here needs.
noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = \
	webui-minimal/cgi.c webui-minimal/cgi.h \
	webui-minimal/html.c webui-minimal/html.h \
	webui-minimal/reply.c webui-minimal/reply.h

# The pages, but for main(): a library, so that tests reach them.
noinst_LIBRARIES += libpages.a
libpages_a_SOURCES = \
	webui-minimal/access.c \
	webui-minimal/body.c webui-minimal/body.h \
	webui-minimal/circles.c \
	webui-minimal/card.c webui-minimal/card.h \
	webui-minimal/contact.c \
	webui-minimal/contact-edit.c webui-minimal/contact-move.c \
	webui-minimal/contact-fields.c \
	webui-minimal/contact-form.c webui-minimal/contact-form.h \
	webui-minimal/contacts.c \
	webui-minimal/enclose.c \
	webui-minimal/files.c \
	webui-minimal/filing.c \
	webui-minimal/foreign.c webui-minimal/foreign.h \
	webui-minimal/home.c \
	webui-minimal/intl.c webui-minimal/intl.h \
	webui-minimal/line.c webui-minimal/line.h \
	webui-minimal/login.c \
	webui-minimal/message.c webui-minimal/message.h webui-minimal/message-aside.c \
	webui-minimal/page.c webui-minimal/page.h \
	webui-minimal/pages.h webui-minimal/style.h \
	webui-minimal/record.c \
	webui-minimal/review.c \
	webui-minimal/right.c webui-minimal/right.h \
	webui-minimal/search.c \
	webui-minimal/staff.c webui-minimal/staff.h
nodist_libpages_a_SOURCES = webui-minimal/style.c

# The pages. No GMime: what a page shows is stored parsed, and what a program links costs at each start.
pkglibexec_PROGRAMS += kartoteka.cgi
kartoteka_cgi_SOURCES = webui-minimal/kartoteka.c
kartoteka_cgi_LDFLAGS = $(PAGES_LDFLAGS)
kartoteka_cgi_LDADD = libpages.a libweb.a librules.a libstore.a libcrypt.a libmail.a libbase.a $(PAGES_LIBS)
dist_man_MANS += webui-minimal/kartoteka.cgi.8

unit_tests += tests/unit/test-html tests/unit/test-cgi tests/unit/test-reply tests/unit/test-intl tests/unit/test-foreign \
	tests/unit/test-body
fuzz_tests += tests/fuzz/fuzz-cgi
shell_tests += tests/shell/web-sign-in.sh tests/shell/web-pages.sh tests/shell/web-contact.sh tests/shell/web-filing.sh tests/browser/pages.sh tests/integration/imap-sign-in.sh tests/integration/imap-core.sh
EXTRA_DIST += tests/browser/attacks.py tests/browser/driver.py tests/browser/html-mail.py tests/browser/pages.py

# style.css as a C string without comments and indentation; its version is its checksum.
EXTRA_DIST += webui-minimal/style.css
CLEANFILES += webui-minimal/style.c
webui-minimal/style.c: webui-minimal/style.css
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { echo '#include "webui-minimal/style.h"'; echo 'const char style_sheet[] ='; \
		sed -e 's|^[[:blank:]]*||' -e 's|/\*.*\*/||' -e '/^$$/d' -e 's|[\\"]|\\&|g' -e 's|.*|"&\\n"|' $<; \
		echo ';'; cksum <$< | sed 's|\([0-9]*\) .*|const char style_version[] = "\1";|'; } >$@.tmp && mv $@.tmp $@

# webui-minimal: kartoteka.cgi, the pages. libweb.a is what every CGI program here needs.
noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = \
	webui-minimal/cgi.c webui-minimal/cgi.h \
	webui-minimal/html.c webui-minimal/html.h \
	webui-minimal/reply.c webui-minimal/reply.h

unit_tests += tests/unit/test-html tests/unit/test-cgi
fuzz_tests += tests/fuzz/fuzz-cgi

# base: error, id, log, conf, spool, priv, clock. No mail, no CRM, no SQL.
noinst_LIBRARIES += libbase.a
libbase_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS)
libbase_a_SOURCES = \
	crm-core/base/error.c crm-core/base/error.h \
	crm-core/base/id.c crm-core/base/id.h

unit_tests += tests/unit/test-id

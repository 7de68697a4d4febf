# store: the four files, their locks, keys and transactions, and one file per kind of record. The only SQL.
noinst_LIBRARIES += libstore.a
libstore_a_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(SQLITE_CFLAGS) $(ZSTD_CFLAGS)
libstore_a_SOURCES = \
	crm-core/store/access.c crm-core/store/access.h \
	crm-core/store/access-chain.c crm-core/store/access-chain.h \
	crm-core/store/access-list.c \
	crm-core/store/access-prune.c \
	crm-core/store/access-verify.c \
	crm-core/store/address.c crm-core/store/address.h \
	crm-core/store/attachment.c crm-core/store/attachment.h \
	crm-core/store/backup.c crm-core/store/backup.h \
	crm-core/store/backup-manifest.c \
	crm-core/store/backup-restore.c \
	crm-core/store/book.c crm-core/store/book.h \
	crm-core/store/card.c crm-core/store/card.h \
	crm-core/store/check.c crm-core/store/check.h \
	crm-core/store/circle.c crm-core/store/circle.h \
	crm-core/store/compress.c crm-core/store/compress.h \
	crm-core/store/contact.c crm-core/store/contact.h \
	crm-core/store/contact-list.c crm-core/store/contact-filter.h \
	crm-core/store/core.h \
	crm-core/store/counter.c crm-core/store/counter.h \
	crm-core/store/db.c crm-core/store/db.h \
	crm-core/store/db-copy.c \
	crm-core/store/db-file.c crm-core/store/db-file.h \
	crm-core/store/db-make.c \
	crm-core/store/erase.c crm-core/store/erase.h \
	crm-core/store/erase-ledger.c \
	crm-core/store/erase-step.c crm-core/store/erase-step.h \
	crm-core/store/exclusion.c crm-core/store/exclusion.h \
	crm-core/store/filing.c crm-core/store/filing.h \
	crm-core/store/grant.c crm-core/store/grant.h \
	crm-core/store/handover.c crm-core/store/handover.h \
	crm-core/store/hasher.c crm-core/store/hasher.h \
	crm-core/store/idle.c \
	crm-core/store/item.c crm-core/store/item.h \
	crm-core/store/item-account.c \
	crm-core/store/item-detail.c crm-core/store/item-detail.h \
	crm-core/store/key.c crm-core/store/key.h \
	crm-core/store/key-hash.c \
	crm-core/store/key-ready.c crm-core/store/key-rotate.c \
	crm-core/store/key-ring.h \
	crm-core/store/letter.c crm-core/store/letter.h \
	crm-core/store/letter-thread.c \
	crm-core/store/lock.c crm-core/store/lock.h \
	crm-core/store/message.c crm-core/store/message.h \
	crm-core/store/mailbox-posture.c crm-core/store/mailbox-posture.h \
	crm-core/store/message-write.c \
	crm-core/store/named.c crm-core/store/named.h \
	crm-core/store/numbers.c crm-core/store/numbers.h \
	crm-core/store/pending.c crm-core/store/pending.h \
	crm-core/store/quarantine.c \
	crm-core/store/reason.c crm-core/store/reason.h \
	crm-core/store/revision.c crm-core/store/revision.h \
	crm-core/store/row.c crm-core/store/row.h \
	crm-core/store/schema.c crm-core/store/schema.h \
	crm-core/store/search-fresh.c crm-core/store/search-fresh.h \
	crm-core/store/search-index.c crm-core/store/search-index.h \
	crm-core/store/search-match.c crm-core/store/search-match.h \
	crm-core/store/search-merge.c \
	crm-core/store/search-row.c crm-core/store/search-row.h \
	crm-core/store/search-who.c crm-core/store/search-who.h \
	crm-core/store/sent.c crm-core/store/sent.h \
	crm-core/store/sighting.c crm-core/store/sighting.h \
	crm-core/store/staff-address.c crm-core/store/staff-address.h \
	crm-core/store/store.c crm-core/store/store.h \
	crm-core/store/team.c crm-core/store/team.h \
	crm-core/store/tx.c \
	crm-core/store/user.c crm-core/store/user.h \
	crm-core/store/user-leave.c \
	crm-core/store/viewer.c crm-core/store/viewer.h \
	crm-core/store/visible.c crm-core/store/visible.h \
	crm-core/store/websession.c crm-core/store/websession.h
nodist_libstore_a_SOURCES = crm-core/store/schema-sql.c

# The SQL becomes part of the program.
schema_files = \
	crm-core/store/schema/records-1.sql crm-core/store/schema/records-2.sql crm-core/store/schema/records-3.sql \
	crm-core/store/schema/keys-1.sql \
	crm-core/store/schema/access-1.sql \
	crm-core/store/schema/search-1.sql
EXTRA_DIST += $(schema_files) crm-core/store/schema/embed.awk
CLEANFILES += crm-core/store/schema-sql.c
crm-core/store/schema-sql.c: $(schema_files) crm-core/store/schema/embed.awk
	@$(MKDIR_P) crm-core/store
	$(AM_V_GEN)cd $(srcdir) && LC_ALL=C $(AWK) -f crm-core/store/schema/embed.awk $(schema_files) >$(abs_builddir)/$@.tmp && \
		mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@

unit_tests += tests/unit/test-store tests/unit/test-stored tests/unit/test-search-fresh
unit_tests += tests/unit/test-access
unit_tests += tests/unit/test-erase
unit_tests += tests/unit/test-backup
unit_tests += tests/unit/test-tx

check_PROGRAMS += tests/bench/bench-store

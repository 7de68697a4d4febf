# Translations of the pages (gettext, domain kartoteka). English stands in the sources, as _("...");
# `make update-po` brings po/*.po up to date, tests/lint/po.sh finds what isn't translated.
# So are the sentences of errors that the pages show: those of error_set() and of row.h in the files of po_errors.
# In the build folder the layout is that of LOCALEDIR, so that the pages can be tried uninstalled.
po_languages = cs
po_files = po/cs.po
po_errors = crm-core/base/id.c crm-core/rules/query.c crm-core/rules/search.c crm-core/rules/cursor.c crm-core/rules/contact-record.c \
	crm-core/rules/circle.c crm-core/rules/book.c crm-core/rules/rights.c crm-core/rules/contact.c \
	crm-core/rules/contact-edit.c crm-core/rules/contact-view.c crm-core/rules/refile.c \
	crm-core/store/contact.c crm-core/store/circle.c crm-core/store/grant.c
po_made = po/cs/LC_MESSAGES/kartoteka.mo
XGETTEXT_FLAGS = --from-code=UTF-8 --language=C --add-comments=TRANSLATORS: --keyword=_ --keyword=N_ \
	--keyword=error_set:3 --keyword=row_end:3 --keyword=row_join:4 --keyword=row_end_by_id:4 \
	--keyword=ngettext:1,2 --keyword=pgettext:1c,2 --package-name=kartoteka --force-po --sort-by-file --no-location

EXTRA_DIST += $(po_files)
CLEANFILES += $(po_made) po/kartoteka.pot
all-local: $(po_made)
po/cs/LC_MESSAGES/kartoteka.mo: po/cs.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check -o $@ $<

install-data-hook: $(po_made)
	for l in $(po_languages); do \
		$(MKDIR_P) "$(DESTDIR)$(localedir)/$$l/LC_MESSAGES" && \
		$(INSTALL_DATA) po/$$l/LC_MESSAGES/kartoteka.mo "$(DESTDIR)$(localedir)/$$l/LC_MESSAGES/kartoteka.mo" || exit 1; \
	done
uninstall-hook:
	for l in $(po_languages); do rm -f "$(DESTDIR)$(localedir)/$$l/LC_MESSAGES/kartoteka.mo"; done

.PHONY: pot update-po
POT = po/kartoteka.pot
pot:
	$(MKDIR_P) po && xgettext $(XGETTEXT_FLAGS) -D $(srcdir) -o $(POT) \
		$$(cd $(srcdir) && ls webui-minimal/*.c $(po_errors))
update-po: pot
	for f in $(po_files); do \
		msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-location $(srcdir)/$$f $(POT) || exit 1; done

shell_tests += tests/lint/po.sh

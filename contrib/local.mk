# What an administrator needs beside the programs: units, users, folders, snippets for MTAs and web servers.
EXTRA_DIST += contrib/bootstrap contrib/check contrib/packages.sh contrib/try contrib/try.d $(contrib_in)

contrib_in = contrib/systemd/kartotekad.service.in contrib/systemd/kartoteka-milter.service.in \
	contrib/systemd/kartoteka-imapsync.service.in \
	contrib/systemd/kartoteka-web.service.in contrib/web/nginx.conf.in contrib/web/lighttpd.conf.in \
	contrib/web/apache.conf.in
contrib_made = $(contrib_in:.in=)
CLEANFILES += $(contrib_made)

$(contrib_made): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		-e 's|@pkgdatadir[@]|$(pkgdatadir)|g' -e 's|@localstatedir[@]|$(localstatedir)|g' \
		'$(srcdir)/$@.in' >$@

systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = contrib/systemd/kartotekad.service contrib/systemd/kartoteka-milter.service \
	contrib/systemd/kartoteka-imapsync.service \
	contrib/systemd/kartoteka-web.service
dist_systemdunit_DATA = contrib/systemd/kartoteka-web.socket

examplesdir = $(docdir)/examples
dist_examples_DATA = contrib/kartoteka.conf
nodist_examples_DATA = contrib/web/nginx.conf contrib/web/lighttpd.conf contrib/web/apache.conf
dist_doc_DATA = contrib/mta/postfix.md contrib/mta/sendmail.md contrib/web/pages.md contrib/master-key.md contrib/backup.md
EXTRA_DIST += contrib/systemd/kartoteka.sysusers contrib/systemd/kartoteka.tmpfiles

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(prefix)/lib/sysusers.d' '$(DESTDIR)$(prefix)/lib/tmpfiles.d'
	$(INSTALL_DATA) '$(srcdir)/contrib/systemd/kartoteka.sysusers' '$(DESTDIR)$(prefix)/lib/sysusers.d/kartoteka.conf'
	$(INSTALL_DATA) '$(srcdir)/contrib/systemd/kartoteka.tmpfiles' '$(DESTDIR)$(prefix)/lib/tmpfiles.d/kartoteka.conf'
uninstall-local:
	rm -f '$(DESTDIR)$(prefix)/lib/sysusers.d/kartoteka.conf' '$(DESTDIR)$(prefix)/lib/tmpfiles.d/kartoteka.conf'

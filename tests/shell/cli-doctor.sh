#!/usr/bin/env bash
# doctor finds what is wrong and says what to do; it changes nothing.
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/cli.sh"
cli_init || exit 99
doctor() { k doctor "$@" >"$tmp/out" 2>&1; echo "status $?" >>"$tmp/out"; cat "$tmp/out"; }
mta="--no-mta"

out=$(doctor $mta)
like "$out" 'OK +parser +It reads a mail' "the parser works in its sandbox"
if grep -q 'STATIC_PAGES 1' "$BUILDDIR/config.h"; then
	cp "$BUILDDIR/kartoteka.cgi" "$tmp/pages.cgi"
	like "$(KARTOTEKA_CGI=$tmp/pages.cgi doctor $mta)" 'OK +pages' "the pages are newer than what they carry"
	touch -d 2001-01-01 "$tmp/pages.cgi"
	like "$(KARTOTEKA_CGI=$tmp/pages.cgi doctor $mta)" 'WARN +pages .*build and install' "and older"
else skip "the age of the pages" "they load their libraries"; skip "and older" "likewise"; fi
like "$out" 'FAIL +milter .*start kartoteka-milter' "no milter"
like "$out" 'FAIL +kartotekad' "no daemon"
like "$out" 'status 1' "fails"
is "$(k --json doctor $mta | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["worst"])')" FAIL "JSON"

chmod 644 "$tmp/master.key"
like "$(doctor $mta)" 'FAIL +master key .*chmod 0600' "a master key that others can read"
chmod 600 "$tmp/master.key"
chmod 755 "$tmp/data"
like "$(doctor $mta)" 'FAIL +data .*chmod' "a data folder that others can read"
chmod 750 "$tmp/data"
mkdir -p "$tmp/spool/mx1" && chmod 777 "$tmp/spool/mx1"
like "$(doctor $mta)" 'FAIL +spool .*open to everybody' "a source's folder that everybody can write"
chmod 2770 "$tmp/spool/mx1"
like "$(doctor $mta)" 'OK +spool .*mx1' "and set right"
mv "$tmp/published" "$tmp/away"
like "$(doctor $mta)" 'FAIL +published' "a missing folder"
mv "$tmp/away" "$tmp/published"
desc='no ledger of erasures is missed before the first one' not_ok grep -q ' erasures ' <(doctor $mta)
sqlite3 "$tmp/data/kartoteka.db" "INSERT INTO erasure (pid, time, kind, step) VALUES (randomblob(16), 1, 2, 4)"
like "$(doctor $mta)" 'FAIL +erasures .*bring it back' "and it is missed after that"
like "$(KARTOTEKA_PARSE=/bin/false doctor $mta)" 'FAIL +parser' "a parser that doesn't start"

# What Sendmail is told.
cat >"$tmp/sendmail.cf" <<E
O InputMailFilters=crm,dkim
Xdkim, S=inet:8891@127.0.0.1
Xcrm, S=local:$tmp/run/milter.sock, F=T, T=C:10s
E
like "$(doctor --sendmail-cf "$tmp/sendmail.cf")" "FAIL +Sendmail .*isn't the last" "a filter after ours"
sed -i 's/=crm,dkim/=dkim, crm/' "$tmp/sendmail.cf"
like "$(doctor --sendmail-cf "$tmp/sendmail.cf")" 'OK +Sendmail' "ours is the last"
sed -i 's/, F=T//' "$tmp/sendmail.cf"
like "$(doctor --sendmail-cf "$tmp/sendmail.cf")" "WARN +Sendmail .*F=T" "no F=T"
like "$(doctor --sendmail-cf "$tmp/none.cf")" "FAIL +Sendmail" "no such file"

# What Postfix is told, by a postconf of our own.
mkdir "$tmp/bin"
cat >"$tmp/bin/postconf" <<E
#!/bin/sh
for key; do :; done
sed -n "s/^\$key = //p" "$tmp/main.cf"
E
chmod +x "$tmp/bin/postconf"
main() {
	printf '%s\n' "queue_directory = $tmp" "smtpd_milters = $1" "non_smtpd_milters = $2" \
		"internal_mail_filter_classes = $3" "milter_default_action = $4" >"$tmp/main.cf"
}
postfix() { PATH=$tmp/bin:$PATH doctor --postfix "$tmp"; }
main "inet:localhost:8891, { unix:run/milter.sock, connect_timeout = 10s }" unix:run/milter.sock bounce tempfail
out=$(postfix)
like "$out" 'OK +Postfix .*last in smtpd_milters' "the last of two"
like "$out" 'OK +Postfix .*last in non_smtpd_milters' "for local mail, too"
like "$out" 'OK +Postfix .*bounces' "bounces"
main "unix:run/milter.sock inet:localhost:8891" "" "" accept
out=$(postfix)
like "$out" "FAIL +Postfix .*isn't the last in smtpd_milters" "not the last"
like "$out" "FAIL +Postfix .*non_smtpd_milters doesn't name" "local mail goes past"
like "$out" "WARN +Postfix .*internal_mail_filter_classes" "bounces go past"
like "$out" "WARN +Postfix .*tempfail" "accepts while it is down"
main unix:run/milter.sock unix:run/milter.sock bounce tempfail
printf '%s\n' '-P = smtp/inet/smtpd_milters = unix:run/milter.sock' '-P = 10025/inet/smtpd_milters = ' >>"$tmp/main.cf"
out=$(postfix)
like "$out" "WARN +Postfix .*10025/inet has milters of its own" "a service of its own"
is "$(grep -c 'milters of its own' <<<"$out")" 1 "and none that names ours"
done_testing

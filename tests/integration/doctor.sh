#!/usr/bin/env bash
# doctor beside a whole system: a real Postfix whose settings are asked for, and through which a forged
# Authentication-Results is sent.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
for program in kartoteka kartotekad kartoteka-milter kartoteka-parse; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
mta_usable || skip_all "needs root and Debian's postfix package"
data=$tmp/system forged=mx.lodenice.example
doctor() {
	PATH=$mta_postfix/usr/sbin:$PATH LD_LIBRARY_PATH=$mta_postfix/usr/lib/postfix kt "$data" doctor \
		--postfix "$tmp/postfix/etc" "$@" 2>&1
}

on_exit system_stop "$data"
on_exit postfix_stop "$tmp/postfix"
ok system_conf "$data" '[milter]' "trusted-authserv-ids = $forged"
ok kt "$data" init
kt "$data" user add admin Admin --administrator --address admin@lodenice.example || exit 99
ok system_start "$data"
port=$(free_port)
echo '/^Authentication-Results:/ IGNORE' >"$tmp/checks"
POSTFIX_EXTRA='internal_mail_filter_classes = bounce' ok postfix_start "$tmp/postfix" "$port" "$milter_address" ''

out=$(doctor)
like "$out" 'OK +milter' "the milter answers"
like "$out" 'OK +kartotekad' "kartotekad runs"
like "$out" 'OK +records' "the records can be read"
like "$out" 'OK +Postfix +Kartoteka is the last in smtpd_milters' "Postfix names the milter last"
like "$out" 'OK +Postfix +Its own bounces' "bounces reach it"
# A source's folder that the user of data/user can't open: its mail waits, and nobody may take it for none.
if [ -n "$system_user" ]; then
	chown root:root "$data/spool/mx1"
	like "$(doctor)" "FAIL +spool +The user $system_user has no access to $data/spool/mx1" "a closed folder is named"
	like "$(kt "$data" status)" 'live mail +unknown' "status doesn't call it empty"
	out=$(kt "$data" reconcile 2>&1)
	is $? 77 "reconcile proves nothing then"
	like "$out" 'has no access' "and says why"
	like "$(as "$data" "$BUILDDIR/kartotekad" --once 2>&1)" 'has no access' "nor is it all that lies in the spool"
	daemon_stop "$data"
	daemon_start "$data"
	said() { grep -q "$1" "$data/log/kartotekad.log"; }
	desc="the daemon says so" ok wait_for 20 said 'error: spool-closed'
	chown "$system_user:" "$data/spool/mx1"
	desc="and goes on by itself" ok wait_for 30 said 'spool-open'
	desc="reconcile proves again" ok kt "$data" reconcile
fi
like "$(doctor --forge-to admin@lodenice.example --smtp "127.0.0.1:$port")" \
	"FAIL +forgery .*$forged survives" "a forged header survives an MTA that doesn't care"
postfix_stop "$tmp/postfix"
POSTFIX_EXTRA="header_checks = regexp:$tmp/checks" ok postfix_start "$tmp/postfix" "$port" "$milter_address" ''
like "$(doctor --forge-to admin@lodenice.example --smtp "127.0.0.1:$port")" \
	"OK +forgery .*$forged doesn't survive" "and not one that takes it out"
like "$(doctor --forge-to admin@lodenice.example --smtp 127.0.0.1:1)" 'FAIL +forgery .*did not come through' "no MTA there"
out=$(kt "$data" doctor --forge-to a@elsewhere.example 2>&1)
like "$out" 'address of the company' "an address of somebody else is refused"
done_testing

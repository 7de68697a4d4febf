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
# What waits in the spool came by the milter, too.
daemon_stop "$data"
printf 'Subject: x\n\nx\n' | postfix_send "$tmp/postfix" -f admin@lodenice.example somebody@customer.example
waits() { kt "$data" status | grep -q 'live mail *[1-9]'; }
desc="a mail waits in the spool" ok wait_for 20 waits
chmod a+r "$tmp/postfix/log/mail.log" && chmod a+x "$tmp" "$tmp/postfix" "$tmp/postfix/log"
out=$(kt "$data" reconcile --maillog "$tmp/postfix/log/mail.log")
is $? 0 "nothing went past the milter"
like "$out" '1 queue ids? of the log compared' "the log names it"
daemon_start "$data"

# A source's folder that the user of data/user can't open: its mail waits, and nobody may take it for none.
if [ -n "$system_user" ]; then
	chown root:root "$data/spool/mx1"
	like "$(doctor)" "FAIL +spool +The user $system_user has no access to $data/spool/mx1: .*: Permission denied" "a closed folder is named"
	like "$(kt "$data" status)" 'live mail +unknown' "status doesn't call it empty"
	out=$(kt "$data" reconcile 2>&1)
	is $? 77 "reconcile proves nothing then"
	like "$out" 'has no access' "and says why"
	daemon_stop "$data"
	like "$(as "$data" "$BUILDDIR/kartotekad" --once 2>&1)" 'has no access' "nor is it all that lies in the spool"
	daemon_start "$data"
	said() { grep -q "$1" "$data/log/kartotekad.log"; }
	desc="the daemon says so" ok wait_for 20 said 'error: spool-closed'
	cp "$data/kartoteka.conf" "$tmp/kartoteka.conf"
	sed -i 's/^spool-name.*/&\nuser = daemon/' "$data/kartoteka.conf"
	like "$(doctor)" "FAIL +spool +$data/spool/mx1 belongs to uid 0, and daemon can't work there" "or to its writer"
	cp "$tmp/kartoteka.conf" "$data/kartoteka.conf"
	chown "$system_user:" "$data/spool/mx1"
	mkdir "$data/spool/import" && chmod 750 "$data/spool/import" && chown "$system_user:" "$data/spool/import"
	is "$(doctor | grep spool/import)" "" "a folder of the reader's own needs no group"
	desc="and goes on by itself" ok wait_for 30 said 'spool-open'
	desc="reconcile proves again" ok kt "$data" reconcile
fi
like "$(doctor --forge-to admin@lodenice.example --smtp "127.0.0.1:$port")" \
	"FAIL +forgery .*$forged survives" "a forged header survives an MTA that doesn't care"
# Whether Postfix can connect at all: as its user, in its chroot. Root alone can try that.
if [ -n "$system_user" ] && [ "$(id -u)" = 0 ]; then
	postfix_stop "$tmp/postfix"
	milter_stop "$data"
	mkdir "$tmp/postfix/spool/kartoteka" && chmod 755 "$tmp" "$tmp/postfix" && chown "$system_user" "$tmp/postfix/spool/kartoteka"
	milter_address=unix:$tmp/postfix/spool/kartoteka/m.sock
	sed -i "s|^socket = .*|socket = $milter_address|" "$data/kartoteka.conf"
	milter_start "$data"
	POSTFIX_EXTRA='internal_mail_filter_classes = bounce' ok postfix_start "$tmp/postfix" "$port" unix:kartoteka/m.sock ''
	doctor() {
		PATH=$mta_postfix/usr/sbin:$PATH LD_LIBRARY_PATH=$mta_postfix/usr/lib/postfix as_root "$BUILDDIR/kartoteka" \
			doctor --postfix "$tmp/postfix/etc" 2>&1
	}
	as_root() { env KARTOTEKA_CONFIG="$data/kartoteka.conf" KARTOTEKA_PARSE="$BUILDDIR/kartoteka-parse" "$@"; }
	set_to() { sed -i "s|^$1 = .*|$1 = $2|" "$tmp/postfix/etc/main.cf"; }
	is "$(doctor | grep -E 'FAIL +Postfix')" "" "Postfix can connect to a UNIX socket"
	chmod 600 "$data/kartoteka.conf"
	like "$(doctor)" "FAIL +configuration .*can't be read by the user $system_user" "a configuration for root alone is told"
	chmod 644 "$data/kartoteka.conf"
	chmod 700 "$tmp/postfix/spool/kartoteka"
	like "$(doctor)" 'FAIL +Postfix +smtpd, which runs as .*Permission denied' "not through a closed folder"
	like "$(doctor)" 'FAIL +Postfix +cleanup, which runs as .*Permission denied' "nor can mail from this machine"
	chmod 755 "$tmp/postfix/spool/kartoteka"
	set_to smtpd_milters "unix:$tmp/postfix/spool/kartoteka/m.sock"
	is "$(doctor | grep -E 'FAIL +Postfix')" "" "a whole path is as good"
	sed -i 's/^\(127.*inet\) n - n/\1 n - y/' "$tmp/postfix/etc/master.cf"
	like "$(doctor)" "FAIL +Postfix +smtpd runs in a chroot at $tmp/postfix/spool" "but not from a chroot"
	is "$(doctor | grep -E 'FAIL +Postfix +cleanup')" "" "cleanup has none"
	set_to smtpd_milters unix:kartoteka/m.sock
	set_to non_smtpd_milters '$smtpd_milters'
	is "$(doctor | grep -E '(FAIL|WARN) +Postfix')" "" "the path below it is, and a list may stand for the other"
	set_to non_smtpd_milters '$smtpd_milters unix:kartoteka/m.sock'
	like "$(doctor)" 'WARN +Postfix +non_smtpd_milters names Kartoteka 2 times' "a list that names it twice is told"
	doctor() {
		PATH=$mta_postfix/usr/sbin:$PATH LD_LIBRARY_PATH=$mta_postfix/usr/lib/postfix kt "$data" doctor \
			--postfix "$tmp/postfix/etc" "$@" 2>&1
	}
	milter_address=unix:kartoteka/m.sock
fi
postfix_stop "$tmp/postfix"
POSTFIX_EXTRA="header_checks = regexp:$tmp/checks" ok postfix_start "$tmp/postfix" "$port" "$milter_address" ''
like "$(doctor --forge-to admin@lodenice.example --smtp "127.0.0.1:$port")" \
	"OK +forgery .*$forged doesn't survive" "and not one that takes it out"
like "$(doctor --forge-to admin@lodenice.example --smtp 127.0.0.1:1)" 'FAIL +forgery .*did not come through' "no MTA there"
out=$(kt "$data" doctor --forge-to a@elsewhere.example 2>&1)
like "$out" 'address of the company' "an address of somebody else is refused"
done_testing

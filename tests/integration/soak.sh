#!/usr/bin/env bash
# 1,000 random kills of milter, daemon and parser under load (SOAK_KILLS for another number): what Postfix was told
# yes for is in the ledger exactly once. Only with contrib/check --soak, or SOAK=yes.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
[ -n "${SOAK-}" ] || skip_all "long; contrib/check --soak runs it"
for program in kartoteka kartotekad kartoteka-milter kartoteka-parse; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
mta_usable || skip_all "needs root and Debian's postfix package"
data=$tmp/system password='čtyři modrá pádla' company=$SRCDIR/contrib/try.d kills=${SOAK_KILLS:-1000}
RANDOM=${SOAK_SEED:-2026}
. "$company/company.sh"

on_exit system_stop "$data"
on_exit postfix_stop "$tmp/postfix"
system_conf "$data"
ok company_make
ok system_start "$data"
smtp=$(free_port)
ok postfix_start "$tmp/postfix" "$smtp" "$milter_address" ''

load() { # until told to end; each round's mails are all taken in the end
	while [ ! -e "$tmp/enough" ]; do
		"$SRCDIR/tests/lib/smtp_load.py" "$smtp" 200 4 >>"$tmp/taken" 2>>"$tmp/refused"
	done
}
load &
load=$!
for ((i = 0; i < kills; i++)); do
	sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
	case $((RANDOM % 3)) in
	0)
		kill -KILL "$(cat "$data/kartoteka-milter.pid")" 2>/dev/null
		mta_wait 5 pid_gone "$(cat "$data/kartoteka-milter.pid")"
		milter_start "$data"
		;;
	1)
		kill -KILL "$(cat "$data/kartotekad.pid")" 2>/dev/null
		mta_wait 5 pid_gone "$(cat "$data/kartotekad.pid")"
		program_start "$data" kartotekad
		;;
	2) # the parser of this daemon, or one of its children
		parsers=$(pgrep -P "$(cat "$data/kartotekad.pid")" -x kartoteka-parse)
		[ -z "$parsers" ] || parsers="$parsers $(pgrep -P "${parsers//$'\n'/,}")"
		victim=$(shuf -n 1 -e $parsers)
		[ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null
		;;
	esac
done
touch "$tmp/enough"
wait "$load"
# The last kill may have hit the daemon.
pid_gone "$(cat "$data/kartotekad.pid")" && program_start "$data" kartotekad

taken=$(sort -u "$tmp/taken" | wc -l)
is "$(cat "$tmp/refused")" "" "no mail was refused for good"
ledger() {
	kt "$data" ledger --json | python3 -c 'import json, sys
for line in sys.stdin:
    print(json.loads(line)["key"])' | sort >"$tmp/ledger"
}
complete() { ledger && [ -z "$(sort -u "$tmp/taken" | comm -23 - "$tmp/ledger")" ]; }
desc="each of $taken mails taken is in the ledger after $kills kills" ok wait_for 300 complete
is "$(uniq -d "$tmp/ledger" | wc -l)" 0 "and none twice"
# A mail whose parser was killed once too often waits in quarantine, and is none the worse for it.
unquarantined() {
	kt "$data" quarantine retry
	! kt "$data" ledger --json | grep -q '"state": "quarantined"'
}
desc="none stays in quarantine when it is tried again" ok wait_for 60 unquarantined
desc="what came in is accounted for" ok kt "$data" reconcile
desc="the database is whole" ok kt "$data" db check
done_testing

#!/usr/bin/env bash
# kartotekad --once is told to end while it files much that has waited for its contact: it ends after the transaction at
# hand, and what is left is filed by the next run.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/cgi.sh"
grep -q 'FAULT_POINTS 1' "$BUILDDIR/config.h" || skip_all "needs --enable-fault-points"
cgi_company

for i in $(seq 1 300); do
	printf 'From: late@late.example\nTo: jana.novakova@lodenice.example\nSubject: %s\n\nneedle\n' "$i" >"$tmp/$i.eml"
	printf '%s\tlate@late.example\tjana.novakova@lodenice.example\t\n' "$tmp/$i.eml"
done | as "$data" "$BUILDDIR/tests/lib/spool-fill" "$data/spool" mx1 live
once() { as "$data" timeout 100 "$BUILDDIR/kartotekad" --once 2>>"$data/log/once.log"; }
count() { kt "$data" ledger --json | grep -c "\"state\": \"$1\""; }
desc="mail of somebody unknown" ok once
is "$(count waiting)" 300 "waits"
printf 'BEGIN:VCARD\nVERSION:4.0\nUID:late\nFN:Late\nEMAIL:late@late.example\nEND:VCARD\n' >"$tmp/late.vcf"
desc="its contact comes, and a first part is filed with it" ok ka jana.novakova contact import --book Zákazníci "$tmp/late.vcf"

as_words "$data"
"${as[@]}" env KARTOTEKA_FAULT=pending-filed:2:sleep=4000 KARTOTEKA_FAULT_LOG="$data/log/passed" "$BUILDDIR/kartotekad" --once 2>>"$data/log/once.log" &
pid=$!
second() { [ "$(grep -c pending-filed "$data/log/passed")" = 2 ]; }
desc="while the third part is filed" ok wait_for 20 second
kill -TERM $pid
wait $pid
is "$? $(count filed) $(count waiting)" "0 192 108" "it is told to end, and ends after that part"
desc="another run" ok once
is "$(count filed)" 300 "files the rest"
done_testing

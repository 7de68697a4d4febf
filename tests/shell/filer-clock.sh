#!/usr/bin/env bash
# The clock of the machine jumps, backwards and forwards, between runs and while kartotekad runs: nothing is lost or filed
# twice, revisions don't run back, and nothing that waits is destroyed by a clock that is wrong for a while.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"
lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$lib" ] || skip_all "libfaketime is not here"

printf 'BEGIN:VCARD\nVERSION:4.0\nUID:c1\nFN:x\nEMAIL:c@firma.example\nEND:VCARD\n' >"$tmp/people.vcf"
mkdir "$tmp/mail"
for i in $(seq 1 80); do
	from=c@firma.example
	[ $((i % 4)) != 0 ] || from=nobody@elsewhere.example
	printf 'From: %s\nTo: staff@company.example\nSubject: %s\n\nneedle %s\n' $from "$i" "$i" >"$tmp/mail/$i.eml"
done
run=$tmp/run
filer_make "$run" company.example staff:staff@company.example -- "$tmp/people.vcf" || exit 99
filer_env "$run"
lay() { ls "$tmp"/mail/*.eml | sort -V | sed -n "$1p" |
	while read -r file; do printf '%s\t%s\tstaff@company.example\t\n' "$file" "$(sed -n '1s/From: //p' "$file")"; done | filer_fill "$run" mx live; }
at() { # SHIFT COMMAND...: as though it were so much later (+3d) or earlier (-3d)
	local shift=$1
	shift
	FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 FAKETIME="$shift" LD_PRELOAD=$lib "$@"
}
count() { filer_ledger "$run" | grep -c "\"state\": \"$1\""; }
ahead() { sqlite3 "$run/data/kartoteka.db" "SELECT count(*) FROM item WHERE taken > 1000 * (strftime('%s', 'now') + 864000)"; }
revisions() { sqlite3 "$run/data/kartoteka.db" 'SELECT count(*) FROM revision a JOIN revision b ON b.id = a.id + 1 WHERE b.time < a.time'; }
command -v sqlite3 >/dev/null || skip_all "sqlite3 is not here"

lay 1,20
desc="today" ok filer_run "$run"
lay 21,40
desc="three days back" ok at -3d timeout 60 "$BUILDDIR/kartotekad" --once 2>>"$run/log"
lay 41,50
desc="a year back" ok at -365d timeout 60 "$BUILDDIR/kartotekad" --once 2>>"$run/log"
lay 51,60
desc="ten years ahead" ok at +3650d timeout 60 "$BUILDDIR/kartotekad" --once 2>>"$run/log"
is "$(count filed) $(count waiting) $(filer_left "$run")" "45 15 0" "what came then is filed and waits as ever"
is "$(revisions)" 0 "revisions don't run back"

# While it runs: a file says what the clock shows.
echo +0 >"$tmp/now"
rm -f "$run/run/kartotekad.status"
FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE=$tmp/now LD_PRELOAD=$lib "$BUILDDIR/kartotekad" >>"$run/log" 2>&1 &
daemon=$!
wait_for 10 test -e "$run/run/kartotekad.status" # it has looked at the clock once
echo -2d >"$tmp/now"
desc="the log says that the clock jumped" ok wait_for 10 grep -qE 'clock-jumped seconds=-[0-9]+$' "$run/log"
n=61
for jump in -2d +2d -1h +5d +3650d +0; do
	echo "$jump" >"$tmp/now"
	lay $n,$((n + 2))
	n=$((n + 3))
	emptied() { [ "$(filer_left "$run")" = 0 ]; }
	desc="it goes on when the clock shows $jump" ok wait_for 20 emptied
done
kill -TERM $daemon
wait $daemon
is $? 0 "SIGTERM ends it cleanly"
lay 79,80
desc="and with the right time again" ok filer_run "$run"
is "$(filer_ledger "$run" | wc -l) $(count filed) $(count waiting)" "80 60 20" "nothing is lost, nothing is there twice"
is "$(revisions)" 0 "revisions didn't run back"
is "$(ahead)" 13 "only what came while the clock was ten years ahead will wait that long"
is "$("$BUILDDIR/kartoteka" search --as staff --limit 50 needle --json | grep -o '"message": "' | wc -l)" 50 "all can be found"
desc="nothing is missing" ok "$BUILDDIR/kartoteka" reconcile
desc="all is whole" ok "$BUILDDIR/kartoteka" db check
desc="the access record is whole" ok "$BUILDDIR/kartoteka" audit verify
done_testing

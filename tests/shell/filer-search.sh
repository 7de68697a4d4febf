#!/usr/bin/env bash
# The search index lies on a disk of its own that is full, read-only or emptied, and its writer is killed before the
# commit: mail is filed all the same, the log says what happened, and once the disk is well again everything is found.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"

[ "$(id -u)" = 0 ] && mkdir "$tmp/small" && mount -t tmpfs -o size=64M,mode=755 tmpfs "$tmp/small" 2>/dev/null ||
	skip_all "no file system can be mounted here"
on_exit umount "$tmp/small"
printf 'BEGIN:VCARD\nVERSION:4.0\nUID:c1\nFN:x\nEMAIL:c@firma.example\nEND:VCARD\n' >"$tmp/people.vcf"
mkdir "$tmp/mail"
for i in $(seq 1 60); do
	printf 'From: c@firma.example\nTo: staff@company.example\nSubject: number %s\n\nneedle\n' "$i"
	seq "$((i * 3000))" "$((i * 3000 + 2000))"
done | awk -v to="$tmp/mail/" '/^From: / { n++ } { print > to n ".eml" }'
part() { ls -d "$tmp"/mail/* | sort -V | sed -n "$1p"; }
filed() { is "$(filer_ledger "$tmp/run" | grep -c '"state": "filed"')" "$1" "$2: $1 mails are filed"; }
found() { # NUMBER WHAT: so many hits, and the index agrees with the records
	is "$("$BUILDDIR/kartoteka" search --as staff --limit 50 needle --json 2>/dev/null | grep -o '"message": "' | wc -l)" "$1" "$2"
}
log_from=1
said() { # PATTERN: in the log since the last look
	like "$(tail -n "+$log_from" "$tmp/run/log")" "$1" "the log says so"
	log_from=$(($(wc -l <"$tmp/run/log") + 1))
}
room() { mount -o "remount,rw,size=$1" "$tmp/small"; }

FILER_CONF="[data]
search-directory = $tmp/small" filer_make "$tmp/run" company.example staff:staff@company.example -- "$tmp/people.vcf" || exit 99
lay() { part "$1" | sed 's/$/\tc@firma.example\tstaff@company.example\t/' | filer_fill "$tmp/run" mx live; }
lay 1,10
desc="with room" ok filer_run "$tmp/run"
filed 10 "with room"
found 10 "and are found"

# Full: the index stops, filing doesn't.
room $(($(du -sk "$tmp/small" | cut -f 1) + 24))k
lay 11,30
filer_run "$tmp/run"
note "--once on a full disk of the index ends with $?"
filed 30 "on a full disk"
is "$(filer_left "$tmp/run")" 0 "the spool is empty"
said 'index-failed error=temporary'
found 10 "what was indexed before is still found"
room 64M
desc="with room again" ok filer_run "$tmp/run"
found 30 "with room again all are found"

# Read-only.
mount -o remount,ro "$tmp/small"
lay 31,40
filer_run "$tmp/run"
note "--once on a read-only disk of the index ends with $?"
filed 40 "on a read-only disk"
said 'index-failed'
room 64M
desc="writable again" ok filer_run "$tmp/run"
found 40 "writable again all are found"

# Emptied, as a tmpfs is when the machine starts.
rm -f "$tmp"/small/*
lay 41,45
desc="emptied" ok filer_run "$tmp/run"
filed 45 "emptied"
found 45 "it is made anew, and all are found"
said 'index-behind changes=4[0-5]'
desc="the files agree" ok "$BUILDDIR/kartoteka" db check

# Killed before the index is committed: what was done is done again, and nothing is in it twice.
for n in 1 2 3; do
	lay $((45 + n)),$((45 + n))
	{ KARTOTEKA_FAULT=search-commit:1:kill filer_run "$tmp/run"; } 2>/dev/null
	is $? 137 "it is killed at the commit of the index, $n"
done
desc="the run after the kills" ok filer_run "$tmp/run"
filed 48 "after the kills"
found 48 "and are found once"
desc="the files agree after the kills" ok "$BUILDDIR/kartoteka" db check

# The daemon itself meets a full disk and goes on when there is room.
room $(($(du -sk "$tmp/small" | cut -f 1) + 24))k
"$BUILDDIR/kartotekad" >>"$tmp/run/log" 2>&1 &
daemon=$!
lay 49,60
emptied() { [ "$(filer_left "$tmp/run")" = 0 ]; }
desc="the daemon files on a full disk" ok wait_for 30 emptied
failed() { tail -n "+$log_from" "$tmp/run/log" | grep -q 'index-failed error=temporary'; }
desc="and says that the index can't" ok wait_for 30 failed
room 64M
all_found() { [ "$("$BUILDDIR/kartoteka" search --as staff --limit 50 'number needle after:2020' --json 2>/dev/null | grep -o '"message": "' | wc -l)" = 50 ]; }
desc="it goes on by itself when there is room" ok wait_for 60 all_found
goes_on() { tail -n "+$log_from" "$tmp/run/log" | grep -q 'index-goes-on'; }
desc="and says so" ok wait_for 10 goes_on
kill -TERM $daemon
wait $daemon
is $? 0 "SIGTERM ends it cleanly"
desc="nothing is missing" ok "$BUILDDIR/kartoteka" reconcile
done_testing

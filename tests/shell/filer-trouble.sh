#!/usr/bin/env bash
# What goes wrong around kartotekad: a full disk, a locked database, a missing master key, a parser that isn't there, each
# system call failing once. Nothing that was accepted is lost, the log says what happened, the next start puts things right.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"

printf 'BEGIN:VCARD\nVERSION:4.0\nUID:c1\nFN:x\nEMAIL:c@firma.example\nEND:VCARD\n' >"$tmp/people.vcf"
mkdir "$tmp/mail"
for i in $(seq 1 40); do
	printf 'From: c@firma.example\nTo: staff@company.example\nSubject: %s\n\n' "$i"
	head -c 60000 /dev/urandom | base64
done | awk -v to="$tmp/mail/" '/^From: / { n++ } { print > to n ".eml" }'
ls -d "$tmp"/mail/* >"$tmp/list"
filed() { [ "$(filer_ledger "$1" | grep -c '"state": "filed"')" = "$2" ]; }
make_one() { # FOLDER
	filer_make "$1" company.example staff:staff@company.example -- "$tmp/people.vcf" &&
		filer_fill "$1" imp import <"$tmp/list"
}

# A full disk: the store lies on a small file system of its own, the spool elsewhere.
if [ "$(id -u)" = 0 ] && mkdir "$tmp/small" && mount -t tmpfs -o size=64M,mode=755 tmpfs "$tmp/small" 2>/dev/null; then
	on_exit umount "$tmp/small"
	mkdir -p "$tmp/full" && ln -s "$tmp/small" "$tmp/full/data"
	desc="a store on a small disk" ok make_one "$tmp/full"
	mount -o remount,size=$(($(du -sk "$tmp/small" | cut -f 1) + 600))k "$tmp/small"
	filer_run "$tmp/full"
	is $? 75 "a full disk ends --once as temporary"
	like "$(cat "$tmp/full/log")" 'error=temporary' "the log says so"
	ok test "$(filer_left "$tmp/full")" -gt 0
	mount -o remount,size=64M "$tmp/small"
	desc="with room again everything is filed" ok filer_run "$tmp/full"
	is "$(filer_left "$tmp/full")" 0 "and the spool is empty"
	ok filed "$tmp/full" 40
else
	skip "a full disk" "no file system can be mounted here"
fi

# A locked database: somebody writes for a long time; the daemon goes on by itself.
make_one "$tmp/locked" || exit 99
filer_env "$tmp/locked"
flock -x "$tmp/locked/data/kartoteka.db-lock" sleep 100 &
holder=$!
is_locked() { ! flock -n "$tmp/locked/data/kartoteka.db-lock" true; }
wait_for 10 is_locked
"$BUILDDIR/kartotekad" >>"$tmp/locked/log" 2>&1 &
daemon=$!
wait_for 60 grep -q 'filing-failed error=temporary' "$tmp/locked/log" &&
	pass "the log says that the database is locked" || fail "the log says that the database is locked"
pkill -P $holder sleep 2>/dev/null
kill $holder 2>/dev/null
wait $holder 2>/dev/null
desc="it goes on when the lock is free" ok wait_for 60 filed "$tmp/locked" 40
emptied() { [ "$(filer_left "$tmp/locked")" = 0 ]; }
desc="and empties the spool" ok wait_for 60 emptied
out=$(timeout 100 "$BUILDDIR/kartotekad" 2>&1)
is $? 73 "a second one ends"
like "$out" 'kartotekad runs already' "and says why"
kill -TERM $daemon
wait $daemon
is $? 0 "SIGTERM ends it cleanly"
desc="then another may run" ok filer_run "$tmp/locked"

# A missing master key: it waits for it.
make_one "$tmp/key" || exit 99
mv "$tmp/key/data/master.key" "$tmp/key/elsewhere"
filer_run "$tmp/key"
is $? 66 "without the master key it doesn't start"
like "$(cat "$tmp/key/log")" 'error=not-found text=".*master.key' "and names the file"
mv "$tmp/key/elsewhere" "$tmp/key/data/master.key"
desc="with the key everything is filed" ok filer_run "$tmp/key"
ok filed "$tmp/key" 40

# A mail that is over a limit, beside others: they aren't held up; with a higher limit it leaves quarantine.
make_one "$tmp/limit" || exit 99
printf '[parser]\nbytes = 64K\n' >>"$tmp/limit/kartoteka.conf"
desc="mail over a limit is dealt with" ok filer_run "$tmp/limit"
is "$(filer_ledger "$tmp/limit" | grep -c '"reason": "too-big"')" 40 "it stands in quarantine"
like "$("$BUILDDIR/kartoteka" quarantine retry 2>&1 | tr '\n' ' ')" 'stays in quarantine \(limit\): .*40 tried, 0 left' \
	"what is still over the limit stays, and why is said"
like "$(cat "$tmp/limit/log")" 'quarantined reason=too-big text=' "as the log says"
sed -i 's/^bytes = 64K/bytes = 1M/' "$tmp/limit/kartoteka.conf"
desc="quarantine can be retried" ok "$BUILDDIR/kartoteka" quarantine retry
ok filed "$tmp/limit" 40
is "$("$BUILDDIR/kartoteka" quarantine list --json | wc -l)" 0 "and is empty"
desc="nothing is missing" ok "$BUILDDIR/kartoteka" reconcile

# What is no file is quarantined, and nothing behind a link is read; what can't be read holds nobody up.
make_one "$tmp/odd" || exit 99
hour=$(ls -d "$tmp"/odd/spool/imp/backlog/*) start=$(ls "$hour" | head -n 1 | cut -d . -f 1)
ln -s "$tmp/odd/data/master.key" "$hour/$start.0000000041"
ln -s /nonexistent "$hour/$start.0000000042"
mkfifo "$hour/$start.0000000043"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$hour/$start.0000000044"
desc="links and special files are dealt with" ok filer_run "$tmp/odd"
is "$(filer_ledger "$tmp/odd" | grep -c '"reason": "damaged"')" 4 "they stand in quarantine"
is "$(ls "$hour" | wc -l)" 0 "and are gone from the spool"
ok filed "$tmp/odd" 40
filer_env "$tmp/odd"
"$BUILDDIR/kartoteka" quarantine retry >"$tmp/out" 2>&1
is "$(filer_ledger "$tmp/odd" | grep -c '"state": "quarantined"')" 4 "where there is nothing of what a link named"

# Packs that are damaged: each item is accounted for, and what isn't damaged is filed.
mkdir "$tmp/small-mail"
for i in $(seq 1 20); do
	printf 'From: c@firma.example\nTo: staff@company.example\nSubject: aaaaa %s\n\nText\n' "$i" >"$tmp/small-mail/aaaaa$i.eml"
done
filer_make "$tmp/packs" company.example staff:staff@company.example -- "$tmp/people.vcf" &&
	ls -d "$tmp"/small-mail/* | filer_fill "$tmp/packs" imp import || exit 99
hour=$(ls -d "$tmp"/packs/spool/imp/backlog/*) pack=$(ls "$hour") start=${pack%%.*}
is "$pack" "$start.0000000001+20" "many small mails come in one file"
like "$("$BUILDDIR/kartoteka" status)" 'backlog +20 wait' "status counts mails, not files"
like "$("$BUILDDIR/kartoteka" reconcile)" '(^|[^0-9])20([^0-9]|$)' "and so does reconcile"
python3 - "$hour" "$start" <<-'E'
	import os, sys
	hour, start = sys.argv[1:]
	name = lambda n, count: f"{hour}/{start}.{n:010d}+{count}"
	def copy(n, mark, change):  # as other mails, damaged by change()
	    data = open(name(1, 20), "rb").read().replace(b"aaaaa", mark)
	    open(name(n, 20), "wb").write(change(data))
	nth = lambda data, n: data.split(b"Kartoteka-Spool: 1\n")[n]
	copy(21, b"bbbbb", lambda data: data.replace(b"Kartoteka-Pack: 1", b"Kartoteka-Pack: x"))
	copy(41, b"ccccc", lambda data: data.replace(nth(data, 3), nth(data, 3).replace(b"Kind: mail", b"Kind: bail")))
	copy(61, b"ddddd", lambda data: data[:data.rindex(b"Kartoteka-Spool")])
	os.symlink("/etc/passwd", name(81, 3))
	os.mkfifo(name(84, 2))
	open(name(86, 65), "w")
	open(name(86, 1), "w")
E
desc="damaged packs are dealt with" ok filer_run "$tmp/packs"
is "$(filer_ledger "$tmp/packs" | grep -c '"reason": "damaged"')" $((20 + 1 + 1 + 5)) "what is damaged stands in quarantine"
ok filed "$tmp/packs" $((20 + 19 + 19))
is "$(ls "$hour" | tr '\n' ' ')" "$start.0000000086+1 $start.0000000086+65 " "what has no spool file's name is left alone"
like "$("$BUILDDIR/kartoteka" status)" '2 names in it are no spool files' "and told of"
desc="nothing of packs is missing" ok "$BUILDDIR/kartoteka" reconcile
"$BUILDDIR/kartoteka" quarantine retry >"$tmp/out" 2>&1
is "$(filer_ledger "$tmp/packs" | grep -c '"state": "quarantined"')" $((20 + 1 + 1 + 5)) "where it stays"

if make_one "$tmp/read" && KARTOTEKA_FAULT_LOG=$tmp/steps filer_run "$tmp/read" && [ -s "$tmp/steps" ]; then
	for i in 1 2; do
		filer_fill "$tmp/read" imp$i import <"$tmp/list"
	done
	for step in spool-read spool-stat; do
		KARTOTEKA_FAULT=$step:3+:errno=EIO filer_run "$tmp/read"
		is $? 75 "spool files that can't be read end --once as temporary: $step"
		like "$(tail -n 3 "$tmp/read/log")" 'error=temporary text="[0-9]+ items of the spool can.t be read' "the log counts them"
	done
	KARTOTEKA_FAULT=spool-read:3:errno=EIO filer_run "$tmp/read"
	is "$?/$(filer_left "$tmp/read")" 0/0 "one that can be read the second time is filed"
	not_ok grep -q '"state": "quarantined"' <(filer_ledger "$tmp/read")
else
	skip "spool files that can't be read" "built without fault points"
fi

# Input and output calls fail, once a run.
if command -v fiu-run >/dev/null; then
	bad=
	head -n 4 "$tmp/list" >"$tmp/few"
	failures=0
	for call in oc/open oc/close rw/read rw/pread rw/write rw/pwrite rw/pwrite/reduce rw/ftruncate sync/fsync \
		sync/fdatasync dir/unlink dir/rename; do
		for probability in 0.3 0.02; do
			rm -rf "$tmp/fiu"
			filer_make "$tmp/fiu" company.example staff:staff@company.example -- "$tmp/people.vcf" &&
				filer_fill "$tmp/fiu" imp import <"$tmp/few" || exit 99
			filer_env "$tmp/fiu"
			timeout 60 fiu-run -x -f "$tmp" -c "enable_random name=posix/io/$call,probability=$probability,onetime" \
				"$BUILDDIR/kartotekad" --once >>"$tmp/fiu/log" 2>&1 || failures=$((failures + 1))
			filer_run "$tmp/fiu" && filed "$tmp/fiu" 4 && [ "$(filer_left "$tmp/fiu")" = 0 ] || bad+=" $call:$probability"
		done
	done
	note "$failures of 24 runs stopped with an error"
	ok test $failures -gt 0
	is "$bad" "" "after failing system calls the next start files everything"
else
	skip "failing system calls" "fiu-run is not here"
fi
done_testing

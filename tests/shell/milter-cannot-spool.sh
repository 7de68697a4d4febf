#!/usr/bin/env bash
# Each step of spooling that can fail, failing: never a yes without a file, or with "accept" never one without an alarm.
. "$SRCDIR/tests/lib/milter.sh"
two='conn = open() mail(conn, { login = "boss" }) mail(conn, {})'

milter_conf
milter_start KARTOTEKA_FAULT_LOG="$tmp/steps"
mta "$two"
milter_stop
[ -s "$tmp/steps" ] || { skip "a call that fails" "built without fault points"; }
# what only kills can be reached after the yes is decided, or belongs to the start
steps=$(sort -u "$tmp/steps" 2>/dev/null | grep -v '^milter-answer$\|^spool-read$\|^file-sync-folder$')

for step in $steps; do
	for errno in ENOSPC EIO; do
		rm -rf "$tmp/spool"
		milter_conf
		milter_start KARTOTEKA_FAULT="$step:1+:errno=$errno"
		mta "$two"
		is "$(tr '\n' ' ' <"$tmp/said")" "451 451 " "$step fails with $errno: come again"
		milter_stop
	done
	rm -rf "$tmp/spool" "$tmp/log"
	milter_conf "cannot-spool = accept"
	milter_start KARTOTEKA_FAULT="$step:1+:errno=ENOSPC"
	mta "$two"
	is "$(tr '\n' ' ' <"$tmp/said")" "yes yes " "$step fails: accepted where the setting says so"
	milter_stop
	is "$(grep -c 'error: accepted-unspooled' "$tmp/log")" 2 "with an alarm each"
	like "$(cat "$tmp/spool/mx1/missed")" "^0+2 0*[1-9]" "and counted"
done

# One failure is over with the next mail, and a number is never used up by it.
for step in $steps; do
	rm -rf "$tmp/spool"
	milter_conf
	milter_start KARTOTEKA_FAULT="$step:2:errno=EIO"
	mta 'conn = open() for i = 1, 4 do mail(conn, {}) end'
	milter_stop
	yes=$(grep -c yes "$tmp/said")
	ok test "$yes" -ge 3
	numbers=$(spool | cut -f1 | sed 's/.*\.//')
	is "$(seq $(wc -w <<<"$numbers"))" "$numbers" "$step fails once: $yes of 4 are taken, no number is missing"
	ok test "$(wc -w <<<"$numbers")" -ge "$yes"
done

# the mark of free space, and a disk that is really full
rm -rf "$tmp/spool"
milter_conf "free-space-minimum = 900000G"
sed -i '/^free-space-minimum = 0/d' "$tmp/k.conf"
milter_start
mta "$two"
is "$(tr '\n' ' ' <"$tmp/said")" "451 451 " "below the mark of free space: come again"
milter_stop

rm -rf "$tmp/spool"
milter_conf
if mount -t tmpfs -o size=2m,mode=755 kartoteka-test "$tmp/spool" 2>/dev/null; then
	on_exit umount "$tmp/spool"
	milter_start
	mta 'conn = open() mail(conn, {})
	for i = 1, 3 do mail(conn, { body = { string.rep("x", 60000), string.rep("x", 60000) } }) end
	local big = {} for i = 1, 60 do big[i] = string.rep("x", 60000) end
	mail(conn, { body = big }) mail(conn, {}) mail(conn, { body = big })'
	is "$(tr '\n' ' ' <"$tmp/said")" "yes yes yes yes 451 yes 451 " "a mail larger than the disk has room for"
	is "$(spool | wc -l)" 5 "those with a yes are there"
	is "$(find "$tmp/spool/mx1/tmp" -type f | wc -l)" 0 "what didn't fit is gone"
	dd if=/dev/zero of="$tmp/spool/fill" bs=4096 2>/dev/null
	mta "$two"
	is "$(tr '\n' ' ' <"$tmp/said")" "451 451 " "a full disk"
	rm "$tmp/spool/fill"
	mta "$two"
	is "$(tr '\n' ' ' <"$tmp/said")" "yes yes " "and with room again"
	mount -o remount,nr_inodes=45 "$tmp/spool"
	mta 'conn = open() for i = 1, 20 do mail(conn, {}) end'
	is "$(tail -n 1 "$tmp/said")" "451" "no room for another file"
	like "$(tail -n 1 "$tmp/log")" "takes no more files" "which the log tells"
	milter_stop
	umount "$tmp/spool"
	mount -t tmpfs -o nr_inodes=0,mode=755 kartoteka-test "$tmp/spool"
	milter_start
	mta "$two"
	is "$(tr '\n' ' ' <"$tmp/said")" "yes yes " "a file system that doesn't count its files has room for them"
	milter_stop
	umount "$tmp/spool"
else
	skip "a full disk" "no tmpfs can be mounted here"
fi
done_testing

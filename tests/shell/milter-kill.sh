#!/usr/bin/env bash
# Killed at every step: never a yes without a durable file, never half a file, and the next start counts on.
. "$SRCDIR/tests/lib/milter.sh"
milter_conf
script='conn = open()
for i = 1, 3 do mail(conn, { id = "Q" .. i, login = i == 2 and "boss" or nil,
	headers = { { "Subject", "s" .. i }, i == 2 and { "X-Kartoteka", "private" } or { "X-Other", "x" } } }) end'
milter_start KARTOTEKA_FAULT_LOG="$tmp/steps"
mta "$script"
milter_stop
[ -s "$tmp/steps" ] || skip_all "built without fault points"
passed "$tmp/steps" milter-finish milter-answer file-sync-folder spool-committed spool-create spool-fsync spool-hour \
	spool-late spool-rename spool-room spool-sync-folder spool-write

bad=0 kills=0
check_kill() { # STEP N
	rm -rf "$tmp/spool"
	milter_conf
	milter_start KARTOTEKA_FAULT="$1:$2:kill" || true
	mta "$script"
	milter_stop && return 1
	kills=$((kills + 1))
	local yes before after
	yes=$(grep -c yes "$tmp/said")
	# what is in new/ now is whole, and has at least what was told yes
	spool >"$tmp/before" || { note "$1:$2 left a damaged file"; return 2; }
	before=$(wc -l <"$tmp/before")
	[ "$before" -ge "$yes" ] || { note "$1:$2: $yes yes, $before in the spool"; return 2; }
	[ "$before" -le $((yes + 1)) ] || { note "$1:$2: $yes yes, but $before in the spool"; return 2; }
	for ((i = 1; i <= yes; i++)); do
		grep -q "	Q$i	" "$tmp/before" || { note "$1:$2: Q$i is missing"; return 2; }
	done
	milter_start
	mta 'mail(open(), { id = "Q9" })'
	milter_stop
	after=$(spool | wc -l)
	[ "$after" = $((before + 1)) ] || { note "$1:$2: $before before, $after after"; return 2; }
	[ -z "$(find "$tmp/spool/mx1/tmp" -type f)" ] || { note "$1:$2 left something in tmp/"; return 2; }
	# the second start names the highest number of the first, if the first was begun
	if [ "$("$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" | grep -cw start)" = 2 ]; then
		[ "$("$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" | grep -w start | tail -n 1 | cut -f10 |
			sed 's/.*\.//')" = "$before" ] || { note "$1:$2: the start names another number"; return 2; }
	fi
}
for step in $(sort -u "$tmp/steps"); do
	for ((n = 1; n <= $(grep -cx "$step" "$tmp/steps"); n++)); do
		check_kill "$step" $n
		[ $? != 2 ] || bad=$((bad + 1))
	done
done
is "$bad" 0 "no kill of $kills lost or halved anything"
ok test "$kills" -ge 20
done_testing

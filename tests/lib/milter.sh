# For tests of kartoteka-milter with miltertest as the MTA: . this instead of tap.sh.
#   milter_conf [LINE...]   writes $tmp/k.conf, with these lines at the end of [milter]
#   milter_start [VAR=VALUE...]   starts the milter with that environment and waits for its socket; log in $tmp/log
#   milter_stop             ends it; its exit status
#   mta LUA                 runs a script of miltertest behind tests/lib/milter.lua; what it prints is in $tmp/said
#   spool                   lists the spool (tests/lib/spool-cat), without the starts
. "$SRCDIR/tests/lib/tap.sh"
command -v miltertest >/dev/null || skip_all "miltertest is not installed"
milter_pid=

milter_conf() {
	mkdir -p "$tmp/spool" "$tmp/published" "$tmp/run"
	{
		printf '[company]\ndomains = firma.example\n[data]\nspool-directory = %s/spool\n' "$tmp"
		printf 'published-directory = %s/published\n[milter]\nsocket = unix:%s/run/m.sock\n' "$tmp" "$tmp"
		printf 'spool-name = mx1\nfree-space-minimum = 0\n'
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$tmp/k.conf"
}
milter_start() {
	rm -f "$tmp/run/m.sock"
	env "$@" "$BUILDDIR/kartoteka-milter" --config "$tmp/k.conf" 2>>"$tmp/log" &
	milter_pid=$!
	wait_for 10 test -S "$tmp/run/m.sock" || { kill -0 $milter_pid 2>/dev/null && return 1; }
}
milter_stop() {
	[ -n "$milter_pid" ] || return 0
	kill "$milter_pid" 2>/dev/null
	wait "$milter_pid" 2>/dev/null
	local status=$?
	milter_pid=
	return $status
}
on_exit milter_stop
mta() {
	{ cat "$SRCDIR/tests/lib/milter.lua"; echo "$1"; } >"$tmp/script.lua"
	timeout 60 miltertest -D socket="unix:$tmp/run/m.sock" -s "$tmp/script.lua" >"$tmp/said" 2>&1
}
spool() { "$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" | awk -F '\t' '$2 != "start"'; }

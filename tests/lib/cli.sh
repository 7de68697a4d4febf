# The command line on a store of the test's own, in $tmp: after tap.sh.
#   cli_init                 configuration, kartoteka init, the administrator "admin"
#   k ARGUMENT...            kartoteka with that configuration
#   ka LOGIN ARGUMENT...     for that user
#   refused STATUS PATTERN ARGUMENT...   a test point: it fails with that exit status, says one sentence on
#                            standard error that matches, and nothing on standard output
#   unchanged                a test point: nothing was written to the records since the last call
KARTOTEKA=$BUILDDIR/kartoteka
export KARTOTEKA_PARSE=$BUILDDIR/kartoteka-parse
unset KARTOTEKA_CONFIG

k() { "$KARTOTEKA" --config "$tmp/k.conf" "$@"; }
ka() { k --as "$1" "${@:2}"; }

cli_init() {
	mkdir -p "$tmp/data" "$tmp/spool" "$tmp/published" "$tmp/run" && chmod 750 "$tmp/data"
	cat >"$tmp/k.conf" <<-E
		[company]
		name = Test s.r.o.
		domains = own.example
		[data]
		directory = $tmp/data
		master-key-file = $tmp/master.key
		spool-directory = $tmp/spool
		published-directory = $tmp/published
		run-directory = $tmp/run
		erasure-ledger-file = $tmp/erasures
		[milter]
		socket = unix:$tmp/run/milter.sock
	E
	k init >/dev/null && k user add admin 'Adam Admin' --administrator --password \
		--address admin@own.example <<<'correct horse battery'
}

refused() {
	local status=$1 pattern=$2 got
	shift 2
	k "$@" >"$tmp/.stdout" 2>"$tmp/.stderr" </dev/null
	got=$?
	is "$got" "$status" "status $status: $*" || { note "$(cat "$tmp/.stderr")"; return 1; }
	like "$(cat "$tmp/.stderr")" "$pattern" "  and says why" || return 1
	if [ "$(wc -l <"$tmp/.stderr")" != 1 ] || [ -s "$tmp/.stdout" ]; then
		fail "  in one sentence"; note "$(cat "$tmp/.stderr" "$tmp/.stdout")"
	fi
}

records_state() {
	python3 - "$tmp/data/kartoteka.db" <<-'E'
		import hashlib, sqlite3, sys
		c = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
		d = hashlib.sha256()
		for (t,) in sorted(c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")):
		    d.update(t.encode())
		    for row in c.execute('SELECT * FROM "%s"' % t):
		        d.update(repr(row).encode())
		print(d.hexdigest())
	E
}
unchanged() {
	local now
	now=$(records_state)
	is "$now" "$records_before" "nothing was changed"
	records_before=$now
}

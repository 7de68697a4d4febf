# A private Dovecot, a Kartoteka of the test's own, and the poller between them. After tap.sh, mta.sh, imap.sh, cli.sh.
#   poller_init LOGIN...       Dovecot (password "secret", in $box), store and configuration ($tmp/k.conf), all postures full
#   poller_conf LINE...        appended to the configuration
#   poller ARGUMENT...         kartoteka-imapsync with that configuration; log in $tmp/poller.log
#   poller_start / poller_stop in the background
#   file_all                   kartotekad --once
#   file_start / file_stop     kartotekad in the background
#   ledger [PYTHON]            the ledger's lines as l; prints the expression ("len(l)")
#   box_put LOGIN FOLDER FILE...
#   status_of LOGIN [FIELD]    a line of the poller's status
box=$tmp/dovecot

poller_init() {
	local login
	imap_usable dovecot || skip_all "needs root, and Dovecot to unpack"
	box_port=$(free_port) box_tls=$(free_port)
	on_exit box_stop
	mkdir -p "$tmp/cursors" "$tmp/run"
	dovecot_start "$box" "$box_port" "$box_tls" && cli_init || exit 99
	printf 'secret\n' >"$tmp/secret" && chmod 600 "$tmp/secret"
	cat >>"$tmp/k.conf" <<-E
		[imap]
		directory = $tmp/cursors
		control-socket = $tmp/run/control
		status-file = $tmp/run/status
		free-space-minimum = 1M
		${POLLER_IMAP-}
		[imap-server main]
		host = localhost
		port = $box_tls
		ca-file = $box/tls/ca.pem
		secret-file = $tmp/secret
		${POLLER_SERVER-}
	E
	for login; do
		dovecot_user "$box" "$login" secret
		printf '[mailbox %s]\n' "$login" >>"$tmp/k.conf"
		ka admin user add "$login" "$login" --address "$login@own.example" &&
			ka admin mailbox posture "$login" full --reason test || exit 99
	done >/dev/null
	file_all # publishes the postures
}
box_stop() { [ ! -e "$box/run/master.pid" ] || dovecot_stop "$box"; }

poller_conf() { printf '%s\n' "$@" >>"$tmp/k.conf"; }
poller() { timeout "${POLLER_TIME:-300}" "$BUILDDIR/kartoteka-imapsync" --config "$tmp/k.conf" "$@" 2>>"$tmp/poller.log"; }
poller_start() {
	rm -f "$tmp/run/status" # what the poller before said is no answer of this one
	"$BUILDDIR/kartoteka-imapsync" --config "$tmp/k.conf" "$@" >>"$tmp/poller.log" 2>&1 </dev/null &
	poller_pid=$!
	disown
	on_exit poller_stop
	wait_for 30 test -S "$tmp/run/control"
}
poller_stop() {
	[ -n "${poller_pid-}" ] || return 0
	kill "$poller_pid" 2>/dev/null
	wait_for 30 pid_gone "$poller_pid" || { kill -KILL "$poller_pid"; return 1; }
	poller_pid=
}
file_all() { timeout 300 "$BUILDDIR/kartotekad" --config "$tmp/k.conf" --once >>"$tmp/filer.log" 2>&1; }
file_start() {
	"$BUILDDIR/kartotekad" --config "$tmp/k.conf" >>"$tmp/filer.log" 2>&1 </dev/null &
	filer_pid=$!
	disown
	on_exit file_stop
}
file_stop() {
	[ -n "${filer_pid-}" ] || return 0
	kill "$filer_pid" 2>/dev/null
	wait_for 30 pid_gone "$filer_pid"
	filer_pid=
}
ledger() {
	k ledger --json | python3 -c '
import json, re, sys
l = [json.loads(line) for line in sys.stdin]
for x in l:
    key = re.fullmatch("([^/]*)/(.*);UIDVALIDITY=([0-9]+)/;UID=([0-9]+)", x["key"] or "")
    x["owner"], x["folder"], x["uidvalidity"], x["uid"] = key.groups() if key else [""] * 4
print(eval(sys.argv[1]))' "${1:-len(l)}"
}
box_put() { dovecot_save "$box" "$@"; }
status_of() { awk -F '\t' -v login="$1" -v f="${2:-4}" '$1 == "mailbox" && $2 == login { print $f }' "$tmp/run/status"; }

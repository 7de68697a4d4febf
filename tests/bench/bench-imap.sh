#!/usr/bin/env bash
# What it costs to pull a mailbox and to look whether there is news, beside mbsync and offlineimap: the same Dovecot, the same
# mailbox, verified TLS, one run. Needs root, isync and offlineimap3 (left out when they aren't there).
#   MAILS=20000 ROUNDS=3 FOLDER=/var/tmp AGAINST="mbsync offlineimap" tests/bench/bench-imap.sh [FOLDER-OF-MAIL-FILES]
# FOLDER must be on a real disk: all three make what they take durable. Run it on an idle machine, in the build folder
# (BUILDDIR).
: "${SRCDIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}" "${BUILDDIR:=$PWD}"
: "${MAILS:=20000}" "${ROUNDS:=3}" "${AGAINST:=mbsync offlineimap}" "${FOLDER:=/var/tmp}" "${MAILBOXES:=20}"
export SRCDIR BUILDDIR
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/imap.sh"
imap_usable dovecot || { echo "needs root and Debian's dovecot packages" >&2; exit 77; }
dir=$(mktemp -d "$FOLDER/kartoteka-bench.XXXXXX") && chmod 755 "$dir" || exit 1
box=$dir/dovecot port=$(free_port) tls=$(free_port) status=0
leave() {
	[ -z "${poller_pid-}" ] || kill "$poller_pid"
	[ ! -e "$box/run/master.pid" ] || dovecot_stop "$box"
	rm -rf "$dir"
}
trap leave EXIT
trap 'exit 1' INT TERM
export KARTOTEKA_CONFIG=$dir/k.conf
mkdir -p "$dir"/{data,spool,run,cursors,published}
dovecot_start "$box" "$port" "$tls" || exit 1
printf 'secret\n' >"$dir/secret" && chmod 600 "$dir/secret"
cat >"$dir/k.conf" <<-E
	[company]
	name = Bench
	domains = own.example
	[data]
	directory = $dir/data/db
	master-key-file = $dir/data/master.key
	spool-directory = $dir/spool
	published-directory = $dir/published
	run-directory = $dir/run
	erasure-ledger-file = $dir/erasures
	[imap]
	directory = $dir/cursors
	control-socket = $dir/run/control
	status-file = $dir/run/status
	free-space-minimum = 1M
	[imap-server main]
	host = localhost
	port = $tls
	ca-file = $box/tls/ca.pem
	secret-file = $dir/secret
	[log]
	level = warning
E

# mail: real one when a folder is given, else made up
mails() { # LOGIN COUNT [FOLDER]
	python3 - "$box/mail/$1/Maildir" "$2" "${3-}" <<-'P'
		import os, pathlib, random, sys
		folder, count, source = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
		for name in ("cur", "new", "tmp"):
		    (folder / name).mkdir(parents=True, exist_ok=True)
		files = sorted(p for p in pathlib.Path(source).rglob("*") if p.is_file()) if source else []
		random.seed(1)
		for n in range(count):
		    if files:
		        text = files[n % len(files)].read_bytes()
		    else:
		        words = " ".join("w%d" % random.randrange(5000) for _ in range(random.randrange(100, 900)))
		        text = ("From: a%d@there.example\nTo: b@own.example\nSubject: %d\nMessage-ID: <%d@x>\n"
		                "Date: Mon, 23 Nov 2026 12:00:00 +0000\n\n%s\n" % (n % 97, n, n, words)).encode()
		    (folder / "cur" / ("%d.M%d.bench:2,S" % (1500000000 + n, n))).write_bytes(text)
	P
	chown -R mail:mail "$box/mail/$1"
	dovecot_user "$box" "$1" secret
}
login() { # LOGIN...: the configurations of all three; mbsync and offlineimap read the first mailbox
	sed -i '/^\[mailbox/,$d' "$dir/k.conf" && printf '[mailbox %s]\n' "$@" >>"$dir/k.conf"
	mkdir -p "$dir/mbsync" "$dir/offline"
	cat >"$dir/mbsyncrc" <<-E
		FSync yes

		IMAPStore far
		Host localhost
		Port $tls
		User $1
		Pass secret
		SSLType IMAPS
		CertificateFile $box/tls/ca.pem
		AuthMechs LOGIN

		MaildirStore near
		Path $dir/mbsync/
		Inbox $dir/mbsync/INBOX
		SubFolders Verbatim

		Channel all
		Far :far:
		Near :near:
		Patterns *
		Sync Pull
		Create Near
		SyncState *
	E
	cat >"$dir/offlinerc" <<-E
		[general]
		accounts = a
		metadata = $dir/offline/meta
		fsync = true
		[Account a]
		localrepository = l
		remoterepository = r
		[Repository l]
		type = Maildir
		localfolders = $dir/offline/mail
		[Repository r]
		type = IMAP
		remotehost = localhost
		remoteport = $tls
		remoteuser = $1
		remotepass = secret
		ssl = yes
		sslcacertfile = $box/tls/ca.pem
		readonly = True
	E
}
kartoteka() { KARTOTEKA_CONFIG=$dir/k.conf "$BUILDDIR/kartoteka" "$@" >/dev/null; }
published() { # the postures of these logins
	for name; do
		kartoteka --as admin user add "$name" "$name" &&
			kartoteka --as admin mailbox posture "$name" full --reason bench || return 1
	done
	KARTOTEKA_CONFIG=$dir/k.conf KARTOTEKA_PARSE=$BUILDDIR/kartoteka-parse "$BUILDDIR/kartotekad" --once
}
poller() { "$BUILDDIR/kartoteka-imapsync" --config "$dir/k.conf" --once "$@" 2> >(grep -v runs-as-root >&2); }
mbsync_once() { mbsync -q -c "$dir/mbsyncrc" -a; }
offline_once() { offlineimap -c "$dir/offlinerc" -o -u quiet >/dev/null 2>&1; }

# timed NAME COMMAND...: appends "wall-ms cpu-ms" to $dir/NAME
timed() {
	local name=$1 TIMEFORMAT='%R %U %S'
	shift
	{ time "$@" 2>"$dir/err"; } 2>"$dir/time" || { echo "$name failed:"; head -n 3 "$dir/err"; status=1; }
	awk '{ printf "%d %d\n", $1 * 1000, ($2 + $3) * 1000 }' "$dir/time" >>"$dir/$name"
}
median() { sort -n "$dir/$1" | awk -v c="${2:-1}" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'; }
row() { printf '%-44s %8s ms wall %8s ms processor\n' "$1" "$(median "$2")" "$(median "$2" 2)"; }
limit() { # TEXT VALUE OF LIMIT: VALUE must be at most LIMIT times OF
	awk -v v="$2" -v of="$3" -v l="$4" -v t="$1" 'BEGIN { r = v / of
		printf "%-44s %8.3f (at most %s): %s\n", t, r, l, r <= l ? "ok" : "MISSED"; exit r > l }' || status=1
}
have() { [[ " $AGAINST " == *" $1 "* ]] && command -v "$1" >/dev/null; }

mails big "$MAILS" "$@"
mails small "$((MAILS / 10))" "$@"
kartoteka init && kartoteka user add admin Admin --administrator --password <<<'correct horse battery' &&
	published big small || { echo "the store can't be made" >&2; exit 1; }
login big
poller || exit 1 # the server's own indexes and the page cache are warm for everybody

forget() { rm -rf "$dir/spool/imap" "$dir/cursors"/* "$dir/mbsync" "$dir/offline"; mkdir "$dir/mbsync" "$dir/offline"; sync; }
for _ in $(seq "$ROUNDS"); do
	forget; timed pull poller
	! have mbsync || { forget; timed mbsync-pull mbsync_once; }
done
! have offlineimap || { forget; timed offline-pull offline_once; }
echo "first pull of $MAILS mails, durable"
row kartoteka-imapsync pull
! have mbsync || { row "mbsync (FSync yes)" mbsync-pull; limit "beside mbsync" "$(median pull)" "$(median mbsync-pull)" 1.0; }
! have offlineimap || { row offlineimap offline-pull; limit "beside offlineimap" "$(median pull)" "$(median offline-pull)" 0.1; }

for size in small big; do
	login $size
	forget
	for _ in 1 2; do poller; ! have mbsync || mbsync_once; done
	rm -rf "$dir/spool/imap" # kartotekad would have taken it up
	for _ in $(seq $((ROUNDS * 5))); do
		timed "$size-again" poller
		! have mbsync || timed "$size-mbsync-again" mbsync_once
	done
done
echo "nothing new, log-in included"
row "kartoteka-imapsync, $((MAILS / 10)) mails" small-again
row "kartoteka-imapsync, $MAILS mails" big-again
! have mbsync || { row "mbsync, $MAILS mails" big-mbsync-again; limit "beside mbsync" "$(median big-again)" "$(median big-mbsync-again)" 0.5; }
limit "a mailbox 10 times as large" "$(median big-again)" "$(median small-again)" 1.3
trips=$("$BUILDDIR/kartoteka-imapsync" --config "$dir/k.conf" --once -v 2>&1 | sed -nE 's/.*visited .*round-trips=([0-9]+).*/\1/p')
limit "round trips" "$trips" 1 6

echo "bodies alone"
make -s -C "$BUILDDIR" tests/bench/imap-fetch >/dev/null &&
	IMAP_SECRET=secret "$BUILDDIR/tests/bench/imap-fetch" "$tls" "$box/tls/ca.pem" big "$((ROUNDS * 2 - 1))" || status=1

logins=$(seq -f 'box%g' "$MAILBOXES")
for name in $logins; do mails "$name" 500 "$@"; done
published $logins || exit 1
login $logins
"$BUILDDIR/kartoteka-imapsync" --config "$dir/k.conf" 2>"$dir/err" &
poller_pid=$!
all_watch() { [ "$(grep -c "	watches	" "$dir/run/status")" = "$MAILBOXES" ]; }
mta_wait 120 all_watch || { echo "not all mailboxes are watched"; status=1; }
sleep 2
echo "memory with $MAILBOXES mailboxes of 500 mails, all watched"
limit "MB, anonymous, now" "$(awk '/^RssAnon/ { print $2 }' "/proc/$poller_pid/status")" 1024 32
limit "MB, resident with libraries, at most" "$(awk '/^VmHWM/ { print $2 }' "/proc/$poller_pid/status")" 1024 32
exit $status

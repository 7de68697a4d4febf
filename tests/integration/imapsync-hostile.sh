#!/usr/bin/env bash
# All lies at once through the whole poller, each in a mailbox of its own, beside a good mailbox on a good server: mail of that
# one is filed meanwhile, each lie is told of in the log, memory is bounded, and when the servers are honest again all that they
# have is taken, once. SOAK=yes: and a mailbox of 200,000 mails.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller; do . "$SRCDIR/tests/lib/$part.sh"; done
POLLER_IMAP=$'interval = 2s\nmailboxes = 5' poller_init ann

lies() { grep -v '^#' "$SRCDIR/tests/lib/lies" | awk -F ';' '$4 != "x"'; }
mapfile -t names < <(lies | cut -d ';' -f 1)
mkdir "$tmp/h" && echo good >"$tmp/h/case"
python3 -W ignore "$SRCDIR/tests/lib/hostile_imap.py" "$tmp/h" "$box/tls/server.pem" "$box/tls/server.key" "${names[@]}" 2>"$tmp/h/err" &
on_exit kill $!
listens() { [ "$(find "$tmp/h" -name 'lie.*' ! -name '*.new' | wc -l)" = ${#names[@]} ]; }
desc="the hostile server" ok wait_for 30 listens
for name in "${names[@]}"; do
	poller_conf "[imap-server $name]" "host = localhost" "port = $(cat "$tmp/h/lie.$name")" "ca-file = $box/tls/ca.pem" \
		"secret-file = $tmp/secret" "timeout = 3s" "[mailbox $name]" "server = $name"
	ka admin user add "$name" "$name" --address "$name@own.example" &&
		ka admin mailbox posture "$name" full --reason test || exit 99
done >/dev/null
sed -i 's/^\[mailbox ann\]/&\nserver = main/' "$tmp/k.conf"
file_all
memory() { awk '/^VmHWM/ { print $2 }' "/proc/$poller_pid/status"; }
# wanted NAME SAID POLLER: what the log must hold of a lie
wanted() {
	case $3 in
	'') sed -E "s/^error ?(\([^)]*\)|[a-z-]*) ?(.*)/(mailbox|folder)-failed mailbox=$1 .*error=\1.* text=\".*\2/" <<<"$2" ;;
	*) echo "${3%% *} mailbox=$1 ${3#* }" ;;
	esac
}
all_told() {
	local name said what
	untold=
	while IFS=';' read -r name _ said what; do
		[ "$what" = - ] || grep -qE "$(wanted "$name" "$said" "$what")" "$tmp/poller.log" || untold+=" $name"
	done < <(lies)
	[ -z "$untold" ]
}

file_start
poller_start
late= refused= slowest=0
for n in $(seq 15); do
	printf 'From: customer@there.example\nTo: ann@own.example\nSubject: Letter %s\n\nText %s\n' $n $n >"$tmp/letter"
	box_put ann INBOX "$tmp/letter" || refused+=" $n"
	filed() { [ "$(ledger 'len([x for x in l if x["owner"] == "ann"])')" = $n ]; }
	put=$SECONDS
	[ -n "$refused" ] || wait_for 30 filed || late+=" $n"
	[ $slowest -gt $((SECONDS - put)) ] || slowest=$((SECONDS - put))
	sleep 1
done
is "$refused" "" "the good server takes each letter"
is "$late" "" "mail of the good mailbox is filed meanwhile"
note "each within $slowest s"
wait_for 120 all_told
is "$untold" "" "each of the ${#names[@]} lies is told of"
is "$(grep -c mailbox=ann "$tmp/poller.log")" 0 "nothing is said of the good mailbox"
most=$(sed -nE 's/.*(mailbox|folder)-failed mailbox=([^ ]*) .*/\2/p' "$tmp/poller.log" | sort | uniq -c | sort -n | tail -n 1)
desc="no lie floods the log:$most lines" ok test "$(awk '{ print $1 }' <<<"$most")" -le 10
[ "$(memory)" -lt 65536 ] && pass "all lies together: $(memory) kB" || fail "all lies together: $(memory) kB"

: >"$tmp/h/honest"
began=$SECONDS
missing() { # mailboxes that haven't both mails of INBOX, each once
	ledger 'sorted(o for o in "'"${names[*]}"'".split() if o != "vanished-failed" and sorted(x["uid"] for x in l if (x["owner"], x["folder"]) == (o, "INBOX") and x["state"] != "vanished") != ["1", "2"])'
}
# Nothing of INBOX was given up but what is said to be larger than may be.
given_up() { ledger 'sorted(set(x["owner"] for x in l if x["reason"] == "unfetched"))'; }
all_back() { [ "$(missing)" = "[]" ]; }
wait_for 180 all_back
is "$(missing)" "[]" "when the servers are honest all is taken"
note "after $((SECONDS - began)) s"
is "$(given_up)" "['over-limit']" "and nothing was given up too early"
is "$(ledger '[(x["uid"], x["state"]) for x in l if x["owner"] == "vanished-failed" and x["state"] == "vanished"]')" "[('1', 'vanished')]" \
	"a message that failed and has gone is accounted for at once"
is "$(ledger '[k for k in (x["key"] for x in l) if "/etc" in k and "../.." not in k and "/etc/../" not in k]')" "[]" "folders named like a path have their names"
is "$(find "$tmp" -name passwd)" "" "and made no file"
is "$(find "$tmp/spool" -path '*quarantine*' -type f | wc -l)" 0 "the core could take all of it"
desc="it ends" ok poller_stop
file_stop
is "$(cat "$tmp/h/err")" "" "the lying server itself had no trouble"

# 200,000 mails in one folder, and three kills on the way
if [ -n "${SOAK-}" ]; then
	sed -i "/^\\[imap-server ${names[0]}\\]/,\$d" "$tmp/k.conf"
	poller_conf "[mailbox many]"
	dovecot_user "$box" many secret
	ka admin user add many Many --address many@own.example >/dev/null &&
		ka admin mailbox posture many full --reason test && file_all
	python3 - "$box/mail/many/Maildir" <<-'P'
		import os, sys
		for name in ("cur", "new", "tmp"):
		    os.makedirs(f"{sys.argv[1]}/{name}")
		for n in range(200000):
		    with open(f"{sys.argv[1]}/cur/{1500000000 + n}.M{n}.test:2,S", "w") as f:
		        f.write(f"From: a{n % 97}@there.example\nTo: many@own.example\nSubject: {n}\nMessage-ID: <{n}@many.example>\n\nText {n}\n")
	P
	chown -R mail:mail "$box/mail/many"
	poller_killed() { # SECONDS: is killed after them
		"$BUILDDIR/kartoteka-imapsync" --config "$tmp/k.conf" --once 2>>"$tmp/poller.log" &
		poller_pid=$!
		sleep "$1"
		note "$(memory) kB after $1 s"
		kill -KILL $poller_pid
		wait $poller_pid 2>/dev/null
	}
	: >"$tmp/poller.log"
	for seconds in 3 9 20; do poller_killed $seconds; done
	began=$SECONDS
	python3 - "$tmp/peak" "$BUILDDIR/kartoteka-imapsync" --config "$tmp/k.conf" --once 2>>"$tmp/poller.log" <<-'P'
		import resource, subprocess, sys
		status = subprocess.call(sys.argv[2:])
		open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
		sys.exit(status)
	P
	is $? 0 "200,000 mails are taken, the last run took $((SECONDS - began)) s"
	[ "$(cat "$tmp/peak")" -lt 65536 ] && pass "in $(cat "$tmp/peak") kB" || fail "in $(cat "$tmp/peak") kB"
	desc="and filed" ok timeout 3000 "$BUILDDIR/kartotekad" --config "$tmp/k.conf" --once
	is "$(ledger '(lambda b: (len(b), len(set(b))))([x["uid"] for x in l if x["owner"] == "many"])')" "(200000, 200000)" "each once"
	TIMEFORMAT="nothing new in it: %R s"
	for _ in 1 2 3; do note "$({ time poller --once; } 2>&1)"; done
fi
done_testing

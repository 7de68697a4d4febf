#!/usr/bin/env bash
# The whole poller at a real Cyrus imapd, beside a server that breaks off, and while the clock of the machine jumps: what can be
# taken is taken, once.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller; do . "$SRCDIR/tests/lib/$part.sh"; done
faketime=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
# Certificates from ten days ago, which hold when the clock is three days behind, and not at twenty.
export FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1
at() { FAKETIME=$1 LD_PRELOAD=$faketime "${@:2}"; } # SHIFT COMMAND...: as though it were so much later or earlier
[ -z "$faketime" ] || at -10d imap_certs "$box/tls"
POLLER_IMAP="interval = 10m" poller_init ann cyr bad
sed -i '/^\[mailbox /d' "$tmp/k.conf"
cp "$tmp/k.conf" "$tmp/k.base"
conf() { cp "$tmp/k.base" "$tmp/k.conf" && poller_conf "$@"; }
uids() { ledger 'sorted(int(x["uid"]) for x in l if (x["owner"], x["folder"]) == ("'"$1"'", "'"$2"'"))'; }
all() { echo "[$(seq -s ', ' "$1")]"; }
letter() { # NUMBER
	printf 'From: customer@there.example\nTo: ann@own.example\nSubject: Letter %s\nMessage-ID: <%s@test.example>\n\nText %s\n' "$1" "$1" "$1"
}
for n in $(seq 1 60); do letter "$n" >"$tmp/letter.$n"; done

# Cyrus
cyrus() { # ACTION FOLDER [FILE...]: append prints what it refused, "NAME: WHY"; expunge: UIDs; flags prints them
	python3 - "$cyrus_tls" "$tmp/cyrus/tls/ca.pem" "$@" <<-'P'
		import imaplib, ssl, sys
		port, ca, action, folder, *files = sys.argv[1:]
		m = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=ssl.create_default_context(cafile=ca))
		m.login("cyr", "secret")
		m.create(folder)
		if action == "append":
		    for i, f in enumerate(files):
		        said, why = m.append(folder, "(\\Seen)" if i % 3 == 0 else None, None, open(f, "rb").read())
		        if said != "OK":
		            print(f.split("/")[-1], why[0].decode(), sep=": ")
		elif action == "expunge":
		    m.select(folder)
		    m.uid("store", files[0], "+FLAGS", "(\\Deleted)")
		    m.expunge()
		else:
		    m.select(folder, readonly=True)
		    print(sorted((x.split()[2], b"\\Seen" in x) for x in m.uid("fetch", "1:*", "(FLAGS)")[1]))
	P
}
if imap_usable cyrus; then
	cyrus_plain=$(free_port) cyrus_tls=$(free_port)
	on_exit cyrus_stop "$tmp/cyrus"
	CYRUS_USERS="cyr=secret" CYRUS_EXTRA="munge8bit: no" ok cyrus_start "$tmp/cyrus" "$cyrus_plain" "$cyrus_tls"
	conf "[imap-server cyrus]" "host = localhost" "port = $cyrus_tls" "ca-file = $tmp/cyrus/tls/ca.pem" "secret-file = $tmp/secret" \
		"[mailbox cyr]" "server = cyrus"
	cyrus append INBOX "$SRCDIR"/tests/corpus/mail/*.eml >"$tmp/refused"
	is "$(cat "$tmp/refused")" "broken-charset.eml: Message contains NUL characters
broken-empty.eml: Zero-length message literal
broken-only-body.eml: Message contains invalid header" "Cyrus takes all mails of the corpus but those with a NUL, without a byte, and without a header"
	inbox=$(find "$SRCDIR/tests/corpus/mail" -name '*.eml' | wc -l) inbox=$((inbox - 3))
	is "$(cyrus append '"&AX0-lut&AP0- k&AW8BSA-"' "$tmp"/letter.{1..3})" "" "and letters in a folder with a name"
	cyrus flags INBOX >"$tmp/flags"
	desc="the first walk" ok poller --once
	ok file_all
	is "$(uids cyr INBOX)" "$(all "$inbox")" "all of INBOX is accounted for"
	is "$(uids cyr 'Žlutý kůň')" "$(all 3)" "and of a folder with a name"
	is "$(cyrus flags INBOX | diff - "$tmp/flags")" "" "what was unseen still is"
	desc="a second walk" ok poller --once
	ok file_all
	is "$(ledger)" $((inbox + 3)) "takes nothing twice"
	cyrus append INBOX "$tmp"/letter.{4..5} >/dev/null
	cyrus append '"&AX0-lut&AP0- k&AW8BSA-"' "$tmp/letter.6" >/dev/null
	desc="after new mail" ok poller --once
	ok file_all
	is "$(uids cyr INBOX) $(uids cyr 'Žlutý kůň')" "$(all $((inbox + 2))) $(all 4)" "it is taken"
	is "$(ledger)" $((inbox + 6)) "and nothing else"
	cyrus append INBOX "$tmp"/letter.{7..9} >/dev/null
	cyrus expunge INBOX $((inbox + 4))
	desc="after three mails came and one of them went" ok poller --once
	ok file_all
	is "$(ledger '[(int(x["uid"]) - '"$inbox"', x["state"]) for x in l if x["folder"] == "INBOX" and x["state"] == "vanished"]')" \
		"[(4, 'vanished')]" "that one is accounted for (QRESYNC)"
	is "$(uids cyr INBOX)" "$(all $((inbox + 5)))" "and the others are taken"
else
	skip Cyrus "can't be run beside the machine's own here"
fi

# --once at a server that breaks off (all that servers may do otherwise: imapsync-hostile.sh)
mkdir "$tmp/h" && echo eof >"$tmp/h/case"
python3 -W ignore "$SRCDIR/tests/lib/hostile_imap.py" "$tmp/h" "$box/tls/server.pem" "$box/tls/server.key" 2>"$tmp/h/err" &
on_exit kill $!
desc="the hostile server" ok wait_for 30 test -s "$tmp/h/tls"
conf "[imap-server bad]" "host = localhost" "port = $(cat "$tmp/h/tls")" "ca-file = $box/tls/ca.pem" "secret-file = $tmp/secret" \
	"[mailbox bad]" "server = bad" "[mailbox ann]" "server = main"
n=3
box_put ann INBOX "$tmp"/letter.{1..3}
: >"$tmp/poller.log"
# The clock stands still for two runs: what failed is tried again ten seconds later.
KARTOTEKA_CLOCK=$(date +%s%3N)
export KARTOTEKA_CLOCK
poller --once
is $? 75 "not all mailboxes were taken in"
like "$(cat "$tmp/poller.log")" 'mailbox-failed mailbox=bad .*text=".*closed' "which is said"
file_all
is "$(uids ann INBOX) $(uids bad INBOX)" "$(all $n) []" "the good mailbox is taken, nothing of the bad one"
echo good >"$tmp/h/case"
: >"$tmp/poller.log"
poller --once
is $? 75 "what failed a moment ago isn't tried yet: not all is taken in"
like "$(cat "$tmp/poller.log")" 'messages-left mailbox=bad messages=[12] ' "which is said"
unset KARTOTEKA_CLOCK
desc="the server is good again: within a minute a run takes all" ok wait_for 60 poller --once
file_all
is "$(uids bad INBOX)" "[1, 2]" "that it has"
is "$(cat "$tmp/h/err")" "" "the lying server itself had no trouble"

# The clock
conf "[mailbox ann]"
if [ -n "$faketime" ]; then
	for shift in -3d +400d +0; do
		for i in 1 2 3; do n=$((n + 1)); box_put ann INBOX "$tmp/letter.$n"; done
		desc="the clock shows $shift" ok at "$shift" poller --once
	done
	n=$((n + 1)); box_put ann INBOX "$tmp/letter.$n"
	desc="a certificate that isn't valid yet" not_ok at -20d poller --once
	like "$(tail -n 5 "$tmp/poller.log")" "mailbox=ann .*not yet valid" "is said to be that"
	desc="with the right time again" ok poller --once
	ok file_all
	is "$(uids ann INBOX)" "$(all $n)" "nothing is lost, nothing is there twice"

	# while it runs: a file says what the clock shows
	file_start
	echo +0 >"$tmp/now"
	FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE=$tmp/now LD_PRELOAD=$faketime poller_start
	watches() { [ "$(status_of ann)" = watches ]; }
	desc="it watches" ok wait_for 20 watches
	taken() { [ "$(uids ann INBOX)" = "$(all $n)" ]; }
	for shift in -3d +400d -1h +0; do
		echo "$shift" >"$tmp/now"
		sleep 1
		n=$((n + 1)); box_put ann INBOX "$tmp/letter.$n"
		desc="it goes on when the clock shows $shift" ok wait_for 60 taken
	done
	desc="it ends" ok poller_stop
	file_stop
	desc="once more" ok poller --once
	ok file_all
	is "$(uids ann INBOX)" "$(all $n)" "still nothing is lost or there twice"
else
	skip clock "libfaketime is not here"
fi
done_testing

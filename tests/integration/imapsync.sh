#!/usr/bin/env bash
# The poller between a private Dovecot and kartotekad: what lies in mailboxes is filed, once, and nothing is changed there.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller; do . "$SRCDIR/tests/lib/$part.sh"; done
POLLER_IMAP="interval = 2s" POLLER_SERVER="private-folders = Rodina" poller_init ann bob

letter() { # NUMBER FROM TO
	printf 'From: %s\nTo: %s\nSubject: Letter %s\nMessage-ID: <%s@test.example>\nDate: Mon, 23 Nov 2026 12:00:%02d +0000\n\nText %s\n' \
		"$2" "$3" "$1" "$1" $(($1 % 60)) "$1"
}
for n in $(seq 1 40); do letter "$n" "customer$n@there.example" ann@own.example >"$tmp/letter.$n"; done
box_put ann INBOX "$tmp"/letter.{1..30} || exit 99
for folder in 'Rodina' 'Rodina/dopisy' 'Projekty/Žlutý kůň' 'etc passwd'; do dovecot_adm "$box" mailbox create -u ann "$folder"; done
for folder in Drafts Junk Trash; do dovecot_adm "$box" mailbox create -u ann "$folder"; done 2>/dev/null
box_put ann Rodina "$tmp/letter.31"; box_put ann Rodina/dopisy "$tmp/letter.31"
box_put ann Drafts "$tmp/letter.32"; box_put ann Junk "$tmp/letter.33"; box_put ann Trash "$tmp/letter.34"
box_put ann 'Projekty/Žlutý kůň' "$tmp/letter.35"
letter 36 ann@own.example customer1@there.example >"$tmp/sent"
box_put ann Sent "$tmp/sent"
box_put bob INBOX "$tmp"/letter.1
state() { (cd "$box/mail" && find . -path '*/cur/*' -o -path '*/new/*' | sort); }
state >"$tmp/before"

# once
desc="the first walk" ok poller --once
ok file_all
is "$(ledger 'sorted((x["owner"], x["folder"]) for x in l if x["owner"] == "ann") == [("ann", "INBOX")] * 30 + [("ann", "Projekty/Žlutý kůň"), ("ann", "Sent"), ("ann", "Trash")]')" \
	True "all is taken but drafts, junk and what is private"
is "$(ledger 'len(set(x["message"] for x in l if x["key"] and True)), len(l)')" "(33, 34)" "what two have is one message"
is "$(ledger '[x["proof"] for x in l if x["folder"] == "Sent"]')" "['sent-folder']" "the folder of sent mail proves who sent it"
is "$(state | diff - "$tmp/before")" "" "nothing was moved or flagged"
like "$(cat "$tmp/poller.log")" "ended source=imap .*items=34" "each has its number"
not_ok grep -E "secret|Letter|customer" "$tmp/poller.log"

# again
: >"$tmp/poller.log"
desc="a second walk" ok poller --once -v
file_all
is "$(ledger)" 34 "takes nothing twice"
trips=$(sed -nE 's/.*visited mailbox=ann round-trips=([0-9]+).*/\1/p' "$tmp/poller.log")
note "round trips, log-in included: $trips"

# what came and went between two visits (QRESYNC)
for n in 1 2 3; do box_put ann 'etc passwd' "$tmp/letter.$n"; done
dovecot_adm "$box" expunge -u ann mailbox 'etc passwd' uid 2
desc="a visit after three mails came and one of them went" ok poller --once
file_all
is "$(ledger 'sorted((int(x["uid"]), x["state"]) for x in l if x["folder"] == "etc passwd")')" \
	"[(1, 'waiting'), (2, 'vanished'), (3, 'waiting')]" "that one is accounted for, too"
desc="another visit" ok poller --once
file_all
is "$(ledger)" 37 "and nothing else"

# news
file_start
poller_start
watches() { [ "$(status_of ann)" = watches ]; }
desc="it watches" ok wait_for 20 watches
sleep 1
at=$(date +%s%N)
box_put ann INBOX "$tmp/letter.37"
filed() { [ "$(ledger 'len([x for x in l if x["folder"] == "'"$1"'"])')" = "$2" ]; }
desc="a mail is filed within seconds" ok wait_for 30 filed INBOX 32
note "after $((($(date +%s%N) - at) / 1000000)) ms"
letter 38 ann@own.example customer2@there.example >"$tmp/sent2"
at=$(date +%s%N)
box_put ann Sent "$tmp/sent2"
desc="a sent one as well" ok wait_for 30 filed Sent 2
note "after $((($(date +%s%N) - at) / 1000000)) ms"
dovecot_adm "$box" mailbox create -u ann Nová
box_put ann Nová "$tmp/letter.39"
desc="a new folder is found" ok wait_for 30 filed Nová 1

# the server goes and comes
sessions=$(pgrep -P "$(cat "$box/run/master.pid")")
dovecot_stop "$box"
kill $sessions 2>/dev/null # they outlive their master
fails() { [ -n "$(status_of ann 11)" ]; }
desc="it says that the server is away" ok wait_for 20 fails
dovecot_start "$box" "$box_port" "$box_tls"
box_put ann INBOX "$tmp/letter.40"
desc="and comes back within a minute" ok wait_for 60 filed INBOX 33

# another UIDVALIDITY: all is walked again, nothing is there twice
messages=$(ledger 'len(set(x["message"] for x in l))')
poller_stop
desc="an end is no trouble" not_ok grep -A2 GLib "$tmp/poller.log"
dovecot_adm "$box" mailbox update -u ann --uid-validity 12345 INBOX 2>/dev/null || rm -f "$box/mail/ann/Maildir/dovecot-uidlist"
desc="another UIDVALIDITY" ok poller --once
like "$(cat "$tmp/poller.log")" "uidvalidity-changed mailbox=ann" "is noticed"
wait_for 30 filed INBOX 65
is "$(ledger 'len([x for x in l if x["folder"] == "INBOX" and x["owner"] == "ann"])')" 64 "each is a second sighting"
is "$(ledger 'len(set(x["message"] for x in l))')" "$messages" "of the message that was there"

# postures
file_stop
ka admin mailbox posture bob off --reason test && file_all
box_put bob INBOX "$tmp/letter.2"
: >"$tmp/poller.log"
ok poller --once --mailbox bob
like "$(cat "$tmp/poller.log")" "mailbox-off mailbox=bob" "a mailbox that is off isn't read"
ka admin mailbox posture bob headers --reason test && file_all
ok poller --once --mailbox bob
find "$tmp/spool/imap" -name '*.0000000001' -path '*/new/*' >"$tmp/spooled"
is "$(wc -l <"$tmp/spooled")" 1 "its news are taken again"
like "$(cat $(cat "$tmp/spooled"))" "^Posture: headers" "as headers"
not_ok grep '^Text' $(cat "$tmp/spooled")
done_testing

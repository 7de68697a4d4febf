#!/usr/bin/env bash
# What the core wishes of the running poller, and what goes wrong between a server and the spool.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller; do . "$SRCDIR/tests/lib/$part.sh"; done
POLLER_IMAP="interval = 2s
tries = 2
message-bytes = 1M" poller_init ann bob

letter() { # NUMBER FROM TO
	printf 'From: %s\nTo: %s\nSubject: Letter %s\nMessage-ID: <%s@test.example>\nDate: Mon, 23 Nov 2026 12:00:%02d +0000\n\nText %s\n' \
		"$2" "$3" "$1" "$1" $(($1 % 60)) "$1"
}
wish() { # FIELD...: the reply's lines; fields are sent as they are
	python3 - "$tmp/run/control" "$@" <<-'P'
		import socket, sys
		def ask(fields):
		    with socket.socket(socket.AF_UNIX) as s:
		        s.settimeout(60)
		        s.connect(sys.argv[1])
		        s.sendall("\t".join(fields).encode() + b"\n")
		        return b"".join(iter(lambda: s.recv(65536), b"")).decode().replace("\t", " ")
		if sys.argv[2] == "guess":  # wrong passwords until one is refused, then at once the right one
		    tries = (ask(["check-password", sys.argv[3], "wrong"]) for _ in range(100))
		    any("too many" in said for said in tries)
		    print(ask(["check-password", *sys.argv[3:]]), end="")
		else:
		    print(ask(sys.argv[2:]), end="")
	P
}
for n in $(seq 1 12); do letter "$n" "customer$((n % 3))@there.example" ann@own.example >"$tmp/letter.$n"; done
box_put ann INBOX "$tmp"/letter.{1..9} && box_put ann Sent "$tmp"/letter.10 || exit 99
letter 20 bob@own.example customer1@there.example >"$tmp/sent" && box_put bob Sent "$tmp/sent"

# mail with contacts alone
ka admin book add Sales >/dev/null 2>&1 || ka admin book create Sales >/dev/null 2>&1
ka admin mailbox posture ann known --reason test && file_all
file_start
poller_start
counted() { [ "$(ledger)" = "$1" ]; }
desc="all is accounted for" ok wait_for 20 counted 11
is "$(ledger 'sorted(set((x["state"], x["reason"]) for x in l if x["owner"] == "ann"))')" "[('excluded', 'posture')]" \
	"what no contact matches isn't kept"

# search
is "$(wish search count '*' customer1@there.example)" "found ann INBOX 3
found ann Sent 1
found bob Sent 1
ok 5" "a search counts in all mailboxes"
is "$(wish search count ann nobody@there.example)" "ok 0" "one that finds nothing"
like "$(wish search count zed x@there.example)" "^error not-found " "a mailbox that there isn't"
like "$(wish search somehow ann x@there.example)" "^error invalid " "what is no wish"
is "$(wish search fetch ann customer1@there.example)" "found ann INBOX 3
found ann Sent 1
ok 4" "a search fetches"
sleep 1
is "$(ledger)" 11 "nothing is there twice"

# rewind
at=$(ledger 'max(int(x["uidvalidity"]) for x in l if x["folder"] == "INBOX")')
is "$(wish rewind ann INBOX "$at" 1:4,7)" "ok 4" "what the core hasn't is forgotten"
resolved() { awk -F '\t' '$1 == "folder" && $2 == "INBOX" { print $8 }' "$tmp/cursors/ann.cursor"; }
all_again() { [ "$(resolved)" = 1:9 ]; }
desc="and taken again" ok wait_for 30 all_again
is "$(wish rewind ann INBOX 99 '')" "ok 0" "of another UIDVALIDITY there is nothing to forget"
like "$(wish rewind ann INBOX "$at" 4-7)" "^error invalid " "no set of UIDs"
is "$(wish rewind '*' '' 0 '')" "ok 11" "everything is forgotten"
desc="and taken again" ok wait_for 30 all_again
sleep 1
is "$(ledger)" 11 "nothing is there twice"

# passwords
is "$(wish check-password ann secret)" "ok yes" "a password that is right"
is "$(wish check-password ann hunter2)" "ok no" "one that isn't"
is "$(wish check-password zed secret)" "ok no" "a login without a mailbox"
like "$(wish guess bob secret)" "^error temporary .*too many" "many wrong ones make it wait"
not_ok grep -E "hunter2|secret" "$tmp/poller.log"
nobody() { setpriv --reuid nobody --regid nogroup --clear-groups bash -c "tmp=$tmp; $(declare -f wish); wish $*"; }
chmod 755 "$tmp/run"; chmod 666 "$tmp/run/control"
like "$(nobody "search count '*' x@y.example" 2>&1)" "^error denied " "only the user of the database may wish"
poller_stop
not_ok test -e "$tmp/run/control"

# a message that is too large, one that vanishes, one that can't be had
ka admin mailbox posture ann full --reason test
file_stop; file_all
{ letter 30 big@there.example ann@own.example; head -c 1500000 /dev/zero | tr '\0' x | fold -w 70; } >"$tmp/big"
box_put ann INBOX "$tmp/big" "$tmp/letter.11" "$tmp/letter.12"
KARTOTEKA_FAULT=folder-listed:1:sleep=8000 KARTOTEKA_FAULT_LOG=$tmp/steps poller --once --mailbox ann &
wait_for 20 grep -qx folder-listed "$tmp/steps"
dovecot_adm "$box" expunge -u ann mailbox INBOX uid 12
desc="a walk with trouble" ok wait $!
file_all
is "$(ledger 'sorted((x["uid"], x["state"], x["reason"]) for x in l if x["folder"] == "INBOX" and int(x["uid"]) > 9)')" \
	"[('10', 'quarantined', 'unfetched'), ('11', 'waiting', None), ('12', 'vanished', None)]" "each has its state"
like "$(k quarantine list)" unfetched "it stands in quarantine"
like "$(cat "$tmp/poller.log")" "message-given-up mailbox=ann folder=\"INBOX\" uid=10" "and in the log"
sed -i 's/^message-bytes = 1M/message-bytes = 10M/' "$tmp/k.conf"
poller_start --mailbox ann
wish rewind ann INBOX "$at" 1:9,11:12 >/dev/null
desc="when it can be had it is taken" ok wait_for 30 grep -qr '^Uid: 10$' "$tmp/spool/imap"
poller_stop
file_all
is "$(ledger '[(x["state"], x["reason"]) for x in l if x["folder"] == "INBOX" and x["uid"] == "10"]')" "[('waiting', None)]" \
	"and leaves quarantine"

# a full disk
if mount -t tmpfs -o size=1m,mode=755 tmpfs "$tmp/spool" 2>/dev/null; then
	on_exit umount "$tmp/spool"
	rm -f "$tmp/cursors/bob.cursor"
	for n in $(seq 40 59); do { letter "$n" a@there.example bob@own.example; head -c 100000 /dev/zero | tr '\0' x | fold -w 70; } >"$tmp/letter.$n"; done
	box_put bob INBOX "$tmp"/letter.{40..59}
	sed -i 's/^free-space-minimum = 1M/free-space-minimum = 100K/' "$tmp/k.conf"
	before=$(ledger)
	not_ok poller --once --mailbox bob
	for _ in 1 2 3 4 5; do
		file_all
		poller --once --mailbox bob && break
	done
	file_all
	is "$(ledger "len(l) - $before")" 20 "after a full disk all is there, once"
else
	skip "a full disk" "tmpfs can't be mounted here"
fi
done_testing

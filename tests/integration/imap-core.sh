#!/usr/bin/env bash
# The core and the poller together, over a private Dovecot: the past of a contact, postures, and the way back from a backup.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller cgi; do . "$SRCDIR/tests/lib/$part.sh"; done
POLLER_IMAP="interval = 2s" poller_init ann bob
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
letter() { # NAME FROM TO
	printf 'From: %s\nTo: %s\nSubject: Letter %s\nDate: Mon, 23 Nov 2026 12:00:00 +0000\n\nText of %s\n' "$2" "$3" "$1" "$1" >"$tmp/$1"
	echo "$tmp/$1"
}
ka admin book add Sales >/dev/null && ka admin grant add Sales see,history,edit ann --reason test &&
	ka admin grant add Sales see,history bob --reason test && ka admin mailbox posture ann known --reason test &&
	ka admin mailbox posture bob headers --reason test || exit 99
for n in 1 2 3; do box_put ann INBOX "$(letter "in$n" jana@x.example ann@own.example)"; done
box_put ann INBOX "$(letter other eva@y.example ann@own.example)"
box_put ann Sent "$(letter out ann@own.example jana@x.example)"
box_put bob INBOX "$tmp/in1"
file_all
poller_start
file_start
items() { [ "$(ledger)" = "$1" ]; }
desc="all of it is accounted for" ok wait_for 30 items 6
is "$(ledger 'sorted((x["owner"], x["state"], x["reason"]) for x in l) == [("ann", "excluded", "posture")] * 5 + [("bob", "waiting", None)]')" \
	True "where no contact is known nothing is kept"

# Jana becomes a contact: her past is looked for.
id=$(ka ann contact add --book Sales --name Jana --email jana@x.example --search-mailboxes --yes 2>"$tmp/err" </dev/null)
is "$(sed 's/^ *//' "$tmp/err")" "3  ann/INBOX
1  ann/Sent
4  mails in your mailbox
4  brought in, to be filed in a moment" "what lies in her own mailbox is shown and fetched"
filed() { [ "$(ledger 'len([x for x in l if x["state"] == "filed"])')" = "$1" ]; }
desc="and filed" ok wait_for 20 filed 5
is "$(ledger)" 6 "under the numbers that it had"
is "$(ledger 'set(r for x in l for r in x["reasons"] if "participants only" not in r)')" "set()" "closed to all but who took part"
history() { ka "$1" --json history "$id" | json '[(x["subject"], x["header_only"]) for x in d["lines"]]'; }
is "$(history ann | tr ',' '\n' | grep -c False)" 4 "she sees it"
is "$(history bob)" "[('Letter in1', True)]" "Bob has a header of his own, and that alone"

message=$(ka bob --json history "$id" | json 'd["lines"][0]["message"]')
like "$(ka bob show "$message")" "only the header was taken" "the command line says so"
data=$tmp && mkdir -p "$tmp/log"
as_words() { as=(env "KARTOTEKA_CONFIG=$tmp/k.conf"); }
ka admin user password bob <<<'dlouhé heslo Boba'
ok cgi_sign_in bob 'dlouhé heslo Boba'
cgi GET "/contact/$id"
is "$(grep -c 'Header only' <<<"$body")" 1 "so does the page"
cgi GET "/message/$message"
like "$body" "Only the header was taken" "and that of the mail"
is "$(grep -c "has no text" <<<"$body")" 0 "which doesn't say that it has none"
like "$body" "INBOX" "which names the folder to its owner"

# The way back: the poller knows more than the records.
file_stop
ok k backup "$tmp/b"
ok k backup --keys "$tmp/keys"
file_start
box_put ann INBOX "$(letter in4 jana@x.example ann@own.example)"
desc="one more after the backup" ok wait_for 20 filed 6
file_stop
mv "$tmp/data" "$tmp/lost"
like "$(k restore "$tmp/b" "$tmp/keys" 2>&1)" "told of 3 folders with 6 mails" "the poller hears what came back"
filed 5
file_start
desc="and takes the rest again" ok wait_for 30 filed 6
is "$(ledger 'len(set(x["key"] for x in l)), len(l)')" "(7, 7)" "nothing twice"
is "$(k reconcile --json | json 'd["sound"], [(m["mailbox"], m["mails"], m["by_milter"]) for m in d["mailboxes"]]')" \
	"True [('ann', 5, 0), ('bob', 1, 0)]" "nothing is missing"
are_read() { k doctor --no-mta 2>&1 | grep -qE 'OK +mailboxes +2 of 2 are read'; }
desc="doctor is content with the mailboxes" ok wait_for 20 are_read
done_testing

#!/usr/bin/env bash
# Mail of mailboxes in the account, and the way back: reconcile, backup, restore, rewind.
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/filer.sh"
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
mail() { # NAME FROM TO SUBJECT
	printf 'From: %s\nTo: %s\nSubject: %s\nDate: Mon, 23 Nov 2026 12:00:00 +0000\n\nHello\n' "$2" "$3" "$4" >"$tmp/$1"
	echo "$tmp/$1"
}
jana=jana@customer.example ann=ann@own.example

cat >"$tmp/people.vcf" <<-E
	BEGIN:VCARD
	VERSION:4.0
	UID:jana
	FN:Jana
	EMAIL:$jana
	END:VCARD
E
mkdir -p "$tmp/poller"
FILER_CONF="[imap]
control-socket = $tmp/poller/control
[imap-server own]
host = 127.0.0.1"
filer_make "$tmp/s" own.example ann:$ann bob:bob@own.example -- "$tmp/people.vcf" >/dev/null || exit 99
k() { "$BUILDDIR/kartoteka" "$@"; }
{
	printf '%s\t%s\t%s\t\n' "$(mail 1 $jana $ann One)" $jana $ann
} | filer_fill "$tmp/s" mx1 live || exit 99
{
	printf '%s\tann\tINBOX\t7\t1\n' "$tmp/1"
	printf '%s\tann\tINBOX\t7\t2\n' "$(mail 2 $jana $ann Two)"
	printf '%s\tann\tINBOX\t7\t3\n' "$(mail 3 x@stranger.example $ann Three)"
	printf '%s\tann\tINBOX\t7\t5\tlive\tknown\n' "$tmp/3"
	printf '%s\tann\tOdeslaná pošta\t9\t4\n' "$(mail 4 $ann $jana Four)"
	printf '%s\tbob\tINBOX\t3\t9\n' "$(mail 5 bob@own.example $ann Five)"
	printf '%s\tbob\tOld\t2\t8\n' "$tmp/2"
	printf '%s\tbob\tOld\t4\t1\n' "$tmp/2"
} | filer_fill "$tmp/s" imap imap || exit 99
ok filer_run "$tmp/s"
is "$(filer_left "$tmp/s")" 0 "all is filed"

out=$(k reconcile --json)
is "$(json 'd["sound"], d["items"]' <<<"$out")" "True 9" "nothing is missing"
is "$(json '[(f["mailbox"], f["folder"], sum(f[s] for s in ("filed", "waiting", "excluded", "quarantined", "erased", "vanished"))) for f in d["folders"]]' <<<"$out")" \
	"[('ann', 'INBOX', 4), ('ann', 'Odeslaná pošta', 1), ('bob', 'INBOX', 1), ('bob', 'Old', 2)]" "each mailbox and folder"
is "$(json '[(f["filed"], f["waiting"], f["excluded"]) for f in d["folders"]][0]' <<<"$out")" "(2, 1, 1)" "in its states"
is "$(json '[(m["mailbox"], m["mails"], m["by_milter"]) for m in d["mailboxes"]]' <<<"$out")" \
	"[('ann', 4, 1), ('bob', 1, 0)]" "and what the milter sees of it"
like "$(k reconcile)" "ann: 4 mails, 1 of them came through the milter" "in words"
like "$(k reconcile)" "ann/Odeslaná pošta +20" "the table of folders"
like "$(k ledger)" "ann/INBOX;UIDVALIDITY=7/;UID=2" "the ledger names the place"

# The poller knows more than the records that came back.
ok k backup "$tmp/b"
ok k backup --keys "$tmp/keys"
mv "$tmp/s/data" "$tmp/lost" && mkdir -m 700 "$tmp/s/data" && cp -p "$tmp/lost/master.key" "$tmp/s/data/"
out=$(k restore "$tmp/b" "$tmp/keys" 2>&1)
is $? 0 "restored although the poller doesn't run"
like "$out" "still to be told .* mailbox rewind" "and says what is left to do"
like "$(k doctor --no-mta 2>&1)" "WARN  mailboxes +.*mailbox rewind" "so does doctor"
not_ok k mailbox rewind

printf 'rewind\\t*\\t\\t0\\t => ok\\t30\nrewind\\tann => ok\\t0\nrewind\\tbob => ok\\t0\n' >"$tmp/answers"
python3 "$SRCDIR/tests/lib/wishes.py" "$tmp/poller/control" "$tmp/wishes" "$tmp/answers" &
on_exit kill $!
wait_for 10 test -S "$tmp/poller/control"
like "$(k mailbox rewind)" "told of 4 folders with 7 mails" "the poller hears it"
is "$(head -n 1 "$tmp/wishes")" $'rewind\t*\t\t0\t' "it forgets everything first"
is "$(tail -n +2 "$tmp/wishes" | sort)" "$(printf 'rewind\tann\tINBOX\t7\t1:3,5\nrewind\tann\tOdeslaná pošta\t9\t4\nrewind\tbob\tINBOX\t3\t9\nrewind\tbob\tOld\t4\t1')" \
	"then it knows what the records hold"
not_ok grep -q 'mailbox rewind' <(k doctor --no-mta 2>&1)

mv "$tmp/s/data" "$tmp/lost2" && mkdir -m 700 "$tmp/s/data" && cp -p "$tmp/lost/master.key" "$tmp/s/data/"
like "$(k restore "$tmp/b" "$tmp/keys" 2>&1)" "told of 4 folders" "a restore beside a running poller does it at once"

printf 'rewind\\t*\\t\\t0\\t => ok\\t30\nrewind => error\\ttemporary\\tThe disk is full.\n' >"$tmp/answers"
mv "$tmp/s/data" "$tmp/lost3" && mkdir -m 700 "$tmp/s/data" && cp -p "$tmp/lost/master.key" "$tmp/s/data/"
like "$(k restore "$tmp/b" "$tmp/keys" 2>&1)" "The disk is full" "a poller that can't is heard"
like "$(k doctor --no-mta 2>&1)" "WARN  mailboxes +.*mailbox rewind" "and it stays to be done"
done_testing

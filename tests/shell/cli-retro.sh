#!/usr/bin/env bash
# The past of a contact that is added today: who may look where, what is shown, what is asked of the poller.
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/cli.sh"
cli_init || exit 99
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
cat >>"$tmp/k.conf" <<-E
	[imap]
	control-socket = $tmp/control
E
ka admin user add ann 'Ann Nová' --address ann@own.example && ka admin user add bob 'Bob Starý' &&
	ka admin user add eva 'Eva' --administrator && ka admin book add Sales || exit 99
ka admin grant add Sales see,edit ann --reason test && ka admin grant add Sales see,edit eva --reason test || exit 99
add() { ka "$1" contact add --book Sales --name Jana --email jana@x.example "${@:2}" </dev/null; }

refused 75 "doesn't answer" --as ann contact add --book Sales --name Jana --email jana@x.example --search-mailboxes --yes
is "$(ka ann --json contact list | json 'len(d)')" 0 "without the poller nothing is added"
refused 64 "say --yes" --as ann contact add --book Sales --name Jana --email jana@x.example --search-mailboxes
refused 64 "belong to" --as ann contact add --book Sales --name Jana --email jana@x.example --all-mailboxes
refused 65 "no mail address" --as ann contact add --book Sales --name Jana --search-mailboxes --yes

: >"$tmp/wishes"
cat >"$tmp/answers" <<-'E'
	search\tcount\tann => found\tann\tINBOX\t3|found\tann\tNovák\t1|found\tbob\tINBOX\t7|ok\t4
	search\tfetch\tann => found\tann\tINBOX\t3|found\tann\tNovák\t1|ok\t4
	search\tcount\t*\tnone@x.example => ok\t0
	search\tcount\t* => found\tann\tINBOX\t3|found\tbob\tINBOX\t7|ok\t10
	search\tfetch\t* => error\ttemporary\tThe disk is full.
	search\tcount\tbob => error\tnot-found\tThere is no mailbox bob.
E
python3 "$SRCDIR/tests/lib/wishes.py" "$tmp/control" "$tmp/wishes" "$tmp/answers" &
on_exit kill $!
wait_for 10 test -S "$tmp/control"

id=$(add ann --email jana@home.example --search-mailboxes --yes 2>"$tmp/err")
is "$(ka ann --json contact show "$id" | json 'd["addresses"]')" "['jana@x.example', 'jana@home.example']" "added"
is "$(sed 's/^ *//' "$tmp/err")" "3  ann/INBOX
1  ann/Novák
4  mails in your mailbox
4  brought in, to be filed in a moment" "shown before it is done, and nothing of colleagues"
is "$(cat "$tmp/wishes")" $'search\tcount\tann\tjana@x.example\tjana@home.example\nsearch\tfetch\tann\tjana@x.example\tjana@home.example' \
	"the poller is asked for her own mailbox"
like "$(ka admin --json audit list --user ann)" 'mailbox search, count, own: jana@x.example jana@home.example' "recorded"
like "$(ka admin --json audit list --object "contact:$id")" 'mailbox search, fetch, own' "with its contact"

# Everybody's mailboxes tell who corresponds with whom.
: >"$tmp/wishes"
not_ok add ann --search-mailboxes --all-mailboxes --yes --reason 'I am curious'
not_ok add eva --search-mailboxes --all-mailboxes --yes
is "$(cat "$tmp/wishes")" "" "who may not, or says no reason, isn't asked for"
out=$(add eva --search-mailboxes --all-mailboxes --yes --reason 'the customer asks for it' 2>&1)
is $? 75 "a poller that can't fetch is an error"
like "$out" "7  bob/INBOX" "the administrator sees all"
like "$out" "is there, its past not yet: The disk is full" "the contact is there all the same"
like "$(ka admin --json audit list --user eva)" "the customer asks for it" "the reason is recorded"

# edit looks for all its addresses; nothing there, or no mailbox: nothing is fetched.
: >"$tmp/wishes"
ok ka ann contact edit "$id" --email jana@new.example --search-mailboxes --yes
is "$(cut -f2- "$tmp/wishes")" $'count\tann\tjana@new.example\nfetch\tann\tjana@new.example' "an address that was added"
: >"$tmp/wishes"
ok ka eva contact edit "$id" --email none@x.example --search-mailboxes --all-mailboxes --yes --reason 'x'
is "$(cut -f2- "$tmp/wishes")" $'count\t*\tnone@x.example' "nothing there"
ka admin grant add Sales see,edit bob --reason test
like "$(ka bob contact edit "$id" --search-mailboxes --yes 2>&1)" "no mailbox bob" "who has no mailbox"
is "$(ka bob --json contact show "$id" | json 'd["addresses"]')" "['none@x.example']" "and nothing was changed"

# Asked at a terminal.
: >"$tmp/wishes"
out=$(printf 'n\n' | script -qec "$KARTOTEKA --config $tmp/k.conf --as ann contact edit $id --email jana@x.example --search-mailboxes" /dev/null)
like "$out" "Bring them in" "the terminal is asked"
is "$(cut -f2 "$tmp/wishes")" count "no is no"
is "$(ka bob --json contact show "$id" | json 'd["addresses"]')" "['jana@x.example']" "the change was made"
done_testing

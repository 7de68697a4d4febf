#!/usr/bin/env bash
# Wrong options, names, addresses, dates, files: one clear sentence, the right exit status, nothing changed.
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/cli.sh"

refused 66 'k.conf' --as admin user list
cli_init || exit 99
ka admin user add ann 'Ann Nová' --address ann@own.example
ka admin user add bob 'Bob Starý'
ka admin book add Sales >/dev/null
ka admin grant add Sales see,edit,export ann --reason 'head of sales' >/dev/null
id=$(ka ann contact add --book Sales --name 'Jana Nová' --email jana@customer.example)
none=00000000000000000000000000000001
ka ann contact list >/dev/null # the first read of a month claims a key for its rows
records_before=$(records_state)

# The command line itself.
refused 64 'Say what to do'
refused 64 'There is no option --colour' --colour
refused 64 'Too few arguments' --as admin user add
refused 64 'Too many arguments' --as admin user list all
refused 64 'Unknown option --frobnicate' --as admin user list --frobnicate
refused 64 'say for whom with --as' user list
refused 64 'integer' --as admin contact list --limit many
k user lst >/dev/null 2>&1; is $? 64 "an unknown command"
k help nonsense >/dev/null 2>&1; is $? 64 "help for an unknown command"
ok k help user
ok k --version
ok k --help
ok k contact add --help
refused 77 'no user of the login in --as' --as nobody user list
refused 64 'not UTF-8' --as admin book add $'\xff\xfe'

# Users.
refused 73 'login already' --as admin user add ANN 'Another Ann'
refused 65 'login' --as admin user add 'two words' X
refused 65 'login' --as admin user add '' X
refused 65 'name' --as admin user add x ' '
refused 65 'control' --as admin user add x $'a\tb'
refused 65 'no mail address' --as admin user add x X --address nonsense
refused 73 'belongs to another' --as admin user add x X --address ANN@own.example
refused 65 'cs or en' --as admin user add x X --language xx
refused 65 'standard input' --as admin user add x X --password
refused 77 'administrator' --as ann user add x X
refused 77 'users already' user add x X --administrator
refused 66 'no user' --as admin user password nobody
refused 65 'reason' --as admin user leave bob
refused 65 'reason' --as admin user leave bob --reason ' '
refused 73 'last administrator' --as admin user leave admin --reason x
refused 73 'last administrator' --as admin user administrator admin --end --reason x
refused 65 'date' --as admin user away bob --reason x --until tomorrow
refused 65 'date' --as admin user away bob --reason x --until 2026-13-40
refused 65 'future' --as admin user away bob --reason x --until 2020-01-01
refused 77 'himself' --as admin user address-add admin boss@own.example
refused 64 'successor' --as admin handover add bob --reason x
refused 65 'same user' --as admin handover add bob --to bob --reason x
refused 66 'no team' --as admin handover add bob --to team:Nobody --reason x
refused 65 '32 hex' --as admin handover end 12 --reason x
refused 66 'hand-over' --as admin handover end $none --reason x
k --as admin user password bob <<<short >/dev/null 2>&1; is $? 65 "a short password"

# Books and grants.
refused 73 'name already' --as admin book add sales
refused 65 'name' --as admin book add ' '
refused 77 'administrator' --as ann book add Mine
refused 66 'no such address book' --as bob grant list --book Sales
refused 65 'no such right' --as admin grant add Sales see,read bob --reason x
refused 65 'reason' --as admin grant add Sales see bob
refused 66 'no user' --as admin grant add Sales see nobody --reason x
refused 73 'granted already' --as admin grant add Sales see ann --reason x
refused 77 'himself' --as admin grant add Sales see admin --reason x
refused 77 'manage' --as ann grant add Sales see bob --reason x
refused 66 'no such address book' --as bob grant add Sales see bob --reason x
refused 65 'future' --as admin grant add Sales see bob --reason x --until 2020-01-01
refused 66 'grant' --as admin grant end $none --reason x
refused 66 'team' --as admin team join Nobody bob

# Contacts.
refused 64 'address book' --as ann contact add --name X
refused 66 'no such address book' --as bob contact add --book Sales --name X
refused 65 'no mail address' --as ann contact add --book Sales --name X --email 'a b'
refused 65 'name' --as ann contact add --book Sales
refused 65 'no such role' --as ann contact add --book Sales --name X --role friend
refused 64 'person or organisation' --as ann contact add --book Sales --name X --kind dog
refused 65 'Only an organisation' --as ann contact add --book Sales --name X --domain x.example
refused 65 'no mail domain' --as ann contact add --book Sales --name X --kind organisation --domain x
refused 65 'own domain' --as ann contact add --book Sales --name X --kind organisation --domain own.example
refused 66 'no such contact' --as ann contact show nobody@x.example
refused 66 'no such contact' --as ann contact show $none
refused 66 'no such contact' --as bob contact show "$id"
refused 66 'no such contact' --as admin contact show "$id"
refused 66 'no such contact' --as bob contact edit "$id" --name Mine
refused 66 'no such contact' --as bob contact delete "$id"
refused 73 'only address book' --as ann contact delete "$id" --book Sales
refused 64 'vcard-version' --as ann contact export --vcard-version 21
refused 66 'no-such-file' --as ann contact import --book Sales "$tmp/no-such-file"
printf 'BEGIN:VCARD\nFN:A\n' >"$tmp/half.vcf"
refused 65 'Line 1: .*END' --as ann contact import --book Sales "$tmp/half.vcf"
printf 'name,mail\n"Jana' >"$tmp/half.csv"
refused 65 "Line 2: a quote isn't closed" --as ann contact import --book Sales "$tmp/half.csv"
printf 'x,y\n1,2\n' >"$tmp/unknown.csv"
refused 65 'none of the columns' --as ann contact import --book Sales "$tmp/unknown.csv"
refused 65 'no such field' --as ann contact import --book Sales --map x=colour "$tmp/unknown.csv"
refused 65 'no column' --as ann contact import --book Sales --map z=name "$tmp/unknown.csv"
refused 65 'vcard, csv or ldif' --as ann contact import --book Sales --format xml "$tmp/unknown.csv"
refused 65 'skip, add or merge' --as ann contact import --book Sales --duplicates all "$tmp/unknown.csv"
refused 66 'x1b' --as admin import --mailbox-of $'\e[31mred\nsecond line' "$tmp"
refused 64 'x0a' --as ann contact list --limit $'1\n2'
refused 73 "can't be made" backup ''
refused 64 'separator' --as ann contact import --book Sales --separator abc "$tmp/unknown.csv"
refused 66 'no contact of such an import' --as ann contact undo $none
: >"$tmp/empty"
refused 65 'no contacts' --as ann contact import --book Sales "$tmp/empty"
printf 'BEGIN:VCARD\nFN:A\nEND:VCARD\nnonsense\n' >"$tmp/partly.vcf"
refused 65 'Line 4.*Nothing was imported' --as ann contact import --strict --book Sales "$tmp/partly.vcf"

# Who can see.
refused 64 'contact.message.book' --as ann who-can-see dog "$id"
refused 66 'no such contact' --as bob who-can-see contact "$id"
refused 65 'date' --as ann who-can-see contact "$id" --at yesterday
refused 66 'no such message' --as admin who-can-see message $none
refused 64 'exclude each other' --json status --prometheus
refused 64 'from 1 on' --as ann review --limit 0

# A full disk, a lock that isn't had, a kill: try again later, and nothing is half done.
if grep -q 'define FAULT_POINTS' "$BUILDDIR/config.h"; then
	printf 'BEGIN:VCARD\nFN:A\nEND:VCARD\n' >"$tmp/one.vcf"
	export KARTOTEKA_FAULT=tx-commit:1:errno=ENOSPC
	refused 75 'No space' --as admin user leave bob --reason x
	refused 75 'No space' --as admin grant add Sales see bob --reason x
	refused 75 'No space' --as ann contact add --book Sales --name X --email x@x.example
	refused 75 'No space' --as ann contact edit "$id" --name X
	refused 75 'No space' --as ann contact delete "$id"
	k --as ann contact import --book Sales "$tmp/one.vcf" >/dev/null 2>&1
	is $? 75 "an import that could not be written"
	export KARTOTEKA_FAULT=tx-commit:1:kill
	k --as ann contact add --book Sales --name X >/dev/null 2>&1
	is $? 137 "killed before the commit"
	unset KARTOTEKA_FAULT
else
	skip "full disk and kill" "built without fault points"
fi

unchanged
printf '[company]\nname = x\nnonsense = 1\n' >"$tmp/bad.conf"
"$KARTOTEKA" --config "$tmp/bad.conf" status >/dev/null 2>"$tmp/err"; is $? 65 "an unknown setting"
like "$(cat "$tmp/err")" nonsense "is named"
done_testing

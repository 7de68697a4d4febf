#!/usr/bin/env bash
# kartoteka import: Maildir with Dovecot's folders, mbox in its variants, single files; whose mailbox, Sent, going on.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"
dir=$tmp/system
printf 'BEGIN:VCARD\nVERSION:4.0\nUID:c1\nFN:x\nEMAIL:c@firma.example\nEND:VCARD\n' >"$tmp/people.vcf"
filer_make "$dir" company.example staff:staff@company.example -- "$tmp/people.vcf" || exit 99
filer_env "$dir"
import() { "$BUILDDIR/kartoteka" import --quiet "$@"; }
date='Date: Mon, 23 Nov 2026 12:00:00 +0000'
mail() { printf 'From: %s\nTo: %s\nSubject: %s\n%s\n\n%s\n' "$1" "$2" "$3" "$date" "$4"; }
incoming() { mail c@firma.example staff@company.example "$@"; }
outgoing() { mail staff@company.example c@firma.example "$@"; }
line() { filer_ledger "$dir" | grep "\"key\": \"[^\"]*$1"; }

# Maildir++
box=$tmp/box
mkdir -p "$box"/{cur,new,tmp} "$box"/.Sent/{cur,new,tmp} "$box/.Odeslan&AOE- po&AWE-ta"/{cur,new,tmp}
incoming one body >"$box/cur/1:2,S"
incoming two body >"$box/new/2"
incoming no body >"$box/tmp/3"
outgoing four body >"$box/.Sent/cur/4:2,S"
outgoing five body >"$box/.Odeslan&AOE- po&AWE-ta/cur/5:2,"
touch "$box/dovecot-uidlist" "$box/.Sent/maildirfolder"
is "$(import --mailbox-of staff --source staff "$box")" "4 mails laid into the spool, 0 were there already" "a Maildir is taken in"
desc="it is filed" ok filer_run "$dir"
like "$(line /4:2,S)" '"proof": "sent-folder"' "the Sent folder proves the sender"
like "$(line '/5:2,')" '"proof": "sent-folder"' "also one with a Czech name"
like "$(line /1:2,S)" 'participants only' "a mailbox of one's own is open to those who take part"
mv "$box/new/2" "$box/cur/2:2,RS"
is "$(import --mailbox-of staff --source staff "$box")" "0 mails laid into the spool, 4 were there already" \
	"nothing is taken in twice, whatever its flags"
not_ok import --mailbox-of nobody "$box"

# mbox
{
	printf 'From c@firma.example Mon Nov 23 12:00:00 2026\n'
	incoming six 'first line'
	printf '>From here on it is quoted\n>>From twice\nFrom the middle, no mail begins\n\n'
	printf 'From c@firma.example Mon Nov 23 12:00:01 2026\n'
	incoming seven 'last mail'
} >"$tmp/mbox"
body=$'first\n\nFrom c@firma.example Mon Nov 23 12:00:00 2026 is its text\n'
{
	printf 'From c@firma.example Mon Nov 23 12:00:00 2026\nContent-Length: %s\n' ${#body}
	incoming eight 'counted' | head -n 5
	printf '%s' "$body"
	printf '\nFrom c@firma.example Mon Nov 23 12:00:01 2026\n'
	incoming nine 'after it'
} >"$tmp/counted"
is "$(import "$tmp/mbox")" "2 mails laid into the spool, 0 were there already" "an mbox is taken in"
is "$(import "$tmp/counted")" "2 mails laid into the spool, 0 were there already" "Content-Length is believed where it fits"
desc="they are filed" ok filer_run "$dir"
wanted=$({
	incoming six 'first line'
	printf 'From here on it is quoted\n>From twice\nFrom the middle, no mail begins\n'
} | sha256sum | cut -d' ' -f1)
like "$(line 'mbox#0')" "$wanted" "one > of >From is taken away, the empty line between mails is none of theirs"
is "$(filer_ledger "$dir" | grep -c 'mbox#\|counted#')" 4 "each mail has its place"

# single files and a folder of them; what isn't there
mkdir "$tmp/eml"
incoming ten body >"$tmp/eml/a.eml"
incoming eleven body >"$tmp/eml/b.eml"
is "$(import "$tmp/eml")" "2 mails laid into the spool, 0 were there already" "files are taken in"
like "$(import "$tmp/not-there" 2>&1)" "not-there can't be read by the user .*: No such file" "what isn't there is named"
filer_run "$dir"

# What can't be taken is named, and the rest is taken.
left=$tmp/left
mkdir -p "$left"/{cur,new,tmp} "$left/.Closed/cur" "$left/.Sent/cur"
incoming twelve body >"$left/cur/1"
incoming thirteen body | gzip >"$left/cur/2"
incoming fourteen body >"$left/.Sent/cur/3"
ln -s "$tmp/eml" "$left/.Elsewhere"
chmod 0 "$left/.Closed/cur"
{ printf '\303' && head -c 5000 /dev/urandom; } >"$left/cur/random" # by chance it could begin with a field
printf 'BEGIN:VCALENDAR\nVERSION:2.0\n' >"$left/cur/calendar"
{ printf '2 M1e C5a0\n\001\002N                  0000000000000100\n' && incoming fifteen body; } >"$left/cur/dbox"
{ printf '\n ' && incoming sixteen body; } >"$left/cur/4"
is "$(import "$left" 2>"$tmp/out")" "3 mails laid into the spool, 0 were there already" "what is mail and can be read is taken in"
import "$left" >/dev/null 2>&1
is $? 66 "the exit status says that something was left out"
like "$(cat "$tmp/out")" "left/cur/2 is compressed" "compressed mail is named"
for name in random calendar dbox; do like "$(cat "$tmp/out")" "left/cur/$name is no mail" "and what is none: $name"; done
like "$(cat "$tmp/out")" "left/.Elsewhere is a symbolic link" "so is a link"
[ "$(id -u)" = 0 ] || like "$(cat "$tmp/out")" "The folder can't be read. .*/left/.Closed/cur" "and a closed folder"
like "$(cat "$tmp/out")" "[56] files or folders were left out" "and they are counted"
chmod 700 "$left/.Closed/cur"
: >"$tmp/empty"
is "$(import "$tmp/empty")" "0 mails laid into the spool, 0 were there already" "an empty mbox holds no mail"
filer_run "$dir"

# A mail is one, whatever stands before its header; a mark and blanks there hide none of its fields.
odd=$tmp/odd
mkdir "$odd"
{ printf '1234      \n' && incoming 'Apple Mail' body; } >"$odd/emlx"
{ printf 'MAIL FROM:<c@firma.example>\n' && incoming 'a log' body; } >"$odd/log"
{ printf ' by mx.firma.example; Mon, 23 Nov 2026\n' && incoming 'half a field' body; } >"$odd/half"
{ printf 'Delivered To: x\n' && incoming 'a blank in a name' body; } >"$odd/blank-name"
{ printf 'P\305\231edm\304\233t: x\n' && incoming 'a name in Czech' body; } >"$odd/czech-name"
{ printf '\357\273\277' && incoming 'a mark' body; } >"$odd/mark"
{ printf '\357\273\277\r\n\r\n' && incoming 'a mark and lines' body | sed 's/$/\r/'; } >"$odd/mark-lines"
{ printf '%2000s' '' | tr ' ' '\n' && incoming 'lines' body; } >"$odd/lines"
printf 'hello' >"$odd/none"
printf 'Dear all,\n\nFrom: a\nTo: b\n' >"$odd/letter"
is "$(import "$odd" 2>"$tmp/out")" "8 mails laid into the spool, 0 were there already" "odd mail is mail"
is "$(grep -oE 'odd/[a-z-]* is no mail' "$tmp/out" | tr '\n' ' ')" "odd/letter is no mail odd/none is no mail " "what has no header is none"
{ printf '\357\273\277\n' && cat "$tmp/mbox"; } | sed 's/six/mark six/; s/seven/mark seven/' >"$tmp/marked"
is "$(import "$tmp/marked")" "2 mails laid into the spool, 0 were there already" "an mbox is one behind a mark and a line, too"
filer_run "$dir"
is "$(filer_ledger "$dir" | grep -E '/odd/|/marked#' | grep '"state": "filed"' | grep -c 'address from')" 10 "and each is filed by its sender"
is "$(import "$odd" 2>/dev/null) $(import "$tmp/marked")" "0 mails laid into the spool, 8 were there already 0 mails laid into the spool, 2 were there already" "once"

# Interrupted, it goes on: what was laid into the spool is there once.
if grep -q 'FAULT_POINTS 1' "$BUILDDIR/config.h"; then
	# The bar goes on within one large file.
	for i in $(seq 1 300); do
		printf 'From c@firma.example Mon Nov 23 12:00:00 2026\n'
		incoming "bar $i" "$(printf '%02000d' "$i")"
		echo
	done >"$tmp/large"
	KARTOTEKA_FAULT=spool-create:3:sleep=300 python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' \
		"$BUILDDIR/kartoteka" import "$tmp/large" >"$tmp/out" 2>&1
	like "$(tr '\r' '\n' <"$tmp/out")" '\] +[1-9][0-9]? %' "the bar shows how much of an mbox is done"
	filer_run "$dir"

	before=$(filer_ledger "$dir" | wc -l) n=0
	# the first of each makes the start, the second a pack of 64, the third one of 6
	for fault in spool-create:2:errno=ENOSPC spool-create:3:kill spool-write:2:errno=ENOSPC spool-write:3:errno=ENOSPC \
		spool-write:3:kill spool-fsync:2:kill spool-fsync:2:errno=EIO spool-fsync:3:errno=EIO spool-rename:2:kill \
		spool-rename:2:errno=ENOSPC spool-rename:3:kill spool-rename:3:errno=EIO spool-sync-folder:1:kill \
		spool-sync-folder:2:kill spool-sync-folder:2:errno=EIO spool-committed:1:kill spool-committed:1:errno=EIO; do
		n=$((n + 1))
		mkdir "$tmp/again.$n"
		for i in $(seq 1 70); do incoming "again $n $i" body >"$tmp/again.$n/$i.eml"; done
		{ KARTOTEKA_FAULT=$fault import "$tmp/again.$n" >"$tmp/out" 2>&1; } 2>/dev/null
		desc="$fault ends it" not_ok test $? = 0
		desc="what is there is filed" ok filer_run "$dir"
		desc="it goes on" ok import "$tmp/again.$n"
		filer_run "$dir"
	done
	is "$(filer_ledger "$dir" | wc -l)" $((before + 70 * n)) "each mail is there once"
fi
desc="nothing is missing" ok "$BUILDDIR/kartoteka" reconcile
done_testing

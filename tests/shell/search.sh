#!/usr/bin/env bash
# Search, history and one message on the command line; what somebody else sees of it; an index that is killed or lost.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
data=$tmp/system password='čtyři modrá pádla' company=$SRCDIR/contrib/try.d
. "$company/company.sh"
jana() { kt "$data" --as jana.novakova "$@"; }
karel() { kt "$data" --as karel.simek "$@"; }
once() { as "$data" env "$@" "$BUILDDIR/kartotekad" --once >>"$data/log/daemon.log" 2>&1; }
found() { jana --json search "$@" | grep -o '"message":' | wc -l; }

ok system_conf "$data"
ok company_make
ok kt "$data" --as vera.kralova import --quiet "$company/mail"
ok once

like "$(jana search pramice)" 'Poptávka: dvě pramice' "a word is found"
like "$(jana search POPTAVKA)" 'Poptávka: dvě pramice' "without case and accents"
like "$(jana search '"dve pramice"')" 'Poptávka' "a phrase"
like "$(jana search 'popt*')" 'Poptávka' "a beginning"
is "$(jana search '"pramice dve"')" "Nothing was found." "not the other way round"
like "$(jana search from:tomas.cerny@plavby.example pramice)" 'Tomáš' "by its sender"
is "$(jana search from:eva.rihova@plavby.example poptavka)" "Nothing was found." "and no other"
like "$(jana search has:attachment)" 'Fotografie' "with an attachment"
like "$(jana search černý)" 'tomas.cerny@plavby.example' "a contact"
like "$(jana search contact:cerny after:today-1)" 'Poptávka' "what is filed under a contact"
is "$(jana search before:2001)" "Nothing was found." "before a day"
jana search before:soon >"$tmp/out" 2>&1
is "$?" 65 "a date that is none is refused"
like "$(cat "$tmp/out")" 'needs a date: 2024' "in one sentence"
jana search --limit 51 x >"$tmp/out" 2>&1
is "$?" 64 "so is a wrong option"

page=$(jana --json search --limit 3 after:today-1)
cursor=$(sed -nE 's/.*"next": "([^"]+)".*/\1/p' <<<"$page")
like "$cursor" '^[A-Za-z0-9_-]{43}$' "a page ends with a cursor"
is "$(jana --json search --limit 3 --after "$cursor" after:today-1 | grep -o '"snippet"' | wc -l)" 3 "the next page begins there"
karel search --limit 3 --after "$cursor" after:today-1 >"$tmp/out" 2>&1
is "$?" 65 "somebody else's cursor is refused"

history=$(jana history tomas.cerny@plavby.example)
like "$history" 'Poptávka: dvě pramice' "the history of a contact"
message=$(sed -nE '/Poptávka: dvě pramice/s/.* ([0-9a-f]{32})$/\1/p' <<<"$history" | tail -n 1)
like "$(jana show "$message")" '^from: Tomáš Černý <tomas.cerny@plavby.example>' "one message"
like "$(jana show --source "$message" | head -n 20)" '^Subject:' "its source"
is "$(jana show --source "$message" | cmp - "$company/mail/01-inquiry.eml" 2>&1)" "" "byte by byte"

for what in "show" "show --source" "show --part 0" "show --html"; do
	karel $what "$message" >"$tmp/out" 2>"$tmp/problem"
	is "$? $(wc -c <"$tmp/out")" "66 0" "who may not see it gets nothing: $what"
done
like "$(karel history tomas.cerny@plavby.example)" '^$' "nor any line of the history"
like "$(kt "$data" --as vera.kralova history tomas.cerny@plavby.example 2>&1)" 'no such contact|There is no|no contact' \
	"for the administrator there is no contact"
like "$(kt "$data" --as vera.kralova audit list 2>/dev/null || echo search)" 'search' "searches stand in the access record"

# Killed while it works, or lost, the index comes back by itself.
all=$(found pramice) every=$(found after:today-1)
ok test "$all" -gt 2
once KARTOTEKA_FAULT=search-commit:1 # nothing to be indexed: it isn't reached, or nothing is lost
for step in 1 2; do
	as "$data" env KARTOTEKA_FAULT=search-commit:$step "$BUILDDIR/kartoteka" search rebuild >/dev/null 2>&1
	once
	is "$(found pramice) $(found after:today-1)" "$all $every" "killed at commit $step of a rebuild it is made whole"
done
ok jana contact edit tomas.cerny@plavby.example --name 'Tomáš Přejmenovaný'
once KARTOTEKA_FAULT=search-todo:1
is $? 137 "killed between the two files"
like "$(jana search prejmenovany)" 'Nothing was found' "a kill keeps a change from the index"
ok once
like "$(jana search prejmenovany)" 'tomas.cerny@plavby.example' "but it isn't lost"
rm -f "$data"/data/search.db*
ok once
is "$(found pramice) $(found after:today-1)" "$all $every" "a lost index is made anew"
done_testing

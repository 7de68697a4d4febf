#!/usr/bin/env bash
# Users, books, grants and contacts by the command line: what the administrator and the staff do all day.
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/cli.sh"
cli_init || exit 99
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

ok ka admin user add ann 'Ann Nová' --address ann@own.example --language cs
ok ka admin user add bob 'Bob Starý'
ok ka admin user add cyn 'Cyn'
is "$(ka admin --json user list | json '[u["login"] for u in d if u["administrator"]]')" "['admin']" "one administrator"
ok ka admin team add Trade
ok ka admin team join Trade cyn --until 30d
ok ka admin team address-add Trade sales@own.example
is "$(ka admin --json team list | json 'd[0]["members"], d[0]["addresses"]')" "['cyn'] ['sales@own.example']" "the team"
ok ka admin book add Zákazníci --description 'all of them'
ok ka admin book add Vault
ok ka admin grant add zákazníci see,history,edit,export,manage ann --reason 'head of sales'
ok ka admin grant add Vault see,edit ann --reason 'head of sales'
ok ka ann grant add Zákazníci see team:Trade --reason 'daily work' --until 2999-12-31
is "$(ka bob --json book list | json 'd')" "[]" "who has no right knows of no book"
is "$(ka cyn --json book list | json '[(b["name"], b["rights"]) for b in d]')" "[('Zákazníci', 'see')]" "a team's right"

# One person, one organisation.
org=$(ka ann contact add --book Zákazníci --name 'Příklad, s.r.o.' --kind organisation --domain priklad.example)
id=$(ka ann contact add --book Zákazníci --name 'Jana Nová' --email jana@priklad.example --email Jana.N@home.example \
	--role customer --role partner --phone '+420 123' --employer "$org" --title ředitelka)
out=$(ka ann --json contact show jana@PRIKLAD.example)
is "$(json 'd["id"] == "'"$id"'", d["roles"], d["employers"], d["books"]' <<<"$out")" \
	"True ['customer', 'partner'] ['Příklad, s.r.o.'] ['Zákazníci']" "shown by address"
is "$(ka ann --json contact show "$org" | json 'd["people"], d["kind"], d["domains"]')" \
	"['Jana Nová'] organisation ['priklad.example']" "its people"
ok ka ann contact edit "$id" --role supplier --email jana@new.example --title ''
is "$(ka ann --json contact show "$id" | json 'd["roles"], d["addresses"], d["title"] == "", d["phones"]')" \
	"['supplier'] ['jana@new.example'] True ['+420 123']" "only what was named has changed"
not_ok ka ann contact show jana@priklad.example
is "$(ka ann --json contact list --role supplier,customer | json 'len(d)')" 1 "by role"
is "$(ka ann --json contact list --kind organisation | json 'd[0]["name"]')" "Příklad, s.r.o." "by kind"
is "$(ka cyn --json contact list | json 'len(d)')" 2 "a team's member sees them"
is "$(ka admin --json contact list | json 'len(d)')" 0 "the administrator doesn't"

ok ka ann contact move "$id" --to Vault
ok ka ann contact delete "$id" --book Zákazníci
is "$(ka cyn --json contact list | json 'len(d)')" 1 "out of the book, out of sight"
ok ka ann contact delete "$id"
not_ok ka ann contact show "$id"

# A circle hides that something is there.
secret=$(ka ann contact add --book Zákazníci --name 'Secret' --email secret@z.example)
circle=$(ka ann circle add Merger)
ok ka cyn contact show "$secret"
ok ka ann circle enclose "$circle" contact "$secret" --reason 'not public yet'
not_ok ka cyn contact show "$secret"
like "$(k --as cyn circle invite "$circle" cyn --reason x 2>&1)" 'no such circle' "nobody outside knows of it"
is "$(ka admin --json circle list | json d)" "[]" "nor does the administrator"
is "$(ka admin --json who-can-see contact "$secret" | json '[e["login"] for e in d]')" "['ann']" "who can see knows it"
ok ka ann circle invite "$circle" cyn --reason 'works on it'
ok ka cyn contact show "$secret"
not_ok ka cyn circle release "$circle" contact "$secret" --reason 'may not'
ok ka ann circle dismiss "$circle" cyn --reason 'is done'
not_ok ka ann circle dismiss "$circle" ann --reason 'last one'
like "$(k --as admin user leave ann --reason x 2>&1)" 'last member of a circle' "and can't leave the company"
ok ka ann circle release "$circle" contact "$secret" --reason 'public now'
ok ka cyn contact show "$secret"
ok ka ann contact delete "$secret"

# vCards: out, in, unknown properties kept.
cat >"$tmp/in.vcf" <<'E'
BEGIN:VCARD
VERSION:3.0
UID:u-1
FN:Karel Štěpánek
N:Štěpánek;Karel;;;
EMAIL;TYPE=INTERNET,PREF:karel@x.example
X-HOBBY;X-LEVEL=3:šachy\, go
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C5=A0t=C4=9Bp=C3=A1n;Jiří
EMAIL:jiri@x.example
END:VCARD
BEGIN:VCARD
VERSION:3.0
NOTE:nobody
END:VCARD
E
out=$(ka ann --json contact import --book Zákazníci --dry-run "$tmp/in.vcf")
is "$(json 'd["new"], d["unusable"], d["added"], d["done"]' <<<"$out")" "2 1 0 False" "a preview"
not_ok ka ann contact show u-1
out=$(ka ann --json contact import --book Zákazníci "$tmp/in.vcf")
is "$(json 'd["added"]' <<<"$out")" 2 "an import"
import=$(json 'd["import"]' <<<"$out")
is "$(ka ann --json contact import --book Zákazníci "$tmp/in.vcf" | json 'd["known"], d["duplicate"], d["added"]')" \
	"1 1 0" "the same again is known"
like "$(ka ann contact export --book Zákazníci)" 'X-HOBBY;X-LEVEL=3:šachy\\, go' "unknown properties are kept"
like "$(ka ann contact export --vcard-version 30)" 'EMAIL;TYPE=PREF:karel@x.example' "and in 3.0"
not_ok ka cyn contact export --book Zákazníci
ok ka ann contact edit jiri@x.example --note changed
out=$(ka ann contact undo "$import")
like "$out" '^1 contacts were taken back, 0 are as before, 1 were left' "the undo takes what nobody changed"
like "$out" 'Jiří.*Somebody has changed it since' "and names who was changed"
not_ok ka ann contact show u-1
ok ka ann contact show jiri@x.example

# What is there already gets what it lacks.
printf 'name,email,phone,title\nJiří Malý,jiri@x.example,+420 777 123 456,Buyer\n' >"$tmp/more.csv"
out=$(ka ann contact import --book Zákazníci --duplicates merge --dry-run "$tmp/more.csv")
like "$out" 'merge .*Adds: telephone, title\.' "a preview of a merge"
like "$out" '1 to merge.*nothing was imported' "says how many"
is "$(ka ann --json contact show jiri@x.example | json 'd["phones"]')" "[]" "and changes nothing"
out=$(ka ann --json contact import --book Zákazníci --duplicates merge "$tmp/more.csv")
is "$(json 'd["added"], d["merged"]' <<<"$out")" "0 1" "a merge"
is "$(ka ann --json contact show jiri@x.example | json 'd["phones"], d["note"]')" "['+420 777 123 456'] changed" "is there"
is "$(ka ann contact export --book Zákazníci | grep -c KARTOTEKA-IMPORT)" 0 "an export tells nothing of imports"
is "$(ka ann --json contact undo "$(json 'd["import"]' <<<"$out")" | json 'd["removed"], d["restored"], d["left"]')" \
	"0 1 []" "its undo"
is "$(ka ann --json contact show jiri@x.example | json 'd["phones"], d["title"]')" "[] " "leaves what was there before"

# CSV in the forms of other programs.
printf 'Jméno;Příjmení;E-mailová adresa;Společnost\r\nŽofie;Říhová;zofie@y.example;Řeka\r\n' |
	iconv -t windows-1250 >"$tmp/outlook.csv"
ok ka ann contact import --book Zákazníci "$tmp/outlook.csv"
is "$(ka ann --json contact show zofie@y.example | json 'd["name"], d["organisation"]')" "Žofie Říhová Řeka" "Outlook in Czech"
printf 'First Name,Last Name,E-mail 1 - Value,E-mail 2 - Value,Labels\nIan,"O""Neill",ian@g.example ::: i@g.example,z@g.example,* x\n' \
	>"$tmp/google.csv"
like "$(ka ann contact import --book Zákazníci "$tmp/google.csv")" 'column "Labels"' "an unknown column is named"
is "$(ka ann --json contact show i@g.example | json 'd["name"], d["addresses"]')" \
	"Ian O\"Neill ['ian@g.example', 'i@g.example', 'z@g.example']" "Google"
printf 'wer,wo\nUwe,uwe@h.example\n' >"$tmp/own.csv"
ok ka ann contact import --book Zákazníci --map wer=name --map wo=email "$tmp/own.csv"
is "$(ka ann --json contact show uwe@h.example | json 'd["name"]')" Uwe "an own mapping"
printf 'version: 1\n\ndn: cn=x\ncn:: xb1vZmll\nmail: zof\n ie@ldif.example\no: Firma\n\n' >"$tmp/a.ldif"
ok ka ann contact import --book Zákazníci - <"$tmp/a.ldif"
is "$(ka ann --json contact show zofie@ldif.example | json 'd["name"], d["organisation"]')" "Žofie Firma" "LDIF"

# Leaving.
ok ka admin user leave ann --reason 'new job'
not_ok ka ann contact list
ok ka admin grant add Zákazníci see bob --reason 'takes over'
is "$(ka bob --json contact list | json 'len(d) >= 5')" True "nothing is lost when somebody leaves"
like "$(ka admin who-can-see book Zákazníci)" 'takes over' "who can see says why"
is "$(ka admin --json who-can-see book Zákazníci | json '[e["login"] for e in d]')" "['bob', 'cyn']" "and no more who has left"
is "$(ka admin --json who-can-see book Zákazníci --at 2020-01-01 | json d)" "[]" "nor before"
like "$(ka admin audit list)" . "the access record has it"
ka bob contact delete u-1 >/dev/null 2>&1
like "$(ka admin --json audit list)" 'contact delete u-1"' "and what was refused"
ok k status
is "$(k --json status | json 'd["items"]["filed"]')" 0 "status in JSON"
like "$(k status --prometheus)" '^kartoteka_items\{state="waiting"\} 0' "and for Prometheus"
like "$(k status --prometheus)" '^# TYPE kartoteka_missed_total counter$' "what only grows is a counter"
done_testing

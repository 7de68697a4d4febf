#!/usr/bin/env bash
# Private mail leaves a numbered record, and no byte and no address; a mark without proof is none.
. "$SRCDIR/tests/lib/milter.sh"
milter_conf "private-subject-mark = [soukromé]" "proof-networks = 198.51.100.0/24"
milter_start

last() { spool | tail -n 1; }
kinds() { spool | cut -f2,4 | tr '\t\n' ': '; }

mta '
conn = open("192.0.2.7")
secret = { from = "<boss@firma.example>", rcpts = { "<jana@zakaznik.example>" }, login = "boss", id = "4Xa",
	headers = { { "Subject", "tajnost" }, { "Message-ID", "<1@firma.example>" }, { "X-Kartoteka", "private" } },
	body = string.rep("tajnost ", 7000) }
mail(conn, secret)
secret.headers = { { "x-kartoteka", "  Private " }, { "X-Kartoteka", "private" } }
mail(conn, secret)
secret.headers = { { "Subject", "=?utf-8?Q?Re:_[Soukrom=C3=A9]_tajnost?=" } }
mail(conn, secret)
secret.headers = { { "Subject", "Fwd: AW[2]: [SOUKROMÉ] tajnost" } }
mail(conn, secret)
'
is "$(tr '\n' ' ' <"$tmp/said")" "yes unmarked yes unmarked yes yes " "private mail passes, its mark doesn't"
is "$(kinds)" "private:header private:header private:subject private:subject " "by header and by subject"
is "$(spool | sed -n 1p | cut -f5)" "<1@firma.example>" "the record has the Message-ID"
is "$(spool | sed -n 1p | cut -f9)" "4Xa" "and the queue id"
is "$(grep -rlE 'tajnost|boss|jana|192\.0\.2' "$tmp/spool" "$tmp/log")" "" "no byte, no address, no login is anywhere"
is "$(spool | cut -f1 | sed 's/.*\.//' | tr '\n' ' ')" "1 2 3 4 " "records have numbers like any item"

rm -rf "$tmp/spool/mx1/new"/*/*
mta '
conn = open("192.0.2.7")
t = { from = "<boss@firma.example>", headers = { { "Subject", "[soukromé] x" }, { "X-Kartoteka", "private" } } }
mail(conn, t)
t.login = "boss"
t.headers = { { "Subject", "about [soukromé]" }, { "X-Kartoteka", "public" } }
mail(conn, t)
t.headers = { { "Subject", "soukromé" }, { "X-Subject", "[soukromé]" } }
mail(conn, t)
t.login = nil
t.headers = { { "X-Kartoteka", "private" } }
mail(open("198.51.100.9"), t)
t.from = "<stranger@elsewhere.example>"
mail(open("198.51.100.9"), t)
'
is "$(kinds)" "mail:- mail:- mail:- private:header mail:- " \
	"a mark counts with a login, or from the proof networks with an own address"
is "$(tr '\n' ' ' <"$tmp/said")" "yes unmarked yes unmarked yes yes unmarked yes unmarked " \
	"and is always taken out"

# What an MTA can't take out in time is no mail of anybody's. (miltertest can't tell the 554 from a 451.)
rm -rf "$tmp/spool/mx1/new"/*/*
mta '
conn = open()
t = { headers = {} }
for i = 1, 100 do t.headers[i] = { "X-Kartoteka", "x" } end
mail(conn, t)
t.headers[101] = { "x-kartoteka", "private" }
mail(conn, t)
mail(conn, {})
'
is "$(tr '\n' ' ' <"$tmp/said")" "yes unmarked 451 yes " "a hundred marks are taken out, more are refused"
is "$(kinds)" "mail:- mail:- " "and not spooled"
like "$(grep refused "$tmp/log")" "warning: refused .*more than 100 fields X-Kartoteka" "which the log tells"

# Staff can't fill the memory by a header that is held until its end.
rm -rf "$tmp/spool/mx1/new"/*/*
memory() { awk '/^VmHWM:/ { print $2 }' "/proc/$milter_pid/status"; }
before=$(memory)
mta '
conn = open()
t = { login = "boss", headers = { { "Message-ID", " (by hand) <2@firma.example> (sic)" }, { "Subject", "tajnost" } } }
for i = 1, 12000 do t.headers[i + 2] = { "X-Big", string.rep("x", 990) } end
mail(conn, t)
table.insert(t.headers, { "X-Kartoteka", "private" })
mail(conn, t)
'
is "$(tr '\n' ' ' <"$tmp/said")" "yes yes unmarked " "a header of 12 MB is taken"
is "$(kinds)" "mail:- private:header " "and is private when its last field says so"
is "$(last | cut -f5)" "<2@firma.example>" "the record has the id without the comments around it"
is "$(grep -rl tajnost "$tmp/spool" | wc -l)" 1 "no byte of it is in the spool"
is "$(find "$tmp/spool/mx1/tmp" -type f | wc -l)" 0 "nor in tmp/"
ok test $(($(memory) - before)) -le 4096

# the published list
"$BUILDDIR/tests/lib/publish" "$tmp/published/exclusions" jana@lekar.example=doctor @odbory.example=union
rm -rf "$tmp/spool/mx1/new"/*/*
mta '
conn = open("192.0.2.7")
t = { from = "<boss@firma.example>", login = "boss", body = "tajnost",
	rcpts = { "<a@zakaznik.example>", "<Jana@LEKAR.example>" } }
mail(conn, t)
t.rcpts = { "<kdokoli@odbory.example>" }
mail(conn, t)
t.rcpts = { "<\"jana\"@lekar.example.>" }
mail(conn, t)
t.rcpts = { "<@x.example:jana@lekar.example>" }
mail(conn, t)
t.rcpts = { "<petr@lekar.example>" }
mail(conn, t)
t.login = nil
t.rcpts = { "<jana@lekar.example>" }
mail(conn, t)
'
is "$(kinds)" \
	"private:list:doctor private:list:union private:list:doctor private:list:doctor mail:- mail:- " \
	"the exclusion list, however the address is written"
"$BUILDDIR/tests/lib/publish" "$tmp/published/exclusions" petr@lekar.example=new
rm -rf "$tmp/spool/mx1/new"/*/*
mta 'mail(open(), { login = "boss", rcpts = { "<petr@lekar.example>" } })
mail(open(), { login = "boss", rcpts = { "<jana@lekar.example>" } })'
is "$(kinds)" "private:list:new mail:- " "is read anew when it changes"
echo broken >"$tmp/published/exclusions"
mta 'mail(open(), { login = "boss", rcpts = { "<petr@lekar.example>" } })'
is "$(last | cut -f4)" "list:new" "a damaged list leaves the old one in force"
like "$(cat "$tmp/log")" "error: exclusions-unreadable" "and is told of"
milter_stop
milter_start
rm -rf "$tmp/spool/mx1/new"/*/*
mta 'mail(open(), { login = "boss", rcpts = { "<petr@lekar.example>" } }) mail(open(), {})'
is "$(tr '\n' ' ' <"$tmp/said")" "451 yes " "without any list it isn't known what is private"
rm "$tmp/published/exclusions"
mta 'mail(open(), { login = "boss", rcpts = { "<petr@lekar.example>" } })'
is "$(cat "$tmp/said")" "yes" "no file is an empty list"
done_testing

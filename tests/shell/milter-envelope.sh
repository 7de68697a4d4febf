#!/usr/bin/env bash
# What the MTA says stands in the spool: envelope, Bcc, login, client, header and body byte by byte.
. "$SRCDIR/tests/lib/milter.sh"
milter_conf
milter_start

mta '
conn = open("192.0.2.7")
mail(conn, { from = "<boss@firma.example>", params = { "SIZE=100", "BODY=8BITMIME" }, login = "boss", id = "4Xa",
	rcpts = { { "<jana@zakaznik.example>", "NOTIFY=NEVER" }, "<bcc@zakaznik.example>" },
	headers = { { "Message-ID", "<1@x>" }, { "Subject", "folded\n\tline" }, { "To", "jana@zakaznik.example" } },
	body = { "P\197\153\195\173loha\r\n", ".\r\nraw \233\r\nno end" } })
mail(conn, { from = "<>", id = "4Xb", headers = { { "Subject", "null sender" } } })
mail(conn, { from = "<never@b.example>", abort = true })
mail(conn, { from = "<žofie@příklad.example>", params = { "SMTPUTF8" }, id = "4Xc", rcpts = { "<ř@firma.example>" } })
mail(conn, { from = "boss@firma.example", id = "4Xd", rcpts = { "jana@firma.example" }, headers = {}, body = {} })
mail(conn, { from = "<@relay.example:a@b.example>", rcpts = { "<@x.example,@y.example:jana@firma.example>" } })
mt.disconnect(conn)
'
is "$(tr '\n' ' ' <"$tmp/said")" "yes yes aborted yes yes yes " "each mail hears yes"
spool >"$tmp/list"
is "$(wc -l <"$tmp/list")" 5 "five mails are in the spool, the aborted one is not"
is "$(find "$tmp/spool/mx1/tmp" -type f | wc -l)" 0 "nothing is left in tmp/"
is "$(sed -n 1p "$tmp/list" | cut -f6-9)" \
	"<boss@firma.example> SIZE=100 BODY=8BITMIME > <jana@zakaznik.example> NOTIFY=NEVER <bcc@zakaznik.example> -	boss	192.0.2.7	4Xa" \
	"envelope with parameters, Bcc, login, client, queue id"
is "$(sed -n 2p "$tmp/list" | cut -f6,7,9)" "<> - > <jana@firma.example> -	-	4Xb" "the null sender"
is "$(sed -n 3p "$tmp/list" | cut -f6)" "<žofie@příklad.example> SMTPUTF8 > <ř@firma.example> -" "SMTPUTF8"
is "$(sed -n 4p "$tmp/list" | cut -f6)" "<boss@firma.example> - > <jana@firma.example> -" \
	"an envelope without angle brackets"
is "$(sed -n 5p "$tmp/list" | cut -f6)" "<a@b.example> - > <jana@firma.example> -" "routes are ignored"
id() { sed -n "${1}p" "$tmp/list" | cut -f1; }
"$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" "$(id 1)" >"$tmp/bytes"
printf 'Message-ID: <1@x>\r\nSubject: folded\r\n\tline\r\nTo: jana@zakaznik.example\r\n\r\n' >"$tmp/wanted"
printf 'P\305\231\303\255loha\r\n.\r\nraw \351\r\nno end' >>"$tmp/wanted"
desc="header and body are there byte by byte" ok cmp "$tmp/bytes" "$tmp/wanted"
"$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" "$(id 4)" >"$tmp/bytes"
printf 'From:<sender@example.com>\r\n\r\nDummy message body.\r\n' >"$tmp/wanted" # miltertest adds both
desc="a mail with next to no header and body" ok cmp "$tmp/bytes" "$tmp/wanted"
is "$(cut -f1 "$tmp/list" | sed 's/.*\.//' | tr '\n' ' ')" "1 2 3 4 5 " "the numbers have no gap"
like "$(cat "$tmp/log")" "$(id 1) spooled queue=4Xa recipients=2" "the log's line begins with the spool id"
not_ok grep -q 'zakaznik\|boss' "$tmp/log"

# a header larger than any honest one (each field short: a long one breaks miltertest), and a body in many pieces
mta '
conn = open()
local big = string.rep("x", 900)
local headers = {}
for i = 1, 3000 do headers[i] = { "X-Big", big } end
local body = {}
for i = 1, 100 do body[i] = string.rep("y", 60000) end
mail(conn, { headers = headers, body = body })
mail(conn, { headers = headers, body = body, login = "boss" })
'
is "$(tr '\n' ' ' <"$tmp/said")" "yes yes " "a huge header is taken"
is "$(spool | tail -n 2 | cut -f3 | tr '\n' ' ')" "8727002 8727002 " "and complete"

# an MTA that offers only the oldest protocol, and one that forbids header changes
mta '
conn = mt.connect(socket, 40, 0.05)
mt.negotiate(conn, 2, 0, SMFIF_CHGHDRS) -- the order of miltertest, not of its manual
mt.conninfo(conn, "client.example", "2001:db8::7")
mt.helo(conn, "client.example")
mail(conn, { id = "4Xold", headers = { { "Subject", "old" } } })
'
is "$(cat "$tmp/said")" "yes" "the oldest protocol"
mta 'conn = mt.connect(socket, 40, 0.05) print(mt.negotiate(conn, 6, 0, 0))'
like "$(cat "$tmp/said")" "failed" "an MTA that forbids header changes is refused: private marks would leave"
is "$(spool | tail -n 1 | cut -f8,9)" "2001:db8::7	4Xold" "tells the same, over IPv6"
"$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" "$(spool | tail -n 1 | cut -f1)" >"$tmp/bytes"
like "$(cat "$tmp/bytes")" "^Subject: old" "and the blank behind the colon is put back"

# several connections at once, several mails in each
{
	cat "$SRCDIR/tests/lib/milter.lua"
	echo 'conn = open() for i = 1, 20 do mail(conn, {}) end'
} >"$tmp/many.lua"
for i in 1 2 3 4 5 6; do
	miltertest -D socket="unix:$tmp/run/m.sock" -s "$tmp/many.lua" >"$tmp/said.$i" 2>&1 &
	pids="$pids $!"
done
wait $pids
is "$(cat "$tmp"/said.? | sort | uniq -c | tr -s ' ')" " 120 yes" "120 mails over six connections"
is "$(spool | cut -f1 | sed 's/.*\.//' | sort -n | tail -n 1)" 128 "have 120 numbers"

started=$(date +%s%N)
desc="SIGTERM ends it with status 0" ok milter_stop
desc="at once" ok test $((($(date +%s%N) - started) / 1000000000)) -lt 10
desc="and takes the socket away" not_ok test -e "$tmp/run/m.sock"

# a second milter of the same name
milter_start
sed "s|m.sock|n.sock|" "$tmp/k.conf" >"$tmp/k2.conf"
desc="a second milter of the same name doesn't start" not_ok timeout 60 "$BUILDDIR/kartoteka-milter" --config "$tmp/k2.conf"
like "$(cat "$tmp/.out")" "each source needs a spool name of its own" "and says why"
desc="nor one at the same socket" not_ok timeout 60 "$BUILDDIR/kartoteka-milter" --config "$tmp/k.conf"
like "$(cat "$tmp/.out")" "already listens" "and says why"
# A killed one leaves its socket: the next takes its place.
kill -9 $milter_pid
wait $milter_pid 2>/dev/null
starts=$(grep -c ' started ' "$tmp/log")
"$BUILDDIR/kartoteka-milter" --config "$tmp/k.conf" 2>>"$tmp/log" &
milter_pid=$!
restarted() { [ "$(grep -c ' started ' "$tmp/log")" -gt "$starts" ]; }
wait_for 10 restarted
mta 'mail(open(), {})'
is "$(cat "$tmp/said")" "yes" "a socket that a killed milter left is no hindrance"
is "$("$BUILDDIR/tests/lib/spool-cat" "$tmp/spool" | grep -w start | tail -n 1 | cut -f10 | sed 's/.*\.//')" 0 \
	"the start names the last number of the start before"
done_testing

#!/usr/bin/env bash
# How the poller is, as status and doctor tell it: by the file that it writes (base/poller-status.h).
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/cli.sh"
cli_init || exit 99
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
doctor() { k doctor --no-mta 2>&1 | grep mailboxes; }
hour=3600000
fresh() { now=$(date +%s)000; } # a status counts for a minute
fresh

like "$(k status)" "kartotekad" "status works"
not_ok grep -q mailboxes <(k status)
not_ok grep -q poller <(k status --prometheus)
is "$(doctor)" "" "no mailboxes, no word of them"
cat >>"$tmp/k.conf" <<-E
	[imap]
	status-file = $tmp/status
	[imap-server mail]
	host = 127.0.0.1
E
like "$(k status)" "mailboxes +kartoteka-imapsync doesn't run" "it never ran"
like "$(doctor)" "FAIL +mailboxes +.*never run" "so says doctor"

status() { # WRITTEN, mailbox and folder lines on standard input
	{ printf 'kartoteka-poller-status 1\npoller\t%s\t42\t%s\n' "$1" "$((now - 48 * hour))"; cat; echo end; } >"$tmp/status"
}
box() { # LOGIN STATE SUCCESS SINCE BACKLOG TOKEN CODE SENTENCE
	printf 'mailbox\t%s\tmail\t%s\t%s\t%s\t%s\t0\t%s\t%s\t%s\n' "$@"
}
status $((now - 120000)) < <(box ann watches "$now" 1 0 0 - '')
like "$(k status)" "doesn't run" "a status that is two minutes old"
like "$(doctor)" "FAIL +mailboxes +.*doesn't run" "so says doctor"
is "$(k --json status | json 'd["poller"]["running"], d["poller"]["mailboxes"][0]["login"]')" "False ann" "JSON tells what it said last"

fresh
status "$now" < <(box ann watches "$now" $((now - 9 * hour)) 0 0 - '')
like "$(k status)" "runs \(pid 42\) for 1 of them, 0 mails" "all is well"
is "$(doctor)" "OK    mailboxes      1 of 1 are read." "so says doctor"
like "$(k status --prometheus)" '^kartoteka_poller_up 1$' "Prometheus"
like "$(k status --prometheus)" '^kartoteka_mailbox_alarm\{mailbox="ann"\} 0$' "no alarm"

fresh
status "$now" < <(
	box ann failed $((now - 2 * hour)) $((now - 9 * hour)) 7 0 temporary 'The server hung up.'
	box bob watches "$now" $((now - 9 * hour)) 0 $((now + 24 * hour)) - ''
	box cyn failed $((now - 60000)) $((now - 9 * hour)) 0 0 denied 'Wrong password.'
	box dan failed $((now - 60000)) $((now - 9 * hour)) 0 0 temporary 'No route.'
	box eva watches "$now" $((now - 9 * hour)) 0 0 - ''
	printf 'folder\tArchiv\t1\ttemporary\tIt is in use.\nfolder\tStarý\t9\tinvalid\tIt makes no sense.\n'
	box fin off 0 $((now - 9 * hour)) 0 0 - ''
	box gus walks 0 $((now - 9 * hour)) 5000 0 - ''
)
out=$(doctor)
like "$out" "FAIL +mailboxes +The mailbox ann was read to its end 20.*: The server hung up" "an hour without success"
like "$out" "FAIL +mailboxes +The token of the mailbox bob ends" "a token that will expire"
like "$out" "FAIL +mailboxes +The server mail refuses the mailbox cyn: Wrong password" "a server that refuses"
like "$out" "WARN +mailboxes +The mailbox dan can't be read just now: No route" "what may pass is no alarm yet"
like "$out" "WARN +mailboxes +The folder Archiv of the mailbox eva fails \(1 times\): It is in use" "a folder that fails"
like "$out" "FAIL +mailboxes +The folder Starý of the mailbox eva fails \(9 times\)" "again and again"
like "$out" "WARN +mailboxes +Nothing of the mailbox fin is taken: .*posture" "a mailbox that is off"
like "$out" "OK +mailboxes +1 of 7 are read" "the others"
like "$out" "OK +mailboxes +The mailbox [a-z]+ is being read for the first time" "a first walk may take long"
out=$(k status)
like "$out" "for 7 of them, 5007 mails are still to be fetched" "status sums up"
like "$out" "alarm +The mailbox ann" "its alarms"
like "$out" "mailbox +The mailbox dan" "and what may pass"
out=$(k --json status)
is "$(json '[(m["login"], m["late"], m["trouble"]) for m in d["poller"]["mailboxes"]][0]' <<<"$out")" \
	"('ann', True, 'The server hung up.')" "JSON"
is "$(json '[f["name"] for m in d["poller"]["mailboxes"] for f in m["folders"]]' <<<"$out")" "['Archiv', 'Starý']" "with folders"
out=$(k status --prometheus)
is "$(grep -c 'mailbox_alarm{.*} 1' <<<"$out")" 3 "three alarms"
like "$out" 'kartoteka_mailbox_failing_folders\{mailbox="eva"\} 2' "failing folders"

echo 'mailbox' >"$tmp/status"
like "$(doctor)" "FAIL +mailboxes .*line 1, is no status" "a damaged status"
like "$(k status)" "doesn't run" "isn't believed"
done_testing

#!/usr/bin/env bash
# While a page is made an import pauses, and gets on all the same: when the page hangs, when the import is killed in a pause,
# and when there is no file to lock.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"
[ -x "$BUILDDIR/kartoteka.cgi" ] || skip_all "kartoteka.cgi is not built"

printf 'BEGIN:VCARD\nVERSION:4.0\nUID:c1\nFN:x\nEMAIL:c@firma.example\nEND:VCARD\n' >"$tmp/people.vcf"
run=$tmp/run file=$tmp/run/run/foreground mails=0
filer_make "$run" company.example staff:staff@company.example -- "$tmp/people.vcf" || exit 99
mkdir "$tmp/mail"
lay() { # HOW-MANY
	local first=$((mails + 1)) i
	mails=$((mails + $1))
	for ((i = first; i <= mails; i++)); do
		printf 'From: c@firma.example\nTo: staff@company.example\nSubject: %s\n\nText.\n' $i >"$tmp/mail/$i"
		echo "$tmp/mail/$i"
	done | filer_fill "$run" import import
}
page_hang() { # a page that gets no further than to its files: $page
	GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET SCRIPT_NAME=/k PATH_INFO=/ QUERY_STRING= REMOTE_ADDR=127.0.0.1 \
		KARTOTEKA_FAULT=db-open:1:sleep=600000 KARTOTEKA_FAULT_LOG=$tmp/page \
		"$BUILDDIR/kartoteka.cgi" >/dev/null 2>&1 </dev/null & page=$!
	wait_for 20 grep -q db-open "$tmp/page"
}
page_kill() { kill -KILL "$page" && wait "$page" 2>/dev/null; rm -f "$tmp/page"; }
counted() { rm -f "$tmp/steps"; KARTOTEKA_FAULT_LOG=$tmp/steps "$@"; }
pauses() { grep -c '^foreground-pause$' "$tmp/steps"; }
filed() { echo "$(filer_ledger "$run" | grep -c '"state": "filed"') filed, $(filer_left "$run") left"; }

lay 5
desc="mail is filed" ok counted filer_run "$run"
is "$(pauses)" 0 "without a pause: nobody waits"
is "$(stat -c %a "$file")" 600 "kartotekad made the file, for its own user"

desc="a page hangs" ok page_hang
lay 300
desc="the import gets on" ok counted filer_run "$run"
desc="and pauses meanwhile" ok test "$(pauses)" -gt 0
is "$(filed)" "305 filed, 0 left" "all of it is filed"
lay 300
desc="it is killed in a pause" not_ok env KARTOTEKA_FAULT=foreground-pause:20 "$BUILDDIR/kartotekad" --once
desc="another lays mail into the spool" ok counted "$BUILDDIR/kartoteka" import --quiet --mailbox-of staff --source other "$tmp/mail"
desc="and pauses, too" ok test "$(pauses)" -gt 0

page_kill
desc="the page is killed" ok counted filer_run "$run"
is "$(pauses)" 0 "nothing pauses any more"
is "$(filed)" "1210 filed, 0 left" "all is filed, and once"

desc="a page hangs again" ok page_hang
rm "$file" && mkdir "$file"
lay 20
desc="an import without the file" ok counted filer_run "$run"
is "$(pauses) $(filed)" "0 1230 filed, 0 left" "goes on, and doesn't pause"
page_kill
desc="nor does a page need it" ok env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET SCRIPT_NAME=/k PATH_INFO=/sign-in QUERY_STRING= \
	REMOTE_ADDR=127.0.0.1 "$BUILDDIR/kartoteka.cgi"
done_testing

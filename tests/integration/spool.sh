#!/usr/bin/env bash
# From a real Postfix and a real Sendmail through kartoteka-milter into the spool: envelope, bytes, private mail,
# bounces, and nothing lost when the milter is killed under load.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
[ -x "$BUILDDIR/kartoteka-milter" ] || skip_all "kartoteka-milter is not built"
mta_usable || skip_all "needs root and Debian's postfix and sendmail packages"
spool=$tmp/system/spool/mx1

# of QUEUE-ID: the spool files of that mail
of() { grep -lsaE "^Queue-Id: $1 *$" -r "$spool/new"; }
key() { sed '/^$/q' "$1" | sed -n "s/^$2: *//p"; }
bytes() { sed '1,/^$/d' "$1"; }
send() { # FILE: sends it as mails.tsv says; $id and $file are its queue id and spool file
	id=$("$SRCDIR/contrib/try.d/send.py" "$port" tajne "$1" | cut -f2)
	file=$(of "$id")
}
in_sink() { grep -rlas "Message-ID: <$1>" "$tmp/sink/sink" | head -n 1 | grep .; }

suite() { # MTA
	local n=$1
	send 01-inquiry
	is "$(wc -w <<<"$file")" 1 "$n: one mail is one file"
	is "$(key "$file" Kind)/$(key "$file" Via)" mail/smtp "$n: of kind mail, by smtp"
	like "$(key "$file" Sender)" '^<?tomas.cerny@plavby.example>?' "$n: the envelope sender"
	like "$(key "$file" Recipient)" '^<?jana.novakova@lodenice.example>?' "$n: the recipient"
	is "$(key "$file" Client-Address)" 127.0.0.1 "$n: the client"
	is "$(bytes "$file" | tr -d '\r' | sed '1,/^$/d' | cksum)" \
		"$(sed '1,/^$/d' "$SRCDIR/contrib/try.d/mail/01-inquiry.eml" | cksum)" "$n: the body, byte for byte"
	like "$(bytes "$file")" '^Subject: =\?utf-8\?b\?UG9w' "$n: the subject as it was written"

	send 03-answer-windows-1250
	is "$(bytes "$file" | tr -d '\r' | sed '1,/^$/d' | cksum)" \
		"$(sed '1,/^$/d' "$SRCDIR/contrib/try.d/mail/03-answer-windows-1250.eml" | cksum)" "$n: eight-bit bytes as well"
	send 31-undisclosed
	like "$(key "$file" Recipient)" 'jana.novakova@lodenice.example' "$n: a recipient that no header names"

	like "$(smtp_once -S 2 $(printf -- '--add-header X-Kartoteka:x %.0s' {1..101}) 2>&1)" \
		'^<\*\* 554 5\.6\.0 The mail has too many X-Kartoteka' "$n: more marks than can be taken out are refused"
	desc="$n: hears no while the milter is down" not_ok eval "milter_stop $tmp/system; smtp_once"
	desc="$n: and yes when it is there again" ok eval "milter_start $tmp/system && wait_for 30 smtp_once"

	"$SRCDIR/tests/lib/smtp_load.py" "$port" 300 8 >"$tmp/taken" 2>"$tmp/refused" &
	load=$!
	for i in 1 2 3 4 5 6; do
		sleep 0.4
		kill -KILL "$(cat "$tmp/system/kartoteka-milter.pid")"
		mta_wait 10 pid_gone "$(cat "$tmp/system/kartoteka-milter.pid")"
		milter_start "$tmp/system"
	done
	wait "$load"
	is "$(cat "$tmp/refused")" "" "$n: no mail is refused for good when the milter is killed six times under load"
	find "$spool/new" -type f | while read -r f; do key "$f" Queue-Id; done | sed 's/ *$//' | sort >"$tmp/spooled"
	is "$(sort "$tmp/taken" | comm -23 - "$tmp/spooled" | wc -l)" 0 "$n: each of $(wc -l <"$tmp/taken") mails taken is in the spool"
	is "$(sort "$tmp/taken" | wc -l)" 300 "$n: and all were taken"
	is "$(uniq -d "$tmp/spooled" | grep -c .)" 0 "$n: no queue id is in the spool twice"
}
smtp_once() { swaks -S 3 --server "127.0.0.1:$port" -f a@kunde.example -t jana.novakova@lodenice.example --body x "$@"; }

system_conf "$tmp/system"
on_exit milter_stop "$tmp/system"
on_exit sink_stop "$tmp/sink"
on_exit postfix_stop "$tmp/postfix"
on_exit sendmail_stop "$tmp/sendmail"
for user in jana karel; do
	[ $user = jana ] && login=jana.novakova@lodenice.example || login=karel.simek@lodenice.example
	postfix_login "$tmp/postfix" "$login" tajne
done
relay=$(free_port) port=$(free_port)
sink_start "$tmp/sink" "$relay"
ok milter_start "$tmp/system"
POSTFIX_EXTRA='transport_maps = inline:{ { stara-adresa.example = error:5.1.1 No such user here } }' \
	postfix_start "$tmp/postfix" "$port" "$milter_address" "$relay"

suite Postfix
send 05-bcc
is "$(key "$file" Login)" jana.novakova@lodenice.example "the SASL login"
like "$(key "$file" Recipient | tr '\n' ' ')" 'tomas.cerny.*karel.simek' "the Bcc recipient"
desc="which stands in no header" not_ok grep -q karel <(bytes "$file")

send 22-private
is "$(key "$file" Kind)/$(key "$file" Rule)" private/header "private mail leaves a record"
is "$(bytes "$file")" "" "without bytes"
desc="without addresses" not_ok grep -qE 'klinika|karel|Sender|Recipient' "$file"
desc="it is sent on" ok wait_for 20 in_sink zubar-1@lodenice.example
desc="without its mark" not_ok grep -qi '^X-Kartoteka' "$(in_sink zubar-1@lodenice.example)"
send 23-private-subject
is "$(key "$file" Kind)/$(key "$file" Rule)" private/subject "and so does mail with the subject mark"
is "$(bytes "$file")" "" "without bytes"

desc="an address without a domain is taken" ok smtp_once -t postmaster
postmaster() { grep -rlsaE '^Recipient: <?postmaster@mail.test.example' "$spool/new"; }
desc="as Postfix completes it" ok wait_for 30 postmaster

send 25-undeliverable
bounced() { bounce=$(grep -lsE '^Sender: *(<>)? *$' -r "$spool/new") && [ -n "$bounce" ]; }
desc="Postfix's own bounce comes through the milter" ok wait_for 30 bounced
like "$(cat $bounce)" 'hotovo-1@lodenice.example' "and names the mail that it is about"
desc="a mail by sendmail(1) comes, too" ok postfix_send "$tmp/postfix" -f jana.novakova@lodenice.example \
	-i b@example.org <<<$'Subject: by hand\n\nhello'
desc="into the spool" ok wait_for 20 grep -rqsa '^Subject: by hand' "$spool/new"

port=$(free_port)
sendmail_start "$tmp/sendmail" "$port" "$milter_address" "$relay"
suite Sendmail
is "$(find "$spool/tmp" -type f | wc -l)" 0 "nothing is left half-written"
done_testing

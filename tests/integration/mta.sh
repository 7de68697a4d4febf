#!/usr/bin/env bash
# The private servers that all other integration tests stand on: a message passes through each of them.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
mta_usable || skip_all "needs root and Debian's postfix and sendmail packages"

relay=$(free_port) port=$(free_port)
got() { grep -qs "^Subject: $1" -r "$tmp/sink/sink"; }
send() { printf 'Subject: %s\n\nhello\n' "$3" | "$1" "$2" -f a@test.example -i b@example.org; }
smtp() { swaks -S 3 --server "127.0.0.1:$1" -f a@test.example -t b@example.org -h-Subject "$2" --body x; }

on_exit sink_stop "$tmp/sink"
on_exit postfix_stop "$tmp/postfix"
on_exit sendmail_stop "$tmp/sendmail"
ok sink_start "$tmp/sink" "$relay"

ok postfix_start "$tmp/postfix" "$port" '' "$relay"
desc="Postfix takes a message" ok smtp "$port" by-postfix
desc="and sends it on" ok wait_for 20 got by-postfix
desc="its sendmail(1) takes one" ok send postfix_send "$tmp/postfix" by-hand
desc="and sends it on" ok wait_for 20 got by-hand

port=$(free_port)
ok sendmail_start "$tmp/sendmail" "$port" '' "$relay"
desc="Sendmail takes a message" ok smtp "$port" by-sendmail
desc="and sends it on" ok wait_for 20 got by-sendmail

pid=$(tr -cd 0-9 <"$tmp/postfix/spool/pid/master.pid")
postfix_stop "$tmp/postfix"
desc="Postfix is gone when it was stopped" ok pid_gone "$pid"
done_testing

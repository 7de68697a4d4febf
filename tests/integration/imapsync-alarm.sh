#!/usr/bin/env bash
# When a mailbox needs somebody, the admin gets one mail, through a real Postfix: not each minute one, and not after each start.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller; do . "$SRCDIR/tests/lib/$part.sh"; done
mta_usable || skip_all "needs root, and Postfix to unpack"
POLLER_IMAP="interval = 2s
alarm-address = admin@own.example" poller_init ann bob
smtp=$(free_port) sink=$(free_port)
on_exit sink_stop "$tmp/sink"; on_exit postfix_stop "$tmp/postfix"
sink_start "$tmp/sink" "$sink" && postfix_start "$tmp/postfix" "$smtp" "" "$sink" || exit 99
cat >"$tmp/sendmail" <<-E
	#!/bin/sh
	exec env LD_LIBRARY_PATH="$mta_postfix/usr/lib/postfix" MAIL_CONFIG="$tmp/postfix/etc" "$mta_postfix/usr/sbin/sendmail" "\$@"
E
chmod 755 "$tmp/sendmail"
sed -i "s|^\[data\]|&\nsendmail = $tmp/sendmail|" "$tmp/k.conf"
mails() { find "$tmp/sink" -type f -name '[!.]*' -exec grep -l '^Subject: Kartoteka' {} + 2>/dev/null | wc -l; }
came() { [ "$(mails)" -ge "$1" ]; }
refused() { [ "$(status_of ann 10)" = denied ]; }

dovecot_user "$box" carl other
poller_start
sleep 1
file_start
sleep 3
is "$(mails)" 0 "all is well, nobody is written to"
poller_stop; file_stop

# ann's password isn't right any more
sed -i 's/^ann:.*/ann:changed/' "$box/etc/users"
poller_start
desc="the server refuses" ok wait_for 20 refused
file_start
desc="the admin gets a mail" ok wait_for 30 came 1
letter=$(cat $(find "$tmp/sink" -type f -exec grep -l '^Subject: Kartoteka' {} + | head -n 1))
like "$letter" "^To: admin@own.example" "it is for him"
like "$letter" "refuses the mailbox ann" "it says what is wrong"
like "$letter" "^Auto-Submitted: auto-generated" "it is of a program"
not_ok grep -E "mailbox bob|secret|changed" <<<"$letter"
file_stop
file_start
sleep 3
is "$(mails)" 1 "the same isn't told again after a start"
file_stop; poller_stop

# a day later
export KARTOTEKA_CLOCK=+90000
poller_start
wait_for 20 refused
file_start
desc="a day later it is told again" ok wait_for 30 came 2
file_stop; poller_stop

# a sendmail that fails is no reason to end
printf '#!/bin/sh\nexit 75\n' >"$tmp/sendmail"
export KARTOTEKA_CLOCK=+180000
: >"$tmp/filer.log"
poller_start
wait_for 20 refused
file_start
desc="a letter that can't be sent is in the log" ok wait_for 30 grep -q "alarm-unsent" "$tmp/filer.log"
not_ok pid_gone "$filer_pid"
done_testing

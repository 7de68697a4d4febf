#!/usr/bin/env bash
# The private IMAP servers themselves: they start, have the accounts that they were told, and stop.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/imap.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"

talk() { # PORT CA LINE...
	{ printf '%s\r\n' "${@:3}"; sleep 2; } | timeout 20 openssl s_client -quiet -verify_return_error -verify_hostname localhost \
		-CAfile "$2" -connect "127.0.0.1:$1" 2>/dev/null
}

if imap_usable dovecot; then
	dir=$tmp/dovecot plain=$(free_port) tls=$(free_port)
	on_exit dovecot_stop "$dir"
	ok dovecot_start "$dir" "$plain" "$tls"
	dovecot_user "$dir" ann "a b"
	dovecot_master "$dir" boss secret
	printf 'Subject: one\n\nText\n' >"$tmp/one"
	ok dovecot_save "$dir" ann INBOX "$tmp/one"
	said=$(talk "$tls" "$dir/tls/ca.pem" '1 login ann "a b"' '2 status INBOX (messages)' '3 logout')
	like "$said" '\* STATUS INBOX \(MESSAGES 1\)' "Dovecot has a mailbox with a mail"
	like "$(talk "$tls" "$dir/tls/ca.pem" '1 login ann*boss secret' '2 logout')" '^1 OK' "and a master user"
	like "$(talk "$tls" "$dir/tls/ca.pem" '1 login ann wrong' '2 logout')" '^1 NO' "and refuses a wrong password"
	dovecot_stop "$dir"
	not_ok port_open "$plain"
else
	skip Dovecot "can't be run beside the machine's own here"
fi
if imap_usable cyrus; then
	dir=$tmp/cyrus plain=$(free_port) tls=$(free_port)
	on_exit cyrus_stop "$dir"
	CYRUS_USERS="ann=secret" ok cyrus_start "$dir" "$plain" "$tls"
	said=$(talk "$tls" "$dir/tls/ca.pem" '1 login ann secret' '2 list (special-use) "" "*"' '3 logout')
	like "$said" '\* LIST \(.*\\[Ss]ent.*\) "/" Sent' "Cyrus has a mailbox with a folder for sent mail"
	cyrus_stop "$dir"
	not_ok port_open "$plain"
else
	skip Cyrus "can't be run beside the machine's own here"
fi
done_testing

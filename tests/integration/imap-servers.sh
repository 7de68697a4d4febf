#!/usr/bin/env bash
# The dialogue of imap.h with real servers: ways to log in, folders, searches, bodies, news; with Dovecot and with Cyrus.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/imap.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root"
talk="$BUILDDIR/tests/lib/imap-talk"

python3 - "$tmp/mails" <<'P'
import os, sys
os.makedirs(sys.argv[1])
for i in range(1, 121):
    body = "".join(f"{i} line {j}\r\n" for j in range(3000 if i == 60 else 7))
    with open(f"{sys.argv[1]}/{i:03}", "w", newline="") as f:
        f.write(f"From: u{i}@example.org\r\nTo: ann@example.com\r\nCc: \"A, B\" <cc{i}@example.org>\r\nSubject: m{i}\r\n\r\n{body}")
with open(f"{sys.argv[1]}/121", "w", newline="") as f:
    f.write("From: big@example.org\r\nSubject: 5 MB\r\n\r\n" + ("0123456789" * 7 + "\r\n") * 75000)
with open(f"{sys.argv[1]}/122", "wb") as f:
    f.write(b"From: raw@example.org\r\nSubject: \xe1\xe9 8 bit\r\n\r\n{5}\r\n* 1 FETCH (BODY[] {99999999999}\r\n\xff\xfe \"\\)\r\n")
P

# same WHAT: the fetched files are those that were delivered
same() {
	local i n=0
	for i in "$tmp/mails"/*; do n=$((n + 1)); cmp "$i" "$tmp/out/$n" || return 1; done
	[ $n = 122 ]
}

# both NAME TLSPORT CA: what every server must be able to do
both() {
	local name=$1 said args=(--port "$2" --ca "$3")
	rm -rf "$tmp/out" && mkdir "$tmp/out"
	said=$(IMAP_SECRET=secret "$talk" "${args[@]}" login list examine=INBOX search sizes "fetch=$tmp/out" idle=1 logout trips)
	like "$said" '^folder raw=INBOX name=INBOX separator=/ use=1 uidvalidity=[1-9][0-9]* uidnext=123 exists=122' "$name: INBOX and its state"
	like "$said" '^folder raw=Sent .* use=2 ' "$name: Sent by SPECIAL-USE"
	like "$said" '^folder raw=Odeslan&AOE- name=Odeslaná ' "$name: a name in modified UTF-7"
	like "$said" '^found 122 1:122$' "$name: all UIDs"
	like "$said" '^sizes 122 ' "$name: all sizes"
	like "$said" '^message uid=1 size=[0-9]* date=1[0-9]{12} ' "$name: the date of arrival"
	like "$said" '^fetched all' "$name: all mails"
	like "$said" '^idle nothing' "$name: nothing new"
	desc="$name: byte for byte" ok same
	said=$(IMAP_SECRET=secret "$talk" "${args[@]}" login examine=INBOX search=119 find=u77@example.org find=5@example.org find='a"b@\' \
		search=122 sizes "header=$tmp/out" "pieces=$tmp/out")
	like "$said" '^found 4 119:122$' "$name: the UIDs from one on"
	like "$said" '^found 1 77$' "$name: a search for a sender"
	like "$said" '^found 12 5,15,25,' "$name: a search finds more rather than less"
	like "$said" '^found 0 $' "$name: quotes in what is searched for"
	desc="$name: in pieces" ok cmp "$tmp/mails/122" "$tmp/out/122"
	IMAP_SECRET=secret "$talk" "${args[@]}" login examine=INBOX search=122 sizes "header=$tmp/out" >/dev/null
	is "$(tail -c 4 "$tmp/out/122" | od -An -tx1)" " 0d 0a 0d 0a" "$name: the header alone, with its empty line"
	said=$(IMAP_SECRET=secret "$talk" "${args[@]}" --limit 100000 login examine=INBOX search=121 sizes "fetch=$tmp/out")
	like "$said" '^failed uid=121 too-big ' "$name: a mail over the limit is named"
	like "$said" '^fetched all' "$name: and stops no other"
	said=$(IMAP_SECRET=wrong "$talk" "${args[@]}" login)
	like "$said" '^error denied The log-in failed: ' "$name: a wrong password"
	said=$(IMAP_SECRET=secret "$talk" "${args[@]}" login examine=nothing)
	like "$said" '^error not-found ' "$name: no such folder"
	like "$said" '^alive' "$name: which isn't the end of the connection"
	said=$(IMAP_SECRET=secret "$talk" "${args[@]}" login list logout trips)
	like "$said" '^round trips [1-6],' "$name: a look at all folders in at most 6 round trips"
	IMAP_SECRET=secret "$talk" "${args[@]}" login examine=INBOX idle=30 noop >"$tmp/idle" &
	wait_for 30 grep -q examined "$tmp/idle"
	sleep 0.5
}

# resync VALIDITY FIRST: what is said to have vanished since $modseq
resync() { "$talk" --port "$tls" --ca "$ca" login list "resync=INBOX,$1,$modseq,$2"; }

if imap_usable dovecot; then
	dir=$tmp/dovecot plain=$(free_port) tls=$(free_port)
	on_exit dovecot_stop "$dir"
	DOVECOT_EXTRA="auth_username_chars =" ok dovecot_start "$dir" "$plain" "$tls"
	dovecot_user "$dir" ann secret
	dovecot_user "$dir" bob "$(dovecot_adm "$dir" pw -s SCRAM-SHA-256 -p 'a "b\')"
	dovecot_user "$dir" eve "$(dovecot_adm "$dir" pw -s SCRAM-SHA-1 -p 'tajné')"
	dovecot_user "$dir" čap 'tajné "x'
	dovecot_master "$dir" boss master
	dovecot_save "$dir" ann INBOX "$tmp/mails"/*
	dovecot_adm "$dir" mailbox create -u ann Odeslaná
	ca=$dir/tls/ca.pem
	both Dovecot "$tls" "$ca"
	dovecot_save "$dir" ann INBOX "$tmp/mails/001"
	wait
	is "$(grep -c '^idle news' "$tmp/idle")" 1 "Dovecot: IDLE tells of a new mail"
	while read -r user method secret; do
		desc="log-in of $user by $method" ok env IMAP_SECRET="$secret" "$talk" --port "$tls" --ca "$ca" --user "$user" \
			--method "$method" login list
	done <<'L'
bob sha256 a "b\
bob plain a "b\
bob login a "b\
bob password a "b\
eve sha1 tajné
eve plain tajné
čap plain tajné "x
čap login tajné "x
ann password secret
L
	desc="a wrong password by SCRAM" not_ok env IMAP_SECRET=wrong "$talk" --port "$tls" --ca "$ca" --user bob --method sha256 login
	export IMAP_SECRET=master
	desc="a master user as SASL has it" ok "$talk" --port "$tls" --ca "$ca" --master boss login examine=INBOX
	desc="a master user in Dovecot's own way" ok "$talk" --port "$tls" --ca "$ca" --master boss --separator '*' --method login \
		login examine=INBOX
	like "$("$talk" --port "$tls" --ca "$ca" --master boss --method login login)" "set a separator" "LOGIN can't have one without"
	export IMAP_SECRET=secret
	desc="STARTTLS" ok "$talk" --port "$plain" --ca "$ca" --tls starttls login list
	desc="no TLS on loopback" ok "$talk" --port "$plain" --tls none login list
	desc="an address in the certificate" ok "$talk" --port "$tls" --ca "$ca" --host 127.0.0.1 login
	like "$("$talk" --port "$plain" --tls implicit --ca "$ca" login)" "doesn't speak TLS there" "TLS where there is none"
	like "$("$talk" --port "$plain" --host 192.0.2.1 --tls none login)" "^error invalid 192.0.2.1 isn't this machine" "no TLS elsewhere"

	# What went away, by QRESYNC: dovecot keeps a log of it.
	examined=$("$talk" --port "$tls" --ca "$ca" login examine=INBOX | grep '^examined')
	validity=${examined#*uidvalidity=} modseq=${examined##*modseq=}
	dovecot_adm "$dir" expunge -u ann mailbox INBOX uid 3:5,77
	like "$(resync "${validity%% *}" 1)" "vanished=3:5,77$" "what has vanished"
	like "$(resync "${validity%% *}" 5)" "vanished=5,77$" "from a UID on"
	like "$(resync "${validity%% *}" 124)" "vanished=$" "where nothing has"
	like "$(resync 1 1)" "vanished=$" "not with another UIDVALIDITY"
	is "$(find "$dir/mail/ann/Maildir/cur" -name '*:2,*S*' | wc -l)" 0 "nothing was marked as seen"
	dovecot_stop "$dir"
	like "$("$talk" --port "$tls" --ca "$ca" --timeout 3 login)" '^error temporary .*Connection refused' "a server that is down"
else
	skip Dovecot "can't be run beside the machine's own here"
fi
if imap_usable cyrus; then
	dir=$tmp/cyrus plain=$(free_port) tls=$(free_port) ca=$tmp/cyrus/tls/ca.pem
	on_exit cyrus_stop "$dir"
	CYRUS_USERS="ann=secret proxy=proxied" CYRUS_EXTRA=$'proxyservers: proxy\nmunge8bit: no' ok cyrus_start "$dir" "$plain" "$tls"
	append() {
		python3 - "$tls" "$ca" "$@" <<'P'
import imaplib, ssl, sys
port, ca, *files = sys.argv[1:]
m = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=ssl.create_default_context(cafile=ca))
m.login("ann", "secret")
m.create('"Odeslan&AOE-"')
for name in files:
    assert m.append("INBOX", None, None, open(name, "rb").read())[0] == "OK", name
m.logout()
P
	}
	ok append "$tmp/mails"/*
	both Cyrus "$tls" "$ca"
	append "$tmp/mails/001"
	wait
	is "$(grep -c '^idle news' "$tmp/idle")" 1 "Cyrus: IDLE tells of a new mail"
	export IMAP_SECRET=secret
	for method in plain login sha256 sha1; do
		desc="log-in by $method" ok "$talk" --port "$tls" --ca "$ca" --method "$method" login list
	done
	desc="STARTTLS with Cyrus" ok "$talk" --port "$plain" --ca "$ca" --tls starttls login list
	IMAP_SECRET=proxied desc="a master user with Cyrus" ok "$talk" --port "$tls" --ca "$ca" --master proxy --method plain login examine=INBOX
	examined=$("$talk" --port "$tls" --ca "$ca" login examine=INBOX | grep '^examined')
	like "$examined" "modseq=[1-9]" "Cyrus: a modseq"
	validity=${examined#*uidvalidity=} modseq=${examined##*modseq=}
	python3 - "$tls" "$ca" <<-'P'
		import imaplib, ssl, sys
		m = imaplib.IMAP4_SSL("localhost", int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2]))
		m.login("ann", "secret")
		m.select("INBOX")
		m.uid("store", "3:5,77", "+FLAGS", "(\\Deleted)")
		m.expunge()
		m.logout()
	P
	like "$(resync "${validity%% *}" 1)" "vanished=3:5,77$" "Cyrus: what has vanished"
	like "$(resync "${validity%% *}" 5)" "vanished=5,77$" "Cyrus: from a UID on"
	like "$(resync 1 1)" "vanished=$" "Cyrus: not with another UIDVALIDITY"
	cyrus_stop "$dir"
else
	skip Cyrus "can't be run beside the machine's own here"
fi
done_testing

#!/usr/bin/env bash
# Staff sign in with the password of their mail: the pages ask the poller, the poller asks Dovecot, and nothing is kept.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller cgi; do . "$SRCDIR/tests/lib/$part.sh"; done
poller_init ann bob
data=$tmp own='vlastní heslo Anny' mail='Po$tovni%heslo' && mkdir -p "$tmp/log"
as_words() { as=(env "KARTOTEKA_CONFIG=$tmp/k.conf"); }
grep -v '^ann:' "$box/etc/users" >"$tmp/users" && printf 'ann:{PLAIN}%s\n' "$mail" >>"$tmp/users" && cat "$tmp/users" >"$box/etc/users"
ka admin user add zoe Zoe --address zoe@own.example >/dev/null # without a mailbox
ka admin user password ann <<<"$own"
sign_in() { # LOGIN PASSWORD
	cookies=
	cgi GET /sign-in && cgi_token
	cgi POST /sign-in '' "token=$token&to=%2F&login=$(cgi_url "$1")&password=$(cgi_url "$2")"
}
how() { sed -i '/^\[web\]/,$d' "$tmp/k.conf" && printf '[web]\nsign-in = %s\n' "$1" >>"$tmp/k.conf"; }
poller_start

sign_in ann "$mail"
is "$status" 403 "the password of mail counts only where it is meant to"
how both
sign_in ann "$own"
is "$status" 303 "either: her own"
sign_in ann "$mail"
is "$status" 303 "either: that of her mail"
cgi GET /
is "$status" 200 "it is a session like any other"
like "$body" '/password"' "with a password of its own to change"
sign_in ann wrong
is "$status" 403 "a wrong one"
like "$body" "or the mail server can&#39;t be asked|or the mail server can't be asked" "says what it may be"
grep -v 'name="login"' <<<"$body" | sed 's/value="[^"]*"//g' >"$tmp/wrong"
at=$(date +%s%N)
sign_in nobody wrong
like "$((($(date +%s%N) - at) / 1000000000))" '^([3-9]|[1-9][0-9])$' "an unknown login takes as long"
is "$status $(grep -v 'name="login"' <<<"$body" | sed 's/value="[^"]*"//g' | diff - "$tmp/wrong")" "403 " "and hears the same"
sign_in ann ''
is "$status" 403 "an empty one isn't asked about"
sign_in zoe secret
is "$status" 403 "who has no mailbox"
sign_in bob "$mail"
is "$status" 403 "somebody else's"
ka admin user leave bob --reason test
sign_in bob secret
is "$status" 403 "who has left, although his mailbox still opens"

how mail
sign_in ann "$own"
is "$status" 403 "mail: her own doesn't count"
sign_in ann "$mail"
is "$status" 303 "that of her mail does"
cgi GET /
not_ok grep -q '/password"' <<<"$body"
cgi GET /password
is "$status" 404 "there is no other to change"
cgi_env=(HTTP_COOKIE=) cookies=
cgi GET /sign-in
like "$body" "Password of your mail" "the page says which is meant"
is "$(cgi_tidy)" "" "tidy is content"
cgi_env=()

# Nothing is kept.
is "$(grep -rlF -e "$mail" -e 'Po$tovni%25heslo' "$tmp/data" "$tmp/log" "$tmp/poller.log" "$tmp/cursors" "$tmp/run" 2>/dev/null)" "" \
	"the password is in no file and in no log"
is "$(python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute("SELECT count(*) FROM user_password").fetchone()[0])' "$tmp/data/kartoteka.db")" \
	2 "nor has anybody a password by it"

# Guessing is slowed down before the server is asked. The clock stands still: a first wait is a second.
cgi_env=(KARTOTEKA_CLOCK="$(date +%s%3N)")
for _ in $(seq 12); do
	sign_in ann guess
	[ "$status" = 403 ] || break
done
is "$status" 429 "too many wrong tries"
sign_in ann "$mail"
is "$status" 429 "then the right one must wait, too"

# Without the poller.
poller_stop
how both
cgi_env=(KARTOTEKA_CLOCK=+3600)
sign_in ann "$mail"
is "$status" 403 "without the poller that of mail doesn't count"
sign_in ann "$own"
is "$status" 303 "one's own does"
like "$(cat "$tmp/log/cgi.log")" "mail-password-unasked" "and the log says so"
done_testing

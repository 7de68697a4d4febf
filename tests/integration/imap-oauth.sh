#!/usr/bin/env bash
# Tokens: renewed before they end, rotated, authorized by both flows, and taken by a real server (Dovecot asks the same endpoint).
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/imap.sh"
imap_certs "$tmp/tls" || skip_all "openssl can't make certificates"
ca=$tmp/tls/ca.pem

python3 "$SRCDIR/tests/lib/oauth_server.py" "$tmp/port" "$tmp/tls/server.pem" "$tmp/tls/server.key" "$tmp/log" 2>"$tmp/server.err" &
server=$!
on_exit kill $server
ok wait_for 30 test -e "$tmp/port"
base=https://localhost:$(cat "$tmp/port")
talk() { "$BUILDDIR/tests/lib/oauth-talk" "$base" "${CA:-$ca}" "${SECRET:--}" "$@"; }
server_set() { curl -s --cacert "$ca" "$base/set?$1" >/dev/null; }
file=$tmp/token
start() { printf '[token]\nrefresh-token=%s\n' "$1" >"$file" && chmod 600 "$file"; }

like "$(talk token "$file")" '^error not-found ' "without a token file"
start r0
like "$(talk token "$file")" '^token a1 refresh-expires 1[0-9]{12}$' "a refresh token gives an access token"
is "$(stat -c %a "$file")" 600 "the file stays a secret"
like "$(cat "$file")" '^refresh-token=r1$' "the new refresh token lies in it"
like "$(talk token "$file")" '^token a1 ' "a token that is good is asked for once"
like "$(talk token "$file" a1)" '^token a2 ' "one that the IMAP server refuses is replaced"
is "$(grep -c refresh_token "$tmp/log")" 2 "two requests so far"
server_set access=50
like "$(talk token "$file" a2)" '^token a3 ' "a token that ends soon"
server_set access=3600
like "$(talk token "$file")" '^token a4 ' "is renewed before it ends"
like "$(KARTOTEKA_CLOCK=+3700 talk token "$file")" '^token a5 ' "and one that ended meanwhile, too"
like "$(talk twice "$file" | sort | tr '\n' ' ')" '^other a5 token a5 ' "two threads share one"
chmod 640 "$file"
like "$(talk token "$file")" '^error denied .*chmod 0600' "a file that others can read is refused"
chmod 600 "$file"
server_set 'fail=raw&status=503'
like "$(talk token "$file" a5)" '^error temporary ' "a server that is down"
server_set 'fail=raw&status=200'
like "$(talk token "$file" a5)" '^error invalid .*no JSON' "a server that talks nonsense"
like "$(talk token "$file" a5)" '^token a6 ' "neither costs the refresh token"
start r0
like "$(talk token "$file")" '^error denied .*authorize again' "a refresh token that has ended"
like "$(cat "$file")" '^refresh-token=r0$' "leaves the file as it is"
start x
like "$(SECRET=wrong talk token "$file")" '^error invalid .*client' "a wrong client secret"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=other -keyout "$tmp/k" -out "$tmp/other.pem" 2>/dev/null
requests=$(wc -l <"$tmp/log")
like "$(CA=$tmp/other.pem talk token "$file")" '^error invalid .*certificate' "a certificate that isn't right"
is "$(wc -l <"$tmp/log")" "$requests" "gets nothing"

like "$(base=${base/https/http} talk token "$file")" '^error invalid .*rotocol' "nothing goes out without TLS"
like "$(SECRET=s3cret talk application -)" '^token a[0-9]+ refresh-expires 0$' "a program of its own right"

said=$(talk device "$tmp/device")
like "$said" '^open https://localhost/device' "the device flow says where"
like "$said" '^enter ABCD-EFGH' "and what"
like "$(talk token "$tmp/device")" '^token a' "and ends with a token"
is "$(stat -c %a "$tmp/device")" 600 "that others can't read"

talk code "$tmp/code" >"$tmp/said" </dev/null &
ok wait_for 30 grep -q ^open "$tmp/said"
url=$(sed -n 's/^open //p' "$tmp/said")
redirect=$(sed -E 's/.*redirect_uri=([^&]*).*/\1/; s/%3A/:/g; s/%2F/\//g' <<<"$url")
like "$(curl -s "$redirect?code=c0&state=wrong")" "not what" "a stranger's code isn't taken"
like "$(curl -s "$redirect")" "not what" "nor a visit"
like "$(curl -sL --cacert "$ca" "$url")" "may now read" "the browser comes back"
wait $!
like "$(talk token "$tmp/code")" '^token a' "and the code is worth a token"
mkfifo "$tmp/paste"
talk code "$tmp/pasted" >"$tmp/said" <"$tmp/paste" &
exec 7>"$tmp/paste"
ok wait_for 30 grep -q ^open "$tmp/said"
printf 'nonsense\n' >&7
target=$(curl -s -o /dev/null -w '%{redirect_url}' --cacert "$ca" "$(sed -n 's/^open //p' "$tmp/said")")
sleep 0.3
printf '%s\n' "$target" >&7
exec 7>&-
wait $!
like "$(talk token "$tmp/pasted")" '^token a' "a pasted address does as well"
talk code "$tmp/refused" >"$tmp/said" </dev/null &
ok wait_for 30 grep -q ^open "$tmp/said"
url=$(sed -n 's/^open //p' "$tmp/said")
redirect=$(sed -E 's/.*redirect_uri=([^&]*).*/\1/; s/%3A/:/g; s/%2F/\//g' <<<"$url") state=$(sed -E 's/.*state=([^&]*).*/\1/' <<<"$url")
curl -s "$redirect?error=access_denied&state=$state" >/dev/null
wait $!
like "$(cat "$tmp/said")" '^error denied ' "somebody who refuses ends it"
not_ok test -e "$tmp/refused"

if imap_usable dovecot; then
	dir=$tmp/dovecot plain=$(free_port) tls=$(free_port)
	mkdir -p "$dir/etc"
	cat >"$dir/etc/oauth2.conf" <<-C
		introspection_url = $base/introspect?token=
		introspection_mode = get
		username_attribute = email
		active_attribute = active
		active_value = true
		tls_ca_cert_file = $ca
	C
	on_exit dovecot_stop "$dir"
	DOVECOT_EXTRA="passdb {
		driver = oauth2
		mechanisms = xoauth2 oauthbearer
		args = $dir/etc/oauth2.conf
	}" ok dovecot_start "$dir" "$plain" "$tls"
	token=$(talk token "$tmp/code" | sed -E 's/^token ([^ ]*).*/\1/')
	desc="Dovecot takes the token" ok env IMAP_SECRET="$token" "$BUILDDIR/tests/lib/imap-talk" --port "$tls" --ca "$dir/tls/ca.pem" \
		--method xoauth2 login list
	said=$(IMAP_SECRET=nothing "$BUILDDIR/tests/lib/imap-talk" --port "$tls" --ca "$dir/tls/ca.pem" --method xoauth2 login)
	like "$said" '^error denied ' "and refuses another"
	dovecot_stop "$dir"
else
	skip Dovecot "can't be run beside the machine's own here"
fi
is "$(cat "$tmp/server.err" | grep -v -e SSL -e '^ ' -e '^-' -e Traceback -e Exception | head -3)" "" "the endpoint itself had no trouble"
done_testing

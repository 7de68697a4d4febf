#!/usr/bin/env bash
# Sign-in, sessions, tokens, methods and limits of kartoteka.cgi, without a web server.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/cgi.sh"
for program in kartoteka kartoteka.cgi; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
data=$tmp/system password='čtyři modrá pádla' MILTER_ADDRESS=unix:$tmp/milter
ok system_conf "$data"
ok kt "$data" init
desc="a user" ok kt "$data" user add vera 'Věra <Králová>' --address vera@lodenice.example --password --administrator <<<"$password"
desc="another" ok kt "$data" --as vera user add jana 'Jana Nováková' --address jana@lodenice.example --password \
	--language cs <<<"$password"

# Before sign-in
cgi GET / 'x=1'
is "$status $(grep ^Location <<<"$head")" "303 Location: /kartoteka.cgi/sign-in?to=%2F%3Fx%3D1" "a page asks to sign in"
cgi GET /no/such/page
is "$status" 303 "so does a page that doesn't exist"
cgi POST /password '' 'x=1'
is "$status $(grep ^Location <<<"$head")" "303 Location: /kartoteka.cgi/sign-in?to=%2F" "and a change, to the first page"
cgi GET /style.css
is "$status" 200 "the style sheet needs no sign-in"
like "$head" '^Cache-Control: public, max-age=31536000, immutable$' "and may be kept"
like "$head" '^Content-Type: text/css' "it is a style sheet"
cookies=
cgi GET /sign-in
is "$status" 200 "the sign-in page"
is "$(cgi_tidy)" "" "tidy is content with it"
for header in "Cache-Control: no-store" "X-Content-Type-Options: nosniff" "X-Frame-Options: DENY" "Referrer-Policy: no-referrer" \
	"Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"; do
	desc=$header ok grep -qxF "$header" <<<"$head"
done
is "$(grep -cE '<script|javascript:| style="| on[a-z]+="|(href|src|action)="(https?:)?//' <<<"$body")" 0 "no script, no style of its own, nothing from elsewhere"
is "$(grep -oE 'for="[a-z]+"' <<<"$body" | tr '\n' ' ')" 'for="login" for="password" ' "its fields have labels"
cgi_token
form="to=%2Fcontacts&login=vera&password=$(cgi_url "$password")"

cgi POST /sign-in '' "$form"
is "$status $(grep -c 'kartoteka=' <<<"$head")" "403 0" "no token, no session"
cgi POST /sign-in '' "$form&token=${token%?}x"
is "$status" 403 "a wrong one"
mine=$cookies cookies=
cgi POST /sign-in '' "$form&token=$token"
is "$status" 403 "somebody else's"
cookies=$mine cgi_env=(HTTP_SEC_FETCH_SITE=cross-site)
cgi POST /sign-in '' "$form&token=$token"
is "$status" 403 "sent by another site"
cgi_env=()
cgi POST /sign-in '' "token=$token&to=/&login=vera&password=wrong"
is "$status" 403 "a wrong password"
grep -v 'name="login"' <<<"$body" >"$tmp/wrong"
cgi POST /sign-in '' "token=$token&to=/&login=nobody&password=wrong"
is "$status $(diff <(sed 's/value="[a-z]*"//g' "$tmp/wrong") <(sed 's/value="[a-z]*"//g' <<<"$(grep -v 'name="login"' <<<"$body")"))" \
	"403 " "an unknown login gets the same answer"
like "$body" 'role="alert"' "which says so"
cgi POST /sign-in '' "$form&token=$token"
is "$status $(grep ^Location <<<"$head")" "303 Location: /kartoteka.cgi/contacts" "the right one opens the page that was asked for"
like "$head" '^Set-Cookie: kartoteka=[0-9a-z]{26,}; Path=/; HttpOnly; SameSite=Lax$' "by a cookie for this browser alone"
cgi GET /
is "$status" 200 "a session"
is "$(cgi_tidy)" "" "tidy is content"
like "$body" 'Věra &lt;Králová&gt;' "her name is escaped"
for to in //evil.example /%5Cevil.example https://evil.example /x%0D%0ASet-Cookie:%20a=b /%C4%8D; do
	cgi_sign_in vera "$password" && cgi GET /sign-in "to=$to"
	is "$status $(grep ^Location <<<"$head")" "303 Location: /kartoteka.cgi/" "nobody is sent to $to"
done

# Secure
cgi_env=(HTTPS=on) cookies=
cgi GET /sign-in
cgi_token
cgi POST /sign-in '' "$form&token=$token"
like "$head" '^Set-Cookie: __Host-kartoteka=[0-9a-z]{26,}; Path=/; HttpOnly; SameSite=Lax; Secure$' "over TLS the cookie stays there"
cgi_env=()
cgi GET /
is "$status" 303 "and doesn't count without"

# Sessions
cgi_sign_in jana "$password"
is "$status" 200 "Jana signs in"
like "$body" '<html lang="cs">' "her language"
cgi GET /contacts
like "$body" 'Kontakty' "is spoken"
mine=$cookies
cookies=kartoteka=00000000000000000000000000000000
cgi GET /contacts
is "$status" 303 "an invented session is none"
for bad in "kartoteka=" "kartoteka=x" "kartoteka=$(printf '%05000d' 0)" "kartoteka=%00; kartoteka" $'kartoteka=\xff'; do
	cookies=$bad
	cgi GET /contacts
	is "$status" 303 "nor is ${bad:0:30}"
done
cookies=$mine
cgi GET /sign-out
is "$status $(grep ^Allow <<<"$head")" "405 Allow: POST" "a link signs nobody out"
like "$body" '<h1>' "and leads to a page"
cgi POST /sign-out '' ''
is "$status" 403 "nor does a form of another site"
like "$body" 'Nic se neuložilo|Nothing has been saved' "which is told what to do"
cgi GET /contacts
is "$status" 200 "she is still there"
cgi_env=(KARTOTEKA_CLOCK=+31536000)
cgi GET /contacts
is "$status" 303 "a year later the session has ended"
cgi_env=()
cgi_sign_in jana "$password"
mine=$cookies
cgi POST /sign-out '' "token=$token"
is "$status" 303 "signing out"
cookies=$mine
cgi GET /contacts
is "$status" 303 "ends the session everywhere"

# Methods, limits, paths
cgi_sign_in jana "$password"
for method in PUT DELETE OPTIONS TRACE get ''; do
	cgi "$method" /contacts
	is "$status" 405 "method '$method'"
done
cgi POST /contacts '' "token=$token"
is "$status" 405 "a page that only shows takes no form"
cgi HEAD /contacts
is "$status $(wc -c <"$tmp/cgi.body")" "200 0" "HEAD has no body"
cgi POST /password '' "token=$token&old=$(printf '%0270000d' 0)"
is "$status" 413 "a huge form"
cgi POST /password '' "$(printf 'a=b&%.0s' {1..600})"
is "$status" 413 "a form of too many fields"
cgi GET /search "q=$(printf '%09000d' 0)"
is "$status" 413 "a huge query"
cgi GET /search 'q=%zz'
is "$status" 400 "a broken query"
cgi GET /search 'q=%00'
is "$status" 400 "a query with NUL"
cgi_env=(CONTENT_TYPE=multipart/form-data)
cgi POST /password '' 'a=b'
is "$status" 400 "a form of another type"
cgi_env=(CONTENT_LENGTH=500)
cgi POST /password '' 'a=b'
is "$status" 400 "half a form"
cgi_env=()
is "$(cgi_tidy)" "" "tidy is content with an error"
id=0123456789abcdef0123456789abcdef
for path in /contact /contact/ /contact/.. /contact/../../etc/passwd /contact/${id%?} /contact/${id}0 /contact/$id/ //contact/$id \
	/contact/$id/../$id /contact/0x123456789abcdef0123456789abcde /message/$id/part/ /message/$id/part/-1 /message/$id/part/1/2 \
	"/message/$id/part/99999999999999999999" /.. / /static/../../etc/passwd $'/contact/\xff'; do
	[ "$path" = / ] && continue
	cgi GET "$path"
	like "$status" '^40[04]$' "nothing at ${path//[^ -~]/?}"
done

# Passwords
cgi POST /password '' "token=$token&old=wrong&new=0123456789ab&again=0123456789ab"
is "$status" 400 "a new password needs the old one"
cgi POST /password '' "token=$token&old=$(cgi_url "$password")&new=short&again=short"
is "$status" 400 "and ten characters"
cgi POST /password '' "token=$token&old=$(cgi_url "$password")&new=0123456789ab&again=0123456789ac"
is "$status" 400 "and no slip"
cgi POST /password '' "token=$token&old=$(cgi_url "$password")&new=0123456789ab&again=0123456789ab"
is "$status" 200 "a new password"
desc="the old one is gone" not_ok cgi_sign_in jana "$password"
desc="the new one works" ok cgi_sign_in jana 0123456789ab

# When something is broken
cgi_env=(KARTOTEKA_CONFIG=$tmp/none)
cgi GET /contacts
is "$status" 500 "no configuration"
number=$(sed -nE 's/.*class="mono">([0-9a-f]{8})<.*/\1/p' <<<"$body")
like "$(tail -n 1 "$data/log/cgi.log")" "^.*${number:-none}" "the number on the page leads to the line in the log"
cgi_env=()
if [ -n "$system_user" ]; then
	is "$(GATEWAY_INTERFACE=CGI/1.1 KARTOTEKA_CONFIG=$data/kartoteka.conf "$BUILDDIR/kartoteka.cgi" </dev/null 2>&1 | sed -nE 's/^Status: ([0-9]+).*/\1/p')" 500 \
		"somebody else, and be it root, doesn't open the records"
	like "$(GATEWAY_INTERFACE=CGI/1.1 KARTOTEKA_CONFIG=$data/kartoteka.conf "$BUILDDIR/kartoteka.cgi" </dev/null 2>&1)" \
		"start the pages as the user $system_user" "and the log says who should"
fi
if as "$data" strace -o "$data/log/trace" true 2>/dev/null; then
	cgi_env=(strace -f -o "$data/log/trace" -e trace=openat)
	cgi GET /contacts
	cgi_env=()
	like "$(cat "$data/log/trace")" 'data/kartoteka\.db"' "what is opened is seen"
	is "$status $(grep -cE 'nsswitch|/etc/(passwd|group)|libnss' "$data/log/trace")" "200 0" "no user database is asked, which a program without loader can't"
else skip "no user database is asked" "no tracing here"; fi
is "$("$BUILDDIR/kartoteka.cgi" </dev/null 2>&1; echo $?)" "kartoteka.cgi is started by a web server: see kartoteka.cgi(8)
64" "started by hand it says so"
cookies=
cgi GET /sign-in
cgi_token
for n in {1..30}; do
	cgi POST /sign-in '' "token=$token&to=/&login=jana&password=wrong"
	[ "$status" = 403 ] || break
done
is "$status" 429 "after $n wrong tries one has to wait"
done_testing

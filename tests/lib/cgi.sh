# kartoteka.cgi asked directly, by the variables of CGI; needs system.sh and $data.
#   cgi METHOD PATH [QUERY [FORM]]      $status, $head (headers), $body; cookies go to and fro in $cookies
#   cgi_sign_in LOGIN PASSWORD          leaves its form's token in $token
#   cgi_token                           the token of the form in $body
#   cgi_form NAME=VALUE...              what a browser would send, with $token
# $cgi_env: more variables, as words NAME=value; $as_extra: the same for the program (faults, clock).
#   cgi_company                         the company of contrib/try in $data, whose staff has $password; needs tap.sh and mta.sh, too
cookies= cgi_env=() cgi_base=/kartoteka.cgi
cgi() {
	local form=${4-} line name
	as_words "$data"
	printf %s "$form" >"$tmp/cgi.in"
	timeout 100 "${as[@]}" env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD="$1" SCRIPT_NAME=$cgi_base PATH_INFO="$2" \
		QUERY_STRING="${3-}" REMOTE_ADDR=127.0.0.1 HTTP_COOKIE="$cookies" CONTENT_LENGTH=${#form} \
		CONTENT_TYPE=application/x-www-form-urlencoded KARTOTEKA_LOCALE_DIRECTORY="$BUILDDIR/po" "${cgi_env[@]}" \
		"$BUILDDIR/kartoteka.cgi" <"$tmp/cgi.in" >"$tmp/cgi.out" 2>>"$data/log/cgi.log"
	cgi_exit=$?
	head=$(sed -n $'1,/^\r*$/p' "$tmp/cgi.out" | tr -d '\r')
	sed $'1,/^\r*$/d' "$tmp/cgi.out" >"$tmp/cgi.body"
	body=$(tr -d '\0' <"$tmp/cgi.body")
	status=$(sed -nE '1s/^Status: ([0-9]+).*/\1/p' <<<"$head")
	while IFS= read -r line; do
		name=${line%%=*}
		cookies=$(tr ';' '\n' <<<"$cookies" | sed 's/^ *//' | grep -v -e "^$name=" -e '^$' | paste -sd ';')
		[ -z "${line#*=}" ] || cookies=${cookies:+$cookies; }$line
	done < <(sed -nE 's/^Set-Cookie: ([^;]*);.*/\1/p' <<<"$head")
}
cgi_token() { token=$(sed -nE 's/.*name="token" value="([^"]*)".*/\1/p' <<<"$body" | head -n 1); }
cgi_url() { local c i; for ((i = 0; i < ${#1}; i++)); do c=${1:i:1}; [[ $c == [A-Za-z0-9._-] ]] && printf %s "$c" || printf %s "$c" | od -An -tx1 -v | tr -d '\n' | tr ' ' %; done; }
cgi_form() {
	local word
	printf 'token=%s' "$token"
	for word; do printf '&%s=%s' "${word%%=*}" "$(cgi_url "${word#*=}")"; done
}
cgi_sign_in() {
	cookies=
	cgi GET /sign-in
	cgi_token
	cgi POST /sign-in '' "token=$token&to=%2F&login=$(cgi_url "$1")&password=$(cgi_url "$2")"
	[ "$status" = 303 ] || return 1
	cgi GET /password
	cgi_token
}
# What tidy has to say, but for what its release of 2017 doesn't know yet.
cgi_tidy() { tidy -q -e -utf8 --drop-empty-elements no <"$tmp/cgi.body" 2>&1 | grep -v 'proprietary attribute "aria-current"'; }
cgi_company() {
	data=$tmp/system password='čtyři modrá pádla' company=$SRCDIR/contrib/try.d MILTER_ADDRESS=unix:$tmp/milter
	. "$company/company.sh"
	ok system_conf "$data"
	desc="a company" ok company_make
}

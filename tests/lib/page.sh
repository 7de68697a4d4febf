# The pages through a web server, as a browser without script would use them; needs curl and a folder $tmp.
#   page_sign_in PORT LOGIN PASSWORD    opens a session; the functions below use it
#   page PATH                           prints the page at that path behind kartoteka.cgi
#   page_status PATH                    its HTTP status
page_sign_in() {
	local form
	page_base=http://127.0.0.1:$1/kartoteka.cgi page_jar=$tmp/cookies.$2
	rm -f "$page_jar"
	form=$(curl -sS -c "$page_jar" "$page_base/sign-in") || return 1
	token=$(sed -nE 's/.*name="token"[^>]*value="([^"]*)".*/\1/p' <<<"$form" | head -n 1)
	[ "$(curl -sS -b "$page_jar" -c "$page_jar" -o /dev/null -w '%{http_code}' --data-urlencode "login=$2" \
		--data-urlencode "password=$3" --data-urlencode "token=$token" --data-urlencode to=/ \
		"$page_base/sign-in")" = 303 ]
}
page() { curl -sS -b "$page_jar" "$page_base$1"; }
page_status() { curl -sS -b "$page_jar" -o /dev/null -w '%{http_code}' "$page_base$1"; }

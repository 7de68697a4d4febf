#!/usr/bin/env bash
# The pages with hostile contents in them, what they never show, and what happens when the record can't be written.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/cgi.sh"
for program in kartoteka kartotekad kartoteka-parse kartoteka.cgi tests/lib/spool-fill; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
cgi_company

# A contact and mails that try to break out of the page.
evil='<script>alert(1)</script>' mail=$tmp/mail
mkdir "$mail" && cat >"$mail/evil.vcf" <<E2
BEGIN:VCARD
VERSION:4.0
UID:evil
FN:Evil $evil "O'Neil" &amp\; '\\"><img src=x onerror=alert(1)>
ORG:</a></p>$evil\;\;
TITLE:\\"onmouseover=\\"alert(1)
NOTE:</dd></main>$evil
TEL:javascript:alert(1)
EMAIL:evil@plavba.example
EMAIL:"><script>alert(2)</script>"@plavba.example
X-KARTOTEKA-ROLE:customer
END:VCARD
E2
desc="a hostile card" ok ka jana.novakova contact import --book Zákazníci "$mail/evil.vcf"
rlo=$'\xe2\x80\xae'
cat >"$mail/evil.eml" <<E2
From: "Evil $evil ${rlo}gnp" <evil@plavba.example>
To: "\\"><img src=x onerror=alert(1)>" <jana.novakova@lodenice.example>
Cc: =?utf-8?Q?=3Cscript=3Ealert=283=29=3C=2Fscript=3E?= <x@y.example>
Subject: =?utf-8?Q?=3C=2Ftitle=3E=3Cscript=3Ealert=284=29=3C=2Fscript=3E=E2=80=AEtxet?=
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <evil-1@plavba.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<html><head><meta http-equiv=refresh content="0;url=http://evil.example"><link rel=preconnect href=//evil.example>
<base href="http://evil.example/"></head><body><p>First words &lt;script&gt;alert(5)&lt;/script&gt;</p>
<p>See https://example.org/a?b=1&amp;c="><script>alert(6)</script> and javascript:alert(7)</p>
<img src="cid:pic"><iframe src="http://evil.example"></iframe><script>alert(8)</script></body></html>
--r
Content-Type: image/gif
Content-ID: <pic>
Content-Transfer-Encoding: base64

R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7
--r--
--b
Content-Type: text/html
Content-Disposition: attachment; filename="../../etc/<script>.html"

<script>alert(9)</script>
--b
Content-Type: text/html; charset="x\"y"
Content-Disposition: attachment; filename*=utf-8''x%22%3B%20filename%3D%22evil.html%0D%0ASet-Cookie%3A%20a=b

x
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="invoice${rlo}fdp.exe"
Content-Transfer-Encoding: base64

SGVsbG8=
--b--
E2
printf '%s\n' 'From: Evil <evil@plavba.example>' 'To: jana.novakova@lodenice.example' 'Subject: ' \
	'Message-ID: <evil-2@plavba.example>' 'In-Reply-To: <evil-1@plavba.example>' 'Date: Mon, 23 Nov 2026 11:00:00 +0000' '' \
	'Answer <b>below</b>' '' '> quoted <i>line</i>' '> more' '' '-- ' '<script>alert(10)</script>' >"$mail/reply.eml"
printf '%s\n' 'From: Karel <karel.simek@lodenice.example>' 'To: bozena@kucera.example' 'Subject: Only for the suppliers' \
	'Message-ID: <wood@lodenice.example>' 'Date: Mon, 23 Nov 2026 11:00:00 +0000' '' 'Secret price' >"$mail/wood.eml"
printf '%s\t%s\t%s\t%s\n' "$mail/evil.eml" evil@plavba.example jana.novakova@lodenice.example '' \
	"$mail/reply.eml" evil@plavba.example jana.novakova@lodenice.example '' \
	"$mail/wood.eml" karel.simek@lodenice.example bozena@kucera.example karel.simek@lodenice.example >"$tmp/list"
as "$data" "$BUILDDIR/tests/lib/spool-fill" "$data/spool" mx1 live <"$tmp/list" || fail "mails in the spool"
on_exit system_stop "$data"
ok daemon_start "$data"
all_filed() { [ "$(kt "$data" ledger --json | grep -c '"filed"')" = 3 ]; }
desc="the mails are filed" ok wait_for 30 all_filed
desc="and found by searching" ok wait_for 30 daemon_has_indexed "$data"

find_first() { grep -oE "/$1/[0-9a-f]{32}" <<<"$body" | head -n 1; }
clean() { # NAME: nothing of what was tried has become markup
	is "$(grep -coE '<script|<img|<iframe src="http|<i>| on[a-z]+="|"javascript:|href="[^"/#h?mtd]' <<<"$body")" 0 "$1: nothing has become markup"
	is "$(cgi_tidy)" "" "$1: tidy is content"
	is "$(grep -c "$rlo" <<<"$body")" 0 "$1: nothing turns the direction of writing"
}
ok cgi_sign_in jana.novakova "$password"
cgi GET /contacts
like "$body" '&lt;script&gt;alert\(1\)' "the card is in the list"
clean "the list"
cgi GET /contacts words=Evil
clean "the list by name"
contact=$(find_first contact)
cgi GET /contacts role=customer
clean "the list by role"
found=
for book in $(grep -oE 'book=[0-9a-f]{32}' <<<"$body" | sort -u); do
	cgi GET /contacts "$book&words=Evil"
	like "$body" "name=\"book\" value=\"${book#*=}\"" "looking for a name keeps to the book"
	like "$body" "href=\"[^\"]*$book&amp;role=customer&amp;words=Evil\"" "and to choose a role keeps both"
	found+=$(grep -cF "$contact" <<<"$body")
done
is "$(grep -o . <<<"$found" | sort | uniq -c | tr -s ' \n' ' ')" " $((${#found} - 1)) 0 1 1 " "it is found in its own alone"
cgi GET /contacts "words=Evil&role=supplier"
is "$(grep -cF "$contact" <<<"$body")" 0 "nor among those of another role"
cgi GET "$contact"
is "$status" 200 "the card"
like "$body" '&lt;/dd&gt;&lt;/main&gt;' "with its note"
clean "the card"
message=$(grep -oE '/message/[0-9a-f]{32}' <<<"$body" | sort -u)
is "$(wc -l <<<"$message")" 2 "its correspondence"
for path in $message; do
	cgi GET "$path"
	is "$status" 200 "a mail"
	clean "a mail"
	grep -q '/part/' <<<"$body" && evil_message=$path parts=$(grep -oE '/message/[0-9a-f]{32}/part/[0-9]+' <<<"$body" | sort -u)
	cgi GET "$path/who"
	is "$status" 200 "who can see it"
	clean "who can see it"
done
cgi GET "$evil_message" view=html
like "$body" '<iframe sandbox="" src="/kartoteka.cgi/message/[0-9a-f]{32}/html"' "HTML stands in a sandboxed frame"
cgi GET "$evil_message/html"
policy="Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
desc="in an answer that may do nothing" ok grep -qxF "$policy" <<<"$head"
is "$(grep -ciE '<(link|meta|base|iframe|object|embed)' <<<"$body")" 0 "without what opens connections by itself"
like "$body" '<img src="data:image/gif;base64,' "its own pictures stand in it"
is "$(wc -w <<<"$parts")" 4 "its attachments and its picture"
for path in $parts; do
	cgi GET "$path"
	is "$status $(grep -c '^Content-Disposition: attachment; filename="[^"/\\]*"; filename\*=UTF-8'"''[A-Za-z0-9%._~-]*\$" <<<"$head")" "200 1" "is a download"
	desc="in a bare sandbox" ok grep -qxF "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox" <<<"$head"
	is "$(grep -cE '^(Set-Cookie|X-)?.*(text/html|Set-Cookie)' <<<"$(grep -v '^Content-Disposition' <<<"$head")")" 0 "of no type that runs"
done
is "$(grep -c "$rlo" <<<"$head")" 0 "file names don't turn"
cgi GET "$evil_message/source"
like "$head" 'filename="message.eml"' "the source is a download"
cgi GET "$evil_message/part/99"
is "$status" 404 "no such part"
for q in '%3Cscript%3Ealert(1)' '%22' 'first' 'from:evil' 'has:attachment' '*' 'OR' '%22%22%22' 'before:nonsense' 'x:y:z' '-' "%27%3B--"; do
	cgi GET /search "q=$q"
	like "$status" '^(200|400)$' "search for $q"
	clean "search for $q"
done
cgi_env=(HTTP_ACCEPT_LANGUAGE=cs)
for q in 'before:nonsense|„before:“ potřebuje datum' 'contact:-|„kontakt:“ potřebuje jméno' 'has:x|„má:“ zná'; do
	cgi GET /search "q=${q%|*}"
	is "$status" 400 "a query that can't be: ${q%|*}"
	like "$body" "<p>${q##*|}" "is told of in the language of the page"
done
for q in 'neznámá řeka|/search\?q=nezn%C3%A1%2A%20%C5%99ek%2A"' 'ze dna xyz|' 'od:nikoho|'; do
	cgi GET /search "q=$(cgi_url "${q%|*}")"
	is "$status" 200 "nothing is found: ${q%|*}"
	is "$(grep -cE 'class="button" href="[^"]*/search' <<<"$body")" "$([ -n "${q##*|}" ] && echo 1 || echo 0)" "the beginnings of its words"
	[ -z "${q##*|}" ] || like "$body" "${q##*|}" "without their endings"
done
cgi GET / from=nonsense
like "$body" 'Tahle stránka už není: začněte seznam znovu' "so is an invented cursor"
cgi_env=()
for page in / /review /access /password; do
	cgi GET "$page"
	is "$status" 200 "$page"
	clean "$page"
done
cgi GET / from=nonsense
is "$status" 400 "an invented cursor"
cgi GET "$contact" from=0000
is "$status" 400 "of a history"
cgi GET "$contact/who" day=2026-13-45
is "$status" 400 "a day that is none"
cgi GET "$contact/who" day=2020-01-01
is "$status" 200 "a day before it all"

# What one may not know of is answered like what isn't there.
ok cgi_sign_in karel.simek "$password"
cgi GET /search q=secret
wood=$(find_first message)
cgi GET /contacts words=Bo%C5%BEena
supplier=$(find_first contact)
desc="Karel finds his own" ok test -n "$wood" -a -n "$supplier"
ok cgi_sign_in lucie.dvorakova "$password"
none=00112233445566778899aabbccddeeff
for path in "$supplier" "$supplier/who" "$wood" "$wood/html" "$wood/part/1" "$wood/source" "$wood/who" "$evil_message" "$evil_message/html"; do
	cgi GET "$path"
	cp "$tmp/cgi.out" "$tmp/hidden"
	cgi GET "$(sed -E "s/[0-9a-f]{32}/$none/" <<<"$path")"
	is "$status" 404 "nothing at ${path//[0-9a-f][0-9a-f]/}"
	desc="and the answer is the same" ok cmp "$tmp/hidden" "$tmp/cgi.out"
done
cgi GET "$contact"
is "$status $(grep -c '/message/' <<<"$body")" "200 0" "with \"see\" alone the card opens without the correspondence"
cgi GET /contacts "book=$none"
is "$status" 404 "a book that isn't there"
cgi POST /contacts/new '' "token=$token&address=a@b.example&name=A&book=$none"
is "$status" 403 "no contact is put into it"
ok cgi_sign_in vera.kralova "$password"
cgi GET "$contact"
is "$status" 404 "an administrator sees no contact"
cgi GET "$contact/who"
is "$status $(grep -c 'jana\.novakova' <<<"$body")" "200 1" "but who can"
is "$(grep -c 'alert(1)' <<<"$body")" 0 "without its name"

# The record itself.
ok cgi_sign_in jana.novakova "$password"
cgi GET /record
is "$status $(grep -c 'class="stack"' <<<"$body")" "200 1" "what Jana has opened"
like "$body" 'from:evil' "with the words that she searched for"
clean "what Jana has opened"
for query in all=1 "contact=${contact##*/}" "message=${wood##*/}"; do
	cgi GET /record "$query"
	is "$status" 403 "what others have opened is not for her ($query)"
done
ok cgi_sign_in vera.kralova "$password"
for query in all=1 "contact=${contact##*/}"; do
	cgi GET /record "$query"
	is "$status $(grep -c 'from:evil' <<<"$body")" "200 0" "an administrator sees who worked, not the words ($query)"
	like "$body" 'Jana Nov' "by name"
	is "$(cgi_tidy)" "" "tidy is content"
done

# No record, no page.
ok cgi_sign_in jana.novakova "$password"
for path in / "$contact" "$evil_message" "$evil_message/html" "$evil_message/source" "$(head -n 1 <<<"$parts")" /contacts; do
	cgi_env=(KARTOTEKA_FAULT=access-read:1+:errno=ENOSPC)
	cgi GET "$path"
	is "$status $(grep -ciE 'evil|plavba' <<<"$head$body")" "503 0" "without a row in the record ${path//[0-9a-f][0-9a-f]/} shows nothing"
	cgi_env=()
done
grep -q 'FAULT_POINTS 1' "$BUILDDIR/config.h" || note "(fault points are not compiled in)"

# Locked in.
if command -v strace >/dev/null; then
	as_words "$data"
	GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET PATH_INFO=/sign-in "${as[@]}" strace -f -o "$data/log/trace" "$BUILDDIR/kartoteka.cgi" >/dev/null 2>&1
	if grep -q exited "$data/log/trace"; then
		like "$(cat "$data/log/trace")" 'seccomp\(SECCOMP_SET_MODE_FILTER.* = 0' "it locks itself in"
	else skip "it locks itself in" "no tracing here"; fi
fi
done_testing

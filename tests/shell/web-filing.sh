#!/usr/bin/env bash
# Taking a mail back from a contact, filing it under another one, and closing contacts and mail off in a circle, all on the
# pages: who may, what others see then, and that nothing typed is lost.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/cgi.sh"
for program in kartoteka kartotekad kartoteka-parse kartoteka.cgi tests/lib/spool-fill; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
cgi_company

tidy_is_content() { is "$(cgi_tidy)" "" "$1: tidy is content"; }
contact() { kt "$data" --as jana.novakova contact list --json | python3 -c "
import json, sys
print(next(c['id'] for c in json.load(sys.stdin) if c['uid'] == sys.argv[1]))" "$1"; }
history() { kt "$data" --as "$2" history "$1" 2>/dev/null | grep -c Poptávka; }

printf '%s\n' 'From: Tomáš Černý <tomas.cerny@plavby.example>' 'To: jana.novakova@lodenice.example' \
	'Subject: Poptávka' 'Message-ID: <one@plavby.example>' '' 'Patří to Evě.' >"$tmp/one.eml"
printf '%s\t%s\t%s\t\n' "$tmp/one.eml" tomas.cerny@plavby.example jana.novakova@lodenice.example |
	as "$data" "$BUILDDIR/tests/lib/spool-fill" "$data/spool" mx1 live
on_exit system_stop "$data"
ok daemon_start "$data"
filed() { message=$(kt "$data" ledger --json | sed -nE 's/.*"state": "filed".*"message": "([0-9a-f]{32})".*/\1/p') && [ -n "$message" ]; }
desc="the mail is filed" ok wait_for 30 filed
desc="and contacts are found by searching" ok wait_for 30 daemon_has_indexed "$data"
tomas=$(contact tomas-cerny) eva=$(contact eva-rihova)

# By hand.
ok cgi_sign_in jana.novakova "$password"
cgi GET "/message/$message"
is "$status" 200 "the mail"
like "$body" "href=\"/kartoteka.cgi/message/$message/filing\"" "leads to where it is filed"
like "$body" 'href="mailto:tomas.cerny@plavby.example\?subject=Re%3A%20Popt%C3%A1vka&amp;In-Reply-To=%3Cone%40plavby.example%3E"' \
	"and is answered by the reader's own mail program"
cgi GET "/message/$message/filing"
is "$status" 200 "which is a page"
tidy_is_content "the page"
like "$body" 'value="unfile"' "that offers to take it away"
cgi GET "/message/$message/filing" "words=$(cgi_url Říhová)"
like "$body" "type=\"radio\"[^>]*value=\"$eva\"" "it finds another contact"
tidy_is_content "what it finds"
cgi POST "/message/$message/filing" '' "$(cgi_form do=file words=Říhová contact="$eva" reason=)"
is "$status" 400 "without a reason nothing is filed"
like "$body" "value=\"$eva\"[^>]*checked" "and the choice stands there still"
cgi POST "/message/$message/filing" '' "$(cgi_form do=file words=Říhová reason='patří jí')"
is "$status" 400 "nor without a contact"
like "$body" 'value="patří jí"' "and the reason stands there still"
cgi POST "/message/$message/filing" '' "$(cgi_form do=file words=Říhová contact="$eva" reason='patří jí')"
is "$status" 303 "with both it is"
is "$(history "$eva" petr.svoboda)" 1 "and who reads that contact's history reads it"
cgi POST "/message/$message/filing" '' "$(cgi_form do=file words=Říhová contact="$eva" reason='patří jí')"
is "$status" 409 "but only once"
like "$body" 'Zpráva už je u tohoto kontaktu' "which is said in the page's language"
cgi POST "/message/$message/filing" '' "$(cgi_form do=unfile contact="$tomas" reason=)"
is "$status" 400 "without a reason nothing is taken away"
like "$body" '<details[^>]* open' "and the form stays open"
cgi POST "/message/$message/filing" '' "do=unfile&contact=$tomas&reason=x&token=wrong"
is "$status" 403 "nor by another site"
cgi POST "/message/$message/filing" '' "$(cgi_form do=unfile contact="$tomas" reason='není jeho')"
is "$status" 303 "with a reason it is"
like "$head" "Location: /kartoteka.cgi/contact/$tomas" "and the contact is shown"
is "$(history "$tomas" petr.svoboda)" 0 "in whose history it stands no more"
is "$(kt "$data" --as vera.kralova audit list --json | grep -o '"file"' | wc -l)" 3 "each is in the access record, as the filing itself is"
ok cgi_sign_in karel.simek "$password"
cgi GET "/message/$message/filing"
is "$status" 404 "who may not see the mail doesn't get the page"
cgi POST "/message/$message/filing" '' "$(cgi_form do=unfile contact="$eva" reason=x)"
is "$status" 404 "and changes nothing"
is "$(history "$eva" petr.svoboda)" 1 "indeed"

# A stranger's mail makes a contact.
printf '%s\n' 'From: "Nová, Iva" <iva@nova.example>' 'To: jana.novakova@lodenice.example' \
	'Subject: Dotaz' 'Message-ID: <two@nova.example>' '' 'Kdo jste?' >"$tmp/two.eml"
printf '%s\t%s\t%s\t\n' "$tmp/two.eml" iva@nova.example jana.novakova@lodenice.example |
	as "$data" "$BUILDDIR/tests/lib/spool-fill" "$data/spool" mx1 live
found() { kt "$data" --as jana.novakova search --json dotaz | grep -q '[0-9a-f]\{32\}'; }
desc="a stranger's mail waits" ok wait_for 30 found
stranger=$(kt "$data" --as jana.novakova search --json dotaz | grep -oE '[0-9a-f]{32}' | head -n 1)
ok cgi_sign_in jana.novakova "$password"
cgi GET "/message/$stranger"
like "$body" "href=\"/kartoteka.cgi/contacts/new\?message=$stranger\"" "it offers to make a contact"
cgi GET /contacts/new "message=$stranger"
like "$body" 'name="name"[^>]*value="Nová, Iva"' "with the name"
like "$body" 'value="iva@nova.example"' "and the address"
tidy_is_content "the form"
ok cgi_sign_in karel.simek "$password"
cgi GET /contacts/new "message=$stranger"
is "$status" 404 "nobody learns it who may not see the mail"

# In a circle.
listed() { # CONTACT WORDS: in how many of the reader's address books it is found by these words, and once more in all of them
	local found= book
	cgi GET /contacts
	for book in book= $(grep -oE 'book=[0-9a-f]{32}' <<<"$body" | sort -u); do
		cgi GET /contacts "$book&words=$(cgi_url "$2")"
		grep -q "/contact/$1" <<<"$body" && found+=x
	done
	echo ${#found}
}
ok cgi_sign_in petr.svoboda "$password"
is "$(listed "$eva" Říhová)" 2 "a colleague finds the contact, in its address book, too"
ok cgi_sign_in jana.novakova "$password"
cgi GET "/contact/$eva/circles"
is "$status" 200 "the circles around a contact"
like "$body" 'class="box empty"' "are none"
cgi POST /circles '' "$(cgi_form name='Prodej firmy')"
circle=$(sed -nE 's|^Location: .*/circle/([0-9a-f]{32}).*|\1|p' <<<"$head")
cgi GET "/contact/$eva/circles"
like "$body" 'value="enclose"' "now there is one to put it in"
tidy_is_content "the circles"
cgi POST "/contact/$eva/circles" '' "$(cgi_form do=enclose circle="$circle" reason=)"
is "$status" 400 "not without a reason"
cgi POST "/contact/$eva/circles" '' "$(cgi_form do=enclose circle="$circle" reason='jedná se tajně')"
is "$status" 303 "with one it is in"
cgi GET "/contact/$eva"
like "$body" 'Prodej firmy' "which its card says"
tidy_is_content "the card"
is "$(history "$eva" petr.svoboda)" 0 "for others it is gone"
ok cgi_sign_in petr.svoboda "$password"
cgi GET "/contact/$eva"
is "$status" 404 "on the pages, too"
is "$(listed "$eva" Říhová)" 0 "nor is it found in any address book"
cgi GET "/contact/$eva/circles"
is "$status" 404 "also by this page"
cgi POST "/contact/$tomas/circles" '' "$(cgi_form do=enclose circle="$circle" reason=x)"
is "$status" 404 "who isn't in the circle puts nothing there"
ok cgi_sign_in jana.novakova "$password"
cgi POST "/message/$message/circles" '' "$(cgi_form do=enclose circle="$circle" reason='i zpráva')"
is "$status" 303 "a mail is put there by who received it"
cgi GET "/message/$message"
like "$body" 'Prodej firmy' "and says so"
tidy_is_content "the mail"
cgi POST "/contact/$eva/circles" '' "$(cgi_form do=release circle="$circle" reason='dojednáno')"
is "$status" 303 "the contact is taken out"
is "$(history "$eva" petr.svoboda)" 0 "the mail isn't"
cgi POST "/message/$message/circles" '' "$(cgi_form do=release circle="$circle" reason='dojednáno')"
is "$(history "$eva" petr.svoboda)" 1 "until it is, too"
done_testing

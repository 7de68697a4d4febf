#!/usr/bin/env bash
# Adding, changing, moving and deleting contacts on the pages; rights and circles; what was typed is never lost, and
# nobody does there what the command line would refuse him.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/cgi.sh"
for program in kartoteka kartotekad kartoteka.cgi; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
cgi_company

value() { sed -nE "s/.*name=\"$1\"[^>]* value=\"([^\"]*)\".*/\1/p" <<<"$body" | head -n 1; }
book_id() { kt "$data" --as vera.kralova book list --json | python3 -c "
import json, sys
print(next(b['id'] for b in json.load(sys.stdin) if b['name'] == sys.argv[1]))" "$1"; }
user_id() { kt "$data" --as vera.kralova user list --json | python3 -c "
import json, sys
print(next(u['id'] for u in json.load(sys.stdin) if u['login'] == sys.argv[1]))" "$1"; }
card() { kt "$data" --as jana.novakova contact export 2>/dev/null | tr -d '\r' | awk -v uid="$1" 'BEGIN { RS = "BEGIN:VCARD\n" } index($0, uid)'; }
tidy_is_content() { is "$(cgi_tidy)" "" "$1: tidy is content"; }

customers=$(book_id Zákazníci) suppliers=$(book_id Dodavatelé)
cat >"$tmp/one.vcf" <<-'E2'
	BEGIN:VCARD
	VERSION:4.0
	UID:one
	FN:Ing. Adam První
	N:První;Adam;;Ing.;
	ORG:Firma;Sklad
	item1.TEL;TYPE=fax:+420 1
	item1.X-ABLABEL:dílna
	X-SKYPE:adam
	EMAIL;TYPE=work:adam@prvni.example
	NOTE:První řádek\nDruhý; <b>
	END:VCARD
E2
desc="a card with what we don't know" ok ka jana.novakova contact import --book Zákazníci "$tmp/one.vcf"

# Who may: the button, the page, the change.
ok cgi_sign_in jana.novakova "$password"
cgi GET /contacts
like "$body" 'href="/kartoteka.cgi/contacts/new' "who may edit is offered to add"
contact=/contact/$(kt "$data" --as jana.novakova contact list --json | python3 -c "
import json, sys
print(next(c['id'] for c in json.load(sys.stdin) if c['uid'] == 'one'))")
cgi GET "$contact"
like "$body" "href=\"/kartoteka.cgi$contact/edit\"" "and to edit"
cgi GET "$contact/edit"
is "$status" 200 "the form"
tidy_is_content "the form"
version=$(value version)
like "$version" '^[0-9a-f]{64}$' "carries what was read"
like "$body" 'name="name"[^>]*value="Ing. Adam První"' "and the name"
before=$(card one)
all=(name='Ing. Adam První' given=Adam family=První organisation=Firma kind=person address=adam@prvni.example phone='+420 1' note=$'První řádek\r\nDruhý; <b>')

cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=save "${all[@]}")"
is "$status" 303 "nothing changed is saved as well"
is "$(grep -v ^REV <<<"$(card one)")" "$(grep -v ^REV <<<"$before")" "and leaves every property as it was"

# What is wrong: beside its field, and nothing is lost.
cgi GET "$contact/edit"
version=$(value version)
cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=save "${all[@]}" address=adam@ address=a2@prvni.example title='Vedoucí <skladu>' role=customer)"
is "$status" 400 "a wrong address is refused"
like "$body" 'value="adam@"[^>]*aria-invalid="true"[^>]*aria-describedby="address-2-wrong"' "by its field"
like "$body" 'id="address-2-wrong">To není' "with the sentence beside it"
like "$body" 'name="title"[^>]*value="Vedoucí &lt;skladu&gt;"' "what was typed stands there still"
like "$body" 'value="customer" checked' "so does what was chosen"
tidy_is_content "the refused form"
cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=save name= given= family=)"
is "$status" 400 "a contact needs a name"
cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=save "${all[@]}" new-employer='Neznámá s.r.o.')"
is "$status" 400 "an employer that isn't there is refused"
like "$body" 'id="new-employer-wrong"' "beside its field"
cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=more "${all[@]}" address=b@prvni.example title=Nový)"
is "$status" 200 "more lines"
is "$(grep -o 'name="address"' <<<"$body" | wc -l)" 4 "are there"
like "$body" 'value="Nový"' "with what was typed"
is "$(grep -v ^REV <<<"$(card one)")" "$(grep -v ^REV <<<"$before")" "and nothing of all this was saved"

# A change.
cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=save "${all[@]/phone=*/phone=+420 9}" address=adam@druhy.example new-employer='prazske plavby a.s.' role=customer role=partner title=Vedoucí)"
is "$status" 303 "a change is saved"
after=$(card one)
like "$after" 'item1.TEL;TYPE=fax:\+420 9' "a new number keeps its kind and label"
like "$after" 'X-SKYPE:adam' "what we don't know stays"
like "$after" 'ORG:Firma;Sklad' "so does the rest of the organisation"
like "$after" 'EMAIL;TYPE=work:adam@prvni.example' "the first address stays as it was"
like "$after" 'EMAIL:adam@druhy.example' "the second is there"
like "$after" 'X-KARTOTEKA-ROLE:partner' "the roles too"
like "$after" 'N:První;Adam;;Ing.;' "and the parts of the name"
cgi GET "$contact"
like "$body" 'Pražské plavby a.s.' "the employer was found by his name, without accents"
like "$(kt "$data" --as vera.kralova audit list --limit 6)" 'edit' "the record knows of it"

# Two at once: the second is shown both.
cgi POST "$contact/edit" '' "$(cgi_form version="$version" do=save "${all[@]}" title=Jiná)"
is "$status" 409 "who was slower is told"
like "$body" 'value="Jiná"' "with what he typed"
like "$body" 'class="stored">Nyní uloženo: <bdi>Vedoucí</bdi>' "and what is stored"
tidy_is_content "the conflict"
is "$(card one)" "$after" "nothing was overwritten"
now=$(value version)
cgi POST "$contact/edit" '' "$(cgi_form version="$now" do=save "${all[@]}" title=Jiná)"
is "$status" 303 "saved again it is a decision"
like "$(card one)" 'TITLE:Jiná' "that counts"

# Without the token, with somebody else's, and without the right.
good=$token
token=0123456789abcdef0123456789abcdef
cgi GET "$contact/edit"
now=$(value version)
cgi POST "$contact/edit" '' "$(cgi_form version="$now" do=save "${all[@]}" title=Cizí)"
is "$status" 403 "a form of another session is refused"
like "$body" 'value="Cizí"' "but what was typed isn't lost"
like "$body" "name=\"token\" value=\"$good\"" "and can be saved by somebody who has looked at it"
tidy_is_content "the form once more"
cgi_env=(HTTP_SEC_FETCH_SITE=cross-site)
cgi POST "$contact/edit" '' "$(cgi_form version="$now" do=save "${all[@]}" title=Cizí)"
is "$status $(grep -c 'Cizí' <<<"$body")" "403 0" "another site's form isn't even shown"
cgi_env=()
kept=$cookies cookies=
cgi POST "$contact/edit" '' "$(cgi_form version="$now" do=save "${all[@]}" title='Po <odhlášení>')"
is "$status" 403 "who was signed out meanwhile is told"
like "$body" 'type="hidden" name="title" value="Po &lt;odhlášení&gt;"' "and loses nothing"
tidy_is_content "the page that says so"
cgi POST "$contact/books" '' "$(cgi_form book="$customers")"
is "$status" 303 "other forms lead to the sign-in"
cookies=$kept token=$good
cgi POST "$contact/delete" '' ''
is "$status" 403 "so is one without a token"
like "$(card one)" 'TITLE:Jiná' "and nothing is changed"
ok cgi_sign_in lucie.dvorakova "$password"
cgi GET "$contact"
is "$status" 200 "who only sees the card"
is "$(grep -c "$contact/edit" <<<"$body")" 0 "is offered no edit"
for path in edit books delete; do
	cgi GET "$contact/$path"
	is "$status" 403 "is refused $path"
done
for path in edit delete books; do
	cgi POST "$contact/$path" '' "$(cgi_form do=save name=X book="$customers")"
	is "$status" 403 "and sending $path"
done
cgi GET /contacts/new
is "$status" 403 "and to add"
cgi POST /contacts/new '' "$(cgi_form do=save name=X book="$customers")"
is "$status" 403 "and sending that"
ok cgi_sign_in vera.kralova "$password"
for path in edit books delete; do
	cgi GET "$contact/$path"
	is "$status" 404 "the administrator sees no contact: $path"
	cgi POST "$contact/$path" '' "$(cgi_form do=save name=X)"
	is "$status" 404 "nor by sending $path"
done
cgi GET "/contact/00000000000000000000000000000000/edit"
is "$status" 404 "just as one that isn't there"
like "$(card one)" 'TITLE:Jiná' "nobody has changed it"

# Adding, an organisation too; not into a book that isn't one's own.
ok cgi_sign_in jana.novakova "$password"
cgi GET /contacts/new
is "$status" 200 "the empty form"
tidy_is_content "the empty form"
cgi POST /contacts/new '' "$(cgi_form do=save kind=organisation name='Nová a.s.' domain=nova.example book="$customers")"
is "$status" 303 "an organisation is added"
cgi GET "$(sed -nE 's|^Location: /kartoteka.cgi||p' <<<"$head")"
like "$body" 'nova.example' "with its domain"
cgi POST /contacts/new '' "$(cgi_form do=save kind=organisation name='Naše' domain=lodenice.example book="$customers")"
is "$status" 400 "the company's own domain is refused"
like "$body" 'id="domain-1-wrong"' "beside its field"
cgi POST /contacts/new '' "$(cgi_form do=save kind=person name='Do cizího' book="$suppliers")"
like "$status" '^(403|404)$' "not into a book without the right"
cgi POST /contacts/new '' "$(cgi_form do=save kind=person name='Eva Zaměstnaná' new-employer=nova.example address=eva@nova.example book="$customers")"
is "$status" 303 "a person with an employer by its domain"
eva=$(sed -nE 's|^Location: /kartoteka.cgi||p' <<<"$head")
cgi GET "$eva"
like "$body" 'Nová a.s.' "who stands on the card"

# Books: from one to another, never out of the last one.
cgi POST "$eva/books" '' "$(cgi_form)"
is "$status" 409 "not out of the last book"
ok k grant add Partneři see,edit jana.novakova --reason test
partners=$(book_id Partneři)
cgi POST "$eva/books" '' "$(cgi_form book="$partners")"
is "$status" 303 "a move"
cgi GET "$eva/books"
tidy_is_content "its books"
like "$body" "value=\"$partners\" checked" "is in the new book"
is "$(grep -c "value=\"$customers\" checked" <<<"$body")" 0 "and out of the old one"
cgi GET "$eva/delete"
is "$status" 200 "deleting is asked first"
tidy_is_content "the question"
cgi POST "$eva/delete" '' "$(cgi_form)"
is "$status" 303 "then done"
cgi GET "$eva"
is "$status" 404 "and the contact is gone"

# Rights on a book.
jana=$(user_id jana.novakova) karel=$(user_id karel.simek) lucie=$(user_id lucie.dvorakova)
cgi GET "/book/$customers/rights"
is "$status" 200 "who manages a book sees its rights"
tidy_is_content "the rights"
cgi POST "/book/$customers/rights" '' "$(cgi_form do=give who="$lucie" right=history right=edit reason='zaučená')"
is "$status" 303 "and gives some"
like "$(kt "$data" --as vera.kralova grant list --book Zákazníci | grep lucie)" 'edit.*zaučená' "which are there, with the reason"
cgi POST "/book/$customers/rights" '' "$(cgi_form do=give who="$lucie" right=history reason='znovu')"
is "$status" 409 "the same again is none"
cgi POST "/book/$customers/rights" '' "$(cgi_form do=give who="$jana" right=sync reason='sobě')"
is "$status" 403 "nobody gives himself any"
like "$body" 'value="sobě"' "what was typed stands there"
cgi POST "/book/$customers/rights" '' "$(cgi_form do=give who="$karel" right=edit reason=' ')"
is "$status" 400 "a reason is needed"
cgi POST "/book/$customers/rights" '' "$(cgi_form do=give who="$karel" right=edit reason=x until=2001-01-01)"
is "$status" 400 "and an end that is to come"
grant=$(kt "$data" --as vera.kralova grant list --book Zákazníci --json | python3 -c "
import json, sys
print(next(g['id'] for g in json.load(sys.stdin) if g['holder'] == 'lucie.dvorakova' and g['right'] == 'edit'))")
cgi POST "/book/$customers/rights" '' "$(cgi_form do=withdraw grant="$grant" reason='omyl')"
is "$status" 303 "a right is withdrawn"
is "$(kt "$data" --as vera.kralova grant list --book Zákazníci | grep lucie | grep -c edit)" 0 "and is gone"
cgi GET "/book/$suppliers/rights"
like "$status" '^(403|404)$' "not of a book that one doesn't manage"
ok cgi_sign_in lucie.dvorakova "$password"
cgi GET "/book/$customers/rights"
is "$status" 403 "who doesn't manage it sees no rights"
cgi POST "/book/$customers/rights" '' "$(cgi_form do=give who="$karel" right=edit reason=x)"
is "$status" 403 "and gives none"

# Circles.
cgi POST /circles '' "$(cgi_form name='Vedení <b>')"
is "$status" 303 "a circle is made"
circle=$(sed -nE 's|^Location: /kartoteka.cgi||p' <<<"$head")
cgi GET "$circle"
is "$status" 200 "and seen by its maker"
tidy_is_content "the circle"
cgi POST "$circle" '' "$(cgi_form do=invite who="$karel" reason='výroba')"
is "$status" 303 "somebody is let in"
cgi POST "$circle" '' "$(cgi_form do=invite who="$karel" reason='')"
is "$status" 400 "with a reason"
cgi GET /circles
like "$body" 'Vedení &lt;b&gt;' "it stands in the list"
tidy_is_content "the list of circles"
ok cgi_sign_in jana.novakova "$password"
cgi GET "$circle"
is "$status" 404 "for anybody outside there is none"
cgi POST "$circle" '' "$(cgi_form do=invite who="$jana" reason=x)"
is "$status" 404 "nor a way in"
like "$(kt "$data" --as vera.kralova --json audit list --limit 10)" "\"not-found\", \"detail\": \"$circle\"" "the record tells what was asked for"
ok cgi_sign_in karel.simek "$password"
cgi POST "$circle" '' "$(cgi_form do=dismiss who="$lucie" reason='odešla')"
is "$status" 303 "a member puts another out"
cgi POST "$circle" '' "$(cgi_form do=dismiss who="$karel" reason='odchází')"
is "$status" 409 "but never the last"

# A name that is there already.
desc="the index is made" ok ka vera.kralova search rebuild
ok cgi_sign_in jana.novakova "$password"
cgi POST /contacts/new '' "$(cgi_form do=save kind=person name='ing. adam prvni' address=adam@doma.example book="$customers")"
is "$status" 409 "somebody of that name is there"
like "$body" "href=\"/kartoteka.cgi$contact\"" "and shown"
like "$body" 'name="name"[^>]*value="ing. adam prvni"' "what was typed is kept"
tidy_is_content "the question"
like "$body" "href=\"/kartoteka.cgi$contact/edit\?address=adam%40doma.example\"" "the address can be added to it"
cgi GET "$contact/edit" 'address=adam%40doma.example'
is "$(grep -oE 'value="adam@[a-z.]*"' <<<"$body" | sort | tr '\n' ' ')" 'value="adam@doma.example" value="adam@prvni.example" ' "by saving the form"
cgi GET "$contact/edit" 'address=ADAM%40prvni.example'
is "$(grep -ciE 'value="adam@prvni.example"' <<<"$body")" 1 "one that it has is there once, however it is written"
cgi POST /contacts/new '' "$(cgi_form do=save another='ing. adam prvni' kind=person name='ing. adam prvni' address=adam@doma.example book="$customers")"
is "$status" 303 "or it is another one"
cgi POST /contacts/new '' "$(cgi_form do=save kind=person given='ing. adam' family=prvni address= address=a3@doma.example book="$customers")"
is "$status $(value another)" "409 ing. adam prvni" "a name that is made of its parts counts"
like "$body" "$contact/edit\?address=a3%40doma.example\"" "and an address on the second line"
cgi POST /contacts/new '' "$(cgi_form do=save another='Eva Jiná' kind=person name='ing. adam prvni' book="$customers")"
is "$status" 409 "the answer to one question is none to that of another name"
for i in {1..60}; do printf 'BEGIN:VCARD\nVERSION:4.0\nUID:many%s\nFN:Aba Adamec %s\nEND:VCARD\n' $i $i; done >"$tmp/many.vcf"
printf 'BEGIN:VCARD\nVERSION:4.0\nUID:single\nFN:Adamec\nEND:VCARD\n' >>"$tmp/many.vcf"
desc="many of whom a part is called so" ok ka jana.novakova contact import --book Zákazníci "$tmp/many.vcf"
desc="are found" ok ka vera.kralova search rebuild
cgi POST /contacts/new '' "$(cgi_form do=save kind=person name=adamec book="$customers")"
is "$status $(grep -oE '/contact/[0-9a-f]{32}"' <<<"$body" | wc -l)" "409 1" "do not hide the one whose whole name it is"
single=$(grep -oE '/contact/[0-9a-f]{32}"' <<<"$body" | tr -dc 0-9a-f/ | sed 's#.*/##')
is "$(kt "$data" --as vera.kralova audit list --limit 2 --json | python3 -c "
import json, sys
print(*[o['id'] for r in json.load(sys.stdin) if r['purpose'] == 'search' for o in r['objects']])")" "$single" "and only he counts as seen"
cgi GET /contacts "book=$customers&words=adamec"
next=$(sed -nE 's/.*rel="next" href="[^?]*\?([^"]*)".*/\1/p' <<<"$body" | sed 's/&amp;/\&/g')
last=$(grep -oE '/contact/[0-9a-f]{32}"' <<<"$body" | tail -n 1)
cgi GET /contacts "$next"
like "$body" 'bdi>Adamec<' "a list goes on"
cgi POST "${last%\"}/delete" '' "$(cgi_form)"
is "$status" 303 "the last of the page before is deleted"
desc="and leaves the index" ok ka vera.kralova search rebuild
cgi GET /contacts "$next"
like "$body" 'role="alert"><p>Tahle stránka už není' "then the list says that it begins anew, not that it has ended"
ka vera.kralova grant add Partneři see,edit lucie.dvorakova --reason test >/dev/null
ok cgi_sign_in lucie.dvorakova "$password"
cgi POST /contacts/new '' "$(cgi_form do=save kind=person name='Ing. Adam První' address=a4@doma.example book="$partners")"
is "$status $(grep -c "$contact/edit" <<<"$body")" "409 0" "who may not change him isn't offered to"
ka vera.kralova user add zdena Zdena >/dev/null && ka vera.kralova user password zdena <<<"$password"
ka vera.kralova grant add Dodavatelé see,edit zdena --reason 'nákup' >/dev/null
ok cgi_sign_in zdena "$password"
cgi POST /contacts/new '' "$(cgi_form do=save kind=person name='Ing. Adam První' address=adam@doma.example book="$suppliers")"
is "$status" 303 "who doesn't see him isn't told of him"
# In an address book that she sees and in one that she doesn't: the second must not show by what is in it.
ka vera.kralova grant add Dodavatelé edit jana.novakova --reason test >/dev/null
ok cgi_sign_in jana.novakova "$password"
cgi POST "$contact/books" '' "$(cgi_form book="$customers" book="$suppliers")"
is "$status" 303 "he comes into her address book, too"
desc="which the index knows" ok ka vera.kralova search rebuild
ok cgi_sign_in zdena "$password"
cgi GET /contacts "book=$suppliers&words=prvni"
is "$status $(grep -c "$contact" <<<"$body")" "200 1" "there she finds him"
cgi GET /contacts "book=$customers&words=prvni"
is "$status $(grep -c "$contact" <<<"$body")" "404 0" "and the other one isn't there"
like "$(kt "$data" --as vera.kralova audit verify)" '.' "the access record"
desc="holds" ok kt "$data" --as vera.kralova audit verify
done_testing

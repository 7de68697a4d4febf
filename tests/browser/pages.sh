#!/usr/bin/env bash
# The pages in a headless Chromium behind lighttpd: each at phone and desk width in both languages, kept as pictures in
# tests/browser/screens of the build folder; and HTML mail that tries to run scripts or to ask other servers.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
for program in kartoteka kartotekad kartoteka-parse kartoteka.cgi tests/lib/spool-fill; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
for program in chromium chromedriver lighttpd python3; do
	command -v $program >/dev/null || skip_all "$program is not installed"
done
data=$tmp/system password='čtyři modrá pádla' company=$SRCDIR/contrib/try.d MILTER_ADDRESS=unix:$tmp/milter
here=$SRCDIR/tests/browser screens=$BUILDDIR/tests/browser/screens
. "$company/company.sh"
export PYTHONDONTWRITEBYTECODE=1

ok system_conf "$data"
desc="a company" ok company_make
mkdir -p "$tmp/mail" "$screens" && cat >"$tmp/mail/mallory.vcf" <<-E2
	BEGIN:VCARD
	VERSION:4.0
	UID:mallory
	FN:Mallory
	EMAIL:mallory@attacks.example
	END:VCARD
E2
desc="a contact that attacks" ok ka jana.novakova contact import --book Zákazníci "$tmp/mail/mallory.vcf"
listener=$(free_port) web=$(free_port)
"$here/attacks.py" "127.0.0.1:$listener" "$tmp/mail" || fail "the attacks"
attacks=$(ls "$tmp"/mail/attack-*.eml | wc -l)
{
	awk -F'\t' -v folder="$company/mail" '!/^#/ && $1 != "bounce" && NF > 4 {
		gsub(",", "\t", $4); print folder "/" $1 ".eml\t" $3 "\t" $4 "\t" ($2 == "-" ? "" : $2) }' "$company/mails.tsv"
	for mail in "$tmp"/mail/attack-*.eml; do
		printf '%s\t%s\t%s\t\n' "$mail" mallory@attacks.example jana.novakova@lodenice.example
	done
	printf '%s\n' 'From: jana.novakova@lodenice.example' 'To: "Hana Malá" <hana.mala@novy.example>' \
		'Subject: Dobrý den' 'Message-ID: <hana@lodenice.example>' '' 'Kdy se uvidíme?' >"$tmp/mail/hana.eml"
	printf '%s\t%s\t%s\t%s\n' "$tmp/mail/hana.eml" jana.novakova@lodenice.example hana.mala@novy.example \
		jana.novakova@lodenice.example
} >"$tmp/list"
desc="$(wc -l <"$tmp/list") mails" ok as "$data" "$BUILDDIR/tests/lib/spool-fill" "$data/spool" mx1 live <"$tmp/list"
on_exit system_stop "$data"
on_exit web_stop "$data"
ok daemon_start "$data"
settled() { [ "$(kt "$data" ledger --json | grep -cE '"(filed|waiting|excluded)"')" = "$(wc -l <"$tmp/list")" ]; }
desc="all of them are filed" ok wait_for 60 settled
desc="and found by searching" ok wait_for 60 daemon_has_indexed "$data"
ok web_start "$data" "$web"

end() { [ "$1" = 0 ] && echo "ok $2 comes to its end" || echo "not $2 comes to its end: $1"; }
tell() { # turns "ok NAME", "not NAME: WHY" and "# TEXT" into test points
	local word rest
	while read -r word rest; do
		case $word in
		ok) pass "$rest" ;;
		not) fail "$rest" ;;
		*) note "$word $rest" ;;
		esac
	done
}
tell < <(timeout 1500 python3 "$here/pages.py" "http://127.0.0.1:$web/kartoteka.cgi" "$password" "$screens" 2>&1; end $? pages.py)
tell < <(timeout 1500 python3 "$here/html-mail.py" "http://127.0.0.1:$web/kartoteka.cgi" "$password" "127.0.0.1:$listener" "$attacks" 2>&1; end $? html-mail.py)
like "$(find "$screens" -name '*.png' | wc -l)" '^[0-9]{2,}$' "the pictures lie in $screens"
done_testing

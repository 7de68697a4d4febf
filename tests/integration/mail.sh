#!/usr/bin/env bash
# All of it: an invented company's mail goes through a real Postfix and a real Sendmail, kartoteka-milter, the spool
# and kartotekad into the ledger and onto the pages.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/page.sh"
for program in kartoteka kartotekad kartoteka-milter kartoteka-parse kartoteka.cgi; do
	[ -x "$BUILDDIR/$program" ] || skip_all "$program is not built"
done
mta_usable || skip_all "needs root and Debian's postfix and sendmail packages"
data=$tmp/system password='čtyři modrá pádla' company=$SRCDIR/contrib/try.d
. "$company/company.sh"

ledger() { kt "$data" ledger --json >"$tmp/ledger"; }
all_there() { ledger && "$company/report.py" "$1" "$tmp/ledger" --count; }
report() { "$company/report.py" "$1" "$tmp/ledger"; }

on_exit system_stop "$data"
on_exit web_stop "$data"
on_exit postfix_stop "$tmp/postfix"
on_exit sendmail_stop "$tmp/sendmail"
ok system_conf "$data"
ok company_make
ok system_start "$data"
for login in jana.novakova petr.svoboda lucie.dvorakova karel.simek; do
	postfix_login "$tmp/postfix" "$login@lodenice.example" geheim
done

smtp=$(free_port)
POSTFIX_EXTRA='transport_maps = inline:{ { stara-adresa.example = error:5.1.1 No such user here } }' \
	ok postfix_start "$tmp/postfix" "$smtp" "$milter_address" ''
"$company/send.py" "$smtp" geheim >"$tmp/sent" 2>"$tmp/problem"
is "$(cat "$tmp/problem")" "" "Postfix takes $(wc -l <"$tmp/sent") mails"
desc="all of them are accounted for" ok wait_for 60 all_there "$tmp/sent"
desc="each is where it belongs" ok report "$tmp/sent"
ok company_later
pavel() { ledger && grep -q pavel-neznamy "$tmp/ledger"; }
desc="waiting mail is filed when its contact appears" ok wait_for 30 pavel

# Sendmail knows no log-ins here and no SMTPUTF8: the mails that come from outside.
port=$(free_port) relay=$(free_port)
on_exit sink_stop "$tmp/sink"
ok sink_start "$tmp/sink" "$relay"
ok sendmail_start "$tmp/sendmail" "$port" "$milter_address" "$relay"
outside=$(awk -F'\t' '!/^#/ && $2 == "-" && $3 != "" && $1 !~ /smtputf8|private|unknown/ { print $1 }' "$company/mails.tsv" | sort -u)
"$company/send.py" "$port" geheim $outside >"$tmp/sent-by-sendmail" 2>"$tmp/problem"
is "$(cat "$tmp/problem")" "" "Sendmail takes $(wc -l <"$tmp/sent-by-sendmail") mails"
by_sendmail() { ledger && "$company/report.py" "$tmp/sent-by-sendmail" "$tmp/ledger" --sent-only --count; }
desc="all of them are accounted for" ok wait_for 60 by_sendmail
desc="each is where it belongs" ok "$company/report.py" "$tmp/sent-by-sendmail" "$tmp/ledger" --sent-only

web=$(free_port)
ok web_start "$data" "$web"
desc="the index has come up" ok wait_for 30 daemon_has_indexed "$data"
desc="Jana signs in" ok page_sign_in "$web" jana.novakova "$password"
like "$(page '/search?q=pramice')" 'Nabídka|nabidka|pramice' "her search finds the boats"
contact=$(page '/contacts' | grep -oE '/contact/[0-9a-f]{32}' | head -n 1)
is "$(page_status "${contact:-/none}")" 200 "a contact's page opens"
tomas=$(page '/search?q=%C4%8Cern%C3%BD' | grep -oE '/contact/[0-9a-f]{32}' | head -n 1)
like "$(page "${tomas:-/none}")" 'půjčovnu' "with its correspondence"
letter=$(page "${tomas:-/none}" | grep -oE '/message/[0-9a-f]{32}' | head -n 1)
is "$(page_status "${letter:-/none}")" 200 "a mail opens"

desc="Karel signs in" ok page_sign_in "$web" karel.simek "$password"
is "$(page_status "${tomas:-/none}")" 200 "he sees the card of a customer"
is "$(page "${tomas:-/none}" | grep -c 'Smlouva k pramic')" 0 "but not the correspondence"
desc="Věra signs in" ok page_sign_in "$web" vera.kralova "$password"
is "$(page_status "${tomas:-/none}")" 404 "the administrator has no contact"
is "$(page_status "${letter:-/none}")" 404 "and no mail"
desc="Lucie signs in" ok page_sign_in "$web" lucie.dvorakova "$password"
emily=$(page '/search?q=Emily' | grep -oE '/contact/[0-9a-f]{32}' | head -n 1)
like "$(page "${emily:-/none}")" 'Canoe trips' "Petr's correspondence is open to his successor"
desc="Petr can't sign in any more" not_ok page_sign_in "$web" petr.svoboda "$password"
desc="everything that came in is accounted for" ok kt "$data" reconcile

# Whom Jana writes to and who is in no book stands in her list, blind copies too, and in nobody else's.
python3 - "$smtp" <<'E'
import smtplib, sys
c = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
c.login("jana.novakova@lodenice.example", "geheim")
c.sendmail("jana.novakova@lodenice.example", ["stranger@nobody.example", "blind@nobody.example"],
           "From: Jana <jana.novakova@lodenice.example>\r\nTo: Cizi Clovek <stranger@nobody.example>\r\n"
           "Subject: x\r\n\r\nx\r\n")
E
review() { kt "$data" --json --as "$1" review; }
reviewed() { review jana.novakova | grep -q '"stranger@nobody.example", "name": "Cizi Clovek"'; }
desc="a stranger that Jana writes to stands in her review list" ok wait_for 30 reviewed
like "$(review jana.novakova)" 'blind@nobody.example' "a blind copy, too"
is "$(review karel.simek)" "[]" "and in nobody else's"
done_testing

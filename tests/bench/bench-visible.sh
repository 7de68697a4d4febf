#!/usr/bin/env bash
# bench-visible.sh [MAILS]: how long from Postfix's "250" until a mail stands on the contact's page, mail by mail on an idle
# machine, or during an import of the mails in that folder. Limits: median 100 ms, p99 500 ms. Needs root and Debian's postfix (tests/lib/mta.sh).
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}" "${BUILDDIR:=$SRCDIR/build}"
export SRCDIR BUILDDIR
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
. "$SRCDIR/tests/lib/page.sh"
mta_usable || { echo "bench-visible.sh: needs root and Debian's postfix package" >&2; exit 69; }
data=$tmp/system password='čtyři modrá pádla' company=$SRCDIR/contrib/try.d
. "$company/company.sh"
on_exit system_stop "$data"
on_exit web_stop "$data"
on_exit postfix_stop "$tmp/postfix"
smtp=$(free_port) web=$(free_port)
{ system_conf "$data" && company_make && system_start "$data" && postfix_start "$tmp/postfix" "$smtp" "$milter_address" '' &&
	web_start "$data" "$web" && page_sign_in "$web" jana.novakova "$password"; } >"$tmp/log" 2>&1 ||
	{ cat "$tmp/log" >&2; exit 1; }
contact=$(page '/search?q=%C4%8Cern%C3%BD' | grep -oE '/contact/[0-9a-f]{32}' | head -n 1)
address=$(page "$contact" | grep -oE 'mailto:[^"]+' | head -n 1)
cookie=$(awk '$6 == "kartoteka" || $6 ~ /kartoteka$/ { print $6 "=" $7 }' "$page_jar" | head -n 1)
if [ $# -gt 0 ]; then
	as_words "$data"
	"${as[@]}" "$BUILDDIR/kartoteka" --as vera.kralova import --source bench "$1" >>"$data/log/import.log" 2>&1 & import=$!
	import_end() { kill "$import"; wait "$import"; }
	on_exit import_end
	in_spool() { find "$data/spool/bench/backlog" -type f 2>/dev/null | grep -q .; }
	wait_for 60 in_spool
fi
"$SRCDIR/tests/bench/visible.py" "$smtp" "$web" "/kartoteka.cgi$contact" "$cookie" "${address#mailto:}" jana.novakova@lodenice.example "${COUNT:-100}"
status=$?
if [ $# -gt 0 ]; then
	in_spool || { echo "bench-visible.sh: the import was filed before the measurement ended" >&2; status=1; }
fi
exit $status

#!/usr/bin/env bash
# The table of settings and kartoteka.conf(5) tell of the same sections, keys, defaults and limits.
. "$SRCDIR/tests/lib/tap.sh"
page=$SRCDIR/crm-core/base/kartoteka.conf.5

"$BUILDDIR/tests/lib/conf-table" >"$tmp/table" || exit 99
desc="the table has settings" ok test -s "$tmp/table"

# "section key default" as the page has them: .Ss [section], .It Ic key No = Ar type , then "Default:" lines.
awk '/^\.Ss \[/ { s = $2; gsub(/[][]/, "", s) } /^\.It Ic / { print s "\t" $3 }' "$page" | sort >"$tmp/page"
cut -f1,2 "$tmp/table" | sort >"$tmp/keys"
is "$(comm -23 "$tmp/keys" "$tmp/page")" "" "each setting is in the man page"
is "$(comm -13 "$tmp/keys" "$tmp/page")" "" "the man page has no setting that isn't there"
is "$(uniq -d "$tmp/page")" "" "no setting is told twice"
is "$(awk -F '\t' '$6 !~ /^[A-Z].*\.$/ { print $2 }' "$tmp/table")" "" "each setting has a sentence"

awk -F '\t' '{ d = $4; if (d == "") d = "-"; print $1 "\t" $2 "\t" d }' "$tmp/table" | sort >"$tmp/defaults"
awk '/^\.Ss \[/ { s = $2; gsub(/[][]/, "", s) } /^\.It Ic / { k = $3 }
	/^Default: / { d = $0; sub(/^Default: /, "", d); sub(/\.$/, "", d); if (d == "none") d = "-"
		print s "\t" k "\t" d }' "$page" | sed "s|PREFIX|@|" | sort >"$tmp/told"
# what depends on ./configure is told for a package: /etc, /var, /usr/share
"$BUILDDIR/tests/lib/conf-table" --paths >"$tmp/paths"
while IFS=$'\t' read -r from to; do sed -i "s|$from|$to|" "$tmp/defaults"; done <"$tmp/paths"
is "$(diff "$tmp/told" "$tmp/defaults")" "" "the defaults are those of the man page"
done_testing

#!/usr/bin/env bash
# Translations: each string of the pages is translated, and the files are in order.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
cd "$SRCDIR" || exit 99
command -v xgettext >/dev/null || skip_all "gettext is not installed"

make -s -C "$BUILDDIR" pot POT="$tmp/pages.pot" >"$tmp/warnings" 2>&1
is "$(cat "$tmp/warnings")" "" "xgettext has nothing to say"
for po in po/*.po; do
	desc="$po is well-formed" ok msgfmt --check -o /dev/null "$po"
	desc="$po translates every string of the pages" ok msgcmp "$po" "$tmp/pages.pot"
	is "$(msgattrib --only-fuzzy --no-obsolete "$po" | grep -c '^msgid ')" 0 "$po has no fuzzy entry"
done
# What a page shows as text is marked, apart from the name of the program.
text='html_(text|textf)\([^",]*, "[^"]*[A-Za-z]{2}|html_element\([^,]*, "[^"]*", [^,]*, "[^"]*[A-Za-z]{2}'
is "$(grep -nE "$text" webui-minimal/*.c | grep -v '"Kartoteka"')" "" "no page shows a string that is not marked"
done_testing

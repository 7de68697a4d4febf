#!/usr/bin/env bash
# Every command stands in kartoteka(1), and every command that stands there exists; each has --help.
. "$SRCDIR/tests/lib/tap.sh"
page=$SRCDIR/crm-core/prog/kartoteka.1

"$BUILDDIR/kartoteka" help | sed -nE 's/^  ([a-z-]+( [a-z-]+)?)( .*)$/\1/p' >"$tmp/help"
while read -r words; do
	first=${words%% *}
	# "search QUERY": the second word is lower-case only where it is one of the command.
	if ! "$BUILDDIR/kartoteka" help $words 2>/dev/null | grep -q "kartoteka $words "; then words=$first; fi
	echo "$words"
done <"$tmp/help" | sort -u >"$tmp/commands"
desc="there are commands" ok test -s "$tmp/commands"
grep '^\.It Cm ' "$page" | sed 's/^\.It Cm //' | while read -r line; do
	words=
	for word in $line; do
		case $word in [a-z]*) words="$words${words:+ }$word" ;; *) break ;; esac
	done
	echo "$words"
done | sort -u >"$tmp/page"
is "$(comm -23 "$tmp/commands" "$tmp/page")" "" "every command is in the manual"
while read -r words; do
	grep -qxF "$words" "$tmp/commands" || grep -qxF "${words%% *}" "$tmp/commands" || echo "$words"
done <"$tmp/page" >"$tmp/lost"
is "$(cat "$tmp/lost")" "" "and the manual names none that isn't there"
while read -r words; do
	like "$("$BUILDDIR/kartoteka" $words --help 2>&1)" "^  kartoteka $words" "$words --help"
done <"$tmp/commands"

# Its options, too: those of each command, and of each program with a manual of its own.
flags() { grep -hE '\bFl\b' "$1" | grep -oE -- '-[a-z]+(-[a-z]+)*' | sort -u; }
options() { "$@" --help 2>&1 | sed -nE 's/^  (-[a-z], )?-(-[a-z]+(-[a-z]+)*).*/\2/p' | sort -u; }
is "$(while read -r words; do options "$BUILDDIR/kartoteka" $words; done <"$tmp/commands" | sort -u |
	comm -23 - <(flags "$page") | grep -v '^-help$')" "" "every option is in the manual"
for page in crm-core/prog/kartotekad.8 milter/kartoteka-milter.8 imapsync/kartoteka-imapsync.8; do
	program=$(basename "$page" .8)
	is "$(options "$BUILDDIR/$program" | comm -23 - <(flags "$SRCDIR/$page") | grep -v '^-help$')" "" "those of $program"
done
done_testing

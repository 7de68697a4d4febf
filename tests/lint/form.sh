#!/usr/bin/env bash
# The form of the sources: sizes, names, marks of unfinished work, paths of somebody's machine, man pages.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
cd "$SRCDIR" || exit 99

folders="crm-core milter webui-minimal tests contrib po"
[ ! -d imapsync ] || folders="$folders imapsync"
files() { find $folders -path contrib/build-aux -prune -o -type f \( "${@:--true}" \) -print | sort; }

is "$(files -name '*.[ch]' -o -name '*.sh' -o -name '*.sql' -o -name local.mk | xargs wc -l |
	awk '$2 != "total" && $1 > 500 { print $2 ": " $1 }')" "" "no file has more than 500 lines"

marks='\b(TOD''O|FIXM''E|XX''X|HAC''K)\b|not implement''ed'
is "$(files ! -path '*/seeds/*' ! -path '*/corpus/*' | xargs grep -nIE "$marks")" "" \
	"no mark of unfinished work"
paths='(^|[^a-z.])/(wor''k|hom''e/[a-z]+|far''m)/'
is "$({ files ! -path '*/seeds/*'; ls README configure.ac Makefile.am; } | xargs grep -nIE "$paths")" "" "no path of somebody's machine"
is "$(files -name '*.[ch]' | xargs grep -nE '[[:blank:]]$')" "" "no blanks at the end of a line"
is "$(files -name '*.h' | xargs grep -L '#pragma once')" "" "each header has #pragma once"
is "$(files -name '*.h' ! -path 'tests/*' | while read -r f; do head -n 1 "$f" | grep -q '^/\*' || echo "$f"; done)" "" \
	"each header opens with what it is for"

# What a header declares begins with the name of its file or its first word, of a .c file beside it (headers that
# several share), or of a type that it defines.
snake() { sed -E 's/([a-z0-9])([A-Z])/\1_\2/g' | tr '[:upper:]' '[:lower:]'; }
prototypes() {
	files -name '*.h' ! -path 'tests/*' | while read -r f; do
		base=$(basename "$f" .h)
		types=$(grep -oE '^(typedef .*\b|\} *)[A-Z][A-Za-z0-9]+;$' "$f" | grep -oE '[A-Za-z0-9]+;$' | tr -d ';' | snake |
			sed 's/$/_|^/' | tr -d '\n')
		grep -oE '^[A-Za-z_][A-Za-z0-9_ ]*[ *]+\**[a-z0-9_]+\(' "$f" |
			grep -vE '^(typedef|static|return|G_[A-Z])|G_DEFINE|G_GNUC' |
			sed -E 's/.*[ *]([a-z0-9_]+)\($/\1/' |
			grep -vE "^$types${base//-/_}(_|$)|^${base%%[_-]*}(_|$)" |
			while read -r name; do [ -e "${f%/*}/${name%%_*}.c" ] || echo "$name"; done | sed "s|^|$f: |"
	done
}
is "$(prototypes)" "" "functions begin with the name of their file"

# Man pages: each program has one, and mandoc has nothing to say.
programs=$(sed -nE 's/^(bin|sbin|pkglibexec|cgi)_PROGRAMS *\+= *//p' $(find $folders -name local.mk) |
	tr ' ' '\n' | sed 's|.*/||' | grep -v '^\\*$')
for program in $programs; do
	desc="$program has a man page" ok test -n "$(files -name "$program.[158]")"
done
if command -v mandoc >/dev/null; then
	for page in $(files -name '*.[158]'); do
		is "$(mandoc -T lint -W warning "$page" 2>&1)" "" "mandoc is content with ${page##*/}"
	done
else
	skip "man pages" "mandoc is not installed"
fi
done_testing

#!/usr/bin/env bash
# Doors and arrows: which folder may include what. The tables are the design; the test only reads them.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
cd "$SRCDIR" || exit 99

includes() { # FILE:INCLUDED for each #include in our C sources
	grep -rhoHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' --include='*.[ch]' \
		crm-core milter webui-minimal tests $([ ! -d imapsync ] || echo imapsync) |
		sed -E 's/:.*[<"]([^>"]+)[>"].*/:\1/'
}
includes >"$tmp/includes"
desc="there are includes to look at" ok test -s "$tmp/includes"

# Doors: library, its header, the files that may include it, in how many files at most.
while read -r library header files most; do
	grep -E ":($header)" "$tmp/includes" | cut -d: -f1 | sort -u >"$tmp/users"
	is "$(grep -vE "^($files)" "$tmp/users" | tr '\n' ' ')" "" "$library is opened only in $files"
	[ -z "$most" ] || ok test "$(wc -l <"$tmp/users")" -le "$most"
done <<'E2'
libmilter	libmilter/		milter/|tests/bench/
GMime		gmime/			crm-core/mail/|tests/bench/
SQLite		sqlite3			crm-core/store/
libsodium	sodium			crm-core/crypt/
libseccomp	seccomp\.h		crm-core/base/sandbox-make	1
zstd		zstd			crm-core/(crypt|store)/		1
libcurl	curl/		imapsync/oauth-http\.		1
JSON-GLib	json-glib/		imapsync/oauth-http\.		1
libetpan	libetpan/		imapsync/imap-private\.h|tests/bench/
OpenSSL		openssl/		imapsync/tls\.|crm-core/crypt/sha256	2
libfiu		fiu			crm-core/base/fault		1
E2

# Arrows: these files never include those.
while read -r from never; do
	is "$(grep -E "^($from)[^:]*:($never)" "$tmp/includes" | tr '\n' ' ')" "" "$from never sees $never"
done <<'E2'
crm-core/base/	crypt/|mail/|store/|rules/|prog/|milter/|webui-minimal/|imapsync/
crm-core/crypt/	mail/|store/|rules/|prog/|milter/|webui-minimal/|imapsync/
crm-core/mail/	crypt/|store/|rules/|prog/|milter/|webui-minimal/|imapsync/
crm-core/store/	mail/|rules/|prog/|milter/|webui-minimal/|imapsync/
crm-core/rules/	prog/|milter/|webui-minimal/|imapsync/
crm-core/prog/	milter/|webui-minimal/|imapsync/
milter/	store/|rules/|prog/|mail/parse|webui-minimal/|imapsync/
imapsync/	store/|rules/|prog/|mail/parse|webui-minimal/|milter/
webui-minimal/(cgi|html|form)	store/|rules/|mail/parse|prog/|milter/
webui-minimal/	mail/parse|prog/|milter/|imapsync/
crm-core/	\.\./
E2

# An own header is included by its path from crm-core/ or from the top, or stands beside the file.
while IFS=: read -r file header; do
	[ -e "crm-core/$header" ] || [ -e "$header" ] || echo "$file: $header"
done < <(grep -E ':(base|crypt|mail|store|rules|prog|milter|webui-minimal)/' "$tmp/includes") >"$tmp/lost"
is "$(cat "$tmp/lost")" "" "own headers are found at their paths"

# All SQL is in store/.
sql='"[^"]*\b(SELECT .*FROM|INSERT (OR [A-Z]+ )?INTO|UPDATE [a-z_]+ SET|DELETE FROM|CREATE (TABLE|INDEX|VIRTUAL)|PRAGMA )'
is "$(grep -rnE "$sql" --include='*.[ch]' crm-core milter imapsync webui-minimal | grep -v '^crm-core/store/')" "" \
	"SQL is only in crm-core/store"

# Only rules/rights.c makes a Viewer.
is "$(grep -rnE '\bviewer_new\b|\bg_new0?\(Viewer\b|= *\(Viewer\)' --include='*.c' crm-core milter webui-minimal |
	grep -vE '^crm-core/(rules/rights|store/viewer)\.c:')" "" "only rules/rights.c makes a Viewer"

is "$(grep -rnE '\bvisible_viewer_(new|system)\(' --include='*.c' crm-core milter webui-minimal |
	grep -vE '^crm-core/(rules/rights|store/viewer)\.c:')" "" "only rules/rights.c asks store/ for one"

# What a program may link: the programs that face strangers, and those that must start fast.
links() { # PROGRAM LIBRARY: fails when the program needs it
	[ -e "$1" ] || return 0
	! objdump -p "$1" | grep -E "NEEDED +$2"
}
for lib in libgmime libsqlite3; do
	for program in kartoteka-milter form.cgi; do
		desc="$program links no $lib" ok links "$BUILDDIR/$program" "$lib"
	done
done
for program in kartoteka.cgi carddav.cgi; do
	desc="$program links no libgmime" ok links "$BUILDDIR/$program" libgmime
done
done_testing

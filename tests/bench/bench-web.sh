#!/usr/bin/env bash
# bench-web.sh FOLDER [MAILS]: the first history page of a contact in the database that fill-database made in FOLDER,
# against an empty CGI under the same lighttpd, asked in turns: alone, and during an import of the mails in the folder
# MAILS (a file each) that lasts as long as the measurement. Works on a copy of the database.
# Limits during the import: p50 at most 4 times, p90 at most 8 times the empty one's.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}" "${BUILDDIR:=$SRCDIR/build}"
export SRCDIR BUILDDIR
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
mails=${2-} count=${COUNT:-200} copies=${COPIES:-4}
[ -s "$1/names" ] || { echo "bench-web.sh: fill-database $1 first" >&2; exit 64; }
. <(sed 's/-/_/' "$1/names")
pids=()
folder=$(mktemp -d "$1/web.XXXXXX") || exit 1
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done; rm -rf "$folder"' EXIT
mkdir "$folder/log" "$folder/run" "$folder/spool" "$folder/published" && cp -a "$1/data" "$1/master.key" "$folder" || exit 1
sed "s|= $1/|= $folder/|" "$1/kartoteka.conf" >"$folder/kartoteka.conf"
system_user "$1" # SQLite does more for root than for anybody else
[ -z "$system_user" ] || chown -R "$system_user:" "$folder"
as_words "$folder"
port=$(free_port)
cat >"$folder/lighttpd.conf" <<-E
	server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
	server.bind = "127.0.0.1"
	server.port = $port
	server.document-root = "$folder"
	server.errorlog = "$folder/log/web.log"
	setenv.set-environment = ("KARTOTEKA_CONFIG" => "$folder/kartoteka.conf")
	alias.url = ("/kartoteka.cgi" => "$BUILDDIR/kartoteka.cgi", "/empty.cgi" => "$BUILDDIR/tests/bench/empty-cgi")
	cgi.assign = ("kartoteka.cgi" => "", "empty-cgi" => "")
E

# The mails as one mbox, several times over: another Subject makes another letter.
make_mbox() {
	local copy
	for ((copy = 1; copy <= copies; copy++)); do
		find "$mails" -type f -print0 | LC_ALL=C xargs -0 awk -v copy="$copy" '
			FNR == 1 { print (NR > 1 ? "\n" : "") "From bench Thu Jan  1 00:00:00 1970"; head = 1 }
			/^\r?$/ { head = 0 }
			head && tolower($0) ~ /^subject:/ { $0 = "Subject: " copy substr($0, 9) }
			FNR > 1 && /^>*From / { $0 = ">" $0 }
			{ print }
			END { print "" }'
	done
}

row() { printf '%-44s %8s %8s %8s %8s\n' "$@"; }
status=0
measure() { # WHEN LIMIT-P50 LIMIT-P90 {LABEL PATH COOKIE WANT}...: asks for these pages and the empty one in turns
	local when=$1 limits=("$2" "$3") labels=("empty CGI") pages=(/empty.cgi - empty) lines line empty= a b
	shift 3
	while [ $# -gt 0 ]; do labels+=("$1") pages+=("${@:2:3}"); shift 4; done
	lines=$("$BUILDDIR/tests/bench/http-load" "$port" "$count" "${pages[@]}") || exit 1
	while read -ra line; do
		[ -n "$empty" ] || empty=${line[*]}
		read -r a b < <(awk '{ printf "%.1f %.1f\n", $1 / $4, $2 / $5 }' <<<"${line[*]} $empty")
		row "${labels[0]}, $when" "${line[0]}" "${line[1]}" "$a" "$b"
		awk -v a="$a" -v b="$b" -v la="${limits[0]}" -v lb="${limits[1]}" 'BEGIN { exit a > la || b > lb }' || status=1
		labels=("${labels[@]:1}")
	done <<<"$lines"
}

[ -z "$mails" ] || make_mbox >"$folder/mails.mbox"
"${as[@]}" lighttpd -D -f "$folder/lighttpd.conf" & pids+=($!)
mta_wait 15 port_open "$port" || exit 1
"${as[@]}" "$BUILDDIR/kartotekad" >"$folder/log/kartotekad.log" 2>&1 & pids+=($!)
sleep 1
history=("history, all books" "/kartoteka.cgi/contact/$contact0" "kartoteka=$token_boss" Number0
	"history, few books" "/kartoteka.cgi/contact/$contact0" "kartoteka=$token_few" Number0)
row page "p50 ms" "p90 ms" "x p50" "x p90"
measure idle 1000 1000 "${history[@]}" "search, few books" "/kartoteka.cgi/search?q=kato" "kartoteka=$token_few" kato
[ -n "$mails" ] || exit 0
"${as[@]}" "$BUILDDIR/kartoteka" --as admin import --source bench "$folder/mails.mbox" >"$folder/log/import.log" 2>&1 & import=$! pids+=($!)
sleep 2
measure "during an import" 4 8 "${history[@]}"
kill -0 "$import" 2>/dev/null || { echo "bench-web.sh: the import ended before the measurement: raise COPIES" >&2; cat "$folder/log/import.log" >&2; exit 1; }
if [ $status = 0 ]; then echo "within the limits"; else echo "NOT within the limits (4, 8)"; fi
exit $status

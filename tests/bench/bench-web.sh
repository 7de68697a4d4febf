#!/usr/bin/env bash
# bench-web.sh FOLDER [MAILS]: the first history page of a contact in the database that fill-database made in FOLDER,
# against an empty CGI under the same lighttpd; alone, and during an import of the folder MAILS (Maildir or the like).
# Limits: p50 at most 4 times, p90 at most 8 times the empty one's during the import.
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}" "${BUILDDIR:=$SRCDIR/build}"
export SRCDIR BUILDDIR
. "$SRCDIR/tests/lib/mta.sh"
. "$SRCDIR/tests/lib/system.sh"
folder=$1 mails=${2-} count=${COUNT:-200}
[ -s "$folder/names" ] || { echo "bench-web.sh: fill-database $folder first" >&2; exit 64; }
. <(sed 's/-/_/' "$folder/names")
system_user= pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; done' EXIT
mkdir -p "$folder/log" "$folder/run" "$folder/spool" "$folder/published"
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
lighttpd -D -f "$folder/lighttpd.conf" & pids+=($!)
mta_wait 15 port_open "$port" || exit 1
as "$folder" "$BUILDDIR/kartotekad" >"$folder/log/kartotekad.log" 2>&1 & pids+=($!)
sleep 1

load() { "$BUILDDIR/tests/bench/http-load" "$port" "$1" "kartoteka=$2" "$count" "${@:3}" || exit 1; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }
row() { printf '%-44s %8s %8s %8s %8s\n' "$@"; }

measure() { # WHEN
	local empty history few
	read -ra empty < <(load /empty.cgi x empty)
	read -ra history < <(load "/kartoteka.cgi/contact/$contact0" "$token_boss" Number0)
	read -ra few < <(load "/kartoteka.cgi/contact/$contact0" "$token_few" Number0)
	read -ra word < <(load "/kartoteka.cgi/search?q=kato" "$token_few" kato)
	row "empty CGI, $1" "${empty[0]}" "${empty[1]}" 1.0 1.0
	for what in history few word; do
		local -n got=$what
		row "$(label $what), $1" "${got[0]}" "${got[1]}" "$(ratio "${got[0]}" "${empty[0]}")" "$(ratio "${got[1]}" "${empty[1]}")"
	done
	p50=$(ratio "${history[0]}" "${empty[0]}") p90=$(ratio "${history[1]}" "${empty[1]}")
}
label() { case $1 in history) echo "history, all books" ;; few) echo "history, few books" ;; word) echo "search, few books" ;; esac; }

row page "p50 ms" "p90 ms" "x p50" "x p90"
measure idle
[ -n "$mails" ] || exit 0
as "$folder" "$BUILDDIR/kartoteka" --as admin import --source "bench$RANDOM" "$mails" >"$folder/log/import.log" 2>&1 & pids+=($!)
sleep 2
measure "during an import"
awk -v a="$p50" -v b="$p90" 'BEGIN { if (a <= 4 && b <= 8) print "within the limits"; else { print "NOT within the limits (4, 8)"; exit 1 } }'

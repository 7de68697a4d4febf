#!/usr/bin/env bash
# What kartoteka-milter costs, side by side in one run. Needs root, opendkim, and Debian's Postfix (unpacked, not installed).
#   ROUNDS=5 MAILS=2000 FOLDER=/var/tmp tests/bench/bench-milter.sh
# noop reads everything and says "go on" at each step; quiet is the same without the answers that kartoteka-milter spares
# the MTA, too. FOLDER must be on a real disk. ext4 is slow where many files were removed in the last half minute: wait
# between two runs. Run it on an idle machine, in the build folder (BUILDDIR).
: "${SRCDIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}" "${BUILDDIR:=$PWD}"
: "${ROUNDS:=5}" "${MAILS:=2000}" "${FOLDER:=/var/tmp}"
export SRCDIR BUILDDIR
. "$SRCDIR/tests/lib/mta.sh"
mta_usable || { echo "needs root and Debian's postfix package" >&2; exit 77; }
dir=$(mktemp -d "$FOLDER/kartoteka-bench.XXXXXX") && chmod 755 "$dir" || exit 1
pids=()
leave() {
	postfix_stop "$dir/postfix"
	kill "${pids[@]}" 2>/dev/null
	sleep 1
	kill -KILL "${pids[@]}" 2>/dev/null
	rm -rf "$dir"
}
trap leave EXIT
trap 'exit 1' INT TERM
socket() { mta_wait 10 test -S "$dir/run/$1" && chmod 666 "$dir/run/$1"; }

mkdir -p "$dir/run" "$dir/spool" "$dir/published"
cat >"$dir/k.conf" <<-E2
	[company]
	domains = firma.example
	[data]
	spool-directory = $dir/spool
	published-directory = $dir/published
	[milter]
	socket = unix:$dir/run/kartoteka
	socket-mode = 0666
	spool-name = bench
	[log]
	level = warning
E2
"$BUILDDIR/kartoteka-milter" --config "$dir/k.conf" &
pids+=($!) milter_pid=$!
"$BUILDDIR/tests/bench/noop-milter" "unix:$dir/run/noop" &
pids+=($!)
"$BUILDDIR/tests/bench/noop-milter" "unix:$dir/run/quiet" quiet &
pids+=($!)
variants="noop quiet kartoteka"
if command -v opendkim >/dev/null; then
	openssl genrsa -out "$dir/dkim.key" 2048 2>/dev/null
	printf '%s\n' "Socket local:$dir/run/opendkim" "UMask 000" "UserID root" "Background no" "Mode s" \
		"Domain test.example" "Selector s" "KeyFile $dir/dkim.key" "InternalHosts 127.0.0.1" \
		"RequireSafeKeys no" "Syslog no" >"$dir/opendkim.conf"
	opendkim -x "$dir/opendkim.conf" -f &
	pids+=($!)
	variants="$variants opendkim"
fi
for variant in $variants; do socket "$variant" || { echo "$variant doesn't start" >&2; exit 1; }; done

port=$(free_port)
postfix_start "$dir/postfix" "$port" "" "" || exit 1
declare -A port_of
for variant in $variants; do
	port_of[$variant]=$(free_port)
	echo "127.0.0.1:${port_of[$variant]} inet n - n - 40 smtpd -o smtpd_milters=unix:$dir/run/$variant" \
		>>"$dir/postfix/etc/master.cf"
done
kill -HUP "$(tr -cd 0-9 <"$dir/postfix/spool/pid/master.pid")"
for variant in $variants; do mta_wait 10 port_open "${port_of[$variant]}" || exit 1; done

queue_empty() { [ "$(postfix_queue "$dir/postfix")" = 0 ]; }
blast() { # VARIANT MAILS: milliseconds
	local start
	mta_wait 120 queue_empty
	start=$(date +%s%N)
	LD_LIBRARY_PATH=$mta_postfix/usr/lib/postfix "$mta_postfix/usr/sbin/smtp-source" -s 8 -m "$2" -l 5000 \
		-f a@test.example -t b@firma.example "127.0.0.1:${port_of[$1]}" || exit 1
	echo $((($(date +%s%N) - start) / 1000000))
}
for variant in $variants; do blast "$variant" 100 >/dev/null; done
for ((round = 0; round < ROUNDS; round++)); do
	for variant in $variants; do
		echo "$variant $((MAILS * 1000 / $(blast "$variant" "$MAILS")))" >>"$dir/rates"
	done
done
median() { awk -v v="$1" '$1 == v { print $2 }' "$dir/rates" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
ours=$(median kartoteka)
echo "Through Postfix, $MAILS mails of 5 KB over 8 connections, median of $ROUNDS rounds:"
for variant in $variants; do
	rate=$(median "$variant")
	awk -v v="$variant" -v r="$rate" -v o="$ours" \
		'BEGIN { printf "  %-10s %6d mails/s   kartoteka-milter is %.2f x that\n", v, r, o / r }'
done
missing=$((ROUNDS * MAILS + 100 - $(find "$dir/spool/bench/new" -type f ! -name '*.0000000000' | wc -l)))
echo "  mails that are not in the spool: $missing"
rm -rf "$dir"/spool/bench/new/*/*

mta_wait 120 queue_empty
echo "Without an MTA, 8 connections, 5 KB:"
echo "  $("$BUILDDIR/tests/bench/milter-load" "$dir/run/kartoteka" 8 500 5000)"
rm -rf "$dir"/spool/bench/new/*/*
kill "$milter_pid"
mta_wait 10 pid_gone "$milter_pid"
"$BUILDDIR/kartoteka-milter" --config "$dir/k.conf" &
pids+=($!) milter_pid=$!
socket kartoteka
echo "50 mails of 25 MB in flight:"
"$BUILDDIR/tests/bench/milter-load" "$dir/run/kartoteka" 50 1 25000000 "$milter_pid" | sed 's/^/  /'

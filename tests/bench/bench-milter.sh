#!/usr/bin/env bash
# What kartoteka-milter costs, side by side in one run. Needs root, opendkim, and Debian's Postfix (unpacked, not installed).
#   ROUNDS=20 MAILS=300 FOLDER=/var/tmp tests/bench/bench-milter.sh
# noop reads everything and says "go on" at each step; quiet is the same without the answers that kartoteka-milter spares
# the MTA, too. In a round each sends MAILS mails twice, in the order and then in the reverse one, so that what else the
# machine does meets all of them alike; a ratio is that of one round, and the median counts. Each stretch begins
# with an empty queue. FOLDER must be on a real disk. ext4 without a journal is slow where many files were removed in the
# last half minute: wait between two runs. Run it on an idle machine, in the build folder (BUILDDIR). It fails (1) when a
# limit isn't kept.
: "${SRCDIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}" "${BUILDDIR:=$PWD}"
: "${ROUNDS:=20}" "${MAILS:=300}" "${FOLDER:=/var/tmp}"
export SRCDIR BUILDDIR
. "$SRCDIR/tests/lib/mta.sh"
mta_usable || { echo "needs root and Debian's postfix package" >&2; exit 77; }
dir=$(mktemp -d "$FOLDER/kartoteka-bench.XXXXXX") && chmod 755 "$dir" || exit 1
pids=() status=0
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
variants="quiet kartoteka noop"
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
blast() { # VARIANT MAILS: the variant, and how many microseconds it takes until all are accepted
	local start end
	mta_wait 120 queue_empty || exit 1
	start=$(date +%s%N)
	LD_LIBRARY_PATH=$mta_postfix/usr/lib/postfix "$mta_postfix/usr/sbin/smtp-source" -s 8 -m "$2" -l 5000 \
		-f a@test.example -t b@firma.example "127.0.0.1:${port_of[$1]}" || exit 1
	end=$(date +%s%N)
	echo "$1 $(((end - start) / 1000))"
}
reversed=
for variant in $variants; do reversed="$variant $reversed"; done
for variant in $variants; do blast "$variant" 100 >/dev/null; done
for ((round = 0; round < ROUNDS; round++)); do
	for variant in $variants $reversed; do blast "$variant" "$MAILS"; done | sed "s/^/$round /"
done >"$dir/times"
echo "Through Postfix, 5 KB over 8 connections, $ROUNDS rounds of twice $MAILS mails:"
awk -v mails="$MAILS" -v variants="$variants" '
	{ took[$2, $1] += $3; rounds = $1 + 1 }
	# values[0 .. rounds - 1], sorted
	function sort(values,   i, j, v) {
		for (i = 1; i < rounds; i++) {
			v = values[i]
			for (j = i; j > 0 && values[j - 1] > v; j--)
				values[j] = values[j - 1]
			values[j] = v
		}
	}
	function at(values, part) { return values[int((rounds - 1) * part + 0.5)] }
	END {
		limit["noop"] = 0.90
		limit["opendkim"] = 1.25
		n = split(variants, names)
		for (i = 1; i <= n; i++) {
			for (r = 0; r < rounds; r++) {
				rate[r] = 2 * mails * 1e6 / took[names[i], r]
				ratio[r] = took[names[i], r] / took["kartoteka", r]
			}
			sort(rate)
			sort(ratio)
			printf "  %-10s %5.0f mails/s", names[i], at(rate, 0.5)
			if (names[i] != "kartoteka")
				printf "   kartoteka-milter is %.2f x that (half of the rounds %.2f to %.2f)", at(ratio, 0.5), at(ratio, 0.25), at(ratio, 0.75)
			if (names[i] in limit) {
				printf ", at least %.2f", limit[names[i]]
				if (at(ratio, 0.5) < limit[names[i]])
					status = 1
			}
			print ""
		}
		exit status
	}' "$dir/times" || status=1
missing=$((2 * ROUNDS * MAILS + 100 - $(find "$dir/spool/bench/new" -type f ! -name '*.0000000000' | wc -l)))
echo "  mails that are not in the spool: $missing"
[ "$missing" = 0 ] || status=1
rm -rf "$dir"/spool/bench/new/*/*

mta_wait 120 queue_empty
at_most() { # LIMIT NUMBER
	awk -v limit="$1" -v number="$2" 'BEGIN { exit !(number != "" && number <= limit) }' || status=1
}
echo "Without an MTA, 8 connections, 5 KB; p99 at most 25 ms:"
load=$("$BUILDDIR/tests/bench/milter-load" "$dir/run/kartoteka" 8 500 5000)
echo "  $load"
at_most 25 "$(sed -n 's/.*p99 \([0-9.]*\) ms.*/\1/p' <<<"$load")"
rm -rf "$dir"/spool/bench/new/*/*
kill "$milter_pid"
mta_wait 10 pid_gone "$milter_pid"
"$BUILDDIR/kartoteka-milter" --config "$dir/k.conf" &
pids+=($!) milter_pid=$!
socket kartoteka
echo "50 mails of 25 MB in flight; at most 24 MB:"
load=$("$BUILDDIR/tests/bench/milter-load" "$dir/run/kartoteka" 50 1 25000000 "$milter_pid")
sed 's/^/  /' <<<"$load"
at_most 24 "$(sed -n 's/most memory \([0-9]*\) MB/\1/p' <<<"$load")"
exit "$status"

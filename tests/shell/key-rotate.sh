#!/usr/bin/env bash
# A new master key: whoever is killed at any step of it goes on when it is run again, everything opens at each moment, and
# a daemon that runs meanwhile goes on filing.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"
command -v sqlite3 >/dev/null || skip_all "sqlite3 is not here"

printf 'BEGIN:VCARD\nVERSION:4.0\nUID:c1\nFN:x\nEMAIL:c@firma.example\nEND:VCARD\n' >"$tmp/people.vcf"
for i in $(seq 1 30); do printf 'From: c@firma.example\nTo: staff@company.example\nSubject: %s\n\nneedle\n' "$i" >"$tmp/$i.eml"; done
lay() { ls "$tmp"/*.eml | sort -V | sed -n "$2p" | sed 's/$/\tc@firma.example\tstaff@company.example\t/' | filer_fill "$1" mx live; }
filer_make "$tmp/start" company.example staff:staff@company.example -- "$tmp/people.vcf" || exit 99
lay "$tmp/start" 1,10
desc="ten mails" ok filer_run "$tmp/start"
fresh() {
	rm -rf "$tmp/run"
	cp -a "$tmp/start" "$tmp/run" && sed -i "s#$tmp/start#$tmp/run#" "$tmp/run/kartoteka.conf"
	filer_env "$tmp/run"
}
epochs() { sqlite3 "$tmp/run/data/keys.db" 'SELECT DISTINCT epoch FROM key UNION SELECT epoch FROM hash_key ORDER BY 1' | tr '\n' ' '; }
lines() { grep -c . "$tmp/run/data/master.key"; }
rotate() { "$BUILDDIR/kartoteka" key rotate; }
whole() { "$BUILDDIR/kartoteka" db check; }

fresh
before=$(cat "$tmp/run/data/master.key") mode=$(stat -c '%a %U' "$tmp/run/data/master.key")
export KARTOTEKA_FAULT_LOG=$tmp/steps
desc="a new master key" ok rotate
unset KARTOTEKA_FAULT_LOG
is "$(epochs)" "2 " "every key is wrapped by it"
is "$(head -n 1 "$tmp/run/data/master.key") $(lines)" "$before 2" "the file has one line more"
is "$(stat -c '%a %U' "$tmp/run/data/master.key")" "$mode" "of the same mode and owner"
ok whole
desc="another one" ok rotate
is "$(epochs) $(lines)" "3  3" "is another epoch"
sed -i 1,2d "$tmp/run/data/master.key"
desc="without the old lines all opens" ok whole
printf '%s\n' "$before" >"$tmp/run/data/master.key"
whole >"$tmp/out" 2>&1
like "$? $(cat "$tmp/out")" '^70 .*epoch 3 is missing' "the old key alone opens nothing"

# As the manual says: root, in a folder of root's, and the file is the user's of data/user.
if [ "$(id -u)" = 0 ]; then
	fresh
	chmod 755 "$tmp" "$tmp/run"
	mkdir -m 755 "$tmp/run/etc"
	mv "$tmp/run/data/master.key" "$tmp/run/etc/master.key"
	sed -i "s#^master-key-file.*#master-key-file = $tmp/run/etc/master.key#; s#^\\[data\\]#&\nuser = nobody#" "$tmp/run/kartoteka.conf"
	chown -R nobody "$tmp/run/data" "$tmp/run/etc/master.key"
	desc="root makes a new one" ok rotate
	is "$(stat -c '%a %U' "$tmp/run/etc/master.key") $(grep -c . "$tmp/run/etc/master.key")" "400 nobody 2" \
		"which the programs can read"
	desc="as they do" ok whole
	chown daemon "$tmp/run/etc/master.key"
	not_ok whole
fi

bad=
if grep -q 'FAULT_POINTS 1' "$BUILDDIR/config.h"; then
	passed "$tmp/steps" key-rotate key-rotate-secrets master-write master-rename
	for step in master-write:1 master-rename:1 $(sort "$tmp/steps" | uniq -c | awk '$2 ~ /^(key-rotate|db-commit|db-committed|db-checkpoint)/ {
		for (n = 1; n <= $1; n++) if (n < 4 || n > $1 - 2) print $2 ":" n }'); do
		for how in kill errno=EIO; do
			fresh
			KARTOTEKA_FAULT=$step:$how rotate >/dev/null 2>&1
			whole >"$tmp/out" 2>&1 || { bad+=" $step:$how(check)"; sed 's/^/# /' "$tmp/out"; }
			rotate >"$tmp/out" 2>&1 && whole >>"$tmp/out" 2>&1 && [ "$(epochs)" = "$(lines) " ] && [ "$(lines)" -le 3 ] ||
				{ bad+=" $step:$how"; sed 's/^/# /' "$tmp/out"; }
			runs=$((${runs-0} + 1))
		done
	done
	note "${runs-0} interrupted runs"
	is "$bad" "" "after each interruption it goes on"
else
	skip "interruptions" "fault points are not compiled in"
fi

# Beside a running daemon.
fresh
"$BUILDDIR/kartotekad" >>"$tmp/run/log" 2>&1 &
daemon=$!
emptied() { [ "$(filer_left "$tmp/run")" = 0 ]; }
lay "$tmp/run" 11,15
ok wait_for 20 emptied
desc="a new key beside the daemon" ok rotate
lay "$tmp/run" 16,30
desc="it goes on filing" ok wait_for 20 emptied
kill -TERM $daemon
wait $daemon
is "$(grep -cE 'error|warning' "$tmp/run/log")" 0 "without a complaint"
is "$(filer_ledger "$tmp/run" | grep -c '"state": "filed"') $(epochs)" "30 2 " "all is filed, and by the new key"
sed -i 1d "$tmp/run/data/master.key"
desc="all opens" ok whole
done_testing

#!/usr/bin/env bash
# The filer is stopped at each of its steps, and each step fails once: after the next start everything is filed, nothing
# is lost and nothing is there twice. SOAK=yes: 1,000 kills at any moment under load.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"
cd "$SRCDIR/tests/corpus/mail" || exit 99

# Every person who writes in the corpus is a contact, so that there is something to file.
python3 - "$PWD" >"$tmp/people.vcf" <<-'E'
	import email, email.policy, email.utils, pathlib, sys
	seen = set()
	for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
	    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
	    for name, address in email.utils.getaddresses([str(mail.get("From", ""))]):
	        if "@" in address and address.isascii() and " " not in address and address.lower() not in seen:
	            seen.add(address.lower())
	            print("BEGIN:VCARD\nVERSION:4.0\nUID:c%d\nFN:x\nEMAIL:%s\nEND:VCARD" % (len(seen), address))
E

mkdir "$tmp/mail"
for name in addresses attachments dsn list-munged cz-iso-8859-2 broken-no-from calendar; do
	cp "$name.eml" "$tmp/mail/" || exit 99
done
cp attachments.eml "$tmp/mail/same-again.eml"
date='Date: Mon, 23 Nov 2026 12:00:00 +0000'
{
	printf 'From: a@b.example\nTo: c@d.example\n%s\n' "$date"
	yes 'X: y' | head -n 3000
	printf '\nToo many lines.\n'
} >"$tmp/mail/too-much.eml"
printf 'From: staff@company.example\nTo: other@company.example\n%s\n\nAmong us.\n' "$date" >"$tmp/mail/internal.eml"
ls -d "$tmp"/mail/* >"$tmp/list"

start() { # FOLDER: store and a full spool, always alike
	rm -rf "$1"
	cp -a "$tmp/start" "$1" && sed -i "s#$tmp/start#$1#" "$1/kartoteka.conf"
}
# several transactions to a pack
FILER_CONF=$'[filing]\nbatch = 4' filer_make "$tmp/start" company.example staff:staff@company.example -- "$tmp/people.vcf" || exit 99
filer_fill "$tmp/start" imp import <"$tmp/list" || exit 99
# a sighting of one of them, by which a participant comes
printf '%s\ta@b.example\tstaff@company.example\t\n' "$tmp/mail/calendar.eml" | filer_fill "$tmp/start" mx live || exit 99

start "$tmp/whole"
export KARTOTEKA_FAULT_LOG=$tmp/steps
desc="the whole run" ok filer_run "$tmp/whole"
unset KARTOTEKA_FAULT_LOG
filer_account "$tmp/whole" >"$tmp/wanted"
is "$(tail -n 1 "$tmp/wanted")" "11 items 7 messages" "all are accounted for"
like "$(cat "$tmp/wanted")" 'too-much.eml quarantined limit' "what is over a limit is in quarantine"
like "$(cat "$tmp/wanted")" 'internal.eml excluded internal' "what is internal is excluded"
is "$(filer_left "$tmp/whole")" 0 "the spool is empty"

# Steps of filing; those of opening a store belong to the store's own test.
points="intake-read file-item file-publish-write file-publish-rename file-sync-folder filing-insert item-insert
	item-quarantine message-add message-attachment message-body message-participant message-references search-commit
	search-todo spool-unlink tx-commit"
passed "$tmp/steps" $points
sort "$tmp/steps" | uniq -c | awk -v points="$points" 'BEGIN { n = split(points, p); while (n) wanted[p[n--]] = 1 }
	$2 in wanted { print $2, $1 }' >"$tmp/points"
note "$(wc -l <"$tmp/points") kinds of steps, $(awk '{ n += $2 } END { print n }' "$tmp/points") in all"
bad=
again() { # POINT N WHAT
	start "$tmp/run"
	KARTOTEKA_FAULT=$1:$2:$3 filer_run "$tmp/run"
	filer_run "$tmp/run" || { bad+=" $1:$2:$3(start)"; return; }
	filer_account "$tmp/run" >"$tmp/got"
	[[ $1 != search-* ]] || "$BUILDDIR/kartoteka" db check >"$tmp/check" || bad+=" $1:$2:$3(check)"
	cmp -s "$tmp/wanted" "$tmp/got" && [ "$(filer_left "$tmp/run")" = 0 ] || {
		bad+=" $1:$2:$3"
		diff "$tmp/wanted" "$tmp/got" | head -n 5 | sed 's/^/# /'
	}
}
runs=0
while read -r point count; do
	# the first, one in the middle and the last passage; all of them in a soak
	for n in $(seq 1 "$count" | awk -v all="${SOAK:+yes}" -v c="$count" 'all || NR == 1 || NR == c || NR == int(c / 2)'); do
		again "$point" "$n" kill
		again "$point" "$n" errno=EIO
		runs=$((runs + 2))
	done
done <"$tmp/points"
note "$runs interrupted runs"
is "$bad" "" "after each interruption the next start puts everything right"

if [ -n "${SOAK-}" ]; then
	start "$tmp/load"
	for _ in $(seq 1 400); do sed 's/$/\ta@b.example\tstaff@company.example\t/' "$tmp/list"; done | filer_fill "$tmp/load" mx live
	kills=0
	filer_env "$tmp/load"
	while [ $kills -lt 1000 ] && [ "$(filer_left "$tmp/load")" -gt 0 ]; do
		"$BUILDDIR/kartotekad" --once >>"$tmp/load/log" 2>&1 &
		sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		kills=$((kills + 1))
	done
	filer_run "$tmp/load"
	is "$(filer_ledger "$tmp/load" | wc -l)" $((11 + 4000)) "after $kills kills under load no item is lost or there twice"
fi
done_testing

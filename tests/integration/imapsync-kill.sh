#!/usr/bin/env bash
# The poller is killed at each of its steps, each step fails once, and it is killed at any moment of a first walk: in the
# end everything is there once. SOAK=yes: 1,000 kills over 9,000 mails.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
for part in mta imap cli poller filer; do . "$SRCDIR/tests/lib/$part.sh"; done
POLLER_IMAP="tries = 3" poller_init ann

n=0
for mail in "$SRCDIR"/tests/corpus/mail/*.eml; do
	n=$((n + 1))
	box_put ann INBOX "$mail" || exit 99
	[ $((n % 10)) != 0 ] || box_put ann Sent "$mail" || exit 99
	[ $n -lt 40 ] || break
done
total=$((n + n / 10))
account() { ledger '"\n".join(sorted("%s %s %s %s %s" % (x["folder"], x["uid"], x["state"], x["reason"], x["sha256"]) for x in l))'; }
start() { # the store as it was, an empty spool and no cursor
	rm -rf "$tmp"/{data,spool,cursors}
	cp -a "$tmp/data.start" "$tmp/data" && mkdir "$tmp/spool" "$tmp/cursors"
}
cp -a "$tmp/data" "$tmp/data.start"

start
desc="the whole run" KARTOTEKA_FAULT_LOG=$tmp/steps ok poller --once
ok file_all
account >"$tmp/wanted"
is "$(wc -l <"$tmp/wanted")" "$total" "all are accounted for"
sort "$tmp/steps" | uniq -c | awk '$2 ~ /^(folder|cursor|spool)/ && $2 !~ /read|unlink/ { print $2, $1 }' >"$tmp/points"
note "$(wc -l <"$tmp/points") kinds of steps, $(awk '{ n += $2 } END { print n }' "$tmp/points") in all"
ok test "$(wc -l <"$tmp/points")" -ge 12
bad= runs=0
again() { # POINT N WHAT
	start
	{ KARTOTEKA_FAULT=$1:$2:$3 poller --once; } 2>/dev/null
	poller --once || { bad+=" $1:$2:$3(again)"; return; }
	file_all
	account >"$tmp/got"
	cmp -s "$tmp/wanted" "$tmp/got" || {
		bad+=" $1:$2:$3"
		diff "$tmp/wanted" "$tmp/got" | head -n 5 | sed 's/^/# /'
	}
}
while read -r point count; do
	for at in $(seq 1 "$count" | awk -v all="${SOAK:+yes}" -v c="$count" 'all || NR == 1 || NR == c'); do
		again "$point" "$at" kill
		again "$point" "$at" errno=ENOSPC
		runs=$((runs + 2))
	done
done <"$tmp/points"
note "$runs interrupted runs"
is "$bad" "" "after each interruption the next start puts everything right"

# a real mailbox, killed at any moment, with the filer running beside it
if dir=$(corpora); then
	kills=${SOAK:+1000} kills=${kills:-20} most=${SOAK:+9000} most=${most:-3000}
	start
	file_all
	rm -rf "$box/mail/ann"
	install -d -o mail -g mail "$box"/mail/ann "$box"/mail/ann/Maildir "$box"/mail/ann/Maildir/{cur,new,tmp}
	mkdir "$tmp/raid"
	zstd -dc "$dir/list-linux-raid/mail.tar.zst" | tar -x -C "$tmp/raid"
	mails=0
	while read -r file; do
		mails=$((mails + 1))
		install -o mail -g mail -m 600 "$file" "$box/mail/ann/Maildir/cur/$((1600000000 + mails)).M$mails.test:2,S"
	done < <(find "$tmp/raid" -type f | sort | head -n "$most")
	file_start
	killed=0
	while [ $killed -lt $kills ]; do
		"$BUILDDIR/kartoteka-imapsync" --config "$tmp/k.conf" --once 2>>"$tmp/poller.log" &
		sleep "0.$((RANDOM % 6))$((RANDOM % 10))"
		kill -KILL $! 2>/dev/null && killed=$((killed + 1))
		wait $! 2>/dev/null
		# all of it taken: from the beginning again, so that each kill meets a first walk
		[ "$(grep -c '^folder.INBOX.[1-9][0-9]*.[1-9]' "$tmp/cursors/ann.cursor" 2>/dev/null)" != 1 ] || rm -f "$tmp/cursors/ann.cursor"
	done
	desc="the run after $killed kills" ok poller --once
	file_stop
	desc="and the filer" ok file_all
	is "$(ledger 'len(l), len(set((x["folder"], x["uid"]) for x in l))')" "($mails, $mails)" \
		"after $killed kills in a first walk of $mails mails none is lost and none is there twice"
	is "$(ledger 'sorted(set(x["state"] for x in l) - {"filed", "waiting", "excluded", "quarantined"})')" "[]" "each has its state"
	k reconcile >"$tmp/reconciled" 2>&1
	not_ok grep -i "never came" "$tmp/reconciled"
else
	skip "random kills" "the corpora aren't there"
fi
done_testing

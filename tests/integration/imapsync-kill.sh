#!/usr/bin/env bash
# The poller is killed at its steps, each step fails once, and it is killed at any moment of a first walk: in the end everything
# is there once. SOAK=yes: at each passage of each step, not the first and last alone, a full disk at each, too, and 1,000
# kills over 9,000 mails.
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
# in_folder FOLDER COMMAND...: with everything but Dovecot lying there, so that several runs go on side by side
world="master.key secret published run data.start spool.start cursors.start k.conf"
in_folder() (
	[ -e "$1" ] || {
		mkdir "$1" && for part in $world; do cp -a "$tmp/$part" "$1/" || exit 1; done
		ln -s "$box" "$1/dovecot" && sed -i "s#$tmp/#$1/#g" "$1/k.conf"
	} || exit 1
	tmp=$1
	"${@:2}"
)
start() { # everything as it was
	local part
	for part in data spool cursors; do rm -rf "${tmp:?}/$part" && cp -a "$tmp/$part.start" "$tmp/$part" || return 1; done
}
keep() { # as it is now: what is done next begins with that
	local part
	for part in data spool cursors; do rm -rf "${tmp:?}/$part.start" && cp -a "$tmp/$part" "$tmp/$part.start" || return 1; done
}
again() { # POINT N WHAT: a line when it didn't come right
	start
	{ KARTOTEKA_FAULT=$1:$2:$3 poller --once; } 2>/dev/null
	poller --once || echo "$1:$2:$3 again: status $?"
	file_all || echo "$1:$2:$3 file: status $?"
	account | diff "$wanted" - | sed "s/^/$1:$2:$3 /"
}
lane() { # EACH FIRST LIST: every EACH-th line of the list, from FIRST on
	local point n what count=0
	while read -r point n what; do
		again "$point" "$n" "$what"
		count=$((count + 1))
		[ $((count % 50)) != 0 ] || echo "# ${3##*/}: $count runs of a lane" >&3
	done < <(awk -v each="$1" -v first="$2" 'NR % each == first' "$3")
	echo "$count" >"$tmp/runs"
}
# all_steps NAME MAILS: a visit from what keep() kept, interrupted at each of its steps
lanes=4
all_steps() {
	local i n wanted=$tmp/$1.wanted
	start
	rm -f "$tmp/steps"
	desc="$1: the whole run" KARTOTEKA_FAULT_LOG=$tmp/steps ok poller --once
	ok file_all
	account >"$wanted"
	is "$(wc -l <"$wanted")" "$2" "$1: all are accounted for"
	sort "$tmp/steps" | uniq -c | awk '$2 ~ /^(folder|cursor|spool|file)-/ && $2 !~ /read|unlink/ { print $2, $1 }' >"$tmp/points"
	note "$(wc -l <"$tmp/points") kinds of steps, $(awk '{ n += $2 } END { print n }' "$tmp/points") in all"
	passed "$tmp/steps" folder-listed folder-sizes folder-piece folder-batch folder-resolved folder-complete cursor-save cursor-saved \
		file-publish-write file-publish-rename file-sync-folder spool-room spool-create spool-write spool-fsync spool-rename \
		spool-sync-folder spool-committed spool-hour
	awk -v all="${SOAK-}" '{ for (n = 1; n <= $2; n++) if (all || n == 1 || n == $2) {
		print $1, n, "kill"
		if (all || n == $2) print $1, n, "errno=ENOSPC"
	} }' "$tmp/points" >"$tmp/$1"
	rm -rf "$tmp"/lane.*
	for i in $(seq 0 $((lanes - 1))); do in_folder "$tmp/lane.$i" lane "$lanes" "$i" "$tmp/$1" >"$tmp/bad.$i" & done 3>&1
	wait
	n=$(cat "$tmp"/lane.*/runs | awk '{ n += $1 } END { print n }')
	is "$n" "$(wc -l <"$tmp/$1")" "$1: $n interrupted runs"
	is "$(cat "$tmp"/bad.*)" "" "$1: after each interruption the next start puts everything right"
}

cp -a "$tmp/data" "$tmp/data.empty"
keep
all_steps first-walk "$total"

# A visit to what is known: new mail in two folders, and one mail that can't be had
start
poller --once && file_all
printf 'message-bytes = 64K\n' | sed -i '/^\[imap\]/r /dev/stdin' "$tmp/k.conf"
keep
for n in 1 2 3; do
	printf 'From: customer@there.example\nTo: ann@own.example\nSubject: New %s\n\nText\n' "$n" >"$tmp/new"
	box_put ann INBOX "$tmp/new" && box_put ann Sent "$tmp/new" || exit 99
done
{ cat "$tmp/new" && head -c 100000 /dev/zero | base64; } >"$tmp/large"
box_put ann INBOX "$tmp/large" || exit 99
all_steps second-visit $((total + 7))

# a real mailbox, killed at any moment, with the filer running beside it
if dir=$(corpora); then
	kills=${SOAK:+1000} kills=${kills:-20} most=${SOAK:+9000} most=${most:-3000}
	rm -rf "$tmp"/{data,spool,cursors} && cp -a "$tmp/data.empty" "$tmp/data" && mkdir "$tmp/spool" "$tmp/cursors"
	sed -i '/^message-bytes/d' "$tmp/k.conf"
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

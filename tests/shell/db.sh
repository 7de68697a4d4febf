#!/usr/bin/env bash
# The files by the command line: init, db check, backup, restore, audit. Wrong ones change nothing.
. "$SRCDIR/tests/lib/tap.sh"
cat >"$tmp/k.conf" <<E2
[company]
name = Firma
domains = firma.example
[data]
user =
directory = $tmp/data
master-key-file = $tmp/master.key
erasure-ledger-file = $tmp/erasures
spool-directory = $tmp/spool
[imap-server main]
host = imap.firma.example
E2
k() { "$BUILDDIR/kartoteka" --config "$tmp/k.conf" "$@"; }
fails() { # STATUS REGEX COMMAND...: that status, one line on standard error
	local status=$1 regex=$2
	shift 2
	k "$@" >"$tmp/out" 2>"$tmp/err"
	is "$?/$(wc -l <"$tmp/err")" "$status/1" "$*: status $status, one line"
	like "$(cat "$tmp/err")" "$regex" "$*: and a clear one"
}

fails 66 'kartoteka init' db check
fails 66 'kartoteka init' backup "$tmp/b"
ok k init
is "$(stat -c %a "$tmp/master.key" "$tmp/data" "$tmp"/data/*.db | tr '\n' ' ')" "400 700 600 600 600 600 " \
	"nobody else reads the files"
fails 73 'already' init
echo 'heslo heslo heslo' | k user add jana 'Jana Nováková' --administrator --password >/dev/null
ok k db check
ok k db upgrade
ok k audit verify
like "$(k --as jana audit list)" 'command-line +command-line +administer +done' "the first user stands in the record"
like "$(k --as jana audit list --user jana --json)" '"purpose": "audit"' "and who looked at it"
fails 64 '' audit list
fails 77 '' --as nobody audit list
fails 65 'object' --as jana audit list --object thing:1
is "$(grep -c 'Nov.kov' "$tmp"/data/{kartoteka,keys,access}.db* | grep -v ':0$')" "" "no name stands in the files"

mkdir "$tmp/full" && touch "$tmp/full/file"
fails 73 'empty folder' backup "$tmp/full"
ok k backup "$tmp/b"
ok k backup --keys "$tmp/keys"
fails 73 'already' restore "$tmp/b" "$tmp/keys"
mv "$tmp/data" "$tmp/lost"
fails 65 'One backup must' restore "$tmp/b" "$tmp/b"
fails 66 'MANIFEST' restore "$tmp/none" "$tmp/keys"
like "$(k restore "$tmp/b" "$tmp/keys")" 'There is no ledger of erasures' "restored, and told what that may bring back"
ok k db check
ok k backup "$tmp/again"
is "$(grep ^file: "$tmp/again/MANIFEST")" "$(grep ^file: "$tmp/b/MANIFEST")" "identical digests after the way back"
like "$(k status)" 'mailbox rewind' "and the poller is still to be told"

chmod 644 "$tmp/master.key"
fails 77 'read by others' --as jana audit list
chmod 400 "$tmp/master.key"
mv "$tmp/master.key" "$tmp/key"
fails 66 'master.key' --as jana audit list
mv "$tmp/key" "$tmp/master.key"

# What is missing, empty or another's is named, and nothing is made in its place.
doctored() { # PATTERN NAME
	k doctor >"$tmp/out" 2>&1
	like "$(cat "$tmp/out")" "FAIL +records +.*$1" "doctor: $2"
}
cp -a "$tmp/data" "$tmp/whole"
rm "$tmp"/data/keys.db*
fails 66 'no .*keys.db, without which.*restore a backup' --as jana audit list
doctored keys.db "no keys"
rm -r "$tmp/data" && cp -a "$tmp/whole" "$tmp/data"
rm "$tmp"/data/access.db*
doctored access.db "no access record"
rm -r "$tmp/data" && cp -a "$tmp/whole" "$tmp/data"
rm "$tmp"/data/kartoteka.db-* && : >"$tmp/data/kartoteka.db"
fails 70 'kartoteka.db is empty: restore a backup' --as jana audit list
fails 70 'kartoteka.db is empty: restore a backup' db upgrade
doctored 'is empty' "no records in the file"
rm -r "$tmp/data" && cp -a "$tmp/whole" "$tmp/data"
chmod 600 "$tmp/master.key" && cp "$tmp/master.key" "$tmp/key" && sed -i 's/....$/0000/' "$tmp/master.key"
doctored "doesn't open with the master key" "another master key"
mv "$tmp/key" "$tmp/master.key" && chmod 400 "$tmp/master.key"
ok k db check

# Root hands over what it makes: the data, the key, the folder of a backup.
if [ "$(id -u)" = 0 ]; then
	mkdir "$tmp/root" "$tmp/root/ledger" && chown nobody "$tmp/root/ledger"
	sed "s/^user =.*/user = nobody/; s#$tmp/erasures#$tmp/root/ledger/erasures#; s#$tmp/#$tmp/root/#" "$tmp/k.conf" >"$tmp/root.conf"
	sed -i "s#$tmp/root/root/#$tmp/root/#" "$tmp/root.conf"
	as_root() { "$BUILDDIR/kartoteka" --config "$tmp/root.conf" "$@"; }
	desc="init as root" ok as_root init
	desc="backup as root" ok as_root backup "$tmp/root/b"
	is "$(find "$tmp/root/b" -type f -perm /077)" "" "nobody else may read what is in it"
	like "$(as_root backup "$tmp/root/none/b" 2>&1)" "There is no folder $tmp/root/none .*make it first" "its folder must be there"
	is "$(stat -c '%U %a' "$tmp"/root/{b,data,master.key} | tr '\n' ' ')" "nobody 700 nobody 700 nobody 400 " "they are the other user's"
fi

# Raising the form of a file: all or nothing, and an error is said.
sql() { # STATEMENT...
	python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level = None)
for statement in sys.argv[2:]: c.execute(statement)' "$tmp/data/kartoteka.db" "$@"
}
# as the first version made it, but for one table
sql 'DROP TABLE mailbox_posture' 'CREATE TABLE mailbox_posture (id INTEGER)' 'ALTER TABLE message_body RENAME TO message_raw' \
	'ALTER TABLE message_raw RENAME COLUMN body TO raw' 'PRAGMA user_version = 1'
fails 70 'kartoteka.db' db upgrade
fails 73 'db upgrade' db check
sql 'DROP TABLE mailbox_posture'
if grep -q 'FAULT_POINTS 1' "$BUILDDIR/config.h"; then
	KARTOTEKA_FAULT=db-upgrade:1:errno=ENOSPC fails 75 'upgraded' db upgrade
	KARTOTEKA_FAULT=db-upgrade:1:kill k db upgrade >"$tmp/out" 2>&1
	is $? 137 "killed within an upgrade"
	fails 73 'older form .1, not 3' db check
fi
like "$(k db upgrade)" 'form 1 became 3' "the next upgrade does it"
ok k db check

# An init that fails leaves nothing but the master key; one that is killed says what to remove.
if grep -q 'FAULT_POINTS 1' "$BUILDDIR/config.h"; then
	sed -i.old "s#$tmp/\(data\|master.key\)#$tmp/new/\1#" "$tmp/k.conf"
	for point in db-upgrade:1 db-upgrade:4 key-refill:1 db-commit:2 lock-take:3; do
		rm -rf "$tmp/new" && mkdir "$tmp/new"
		KARTOTEKA_FAULT=$point:errno=ENOSPC fails 75 '' init
		is "$(find "$tmp/new" -name '*.db*' ! -name '*-lock' ! -name '*-queue')" "" "$point: no file is left"
		desc="$point: init again" ok k init
		rm -rf "$tmp/new" && mkdir "$tmp/new"
		KARTOTEKA_FAULT=$point:kill k init >"$tmp/out" 2>&1
		is $? 137 "$point: killed"
		k init >"$tmp/out" 2>&1 || {
			fails 73 'remove it when an init was interrupted' init
			rm -r "$tmp/new/data"
			desc="$point: without the rest of it" ok k init
		}
		ok k db check
	done
	mv "$tmp/k.conf.old" "$tmp/k.conf"
fi

python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1])
c.execute("UPDATE access SET result = 2 WHERE seq = 1"); c.commit()' "$tmp/data/access.db"
fails 70 "isn't as it was written" audit verify
like "$(cat "$tmp/out")" 'Row 1 of reads was changed' "a changed row is named"
fails 70 'problems were found' db check
done_testing

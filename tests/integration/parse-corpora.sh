#!/bin/bash
# The parser against what another parser read in the shared corpora, and against hostile mail. Needs ../shared/corpora
# beside the project; its content never enters the repository.
. "${SRCDIR:-.}/tests/lib/tap.sh"
corpora=$SRCDIR/../shared/corpora
[ -d "$corpora/mime" ] || skip_all "the shared corpora are not beside the project"
command -v zstd >/dev/null || skip_all "zstd is missing"
truth=$BUILDDIR/tests/lib/parse-truth

# unpack ARCHIVE FOLDER
unpack() { mkdir -p "$2" && zstd -dcq "$1" | tar -x -C "$2"; }

# agrees NAME COLUMN PERMILLE: of the rows that count, so many are the same; OUT is what parse-truth said
agrees() {
	local same other all
	read -r same other < <(sed -n "s/^$2 same=\([0-9]*\) other=\([0-9]*\) .*/\1 \2/p" "$out")
	all=$((same + other))
	[ "$all" = 0 ] && { skip "$1: $2" "nothing to compare"; return; }
	note "$1: $2 $same of $all"
	if [ $((same * 1000)) -ge $((all * $3)) ]; then pass "$1: $2"; else
		fail "$1: $2, $other of $all differ"; grep -A2 "^$2" "$tmp/differences" | head -15 | cut -c1-200 | sed 's/^/#   /'
	fi
}

# compare NAME ARCHIVE TRUTH PERMILLE
compare() {
	out=$tmp/out
	unpack "$2" "$tmp/$1" && zstd -dcq "$3" >"$tmp/truth.tsv" || { fail "$1 can be unpacked"; return; }
	"$truth" -v "$tmp/$1" "$tmp/truth.tsv" >"$out" 2>"$tmp/differences" || { fail "$1 is parsed"; return; }
	for column in addrs subject message_id date attachments; do agrees "$1" $column "$4"; done
	not_ok grep '^slow' "$out"
	grep '^refused' "$out" | cut -d: -f2- | sort | uniq -c | while read -r line; do note "$1 refused: $line"; done
	rm -rf "${tmp:?}/$1"
}

# The truth sets: what business mail and lists look like.
compare list-linux-raid "$corpora"/list-linux-raid/mail.tar.zst "$corpora"/list-linux-raid/truth.tsv.zst 999
compare company-support "$corpora"/company-support/mail.tar.zst "$corpora"/company-support/truth.tsv.zst 999
compare company-enron "$corpora"/company-enron/maildirs.tar.zst "$corpora"/company-enron/truth.tsv.zst 999
# Other projects' test mail, much of it broken on purpose, where that parser is no authority either.
for archive in "$corpora"/mime/*.tar.zst "$corpora"/bounces/*.tar.zst; do
	name=${archive##*/} name=${name%.tar.zst}
	compare "$name" "$archive" "${archive%.tar.zst}.pytruth.tsv.zst" 900
done
done_testing

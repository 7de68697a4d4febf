#!/usr/bin/env bash
# Filing against what other parsers say about three corpora of real mail: no wrong link, 99.9 % of the links, nothing
# internal filed, copies merged, and every mail's bytes given back exactly.
. "${SRCDIR:?is the folder of the sources}/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/filer.sh"
from=$(corpora) || skip_all "the corpora (../shared/corpora) are not here"
command -v zstd >/dev/null || skip_all "zstd is not here"
truth() { python3 "$SRCDIR/tests/lib/truth.py" "$@"; }

unpack() { # NAME ARCHIVE
	mkdir -p "$tmp/$1/mail" && zstd -dcq "$from/$1/$2" | tar x -C "$tmp/$1/mail" &&
		zstd -dcq "$from/$1/truth.tsv.zst" >"$tmp/$1/truth.tsv"
}
take_in() { # NAME ARGUMENT...: import and file
	local dir=$tmp/$1
	shift
	filer_env "$dir"
	"$BUILDDIR/kartoteka" import --quiet "$@" >/dev/null
}
judge() { # NAME CONTACTS
	filer_ledger "$tmp/$1" >"$tmp/$1/ledger" || return 1
	truth "$tmp/$1/ledger" "$tmp/$1/truth.tsv" "$2" "$from/$1/addr-disagreements.tsv" >"$tmp/$1/judgement"
	local status=$?
	sed 's/^/# /' "$tmp/$1/judgement"
	return $status
}
bytes_again() { # NAME: the bytes of every message, by the digest in the ledger
	"$BUILDDIR/tests/lib/raw-again" "$tmp/$1/kartoteka.conf"
}

name=company-support
unpack $name mail.tar.zst
filer_make $tmp/$name example.cz staff:staff@example.cz -- "$from/$name/contacts.vcf"
desc="$name is taken in" ok take_in $name "$tmp/$name/mail"
desc="$name is filed" ok filer_run $tmp/$name
judge $name "$from/$name/contacts.csv" && pass "$name is filed as it should be" || fail "$name is filed as it should be"
desc="the bytes of $name come back" ok bytes_again $name
desc="an import that is repeated takes nothing twice" ok take_in $name "$tmp/$name/mail"
is "$(filer_left $tmp/$name)" 1 "only the start of the second import lies in the spool"
desc="nothing is missing in $name" ok "$BUILDDIR/kartoteka" reconcile

name=company-enron
unpack $name maildirs.tar.zst
staff=$(awk -F, 'NR > 1 { print $1 ":" $3 }' "$from/$name/users.csv")
filer_make $tmp/$name enron.com,enron.net,enron.co.uk $staff -- "$from/$name/contacts.vcf"
for user in $(cut -d: -f1 <<<"$staff"); do
	desc="the mailbox of $user is taken in" ok take_in $name --mailbox-of "$user" --source "imp-$user" "$tmp/$name/mail/$user"
done
desc="$name is filed" ok filer_run $tmp/$name
judge $name "$from/$name/contacts.csv" && pass "$name is filed as it should be" || fail "$name is filed as it should be"
desc="the bytes of $name come back" ok bytes_again $name

name=list-linux-raid
unpack $name mail.tar.zst
filer_make $tmp/$name example.cz staff:staff@example.cz
desc="$name is taken in" ok take_in $name "$tmp/$name/mail"
desc="$name is filed" ok filer_run $tmp/$name
judge $name - && pass "$name is merged as it should be" || fail "$name is merged as it should be"
desc="the bytes of $name come back" ok bytes_again $name
done_testing

# kartotekad on its own, without a mail server: a store with people, a spool, the filer run to its end.
#   filer_make FOLDER DOMAINS LOGIN:ADDRESS... -- FILE.vcf...    configuration and store
#   filer_fill FOLDER SOURCE live|import <LIST                   lays mails into the spool (see spool-fill.c)
#   filer_run FOLDER                                             kartotekad --once; log in FOLDER/log
#   filer_ledger FOLDER                                          the ledger as JSON
#   filer_account FOLDER                                         the ledger without what chance decides, sorted
#   filer_left FOLDER                                            how many files lie in the spool
#   corpora                                                      the folder of the large corpora, or fails
filer_env() { export KARTOTEKA_CONFIG=$1/kartoteka.conf KARTOTEKA_PARSE=$BUILDDIR/kartoteka-parse; }

filer_make() {
	local dir=$1 domains=$2
	shift 2
	mkdir -p "$dir"/{spool,run,published}
	cat >"$dir/kartoteka.conf" <<-E
		[company]
		name = Test
		domains = $domains
		[data]
		directory = $dir/data
		master-key-file = $dir/data/master.key
		spool-directory = $dir/spool
		published-directory = $dir/published
		run-directory = $dir/run
		erasure-ledger-file = $dir/erasures
		[log]
		target = stderr
		${FILER_CONF-}
	E
	filer_env "$dir"
	"$BUILDDIR/tests/lib/people" "$dir/kartoteka.conf" "$@"
}

filer_fill() { "$BUILDDIR/tests/lib/spool-fill" "$1/spool" "$2" "$3"; }
filer_run() { filer_env "$1"; timeout "${FILER_TIME:-120}" "$BUILDDIR/kartotekad" --once >>"$1/log" 2>&1; }
filer_ledger() { filer_env "$1"; "$BUILDDIR/kartoteka" ledger --json; }
filer_left() { find "$1"/spool/*/new "$1"/spool/*/backlog -type f | wc -l; }

filer_account() {
	filer_ledger "$1" | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
names = {}
for line in lines:  # which items are one message, but not its random id
    names.setdefault(line["message"], (line["key"] or "").rsplit("/", 1)[-1])
for line in sorted(lines, key=lambda l: l["key"] or ""):
    key = (line["key"] or "").rsplit("/", 1)[-1]
    print(key, line["state"], line["reason"], line["sha256"], ",".join(sorted(line["contacts"])),
        ",".join(sorted(line["organisations"])), ",".join(sorted(line["reasons"])), line["message"] is not None)
print(len(lines), "items", len(set(l["message"] for l in lines if l["message"])), "messages")
'
}

corpora() {
	local dir=${KARTOTEKA_CORPORA:-$SRCDIR/../shared/corpora}
	[ -e "$dir/company-enron/truth.tsv.zst" ] && (cd "$dir" && pwd)
}

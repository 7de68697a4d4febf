#!/usr/bin/env bash
# The test frame itself: a test that fails must be seen, and so must one that dies half-way.
. "$SRCDIR/tests/lib/tap.sh" || exit 99

run() { bash -c '. "$SRCDIR/tests/lib/tap.sh"; '"$1" 2>&1; echo "status $?"; }

is "$(run 'ok true; done_testing')" $'ok 1 - true\n1..1\nstatus 0' "a passing test"
like "$(run 'ok false; done_testing')" '^not ok 1' "a failing one is seen"
like "$(run 'ok false; done_testing')" '^status 1' "and fails the script"
like "$(run 'is a b c; done_testing')" 'wanted: b' "is tells what it wanted"
is "$(run 'ok true; exit 3')" $'ok 1 - true\nstatus 3' "no plan from a script that dies"
run 'on_exit touch '"$tmp"'/ended; echo $tmp >'"$tmp"'/folder; kill -TERM $$' >/dev/null
desc="on_exit runs" ok test -e "$tmp/ended"
desc="the folder of a test is removed" not_ok test -e "$(cat "$tmp/folder")"

mkdir -p "$tmp/t/tests"
printf ':test-result: PASS\n:test-result: FAIL\n:test-result: SKIP\n' >"$tmp/t/tests/a.trs"
printf 'ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP why\n' >"$tmp/t/tests/a.log"
tally=$("$SRCDIR/tests/lib/tally" "$tmp/t")
is "$tally" $'FAILED: a: not ok 2 - b\nskipped: a: why\n1 passed, 1 failed' "the tally counts and names"
desc="and fails" not_ok "$SRCDIR/tests/lib/tally" "$tmp/t"
done_testing

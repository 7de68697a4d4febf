#!/usr/bin/env bash
# Each fault point of the sources is one that a test stops at or lets fail, by its name; and no test names one that isn't there.
. "$SRCDIR/tests/lib/tap.sh"
cd "$SRCDIR" || exit 99

points() { grep -rhoE '(fault_point|step_fails)\("[a-z-]+"' "$@" --include='*.c' | grep -oE '[a-z]+(-[a-z]+)+' | sort -u; }
points crm-core milter webui-minimal imapsync >"$tmp/points"
desc="the sources have fault points" ok test "$(wc -l <"$tmp/points")" -gt 40
tests=$(grep -rlE 'KARTOTEKA_FAULT' tests/unit tests/shell tests/integration)
grep -hoE '[a-z]+(-[a-z]+)+' $tests | sort -u >"$tmp/named"
is "$(comm -23 "$tmp/points" "$tmp/named")" "" "each fault point stands in a test that uses them"
grep -hoE 'KARTOTEKA_FAULT=[a-z]+(-[a-z]+)+' $tests | cut -d= -f2 | sort -u >"$tmp/used"
is "$(comm -13 "$tmp/points" "$tmp/used")" "" "no test names a fault point that isn't there"
done_testing

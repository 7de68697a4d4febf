# TAP for shell tests: . "$SRCDIR/tests/lib/tap.sh", then check what you like, then done_testing.
#   ok COMMAND...           a test point: the command succeeds        ("desc" is the command, or $desc)
#   not_ok COMMAND...       a test point: it fails
#   is GOT WANTED NAME      a test point: both are equal
#   like GOT REGEX NAME     a test point: the extended regex is found
#   passed LOG POINT...     a test point: a run with KARTOTEKA_FAULT_LOG=LOG passed each of these fault points
#   pass NAME / fail NAME / skip NAME WHY / skip_all WHY / note TEXT
#   done_testing            prints the plan and leaves with 0 when all passed
# A script that dies before done_testing has no plan, which the driver counts as an error.
# $tmp is a folder of the test's own, removed at its end; on_exit COMMAND... runs there as well.
: "${SRCDIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}" "${BUILDDIR:=$SRCDIR/build}"
export SRCDIR BUILDDIR
tap_n=0 tap_failed=0 tap_exit=()
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kartoteka-test.XXXXXX") && chmod 755 "$tmp" || exit 99

tap_end() {
	local i
	for ((i = ${#tap_exit[@]} - 1; i >= 0; i--)); do eval "${tap_exit[i]}" >&2; done
	rm -rf "$tmp"
}
trap tap_end EXIT
trap 'exit 99' INT TERM HUP

on_exit() { tap_exit+=("$(printf '%q ' "$@")"); }
note() { printf '%s\n' "$*" | sed 's/^/# /'; }
pass() { tap_n=$((tap_n + 1)); echo "ok $tap_n - ${*//#/}"; }
fail() { tap_n=$((tap_n + 1)); tap_failed=$((tap_failed + 1)); echo "not ok $tap_n - ${*//#/}"; return 1; }
skip() { tap_n=$((tap_n + 1)); echo "ok $tap_n - ${1//#/} # SKIP ${2-}"; }
skip_all() { echo "1..0 # SKIP $*"; exit 0; }

ok() {
	if "$@" >"$tmp/.out" 2>&1; then pass "${desc:-$*}"; else
		fail "${desc:-$*}"; tail -n 20 "$tmp/.out" | sed 's/^/#   /'; return 1
	fi
}
not_ok() {
	if "$@" >"$tmp/.out" 2>&1; then
		fail "${desc:-$* fails}"; tail -n 20 "$tmp/.out" | sed 's/^/#   /'; return 1
	else pass "${desc:-$* fails}"; fi
}
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else
		fail "$3"; note "  got:    $1"; note "  wanted: $2"; return 1
	fi
}
like() {
	if grep -qE -- "$2" <<<"$1"; then pass "$3"; else
		fail "$3"; note "  got:     $1"; note "  pattern: $2"; return 1
	fi
}
passed() {
	is "$(printf '%s\n' "${@:2}" | sort | comm -23 - <(sort -u "$1"))" "" "the fault points that are wanted are passed"
}
done_testing() { echo "1..$tap_n"; [ "$tap_failed" = 0 ]; exit; }

# wait_for SECONDS COMMAND...: until it succeeds; how long it takes is no part of any test, and a busy machine gets more time.
wait_for() {
	local end=$((SECONDS + 3 * $1)); shift
	until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}

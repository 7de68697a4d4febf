#!/usr/bin/env bash
# What is taken from whose mailbox: by the command line.
. "$SRCDIR/tests/lib/tap.sh"
. "$SRCDIR/tests/lib/cli.sh"
cli_init || exit 99
json() { python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

ok ka admin user add ann 'Ann Nová' --address ann@own.example
is "$(ka admin --json mailbox list | json '[(m["login"], m["posture"]) for m in d]')" "[('admin', 'off'), ('ann', 'off')]" \
	"nothing is taken until somebody decides"
not_ok ka admin mailbox posture ann full
like "$(ka admin mailbox posture ann full 2>&1)" "Say why" "a reason is asked for"
like "$(ka admin mailbox posture ann some --reason x 2>&1)" "off, headers, known or full" "a posture that there isn't"
like "$(ka admin mailbox posture nobody full --reason x 2>&1)" "no .*user" "a user that there isn't"
not_ok ka ann mailbox posture ann full --reason 'because'
ok ka admin mailbox posture ann known --reason 'told her on Monday'
not_ok ka admin mailbox posture ann known --reason 'again'
is "$(ka ann --json mailbox list | json '[(m["login"], m["posture"], m["reason"]) for m in d]')" \
	"[('ann', 'known', 'told her on Monday')]" "everybody sees his own"
like "$(ka ann mailbox list)" "ann +known .*told her" "as a table"
done_testing

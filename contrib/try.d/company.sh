# The invented company of contrib/try: who works there, which books there are, who may do what. Sourced; uses $data,
# $password and kt of tests/lib/system.sh.
company=$top/contrib/try.d

k() { kt "$data" "$@" >>"$data/log/company.log" 2>&1 || { tail -n 3 "$data/log/company.log" >&2; return 1; }; }

company_make() {
	local login
	k init || return 1
	printf '#!/bin/sh\n# The command line of this try.\nexec env KARTOTEKA_CONFIG=%q %q "$@"\n' \
		"$data/kartoteka.conf" "$BUILDDIR/kartoteka" >"$data/kt" && chmod 755 "$data/kt"
	user vera.kralova 'Věra Králová' --administrator &&
		user jana.novakova 'Jana Nováková' &&
		user petr.svoboda 'Petr Svoboda' &&
		user lucie.dvorakova 'Lucie Dvořáková' &&
		user karel.simek 'Karel Šimek' || return 1
}

user() {
	printf '%s\n%s\n' "$password" "$password" |
		k user add "$1" "$2" --address "$1@lodenice.example" "${@:3}"
}

company_later() { :; }
company_check() { :; }

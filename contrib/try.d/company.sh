# The invented company of contrib/try: who works there, which books there are, who may do what. Sourced; uses kt() of
# tests/lib/system.sh, and $data (its folder), $password (of all its staff) and $company (this folder).

# k ARGUMENT...: the command line, for the administrator
k() { ka vera.kralova "$@"; }
# ka LOGIN ARGUMENT...: for that user
ka() {
	kt "$data" --as "$1" "${@:2}" >>"$data/log/company.log" 2>&1 && return
	tail -n 3 "$data/log/company.log" >&2
	echo "failed: kartoteka --as $*" >&2
	return 1
}

user() {
	kt "$data" ${3:+--as} ${3-} user add "$1" "$2" --address "$1@lodenice.example" --password "${@:4}" \
		>>"$data/log/company.log" 2>&1 <<<"$password" || {
		tail -n 3 "$data/log/company.log" >&2
		return 1
	}
}

company_make() {
	kt "$data" init >>"$data/log/company.log" 2>&1 || { tail -n 3 "$data/log/company.log" >&2; return 1; }
	user vera.kralova 'Věra Králová' '' --administrator &&
		user jana.novakova 'Jana Nováková' vera.kralova --language cs &&
		user petr.svoboda 'Petr Svoboda' vera.kralova --language cs &&
		user lucie.dvorakova 'Lucie Dvořáková' vera.kralova --language cs &&
		user karel.simek 'Karel Šimek' vera.kralova --language en || return 1

	k team add Obchod && k team address-add Obchod sales@lodenice.example &&
		k team join Obchod jana.novakova && k team join Obchod petr.svoboda || return 1

	k book add Zákazníci --description 'Půjčovny, oddíly a soukromí majitelé' &&
		k book add Dodavatelé --description 'Řezivo, laky, kování' &&
		k book add Partneři --description 'Konstruktéři a poradci' || return 1
	k grant add Zákazníci see,history,edit,export,manage jana.novakova --reason 'vede obchod' &&
		k grant add Zákazníci see,history,edit petr.svoboda --reason 'obchodník' &&
		k grant add Zákazníci see lucie.dvorakova --reason 'obchodnice, zaučuje se' &&
		k grant add Zákazníci see karel.simek --reason 'vede výrobu' &&
		k grant add Dodavatelé see,history,edit,manage karel.simek --reason 'vede výrobu' &&
		k grant add Dodavatelé see,history jana.novakova --reason 'hlídá ceny' &&
		k grant add Partneři see,history,edit,manage karel.simek --reason 'vede výrobu' || return 1

	ka jana.novakova contact import --book Zákazníci "$company/customers.vcf" &&
		ka karel.simek contact import --book Dodavatelé "$company/suppliers.csv" &&
		ka karel.simek contact import --book Partneři "$company/partners.vcf"
}

# What happens after the first mails: Petr leaves, Lucie takes over; Pavel becomes a contact.
company_later() {
	k handover add petr.svoboda --to lucie.dvorakova --reason 'Petr odešel' &&
		k user leave petr.svoboda --reason 'odešel k 30. 11.' &&
		ka jana.novakova contact import --book Zákazníci "$company/later.vcf"
}

# The mailboxes of contrib/try: a private Dovecot (downloaded, unpacked), and kartoteka-imapsync between it and the spool.
# Sourced; uses k() of company.sh, the harnesses in tests/lib, and $data, $password, $company, $dovecot (Dovecot's folder).
#   mailboxes_conf PORT      appends to the configuration; PORT is that of imaps
#   mailboxes_start          Dovecot with mail in it, the postures, the poller
#   mailboxes_stop
#   mailboxes_report         what became of it; fails when anything isn't where it belongs
mailboxes_staff="jana.novakova lucie.dvorakova karel.simek"

mailboxes_conf() {
	local login folder
	imaps=$1
	for folder in imapsync imapsync-run spool/imap; do
		mkdir -p "$data/$folder" && chmod 750 "$data/$folder" || return 1
		[ -z "$system_user" ] || chown "$system_user:" "$data/$folder"
	done
	chmod 2770 "$data/spool/imap" || return 1
	printf '%s\n' "$password" >"$data/imapsync/secret" && chmod 600 "$data/imapsync/secret" || return 1
	[ -z "$system_user" ] || chown "$system_user:" "$data/imapsync/secret"
	cat >>"$data/kartoteka.conf" <<-E

		[imap]
		directory = $data/imapsync
		control-socket = $data/imapsync-run/control
		status-file = $data/imapsync-run/status
		free-space-minimum = 1M
		interval = 5s

		[imap-server main]
		host = 127.0.0.1
		port = $imaps
		ca-file = $dovecot/tls/ca.pem
		secret-file = $data/imapsync/secret
		private-folders = Soukromé
	E
	for login in $mailboxes_staff; do printf '\n[mailbox %s]\n' "$login"; done >>"$data/kartoteka.conf"
}

# mailboxes_put LOGIN FOLDER NAME: mailbox/NAME.eml, written just now
mailboxes_put() {
	sed "s/@DATE@/$(LC_ALL=C date -R)/" "$company/mailbox/$3.eml" >"$data/letter" &&
		dovecot_save "$dovecot" "$1" "$2" "$data/letter"
}

mailboxes_start() {
	local login
	dovecot_start "$dovecot" "$(free_port)" "$imaps" || return 1
	for login in $mailboxes_staff; do dovecot_user "$dovecot" "$login" "$password"; done
	dovecot_adm "$dovecot" mailbox create -u jana.novakova Soukromé Drafts &&
		mailboxes_put jana.novakova INBOX old-letter &&
		mailboxes_put jana.novakova Soukromé family &&
		mailboxes_put lucie.dvorakova INBOX known &&
		mailboxes_put lucie.dvorakova INBOX stranger &&
		mailboxes_put karel.simek INBOX offer || return 1
	k mailbox posture jana.novakova full --reason 'souhlasí, vede obchod' &&
		k mailbox posture lucie.dvorakova known --reason 'souhlasí, jen zákazníci' &&
		k mailbox posture karel.simek headers --reason 'souhlasí, jen hlavičky' || return 1
	program_start "$data" kartoteka-imapsync
	mta_wait 15 test -S "$data/imapsync-run/control"
}

mailboxes_stop() {
	mta_kill "$data/kartoteka-imapsync.pid"
	[ ! -e "$dovecot/run/master.pid" ] || dovecot_stop "$dovecot"
}

# mailboxes_ledger EXPRESSION: of l, the items of mailboxes
mailboxes_ledger() {
	kt "$data" ledger --json | python3 -c '
import json, sys
l = [x for x in map(json.loads, sys.stdin) if x["source"] == "imap"]
for x in l:
    x["place"] = x["key"].split(";UIDVALIDITY=")[0]
print(eval(sys.argv[1]))' "$1"
}

mailboxes_all() { [ "$(mailboxes_ledger 'len(l)')" -ge 4 ]; }
mailboxes_sent() { [ "$(mailboxes_ledger '[(x["state"], x["proof"]) for x in l if x["place"].endswith("/Sent")]')" = "[('filed', 'sent-folder')]" ]; }

mailboxes_watched() { [ "$(kt "$data" status --json | python3 -c '
import json, sys
print(all(m["state"] == "watches" for m in json.load(sys.stdin)["poller"]["mailboxes"]))')" = True ]; }

mailboxes_report() {
	local got wrong=0 at
	mta_wait 60 mailboxes_all && mta_wait 30 mailboxes_watched || { echo "!! the mailboxes were not read"; return 1; }
	got=$(mailboxes_ledger '"\n".join(sorted(" ".join([x["place"], x["state"], ",".join(x["contacts"]) or x["reason"] or "-", ",".join(x["reasons"]) or "-"]) for x in l))')
	echo "From mailboxes:"
	sed 's/^/    /' <<<"$got"
	if [ "$got" != "jana.novakova/INBOX filed tomas-cerny address from (participants only)
karel.simek/INBOX filed bozena-kucerova address from (participants only)
lucie.dvorakova/INBOX excluded posture -
lucie.dvorakova/INBOX filed eva-rihova address from (participants only)" ]; then
		echo "!! this is not what should have become of it"
		wrong=1
	fi
	# Jana sends by another server: her program lays a draft down, and moves it to what was sent.
	mailboxes_put jana.novakova Drafts sent || wrong=1
	at=$(date +%s%N)
	dovecot_adm "$dovecot" move -u jana.novakova Sent mailbox Drafts all || wrong=1
	if mta_wait 15 mailboxes_sent; then
		printf '    jana.novakova/Sent filed %d.%01d s after it was moved there, and it proves who sent it\n' \
			$((($(date +%s%N) - at) / 1000000000)) $((($(date +%s%N) - at) / 100000000 % 10))
	else
		echo "!! a mail that was moved to Jana's folder of sent mail isn't filed"
		wrong=1
	fi
	[ "$(mailboxes_ledger '[x for x in l if "Soukrom" in x["place"]]')" = "[]" ] || { echo "!! a private folder was read"; wrong=1; }
	return $wrong
}

#!/usr/bin/env bash
# Servers that lie: wrong certificates get no byte of a password, and whatever is said ends with one clear line, in 64 MB.
. "$SRCDIR/tests/lib/tap.sh" || exit 99
. "$SRCDIR/tests/lib/imap.sh"
lies() { grep -v '^#' "$SRCDIR/tests/lib/lies"; }
imap_certs "$tmp/tls" || skip_all "openssl can't make certificates"
ca=$tmp/tls/ca.pem
mkdir "$tmp/h" "$tmp/out"
: >"$tmp/h/heard"
echo start >"$tmp/h/case"
python3 -W ignore "$SRCDIR/tests/lib/hostile_imap.py" "$tmp/h" "$tmp/tls/server.pem" "$tmp/tls/server.key" \
	$(lies | cut -d ';' -f 1 | sort -u) 2>"$tmp/h/err" &
server=$!
on_exit kill $server
for kind in tls plain certs; do wait_for 30 test -e "$tmp/h/$kind" || fail "the server listens"; done

export IMAP_SECRET=very-secret-word
secrets="very-secret-word|$(printf '\0ann\0very-secret-word' | base64)"
# say PORTFILE CASE ARGUMENT...: what imap-talk says; leaves what the server heard in $tmp/h/heard
say() {
	echo "$2" >"$tmp/h/case"
	: >"$tmp/h/heard"
	timeout 40 "$BUILDDIR/tests/lib/imap-talk" --port "$(cat "$tmp/h/$1")" --timeout 3 --ca "$ca" "${@:3}" 2>&1
}
no_secret() { ! grep -aqE "$secrets" "$tmp/h/heard"; }

# Certificates
cert() { # NAME SUBJECT-ALT-NAME USAGE OPTION...: signed by the CA in $signer (default: the right one)
	local name=$1 by=${signer:-$tmp/tls/ca}
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout "$tmp/h/$name.key" -out "$tmp/h/csr" &&
		openssl x509 -req -in "$tmp/h/csr" -CA "$by.pem" -CAkey "$by.key" -set_serial 9 -out "$tmp/h/$name.pem" "${@:4}" \
			-extfile <(printf '%s\n' "subjectAltName=$2" "extendedKeyUsage=$3")
} 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Other CA" -keyout "$tmp/h/other.key" \
	-out "$tmp/h/other.pem" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-addext basicConstraints=critical,CA:FALSE \
	-keyout "$tmp/h/self-signed.key" -out "$tmp/h/self-signed.pem" 2>/dev/null
cert good DNS:localhost serverAuth -days 30
cert other-name DNS:mail.example.org serverAuth -days 30
cert other-address IP:192.0.2.1 serverAuth -days 30
cert name-as-address DNS:127.0.0.1 serverAuth -days 30
signer=$tmp/h/other cert unknown-ca DNS:localhost serverAuth -days 30
cert wrong-usage DNS:localhost clientAuth -days 30
cert old-tls DNS:localhost serverAuth -days 30
signer=$tmp/h/self-signed cert signed-by-server DNS:localhost serverAuth -days 30
# x509 -req can't set dates in the past or future: "ca" can.
dated() { # NAME START END
	rm -rf "$tmp/h/ca" && mkdir "$tmp/h/ca" && : >"$tmp/h/ca/index.txt" && echo 05 >"$tmp/h/ca/serial"
	printf '%s\n' '[ca]' 'default_ca=x' '[x]' "dir=$tmp/h/ca" "database=$tmp/h/ca/index.txt" "serial=$tmp/h/ca/serial" \
		"new_certs_dir=$tmp/h/ca" 'default_md=sha256' 'policy=p' '[p]' 'commonName=supplied' >"$tmp/h/ca/conf"
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout "$tmp/h/$1.key" -out "$tmp/h/csr" &&
		openssl ca -batch -notext -config "$tmp/h/ca/conf" -cert "$ca" -keyfile "$tmp/tls/ca.key" -in "$tmp/h/csr" -startdate "$2" \
			-enddate "$3" -out "$tmp/h/$1.pem" -extfile <(printf '%s\n' subjectAltName=DNS:localhost extendedKeyUsage=serverAuth)
} >/dev/null 2>&1
dated expired 20200101000000Z 20200201000000Z
dated not-yet-valid 20990101000000Z 20990201000000Z

like "$(say certs good login)" '^memory' "a right certificate"
not_ok no_secret
while read -r name host what; do
	said=$(say certs "$name" --host "$host" login)
	like "$said" "^error invalid .*$what" "certificate: $name"
	desc="$name: no byte of the password, nor anything else" ok test "$(sed 1d "$tmp/h/heard" | grep -avc '^handshake')" = 0
done <<'C'
self-signed localhost self.signed certificate
other-name localhost ostname mismatch
other-address 127.0.0.1 IP address mismatch
name-as-address 127.0.0.1 IP address mismatch
expired localhost certificate has expired
not-yet-valid localhost certificate is not yet valid
unknown-ca localhost unable to get local issuer certificate
wrong-usage localhost unsuitable certificate purpose
signed-by-server localhost unable to get local issuer certificate
old-tls localhost TLS with localhost failed
C
like "$(ca=$tmp/h/self-signed.pem say certs self-signed login)" '^memory' "the server's own certificate as the file of trust"
like "$(ca=$tmp/h/self-signed.pem say certs signed-by-server login)" '^error invalid .*certificate' "which is trusted to sign no other"
like "$(ca=$tmp/none say certs good login)" '^error invalid .*no certificates in PEM form' "a file of trust that isn't there"

# STARTTLS
like "$(say plain good --tls starttls login list)" '^folder raw=INBOX' "STARTTLS"
while read -r name code what; do
	said=$(say plain "$name" --tls starttls login)
	like "$said" "^error $code .*$what" "STARTTLS: $name"
	desc="$name: no password" ok no_secret
done <<'S'
strip invalid doesn't offer STARTTLS
preauth invalid PREAUTH
inject invalid between STARTTLS and TLS
inject-part invalid between STARTTLS and TLS
inject-untagged invalid between STARTTLS and TLS
inject-late invalid .
starttls-no invalid STARTTLS isn't possible
starttls-bye temporary ends the connection
S
like "$(say plain good --tls none login)" '^error invalid .*way of logging in' "a server that allows no log-in before TLS"
ok no_secret

# Lies, eight at a time
tell() { # NAME ACTIONS: what is said goes to $tmp/out/NAME.ACTION/said, then how long it took
	local out=$tmp/out/$1.${2##* } begin actions
	mkdir "$out"
	read -ra actions <<<"${2//OUT/$out}"
	begin=$(date +%s%N)
	timeout 40 "$BUILDDIR/tests/lib/imap-talk" --port "$(cat "$tmp/h/lie.$1")" --timeout 3 --ca "$ca" "${actions[@]}" >"$out/said" 2>&1
	echo "took $((($(date +%s%N) - begin) / 1000000)) ms" >>"$out/said"
}
running=0
while IFS=';' read -r name actions _; do
	tell "$name" "$actions" &
	[ $((running += 1)) -lt 8 ] || { wait -n; running=$((running - 1)); }
done < <(lies)
for pid in $(jobs -p); do [ "$pid" = "$server" ] || wait "$pid"; done
while IFS=';' read -r name actions what _; do
	said=$(cat "$tmp/out/$name.${actions##* }/said")
	memory=$(sed -n 's/^memory \([0-9]*\) kB$/\1/p' <<<"$said") ms=$(sed -n 's/^took \([0-9]*\) ms$/\1/p' <<<"$said")
	like "$said" "^${what/#ok/memory}" "$name"
	[ "${memory:-99999}" -lt 65536 ] && [ "$ms" -lt 20000 ] && pass "$name: ${memory} kB" || fail "$name: $memory kB, $ms ms"
done < <(lies)
is "$(stat -c %s "$tmp/out/big.fetch=OUT/1")" 30000000 "a mail of 30 MB came whole, in pieces"
is "$(cat "$tmp/h/err")" "" "the lying server itself had no trouble"
done_testing

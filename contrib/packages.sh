# Debian packages that are needed, and how they get there. Sourced by contrib/try and contrib/check.
packages_build="gcc libc6-dev make autoconf automake pkg-config gettext xz-utils git ca-certificates
	libglib2.0-dev libgmime-3.0-dev libsqlite3-dev libsodium-dev libssl-dev libmilter-dev libzstd-dev
	libseccomp-dev libetpan-dev libcurl4-gnutls-dev libjson-glib-dev"
# What a system for trying needs at run time. The MTA itself is only downloaded and unpacked
# (tests/lib/mta.sh): beside an installed exim or sendmail it could not be installed.
packages_run="lighttpd curl openssl python3 sqlite3 procps libdb5.3 libicu72 libsasl2-2 libnsl2 libldap-2.5-0
	libwrap0 liblockfile1 m4 swaks sasl2-bin libsasl2-modules libsasl2-modules-db"
packages_check="clang libclang-rt-dev mandoc miltertest opendkim tidy zstd strace fiu-utils libfiu-dev libfaketime
	chromium chromium-driver fonts-dejavu-core"

# packages_install PACKAGE...: installs what is missing, starts no service, removes nothing.
packages_install() {
	local missing policy=/usr/sbin/policy-rc.d made= status
	missing=$(for p in "$@"; do
		dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null | grep -q '^install ok installed$' || echo "$p"
	done)
	[ -n "$missing" ] || return 0
	echo "installing Debian packages:" $missing
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "please run this as root once, or install by hand:" $missing >&2
			return 1
		}
		sudo bash -c '. "$0"; packages_install "$@"' "${BASH_SOURCE[0]}" $missing
		return
	fi
	[ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && made=yes; }
	export DEBIAN_FRONTEND=noninteractive
	packages_apt $missing
	status=$?
	[ -z "$made" ] || rm -f $policy
	return $status
}

packages_apt() {
	local try log
	log=$(mktemp)
	for try in 1 2 3; do
		{ apt-get -q update && apt-get -q install -y --no-install-recommends --no-remove "$@"; } \
			</dev/null >"$log" 2>&1 && { rm -f "$log"; return 0; }
		sleep 3
	done
	tail -n 30 "$log" >&2
	rm -f "$log"
	return 1
}

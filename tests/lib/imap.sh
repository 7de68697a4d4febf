# Private IMAP servers on loopback: Debian's Dovecot and Cyrus imapd, downloaded and unpacked instead of installed (the
# two can't be installed together), laid over /usr in a mount namespace of their own. Source tests/lib/mta.sh first.
#   imap_usable [dovecot|cyrus]                root, unpacked, and the kernel lets us mount; otherwise skip
#   imap_certs FOLDER                          FOLDER/ca.pem, and server.pem + server.key for localhost and 127.0.0.1
#   dovecot_start FOLDER PORT TLSPORT          imap (with STARTTLS) and imaps on 127.0.0.1
#   dovecot_user FOLDER USER PASSWORD          also while it runs; PASSWORD may be {SCHEME}hash
#   dovecot_master FOLDER USER PASSWORD        may read everybody's mail: "user*master", or as authorization identity
#   dovecot_adm FOLDER COMMAND...              doveadm
#   dovecot_save FOLDER USER MAILBOX FILE...   a mail from each file
#   dovecot_stop FOLDER                        and waits until it is gone
#   cyrus_start FOLDER PORT TLSPORT            the same with Cyrus; has users USER=PASSWORD of $CYRUS_USERS, its admin "cyrus"
#   cyrus_stop FOLDER
# DOVECOT_EXTRA and CYRUS_EXTRA may hold more lines for dovecot.conf and imapd.conf. Mail lies in FOLDER/mail/USER
# (Dovecot: a Maildir, so that tests may look into it). Logs: FOLDER/log/.
: "${IMAP_ROOT:=${BUILDDIR:-$PWD}/tests/mta/imap}"
imap_dovecot="dovecot-core dovecot-imapd libexttextcat-2.0-0 liblua5.4-0 libstemmer0d libtirpc3 libunwind8 libwrap0
	libsodium23 liblz4-1 libicu72"
imap_cyrus="cyrus-imapd cyrus-common cyrus-admin libjansson4 libpcre3 libpq5 libxapian30 libical3 libzephyr4 libwrap0
	libxml2 libicu72 libldap-2.5-0 libcyrus-imap-perl"

imap_usable() { [ "$(id -u)" = 0 ] && imap_unpack "${1:-dovecot}" && imap_in "${1:-dovecot}" true; }

imap_unpack() { # dovecot|cyrus
	local root=$IMAP_ROOT/$1 packages=imap_$1
	mkdir -p "$root" && (
		flock 9
		[ ! -e "$root/complete" ] || exit 0
		cd "$root" && rm -rf usr etc var lib ./*.deb || exit 1
		apt-get download ${!packages} || { apt-get -q update && apt-get download ${!packages}; } || exit 1
		for deb in *.deb; do dpkg -x "$deb" . || exit 1; done
		rm -f ./*.deb
		touch complete
	) 9>"$IMAP_ROOT/lock-$1" >"$IMAP_ROOT/log-$1" 2>&1
}

# imap_in dovecot|cyrus COMMAND...: with the unpacked files seen in /usr, by this command and its children alone
imap_in() {
	unshare --mount sh -c 'mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr && exec "$@"' "$IMAP_ROOT/$1" "${@:2}"
}

imap_certs() {
	mkdir -p "$1" && (
		cd "$1" && [ ! -e server.pem ] || exit 0
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Test CA" \
			-keyout ca.key -out ca.pem &&
			openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
				-keyout server.key -out server.csr &&
			openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 3650 -out server.new \
				-extfile <(printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth') &&
			mv server.new server.pem
	) >/dev/null 2>&1
}

# The accounts that the servers' parts run as: Debian's base system has them.
imap_owner=mail

dovecot_start() {
	local dir=$1 port=$2 tlsport=$3 lib=/usr/lib/dovecot
	mkdir -p "$dir"/{etc,log,mail,run,state} && imap_certs "$dir/tls" || return 1
	touch "$dir/etc/users" "$dir/etc/masters"
	chown "$imap_owner" "$dir/mail"
	cat >"$dir/etc/dovecot.conf" <<-E
		base_dir = $dir/run
		state_dir = $dir/state
		log_path = $dir/log/dovecot.log
		protocols = imap
		listen = 127.0.0.1
		default_internal_user = list
		default_internal_group = list
		default_login_user = nobody
		first_valid_uid = 1
		mail_uid = $imap_owner
		mail_gid = $imap_owner
		mail_location = maildir:~/Maildir:LAYOUT=fs
		mail_fsync = never
		# Its lock and a folder's can wait for each other: a process then panics ("Resource deadlock avoided").
		mailbox_list_index = no
		auth_mechanisms = plain login scram-sha-1 scram-sha-256 xoauth2 oauthbearer
		auth_master_user_separator = *
		auth_cache_size = 0
		auth_failure_delay = 0
		disable_plaintext_auth = no
		ssl = yes
		ssl_cert = <$dir/tls/server.pem
		ssl_key = <$dir/tls/server.key
		mail_max_userip_connections = 1000
		login_trusted_networks =
		service imap-login {
		  chroot =
		  process_min_avail = 1
		  inet_listener imap {
		    port = $port
		  }
		  inet_listener imaps {
		    port = $tlsport
		  }
		}
		service imap {
		  process_limit = 1024
		}
		# No address is made to wait for what others of it did: here all are one.
		service anvil {
		  chroot =
		  unix_listener anvil-auth-penalty {
		    mode = 0
		  }
		}
		service stats {
		  chroot =
		}
		passdb {
		  driver = passwd-file
		  master = yes
		  args = $dir/etc/masters
		}
		passdb {
		  driver = passwd-file
		  args = scheme=PLAIN $dir/etc/users
		}
		userdb {
		  driver = static
		  args = uid=$imap_owner gid=$imap_owner home=$dir/mail/%u allow_all_users=yes
		}
		namespace inbox {
		  inbox = yes
		  separator = /
		  mailbox Sent {
		    special_use = \Sent
		    auto = create
		  }
		  mailbox Drafts {
		    special_use = \Drafts
		  }
		  mailbox Trash {
		    special_use = \Trash
		  }
		  mailbox Junk {
		    special_use = \Junk
		  }
		}
		${DOVECOT_EXTRA-}
	E
	imap_in dovecot dovecot -c "$dir/etc/dovecot.conf" 2>"$dir/log/start" || { cat "$dir/log/start" >&2; return 1; }
	mta_wait 30 port_open "$port" && mta_wait 30 port_open "$tlsport"
}

dovecot_user() { printf '%s:%s\n' "$2" "$3" >>"$1/etc/users"; }
dovecot_master() { printf '%s:{PLAIN}%s\n' "$2" "$3" >>"$1/etc/masters"; }
dovecot_adm() { imap_in dovecot doveadm -c "$1/etc/dovecot.conf" "${@:2}"; }
dovecot_save() {
	local file
	for file in "${@:4}"; do dovecot_adm "$1" save -u "$2" -m "$3" "$file" || return 1; done
}
dovecot_stop() { mta_kill "$1/run/master.pid"; }

cyrus_start() {
	local dir=$1 port=$2 tlsport=$3 user
	mkdir -p "$dir"/{etc,log,lib,mail,run,run/socket,lib/proc,lib/db,lib/socket,lib/user,lib/quota} &&
		imap_certs "$dir/tls" || return 1
	cat >"$dir/etc/imapd.conf" <<-E
		configdirectory: $dir/lib
		partition-default: $dir/mail
		defaultpartition: default
		cyrus_user: $imap_owner
		cyrus_group: $imap_owner
		admins: cyrus
		allowplaintext: yes
		sasl_pwcheck_method: auxprop
		sasl_auxprop_plugin: sasldb
		sasl_sasldb_path: $dir/etc/sasldb
		sasl_mech_list: PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256
		virtdomains: off
		unixhierarchysep: yes
		altnamespace: yes
		tls_server_cert: $dir/tls/server.pem
		tls_server_key: $dir/tls/server.key
		tls_client_ca_file: $dir/tls/ca.pem
		lmtpsocket: $dir/run/socket/lmtp
		idlesocket: $dir/run/socket/idle
		notifysocket: $dir/run/socket/notify
		mboxname_lockpath: $dir/run/lock
		proc_path: $dir/run/proc
		autocreate_quota: 0
		autocreate_post: yes
		autocreate_inbox_folders: Sent
		xlist-sent: Sent
		specialusealways: yes
		skiplist_unsafe: yes
		${CYRUS_EXTRA-}
	E
	cat >"$dir/etc/cyrus.conf" <<-E
		START {
		  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -C $dir/etc/imapd.conf -r"
		  idled cmd="idled -C $dir/etc/imapd.conf"
		}
		SERVICES {
		  imap cmd="imapd -C $dir/etc/imapd.conf -U 30" listen="127.0.0.1:$port" prefork=1 maxchild=100
		  imaps cmd="imapd -C $dir/etc/imapd.conf -s -U 30" listen="127.0.0.1:$tlsport" prefork=1 maxchild=100
		}
		EVENTS {
		}
	E
	sed -i 's/^[ 	]*//' "$dir/etc/imapd.conf"
	for user in cyrus=cyrus ${CYRUS_USERS-}; do
		printf '%s\n' "${user#*=}" | saslpasswd2 -p -c -f "$dir/etc/sasldb" -u "$(hostname)" "${user%%=*}" || return 1
	done
	chown -R "$imap_owner:$imap_owner" "$dir"/{lib,mail,run,log,tls,etc}
	imap_in cyrus /usr/sbin/cyrmaster -C "$dir/etc/imapd.conf" -M "$dir/etc/cyrus.conf" -p "$dir/run/master.pid" -d \
		-L "$dir/log/master" </dev/null >"$dir/log/start" 2>&1 || { cat "$dir/log/start" >&2; return 1; }
	mta_wait 30 port_open "$port" && mta_wait 30 port_open "$tlsport"
}

cyrus_stop() { mta_kill "$1/run/master.pid"; }

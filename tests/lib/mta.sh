# Private mail servers on loopback: a Postfix and a Sendmail of Debian's, downloaded and unpacked instead of
# installed, so that the machine's own MTA is never touched. Each keeps everything below one folder.
#   mta_unpack                                   once; into $MTA_ROOT (default: the build folder)
#   postfix_start FOLDER PORT MILTER RELAY       MILTER like unix:/path or inet:host:port, or empty
#   postfix_login FOLDER USER@DOMAIN PASSWORD    before the start: a SASL log-in (needs sasl2-bin)
#   postfix_stop FOLDER                          and waits until it is gone
#   sendmail_start FOLDER PORT MILTER RELAY      the same for Sendmail
#   sendmail_stop FOLDER
#   sink_start FOLDER PORT                       an SMTP server that takes all mail: FOLDER/sink/* (one file each)
#   sink_stop FOLDER
#   free_port                                    a TCP port that nobody listens on
# RELAY is the port on 127.0.0.1 that all mail is sent on to; Postfix discards it all when RELAY is empty. POSTFIX_EXTRA may hold more lines for main.cf,
# SENDMAIL_EXTRA for the .mc file. Both need root. Logs: FOLDER/log/mail.log.
: "${MTA_ROOT:=${BUILDDIR:-$PWD}/tests/mta}"
mta_postfix=$MTA_ROOT/postfix mta_sendmail=$MTA_ROOT/sendmail

mta_usable() { [ "$(id -u)" = 0 ] && mta_unpack; }

mta_unpack() {
	mkdir -p "$MTA_ROOT" && (
		flock 9
		[ ! -e "$MTA_ROOT/complete" ] || exit 0
		cd "$MTA_ROOT" && rm -rf postfix sendmail ./*.deb || exit 1
		apt-get download postfix sendmail-bin sendmail-base sendmail-cf || {
			apt-get -q update && apt-get download postfix sendmail-bin sendmail-base sendmail-cf
		} || exit 1
		dpkg -x postfix_*.deb postfix || exit 1
		for deb in sendmail*.deb; do dpkg -x "$deb" sendmail || exit 1; done
		rm -f ./*.deb
		touch complete
	) 9>"$MTA_ROOT/lock" >"$MTA_ROOT/log" 2>&1
}

# Below the range from which the kernel takes the ports of outgoing connections: one of those could sit on the
# port of a server that is being restarted, or a client connect to itself there.
free_port() {
	python3 -c 'import random, socket
while True:
    port = random.randrange(12000, 31000)
    try:
        socket.socket().bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break'
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# A zombie is gone as well: not every machine's first process collects them at once.
pid_gone() { ! grep -qs '^State:[[:space:]][^ZX]' "/proc/$1/status"; }

# mta_wait SECONDS COMMAND...
mta_wait() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}

# mta_kill PIDFILE: TERM, then KILL; waits until the process is gone
mta_kill() {
	local pid
	pid=$(tr -cd 0-9 2>/dev/null <"$1") && [ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null
	mta_wait 15 pid_gone "$pid" || { kill -KILL "$pid" 2>/dev/null; mta_wait 5 pid_gone "$pid"; }
	rm -f "$1"
}

# The accounts that Postfix demands: its own if the machine has them, else some of Debian's base system.
mta_user() { getent passwd postfix >/dev/null && echo postfix || echo list; }
mta_group() { getent group postdrop >/dev/null && echo postdrop || echo irc; }

postfix_env() { env LD_LIBRARY_PATH="$mta_postfix/usr/lib/postfix" MAIL_CONFIG="$1/etc" "${@:2}"; }

postfix_login() {
	mkdir -p "$1/etc/sasl" && printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' \
		'mech_list: PLAIN LOGIN' "sasldb_path: $1/etc/sasl/db" >"$1/etc/sasl/smtpd.conf" &&
		printf '%s\n' "$3" | saslpasswd2 -p -c -f "$1/etc/sasl/db" -u "${2#*@}" "${2%@*}" &&
		chown "$(mta_user)" "$1/etc/sasl/db"
}

postfix_start() {
	local dir=$1 port=$2 milter=$3 relay=$4 lib=$mta_postfix/usr/lib/postfix name
	mkdir -p "$dir"/{etc,data,log,spool} || return 1
	for name in active bounce corrupt defer deferred flush hold incoming private saved trace; do
		install -d -o "$(mta_user)" -m 700 "$dir/spool/$name"
	done
	install -d -m 755 "$dir/spool/pid"
	install -d -o "$(mta_user)" -g "$(mta_group)" -m 730 "$dir/spool/maildrop"
	install -d -o "$(mta_user)" -g "$(mta_group)" -m 710 "$dir/spool/public"
	chmod 755 "$dir/spool" "$dir/etc"
	chown "$(mta_user)" "$dir/data"
	cat >"$dir/etc/main.cf" <<-E
		compatibility_level = 3.6
		queue_directory = $dir/spool
		data_directory = $dir/data
		command_directory = $mta_postfix/usr/sbin
		daemon_directory = $lib/sbin
		shlib_directory = $lib
		meta_directory = $dir/etc
		sendmail_path = $mta_postfix/usr/sbin/sendmail
		import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=$lib
		export_environment = TZ MAIL_CONFIG LANG LD_LIBRARY_PATH=$lib
		mail_owner = $(mta_user)
		setgid_group = $(mta_group)
		maillog_file = $dir/log/mail.log
		maillog_file_prefixes = $dir/log
		myhostname = mail.test.example
		mydestination =
		local_recipient_maps =
		smtpd_reject_unlisted_recipient = no
		alias_maps =
		alias_database =
		mynetworks = 127.0.0.0/8
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		smtpd_relay_restrictions = permit_sasl_authenticated, permit_mynetworks, reject
		smtpd_peername_lookup = no
		smtpd_client_connection_count_limit = 0
		smtpd_client_connection_rate_limit = 0
		in_flow_delay = 0
		enable_long_queue_ids = yes
		smtp_dns_support_level = disabled
		smtp_host_lookup = native
		smtputf8_enable = yes
		relayhost = ${relay:+[127.0.0.1]:$relay}
		default_transport = $([ -n "$relay" ] && echo smtp || echo discard:)
		minimal_backoff_time = 2s
		maximal_backoff_time = 5s
		queue_run_delay = 2s
		message_size_limit = 60000000
		smtpd_sasl_auth_enable = $([ -e "$dir/etc/sasl/db" ] && echo yes || echo no)
		cyrus_sasl_config_path = $dir/etc/sasl
		smtpd_sasl_path = smtpd
		milter_default_action = tempfail
		smtpd_milters = $milter
		non_smtpd_milters = $milter
		internal_mail_filter_classes = bounce
		${POSTFIX_EXTRA-}
	E
	sed -i 's/^[ 	]*//' "$dir/etc/main.cf"
	cat >"$dir/etc/master.cf" <<-E
		127.0.0.1:$port inet n - n - 40 smtpd
		pickup     unix n - n 60 1 pickup
		cleanup    unix n - n - 0 cleanup
		qmgr       unix n - n 300 1 qmgr
		rewrite    unix - - n - - trivial-rewrite
		bounce     unix - - n - 0 bounce
		defer      unix - - n - 0 bounce
		trace      unix - - n - 0 bounce
		verify     unix - - n - 1 verify
		flush      unix n - n 1000? 0 flush
		proxymap   unix - - n - - proxymap
		smtp       unix - - n - - smtp
		relay      unix - - n - - smtp
		error      unix - - n - - error
		retry      unix - - n - - error
		discard    unix - - n - - discard
		anvil      unix - - n - 1 anvil
		scache     unix - - n - 1 scache
		showq      unix n - n - - showq
		postlog    unix-dgram n - n - 1 postlogd
	E
	postfix_env "$dir" "$lib/sbin/master" -c "$dir/etc" -w </dev/null >"$dir/log/start" 2>&1 ||
		{ cat "$dir/log/start" "$dir/log/mail.log" >&2; return 1; }
	mta_wait 10 port_open "$port"
}

postfix_stop() { mta_kill "$1/spool/pid/master.pid"; }

# postfix_send FOLDER ARGUMENT...: Postfix's own sendmail(1), as the machine's own programs use it
postfix_send() { postfix_env "$1" "$mta_postfix/usr/sbin/sendmail" -C "$1/etc" "${@:2}"; }

# postfix_queue FOLDER: the number of messages in the queue
postfix_queue() { find "$1"/spool/{incoming,active,deferred,maildrop} -type f | wc -l; }

sink_start() {
	mkdir -p "$1/sink" "$1/log" && chmod 777 "$1/sink" || return 1
	LD_LIBRARY_PATH=$mta_postfix/usr/lib/postfix "$mta_postfix/usr/sbin/smtp-sink" -u nobody -d "$1/sink/%M." "127.0.0.1:$2" 100 \
		</dev/null >"$1/log/sink" 2>&1 &
	echo $! >"$1/sink.pid"
	mta_wait 10 port_open "$2"
}

sink_stop() { mta_kill "$1/sink.pid"; }

sendmail_start() {
	local dir=$1 port=$2 milter=$3 relay=$4 own= name= cf=$mta_sendmail/usr/share/sendmail/cf
	mkdir -p "$dir"/{etc,log,queue} && chmod 700 "$dir/queue" || return 1
	printf 'hosts files\naliases files\n' >"$dir/etc/switch"
	touch "$dir/etc/statistics" "$dir/etc/local-host-names"
	case $milter in # Postfix's form to Sendmail's: inet:HOST:PORT is inet:PORT@HOST there
	inet:*) milter=${milter#inet:} milter=inet:${milter##*:}@${milter%:*} ;;
	esac
	cat >"$dir/etc/sendmail.mc" <<-E
		divert(0)dnl
		OSTYPE(\`linux')dnl
		define(\`QUEUE_DIR', \`$dir/queue')dnl
		define(\`STATUS_FILE', \`$dir/etc/statistics')dnl
		define(\`confPID_FILE', \`$dir/sendmail.pid')dnl
		define(\`confCONTROL_SOCKET_NAME', \`')dnl
		define(\`ALIAS_FILE', \`')dnl
		define(\`confCW_FILE', \`$dir/etc/local-host-names')dnl
		define(\`confTO_IDENT', \`0s')dnl
		define(\`confTO_QUEUERETURN', \`1h')dnl
		define(\`confDONT_PROBE_INTERFACES', \`True')dnl
		define(\`confDOMAIN_NAME', \`mail.test.example')dnl
		define(\`confSERVICE_SWITCH_FILE', \`$dir/etc/switch')dnl
		define(\`confDEF_USER_ID', \`65534:65534')dnl
		define(\`confBAD_RCPT_THROTTLE', \`0')dnl
		define(\`confCONNECTION_RATE_THROTTLE', \`0')dnl
		define(\`confQUEUE_LA', \`1000')dnl
		define(\`confREFUSE_LA', \`1000')dnl
		define(\`confLOG_LEVEL', \`9')dnl
		define(\`SMART_HOST', \`esmtp:[127.0.0.1]')dnl
		define(\`ESMTP_MAILER_ARGS', \`TCP \$h $relay')dnl
		define(\`RELAY_MAILER_ARGS', \`TCP \$h $relay')dnl
		FEATURE(\`nocanonify')dnl
		FEATURE(\`accept_unresolvable_domains')dnl
		FEATURE(\`accept_unqualified_senders')dnl
		FEATURE(\`no_default_msa')dnl
		FEATURE(\`promiscuous_relay')dnl
		DAEMON_OPTIONS(\`Name=MTA, Addr=127.0.0.1, Port=$port')dnl
		${milter:+INPUT_MAIL_FILTER(\`kartoteka', \`S=$milter, F=T, T=C:10s;S:30s;R:30s;E:60s')dnl}
		${SENDMAIL_EXTRA-}
		MAILER(\`local')dnl
		MAILER(\`smtp')dnl
	E
	sed -i 's/^[ 	]*//' "$dir/etc/sendmail.mc"
	m4 -D_CF_DIR_="$cf/" "$cf/m4/cf.m4" "$dir/etc/sendmail.mc" >"$dir/etc/sendmail.cf" || return 1
	# Sendmail sleeps for a minute when the machine's name has no dot: let it see another one.
	unshare --uts true 2>/dev/null && own='unshare --uts sh -c' name='hostname mail.test.example;'
	${own:-sh -c} "${name-}"' exec "$@"' sh "$mta_sendmail/usr/libexec/sendmail/sendmail" -C "$dir/etc/sendmail.cf" -bd -q2s \
		-X "$dir/log/mail.log" </dev/null >"$dir/log/start" 2>&1 ||
		{ cat "$dir/log/start" >&2; return 1; }
	mta_wait 90 port_open "$port"
}

sendmail_stop() {
	[ ! -e "$1/sendmail.pid" ] || sed -i '1!d' "$1/sendmail.pid"
	mta_kill "$1/sendmail.pid"
}

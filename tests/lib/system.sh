# A complete Kartoteka of one's own on loopback: configuration, data, kartotekad, kartoteka-milter, web server.
# Everything lies below one folder. contrib/try and the integration tests are built of it; needs mta.sh.
#   system_user FOLDER              sets $system_user: who runs it (see below)
#   system_conf FOLDER [LINE...]    writes FOLDER/kartoteka.conf; more lines are appended
#   system_start FOLDER             kartotekad and kartoteka-milter
#   system_stop FOLDER              both; and waits until they are gone
#   milter_start FOLDER / milter_stop FOLDER / daemon_start FOLDER / daemon_stop FOLDER
#   web_start FOLDER PORT / web_stop FOLDER
#   kt FOLDER ARGUMENT...           the command line with that configuration
# $milter_address is what an MTA is told: unix:/path, or inet:host:port (Postfix's form).
# The programs are taken from $BUILDDIR.

# Not root, when there is another way: the owner of a sudo, or nobody if that one can reach the folder.
system_user() {
	local user
	system_user=
	[ "$(id -u)" = 0 ] || return 0
	for user in "${SUDO_USER-}" nobody; do
		[ -n "$user" ] && [ "$user" != root ] || continue
		if setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
			sh -c '[ -x "$1" ] && [ -r "$2" ]' sh "$BUILDDIR/kartotekad" "$1" 2>/dev/null; then
			system_user=$user
			return 0
		fi
	done
}

# as FOLDER COMMAND...: as the user of the system, with its configuration in the environment
as_words() {
	as=(env KARTOTEKA_CONFIG="$1/kartoteka.conf" KARTOTEKA_PARSE="$BUILDDIR/kartoteka-parse" HOME="$1")
	[ -z "$system_user" ] ||
		as=(setpriv --reuid "$system_user" --regid "$(id -g "$system_user")" --clear-groups "${as[@]}")
}
as() {
	as_words "$1"
	"${as[@]}" "${@:2}"
}

kt() { as "$1" "$BUILDDIR/kartoteka" "${@:2}"; }

system_conf() {
	local dir=$1 name port
	mkdir -p "$dir/log" && chmod 755 "$dir" || return 1
	system_user "$dir"
	for name in data key spool spool/mx1 published run ledger; do
		mkdir -p "$dir/$name" && chmod 750 "$dir/$name" || return 1
		[ -z "$system_user" ] || chown "$system_user:" "$dir/$name" "$dir/log"
	done
	chmod 2770 "$dir/spool/mx1"
	port=$(free_port)
	milter_address=${MILTER_ADDRESS-inet:127.0.0.1:$port}
	case $milter_address in
	inet:*) name=${milter_address#inet:} name=inet:${name##*:}@${name%:*} ;;
	*) name=$milter_address ;;
	esac
	cat >"$dir/kartoteka.conf" <<-E
		[company]
		name = Loděnice Vltava s.r.o.
		domains = lodenice.example
		free-mail-domains-file = $SRCDIR/crm-core/rules/free-mail-domains

		[data]
		${system_user:+user = $system_user}
		directory = $dir/data
		master-key-file = $dir/key/master.key
		spool-directory = $dir/spool
		published-directory = $dir/published
		run-directory = $dir/run
		erasure-ledger-file = $dir/ledger/erasures

		[milter]
		socket = $name
		socket-mode = 0666
		spool-name = mx1
		private-subject-mark = [soukromé]
		free-space-minimum = 1M

		[log]
		target = stderr
	E
	[ $# -lt 2 ] || printf '%s\n' "${@:2}" >>"$dir/kartoteka.conf"
}

# program_start FOLDER NAME ARGUMENT...: in the background, log/NAME.log, NAME.pid
program_start() {
	local dir=$1 name=$2
	shift 2
	[ -e "$dir/log/$name.log" ] || as "$dir" touch "$dir/log/$name.log"
	as_words "$dir"
	"${as[@]}" "$BUILDDIR/$name" "$@" </dev/null >>"$dir/log/$name.log" 2>&1 &
	echo $! >"$dir/$name.pid"
	disown
}

milter_answers() {
	case $milter_address in
	inet:*) port_open "${milter_address##*:}" ;;
	*) [ -S "${milter_address#unix:}" ] ;;
	esac
}

# The threads of one that was killed may hold its port for a moment longer than its process is seen.
milter_start() {
	local try pid
	for try in 1 2 3 4 5; do
		program_start "$1" kartoteka-milter
		pid=$(cat "$1/kartoteka-milter.pid")
		until milter_answers || pid_gone "$pid"; do sleep 0.05; done
		sleep 0.1
		! pid_gone "$pid" && return
	done
	tail -n 20 "$1/log/kartoteka-milter.log" >&2
	return 1
}
milter_stop() { mta_kill "$1/kartoteka-milter.pid"; }

# It runs when it has said so, or else it is gone.
daemon_has_begun() { pid_gone "$2" || grep -qsx "pid $2" "$1/run/kartotekad.status"; }
daemon_start() {
	local pid
	program_start "$1" kartotekad
	pid=$(cat "$1/kartotekad.pid")
	mta_wait 60 daemon_has_begun "$1" "$pid"
	! pid_gone "$pid" && return
	tail -n 20 "$1/log/kartotekad.log" >&2
	return 1
}
# What is filed is found by searching, too: the index follows a moment later.
daemon_has_indexed() { kt "$1" status --prometheus | grep -qx 'kartoteka_search_lag_messages 0'; }
daemon_stop() { mta_kill "$1/kartotekad.pid"; }

system_start() { daemon_start "$1" && milter_start "$1"; }
system_stop() { milter_stop "$1"; daemon_stop "$1"; }

web_start() {
	local dir=$1 port=$2
	cat >"$dir/lighttpd.conf" <<-E
		server.modules = ("mod_alias", "mod_access", "mod_redirect", "mod_cgi", "mod_setenv")
		server.bind = "127.0.0.1"
		server.port = $port
		server.document-root = "$dir"
		server.errorlog = "$dir/log/web.log"
		server.upload-dirs = ("$dir/run")
		setenv.set-environment = ("KARTOTEKA_CONFIG" => "$dir/kartoteka.conf", "KARTOTEKA_LOCALE_DIRECTORY" => "$BUILDDIR/po")
		alias.url = ("/kartoteka.cgi" => "$BUILDDIR/kartoteka.cgi")
		url.redirect = ("^/$" => "/kartoteka.cgi")
		\$HTTP["url"] =~ "^/kartoteka.cgi(/|\$)" { cgi.assign = ("kartoteka.cgi" => "") }
		\$HTTP["url"] !~ "^/(kartoteka.cgi(/|\$)|\$)" { url.access-deny = ("") }
	E
	as "$dir" touch "$dir/log/lighttpd.log" || return 1
	as_words "$dir"
	"${as[@]}" lighttpd -D -f "$dir/lighttpd.conf" </dev/null >>"$dir/log/lighttpd.log" 2>&1 &
	echo $! >"$dir/lighttpd.pid"
	mta_wait 15 port_open "$port" || { cat "$dir/log/lighttpd.log" >&2; return 1; }
}
web_stop() { mta_kill "$1/lighttpd.pid"; }

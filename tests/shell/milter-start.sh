#!/usr/bin/env bash
# How kartoteka-milter starts, and how it doesn't: options, settings, sockets, the user that it becomes.
. "$SRCDIR/tests/lib/milter.sh"
milter=$BUILDDIR/kartoteka-milter

fails() { # STATUS REGEX NAME ARGUMENT...: it ends with that status, saying that in one line
	local status=$1 regex=$2 name=$3
	shift 3
	timeout 60 "$milter" "$@" >"$tmp/out" 2>&1
	is "$?/$(wc -l <"$tmp/out")" "$status/1" "$name: status $status, one line"
	like "$(cat "$tmp/out")" "$regex" "$name: and a clear one"
}
fails 64 'error=invalid .*Unknown option --colour' "a wrong option" --colour
fails 64 'no argument x' "an argument" x
fails 78 '/nonexistent.* No such file' "no configuration file" --config /nonexistent
milter_conf "colour = red"
fails 78 'line [0-9]+: there is no setting colour in \[milter\]' "an unknown setting" --config "$tmp/k.conf"
milter_conf "cannot-spool = maybe"
fails 78 'one of: tempfail accept' "a wrong value" --config "$tmp/k.conf" --check
bad_socket() {
	milter_conf
	sed -i "s|^socket = .*|socket = $1|" "$tmp/k.conf"
	fails "$2" "$3" "socket $1" --config "$tmp/k.conf"
	fails "$2" "$3" "socket $1, looked at alone" --config "$tmp/k.conf" --check
}
bad_socket pigeon:1 78 'use unix:/path, inet:port@host'
bad_socket inet:8898 78 'use unix:/path, inet:port@host'
bad_socket inet:99999@127.0.0.1 78 'use unix:/path, inet:port@host'
bad_socket /absolute 78 'use unix:/path, inet:port@host'
bad_socket unix:relative 78 'the path must begin with'
bad_socket "unix:$(printf '/%0120d' 1)" 78 'shorter than 108'
milter_conf
rm -rf "$tmp/spool"
touch "$tmp/spool"
fails 73 'spool' "a spool that is a file" --config "$tmp/k.conf"
rm "$tmp/spool"
milter_conf
ok "$milter" --config "$tmp/k.conf" --check
like "$("$milter" --version)" '^kartoteka-milter [0-9]' "--version"
like "$("$milter" --help)" '--config' "--help"

# TCP
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
milter_conf
sed -i "s|^socket = .*|socket = inet:$port@127.0.0.1|" "$tmp/k.conf"
"$milter" --config "$tmp/k.conf" 2>>"$tmp/log" &
milter_pid=$!
wait_for 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
sed "s|socket, 40|\"inet:$port@127.0.0.1\", 40|" "$SRCDIR/tests/lib/milter.lua" >"$tmp/tcp.lua"
echo 'mail(open(), {})' >>"$tmp/tcp.lua"
is "$(miltertest -s "$tmp/tcp.lua" 2>&1)" "yes" "a TCP socket"
desc="and its end" ok milter_stop

if [ "$(id -u)" = 0 ]; then
	milter_conf "user = nobody" "group = mail" "socket-mode = 0660"
	rm -rf "$tmp/spool"
	install -d -m 755 "$tmp/spool"
	install -d -o nobody -g mail -m 2770 "$tmp/spool/mx1"
	milter_start
	is "$(stat -c '%a %G' "$tmp/run/m.sock")" "660 mail" "mode and group of the socket"
	mta 'mail(open(), {})'
	is "$(cat "$tmp/said")" "yes" "a mail as another user"
	is "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' /proc/$milter_pid/status)" \
		"$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)" "it is that user alone"
	is "$(awk '/^NoNewPrivs:/ { print $2 }' /proc/$milter_pid/status)" 1 "and can become no other"
	is "$(stat -c '%U %G %a' "$tmp"/spool/mx1/new/*/*.0000000001)" "nobody mail 640" \
		"a spool file belongs to the group of its folder"
	is "$(stat -c '%G %a' "$tmp"/spool/mx1/new/* | sort -u)" "mail 2770" "as does the folder of the hour"
	milter_stop
	milter_conf "user = no-such-user"
	fails 66 'no user no-such-user' "an unknown user" --config "$tmp/k.conf"
else
	skip "becoming another user" "only root can"
fi
done_testing

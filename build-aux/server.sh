# shellcheck shell=bash
# server.sh: a private PostgreSQL server that has the extension at hand.
#
# Sourced after setup.sh and journey_setup.
#
#   journey_server_new [NAME]    a throw-away server; remove it in an EXIT trap
#   journey_server_keep NAME     the server NAME of this tree and user: created
#                                or found, and started if it is not running
#   journey_server_stop          stops it and leaves its files
#   journey_server_remove        stops it and removes its files
#
# The first two build the extension, install it for this server only, and
# export PGHOST, PGPORT, PGUSER and PGDATABASE (postgres); on failure they say
# why and end the script.  The directory is JOURNEY_SERVER, the log is
# $JOURNEY_SERVER/run/log.  The server listens on a socket in a directory of
# its own and on no network address.  Root runs it as an unprivileged user,
# for PostgreSQL refuses root.

# The user that runs the server when we are root.
journey_server_uid()
{
	id -u postgres 2>/dev/null || id -u nobody
}

# Runs a command as the owner of the server, from a directory it can enter.
journey_as_server()
{
	local uid

	if [ "$(id -u)" -ne 0 ]; then
		(cd / && "$@")
		return
	fi
	uid=$(journey_server_uid)
	(cd / && setpriv --reuid="$uid" --regid="$(id -g "$uid" 2>/dev/null || echo "$uid")" \
		--clear-groups env HOME=/ "$@")
}

# Whether the server could live below $1: the library must be loadable there
# (no noexec mount) and the server's user must be able to walk in.
journey_room_is_good()
{
	local dir status=1

	# make quotes blanks in DESTDIR, and apostrophes not.
	case $1 in *[\'\"\$]*) return 1 ;; esac
	[ -d "$1" ] && [ -w "$1" ] || return 1
	dir=$(mktemp -d "$1/journey.XXXXXX" 2>/dev/null) || return 1
	chmod 755 "$dir"
	printf '#!/bin/sh\nexit 0\n' >"$dir/probe"
	chmod 755 "$dir/probe"
	journey_as_server "$dir/probe" 2>/dev/null && status=0
	rm -rf "$dir"
	return $status
}

# The first place that is good: TMPDIR, the usual ones, the cache, the tree.
journey_room()
{
	local place

	for place in "${TMPDIR:-}" /tmp /var/tmp "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}" "$JOURNEY_ROOT/build"; do
		[ -n "$place" ] || continue
		if journey_room_is_good "$place"; then
			(cd "$place" && pwd)
			return
		fi
	done
	journey_die "No directory for the private server: TMPDIR, /tmp, /var/tmp and the tree are all read-only, mounted noexec, or closed to the server's user." \
		"Set TMPDIR to a directory that is none of these."
}

# A value for postgresql.conf.
journey_conf_quote()
{
	printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"
}

# Whether the server that is being set up knows a parameter.
journey_knows_parameter()
{
	journey_as_server "$JOURNEY_BINDIR/postgres" -D "$JOURNEY_SERVER/run/data" -C "$1" >/dev/null 2>&1
}

# Where a new server finds the extension.  Debian's 15 to 17 look below
# extension_destdir first, 18 and later have search paths; for others, which
# means self-built ones, it is installed into the server itself.
journey_conf_extension()
{
	local stage=$JOURNEY_STAGE

	if journey_knows_parameter extension_control_path; then
		printf 'extension_control_path = %s\n' "$(journey_conf_quote "$stage$("$PG_CONFIG" --sharedir):\$system")"
		printf 'dynamic_library_path = %s\n' "$(journey_conf_quote "$stage$("$PG_CONFIG" --pkglibdir):\$libdir")"
	elif journey_knows_parameter extension_destdir; then
		printf 'extension_destdir = %s\n' "$(journey_conf_quote "$stage")"
	else
		journey_say "this server can load extensions from its own directories only: installing into $("$PG_CONFIG" --sharedir)"
		journey_make install >/dev/null ||
			journey_die "Installing there failed. Run \"make install PG_CONFIG=$PG_CONFIG\" as the owner of that server, then try again."
	fi
}

# A socket path is limited to some 107 bytes, and its parameter is a list with
# quoting rules of its own: a directory that is long or odd gets a short twin.
journey_socket_dir()
{
	local dir=$JOURNEY_SERVER/run/socket

	if [ ${#dir} -gt 80 ] || [[ $dir =~ [^A-Za-z0-9/._-] ]]; then
		dir=$(mktemp -d /tmp/journey-socket.XXXXXX)
		[ "$(id -u)" -ne 0 ] || chown "$(journey_server_uid)" "$dir"
	else
		journey_as_server mkdir -p -m 700 "$dir"
	fi
	echo "$dir"
}

# Creates data directory and configuration in an empty JOURNEY_SERVER.
journey_server_create()
{
	local run=$JOURNEY_SERVER/run locale=C conf=$JOURNEY_SERVER/run/data/postgresql.conf

	mkdir -p "$run"
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$JOURNEY_SERVER"
		chown "$(journey_server_uid)" "$run"
	fi
	chmod 700 "$run"
	if locale -a 2>/dev/null | grep -i '^C\.utf-\?8$' >/dev/null; then
		locale=C.UTF-8
	fi
	journey_as_server "$JOURNEY_BINDIR/initdb" -D "$run/data" -U postgres -A trust -N \
		-E UTF8 --locale=$locale >"$JOURNEY_SERVER/initdb.log" 2>&1 || {
		cat "$JOURNEY_SERVER/initdb.log" >&2
		journey_die "initdb failed; its words stand above."
	}
	journey_socket_dir >"$JOURNEY_SERVER/socket"
	{
		echo "listen_addresses = ''"
		echo "port = 5432"
		echo "unix_socket_directories = $(journey_conf_quote "$(cat "$JOURNEY_SERVER/socket")")"
		echo "timezone = 'UTC'"
		echo "log_timezone = 'UTC'"
		echo "lc_messages = 'C'"
		# The data is worth nothing after the run; a stopped server is a
		# crashed process here, never a crashed machine.
		echo "fsync = off"
		echo "shared_buffers = '256MB'"
		echo "max_wal_size = '4GB'"
		journey_conf_extension
	} >"$JOURNEY_SERVER/conf"
	journey_as_server tee -a "$conf" <"$JOURNEY_SERVER/conf" >/dev/null
	echo "$JOURNEY_MAJOR $PG_CONFIG" >"$JOURNEY_SERVER/version"
}

journey_server_running()
{
	journey_as_server "$JOURNEY_BINDIR/pg_ctl" -D "$JOURNEY_SERVER/run/data" status >/dev/null 2>&1
}

journey_server_start()
{
	PGHOST=$(cat "$JOURNEY_SERVER/socket")
	PGPORT=5432
	PGUSER=postgres
	PGDATABASE=postgres
	export PGHOST PGPORT PGUSER PGDATABASE
	# Someone's defaults for another server must not reach this one.
	unset PGHOSTADDR PGSERVICE PGPASSWORD PGOPTIONS PGSSLMODE PGTZ PGDATESTYLE
	export PSQLRC=/dev/null
	if journey_server_running; then
		return 0
	fi
	# A socket directory in /tmp may have been tidied away meanwhile.
	if [ ! -d "$PGHOST" ]; then
		mkdir -m 700 "$PGHOST"
		[ "$(id -u)" -ne 0 ] || chown "$(journey_server_uid)" "$PGHOST"
	fi
	journey_as_server "$JOURNEY_BINDIR/pg_ctl" -D "$JOURNEY_SERVER/run/data" -w -t 60 -s \
		-l "$JOURNEY_SERVER/run/log" start >/dev/null || {
		journey_as_server tail -n 20 "$JOURNEY_SERVER/run/log" >&2
		journey_die "The private server did not start; the end of its log stands above."
	}
}

# $1 = fast (default) or immediate.
journey_server_stop()
{
	if [ -n "${JOURNEY_SERVER:-}" ] && [ -d "$JOURNEY_SERVER/run" ] && journey_server_running; then
		journey_as_server "$JOURNEY_BINDIR/pg_ctl" -D "$JOURNEY_SERVER/run/data" -w -s \
			-m "${1:-fast}" stop >/dev/null
	fi
}

journey_server_remove()
{
	local socket

	[ -n "${JOURNEY_SERVER:-}" ] && [ -d "$JOURNEY_SERVER" ] || return 0
	journey_server_stop immediate
	socket=$(cat "$JOURNEY_SERVER/socket" 2>/dev/null)
	case $socket in
		/tmp/journey-socket.*) rm -rf "$socket" ;;
	esac
	rm -rf "$JOURNEY_SERVER"
	unset JOURNEY_SERVER
}

# A throw-away server in a new directory.  With JOURNEY_STAGE in the environment
# it takes the extension from there instead of building it: the tests that need
# a server of their own use what the first one was given.
journey_server_new()
{
	local room

	room=$(journey_room) || exit 2
	JOURNEY_SERVER=$(mktemp -d "$room/journey-${1:-server}.XXXXXX") || exit 2
	export JOURNEY_SERVER
	if [ -z "${JOURNEY_STAGE:-}" ]; then
		export JOURNEY_STAGE=$JOURNEY_SERVER/stage
		journey_build "$JOURNEY_STAGE" || exit 1
	fi
	journey_server_create
	journey_server_start
}

# The kept server $1.  Its place follows from tree, user and major version, so
# that the next command finds it.  The extension is rebuilt and installed anew;
# sessions opened from now on load it.
journey_server_keep()
{
	local room key

	room=$(journey_room) || exit 2
	key=$(printf '%s' "$JOURNEY_ROOT $PG_CONFIG" | cksum | cut -d ' ' -f 1)
	JOURNEY_SERVER=$room/journey-$1-$(id -u)-$key
	export JOURNEY_SERVER
	# A directory that someone else put there is not ours to trust.
	if ! mkdir -m 755 "$JOURNEY_SERVER" 2>/dev/null; then
		if [ ! -O "$JOURNEY_SERVER" ] || [ ! -d "$JOURNEY_SERVER" ] || [ -L "$JOURNEY_SERVER" ]; then
			journey_die "$JOURNEY_SERVER exists and is not ours: remove it, or set TMPDIR."
		fi
	fi
	export JOURNEY_STAGE=$JOURNEY_SERVER/stage
	rm -rf "$JOURNEY_STAGE"
	journey_build "$JOURNEY_STAGE" || exit 1
	if [ ! -f "$JOURNEY_SERVER/version" ]; then
		if [ -d "$JOURNEY_SERVER/run/data" ]; then
			journey_server_stop immediate
		fi
		rm -rf "$JOURNEY_SERVER/run"
		journey_server_create
	fi
	journey_server_start
}

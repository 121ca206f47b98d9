# shellcheck shell=bash
# load.sh: the database "demo" of the private server, for demo/run and
# demo/shell, which set "here".  Sourced after build-aux/setup.sh and server.sh.

# psql on the demo's database: quiet, without anyone's settings.
demo_psql()
{
	PGCLIENTENCODING=UTF8 psql -X -q -d demo -v ON_ERROR_STOP=1 \
		-P pager=off -P footer=off -P null=- -P border=1 "$@"
}

# Finds the file before anything slow happens.
demo_find_events()
{
	case ${EVENTS:-} in
		'') return ;;
		\~/*) EVENTS=$HOME/${EVENTS#??} ;;
	esac
	# A terminal's width is no request.
	case $DEMO_COLUMNS in *[!0-9]*) ;; *) DEMO_COLUMNS= ;; esac
	[ -f "$EVENTS" ] || journey_die "EVENTS: there is no file \"$EVENTS\"."
	[ -r "$EVENTS" ] || journey_die "EVENTS: \"$EVENTS\" cannot be read."
}

# What the loaded data depend on: the same key, the same rows.
demo_key()
{
	if [ -n "${EVENTS:-}" ]; then
		printf '%s|' "$(readlink -f "$EVENTS")" "$(stat -L -c '%s %Y' "$EVENTS")" "$DEMO_COLUMNS" "$DEMO_ZONE" \
			"${DATEFORM:-}" "${DECIMAL:-}" "${ENCODING:-}"
	else
		cksum <"$here/sample.sql"
	fi
}

# The command that reads these events again, as make and the shell take it.
demo_command()
{
	printf 'make demo'
	if [ -n "${EVENTS:-}" ]; then
		demo_setting EVENTS "$EVENTS"
		demo_setting COLUMNS "$DEMO_COLUMNS"
		demo_setting TZ "$DEMO_ZONE"
		demo_setting DATEFORM "${DATEFORM:-}"
		demo_setting DECIMAL "${DECIMAL:-}"
		demo_setting ENCODING "${ENCODING:-}"
	fi
}

# NAME=value, quoted where it needs to be; make wants a dollar sign doubled.
demo_setting()
{
	local value=${2//\$/\$\$}

	case $value in
		'') ;;
		*[[:cntrl:]]*) printf ' %s=%q' "$1" "$value" ;;
		*[!A-Za-z0-9_./,:=+-]*) printf ' %s=%s' "$1" "'${value//\'/\'\\\'\'}'" ;;
		*) printf ' %s=%s' "$1" "$value" ;;
	esac
}

# The zone in which the events' days begin; import.py takes it the same way.
demo_zone()
{
	local zone=${DEMO_ZONE#:}

	case ${EVENTS:+$zone} in
		'' | /*) echo UTC ;;
		*) echo "$zone" ;;
	esac
}

demo_import()
{
	COLUMNS=$DEMO_COLUMNS TZ=$DEMO_ZONE PGDATABASE=demo python3 "$here/import.py" "$@"
}

# Whether a database with events is there, and no others are asked for.
demo_same_events()
{
	[ -z "${EVENTS:-}" ] && demo_psql -At -c 'SELECT FROM demo.source' >/dev/null 2>&1
}

# Makes the database with the table events, unless it is there already.
demo_load()
{
	local key

	key=$(demo_key)
	if [ -z "${FRESH:-}" ] &&
		[ "$(demo_psql -At -c 'SELECT key FROM demo.source' 2>/dev/null)" = "$key" ]; then
		[ -z "${EVENTS:-}" ] || demo_import --show "$EVENTS" || exit 2
		echo "Using the events as the last run left them; FRESH=1 loads them again."
		return
	fi
	psql -X -q -d postgres -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' \
		-c 'DROP DATABASE IF EXISTS demo WITH (FORCE)' -c 'CREATE DATABASE demo' || exit 1
	if [ -n "${EVENTS:-}" ]; then
		demo_psql -c 'CREATE TABLE events (customer_id text NOT NULL, ts timestamptz NOT NULL, event text NOT NULL, channel text, value double precision)' || exit 1
		demo_import "$EVENTS" || exit 2
	else
		echo "Making the bundled sample: a year of a small business (demo/sample.sql) ..."
		demo_psql -1 -f "$here/sample.sql" || exit 1
	fi
	demo_psql -v key="$key" <<'SQL' || exit 1
ANALYZE events;
CREATE SCHEMA demo;
CREATE TABLE demo.source (key text, extension text);
INSERT INTO demo.source VALUES (:'key');
SQL
}

# Makes the extension anew when its script has changed since; what was built
# with it goes, the events stay.
demo_refresh()
{
	local script

	script=$(cat "$JOURNEY_ROOT"/journey--*.sql | cksum)
	[ "$(demo_psql -At -c 'SELECT extension FROM demo.source')" != "$script" ] || return 0
	demo_psql -v script="$script" <<'SQL' || exit 1
SET client_min_messages = warning;
DROP TABLE IF EXISTS journeys, archetypes;
DROP EXTENSION IF EXISTS journey CASCADE;
CREATE EXTENSION journey;
UPDATE demo.source SET extension = :'script';
SQL
}

# Stops the server at the end, unless somebody else is connected.
demo_leave()
{
	local others

	others=$(psql -X -At -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" 2>/dev/null)
	[ "${others:-0}" -gt 0 ] || journey_server_stop
}

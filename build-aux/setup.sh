# shellcheck shell=bash
# setup.sh: finds the PostgreSQL to build for and installs what is missing.
#
# Sourced by test/run, demo/ and build-aux/server.sh; it runs nothing by
# itself.  Callers use
#
#   journey_setup build|demo|test   all that the command needs is there after
#                                   it, else it explains and exits with 2.
#                                   Exports PG_CONFIG, JOURNEY_BINDIR and
#                                   JOURNEY_MAJOR, and puts psql first in PATH.
#   journey_build STAGE             builds in the tree, installs below STAGE.
#
# PG_CONFIG=/path/to/pg_config chooses the server.  Nothing here touches a
# cluster that exists, nor lets a package create one.

JOURNEY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export JOURNEY_ROOT
JOURNEY_OLDEST=15
JOURNEY_CLUSTER_CONF=/etc/postgresql-common/createcluster.d/journey-no-cluster.conf

journey_say()
{
	printf 'journey: %s\n' "$*" >&2
}

journey_die()
{
	printf 'journey: %s\n' "$@" >&2
	exit 2
}

# The major version of a pg_config: "PostgreSQL 18rc1 (Debian ..)" is 18.
journey_major_of()
{
	"$1" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\).*/\1/p'
}

journey_has_server()
{
	local bin

	bin=$("$1" --bindir 2>/dev/null) && [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ]
}

journey_has_headers()
{
	local pgxs

	pgxs=$("$1" --pgxs 2>/dev/null) && [ -f "$pgxs" ] &&
		[ -f "$("$1" --includedir-server)/postgres.h" ]
}

# The newest packaged major whose server is there; $1 = also its headers.
journey_newest_packaged()
{
	local dir major best=

	for dir in /usr/lib/postgresql/*/; do
		major=$(basename "$dir")
		case $major in *[!0-9]*) continue ;; esac
		if [ "$major" -lt $JOURNEY_OLDEST ] || [ ! -x "$dir/bin/initdb" ]; then
			continue
		fi
		if [ "$1" = headers ]; then
			journey_has_headers "$dir/bin/pg_config" || continue
		fi
		if [ -z "$best" ] || [ "$major" -gt "$best" ]; then
			best=$major
		fi
	done
	[ -n "$best" ] && echo "$best"
}

# The major that the distribution offers: what its package "postgresql" means,
# else the newest one it has.
journey_offered_major()
{
	local major

	major=$(apt-cache depends postgresql 2>/dev/null |
		sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)
	if [ -z "$major" ] || [ "$major" -lt $JOURNEY_OLDEST ]; then
		major=$(apt-cache pkgnames postgresql-server-dev- 2>/dev/null |
			sed -n 's/^postgresql-server-dev-\([0-9][0-9]*\)$/\1/p' | sort -n | tail -n 1)
	fi
	[ -n "$major" ] && [ "$major" -ge $JOURNEY_OLDEST ] && echo "$major"
}

# Sets PG_CONFIG and JOURNEY_MAJOR, as far as they can be known now.  The
# caller's PG_CONFIG wins, then the newest packaged server with headers, then
# one without, then a pg_config in PATH that has both, then the distribution.
journey_pick()
{
	local found

	if [ -n "${JOURNEY_CHOSEN:-}" ]; then
		journey_pick_chosen
		return
	fi
	if JOURNEY_MAJOR=$(journey_newest_packaged headers) ||
		{ JOURNEY_MAJOR=$(journey_newest_packaged any) && ! journey_in_path; }; then
		PG_CONFIG=/usr/lib/postgresql/$JOURNEY_MAJOR/bin/pg_config
	elif journey_in_path; then
		found=$(command -v pg_config)
		PG_CONFIG=$found
		JOURNEY_MAJOR=$(journey_major_of "$found")
	else
		JOURNEY_MAJOR=$(journey_offered_major) || JOURNEY_MAJOR=
		PG_CONFIG=/usr/lib/postgresql/${JOURNEY_MAJOR:-none}/bin/pg_config
	fi
}

# Takes PG_CONFIG as the caller gave it.  A packaged one need not be there yet.
journey_pick_chosen()
{
	PG_CONFIG=$(command -v "$JOURNEY_CHOSEN") || PG_CONFIG=$JOURNEY_CHOSEN
	if [ -x "$PG_CONFIG" ]; then
		JOURNEY_MAJOR=$(journey_major_of "$PG_CONFIG")
	else
		JOURNEY_MAJOR=$(echo "$PG_CONFIG" |
			sed -n 's,^/usr/lib/postgresql/\([0-9][0-9]*\)/bin/pg_config$,\1,p')
		[ -n "$JOURNEY_MAJOR" ] || journey_die "PG_CONFIG=$PG_CONFIG is not a program."
	fi
	[ "${JOURNEY_MAJOR:-0}" -ge $JOURNEY_OLDEST ] ||
		journey_die "$PG_CONFIG belongs to PostgreSQL ${JOURNEY_MAJOR:-unknown}; journey needs $JOURNEY_OLDEST or later."
}

# Whether the pg_config in PATH belongs to a server that can be built for.
journey_in_path()
{
	local found major

	found=$(command -v pg_config) || return 1
	major=$(journey_major_of "$found")
	[ "${major:-0}" -ge $JOURNEY_OLDEST ] &&
		journey_has_headers "$found" && journey_has_server "$found"
}

# Fills JOURNEY_MISSING with the packages behind what is not there, and
# JOURNEY_UNPACKAGED with what no package can bring (a self-built server).
journey_look()
{
	local role=$1 packaged=no v=$JOURNEY_MAJOR

	JOURNEY_MISSING=()
	JOURNEY_UNPACKAGED=()
	case "$PG_CONFIG $("$PG_CONFIG" --bindir 2>/dev/null)" in
		*/usr/lib/postgresql/[0-9]*/bin*) packaged=yes ;;
	esac

	command -v make >/dev/null || JOURNEY_MISSING+=(make)
	command -v "${CC:-gcc}" >/dev/null || JOURNEY_MISSING+=(gcc)
	[ -f /usr/include/stdlib.h ] || JOURNEY_MISSING+=(libc6-dev)
	command -v python3 >/dev/null || JOURNEY_MISSING+=(python3)
	if ! journey_has_server "$PG_CONFIG"; then
		if [ $packaged = yes ]; then
			JOURNEY_MISSING+=("postgresql-${v:-$JOURNEY_OLDEST}")
		else
			JOURNEY_UNPACKAGED+=("the server programs of $PG_CONFIG (initdb, postgres)")
		fi
	fi
	if ! journey_has_headers "$PG_CONFIG"; then
		if [ $packaged = yes ]; then
			JOURNEY_MISSING+=("postgresql-server-dev-${v:-$JOURNEY_OLDEST}")
		else
			JOURNEY_UNPACKAGED+=("the headers and PGXS of $PG_CONFIG")
		fi
	fi
	[ "$role" = test ] || return 0
	command -v prove >/dev/null || JOURNEY_MISSING+=(perl)
	command -v pg_prove >/dev/null ||
		JOURNEY_MISSING+=(libtap-parser-sourcehandler-pgtap-perl)
	if [ ! -f "$("$PG_CONFIG" --sharedir 2>/dev/null)/extension/pgtap.control" ]; then
		if [ $packaged = yes ]; then
			JOURNEY_MISSING+=("postgresql-${v:-$JOURNEY_OLDEST}-pgtap")
		else
			JOURNEY_UNPACKAGED+=("the extension pgtap in $("$PG_CONFIG" --sharedir)/extension (https://pgtap.org)")
		fi
	fi
}

# Runs a command with the rights to install packages: as root, or through sudo.
journey_as_admin()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Whether this user may install: root, sudo without a password, or sudo and a
# person at the terminal who can type one.
journey_may_install()
{
	command -v apt-get >/dev/null || return 1
	[ "$(id -u)" -eq 0 ] && return 0
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null && return 0
	[ -t 0 ] && [ -t 2 ]
}

journey_apt_get()
{
	journey_as_admin env DEBIAN_FRONTEND=noninteractive apt-get \
		-q -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
}

# Whether apt knows every one of these packages.
journey_apt_knows()
{
	local package

	for package; do
		apt-cache policy "$package" 2>/dev/null |
			grep 'Candidate: *[0-9]' >/dev/null || return 1
	done
}

# A new postgresql-N package creates and starts a cluster "main" on port 5432
# unless postgresql-common is told not to.  It is told so by one file of our
# own while we install, and the file goes away again.
journey_install()
{
	local log status=0

	log=$(mktemp)
	journey_say "installing: $* (log: $log)"
	if printf '%s\n' "$@" | grep -E '^postgresql-[0-9]+$' >/dev/null; then
		[ -d /etc/postgresql-common ] ||
			journey_apt_get install -y --no-install-recommends postgresql-common >>"$log" 2>&1 || status=$?
		if [ $status -eq 0 ]; then
			journey_say "no default cluster is created and no service started ($JOURNEY_CLUSTER_CONF, removed afterwards)"
			journey_as_admin mkdir -p "$(dirname $JOURNEY_CLUSTER_CONF)" &&
				echo 'create_main_cluster = false' |
				journey_as_admin tee $JOURNEY_CLUSTER_CONF >/dev/null
		fi
	fi
	if [ $status -eq 0 ]; then
		journey_apt_get install -y --no-install-recommends "$@" >>"$log" 2>&1 || status=$?
	fi
	[ ! -e $JOURNEY_CLUSTER_CONF ] || journey_as_admin rm -f $JOURNEY_CLUSTER_CONF
	if [ $status -ne 0 ]; then
		tail -n 15 "$log" >&2
		return $status
	fi
	rm -f "$log"
}

journey_explain_missing()
{
	local update=

	if command -v apt-get >/dev/null; then
		[ "$(id -u)" -eq 0 ] || update='sudo '
		journey_die "$1" \
			"These packages are missing: ${JOURNEY_MISSING[*]}" \
			"Install them with" \
			"    ${update}apt-get update && ${update}apt-get install ${JOURNEY_MISSING[*]}" \
			"and run the command again."
	fi
	journey_die "$1" \
		"Needed, by their Debian names: ${JOURNEY_MISSING[*]}" \
		"Install PostgreSQL $JOURNEY_OLDEST or later with its development files, a C compiler and make (for the tests also pgTAP with pg_prove)," \
		"then run the command again with PG_CONFIG=/path/to/pg_config."
}

# Installs JOURNEY_MISSING, refreshing apt's lists only when they lack a
# package or are too old to download it.
journey_get_missing()
{
	journey_may_install ||
		journey_explain_missing "This user cannot install packages here (no apt-get, or neither root nor sudo)."
	if ! journey_apt_knows "${JOURNEY_MISSING[@]}"; then
		journey_refresh
	fi
	journey_install "${JOURNEY_MISSING[@]}" && return
	journey_refresh
	journey_install "${JOURNEY_MISSING[@]}" ||
		journey_explain_missing "apt-get could not install what is missing (its words stand above)."
}

journey_refresh()
{
	journey_say "refreshing the package lists (apt-get update)"
	journey_apt_get update >/dev/null 2>&1 ||
		journey_say "apt-get update failed: the machine may be offline"
}

# Make hands PG_CONFIG on when it came from its command line or environment,
# and not when it is the Makefile's own default.
journey_setup()
{
	local role=$1

	# A script that a set-up script calls has it all from its environment.
	[ -z "${JOURNEY_BINDIR:-}" ] || return 0
	JOURNEY_CHOSEN=${PG_CONFIG:-}
	journey_pick
	if [ -z "$JOURNEY_MAJOR" ] && journey_may_install; then
		journey_refresh
		journey_pick
	fi
	if [ -z "$JOURNEY_MAJOR" ] && command -v apt-get >/dev/null; then
		journey_look "$role"
		journey_explain_missing "No PostgreSQL $JOURNEY_OLDEST or later is installed, and the package lists here offer none (https://apt.postgresql.org has one for every Debian and Ubuntu)."
	fi
	journey_look "$role"
	if [ ${#JOURNEY_UNPACKAGED[@]} -gt 0 ]; then
		journey_die "$PG_CONFIG was asked for, but this is missing:" \
			"${JOURNEY_UNPACKAGED[@]/#/    }" "Install it into that server, or choose another PG_CONFIG."
	fi
	if [ ${#JOURNEY_MISSING[@]} -gt 0 ]; then
		journey_get_missing
		journey_look "$role"
		[ ${#JOURNEY_MISSING[@]} -eq 0 ] ||
			journey_explain_missing "apt-get said it succeeded, yet something is still missing."
	fi
	JOURNEY_BINDIR=$("$PG_CONFIG" --bindir)
	PATH=$JOURNEY_BINDIR:$PATH
	export PG_CONFIG JOURNEY_BINDIR JOURNEY_MAJOR PATH
	journey_say "PostgreSQL $("$PG_CONFIG" --version | sed 's/^PostgreSQL //'), $PG_CONFIG"
}

# Plain make: whatever make called us with (targets' variables, a job server)
# is not for the build.
journey_make()
{
	env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u MAKELEVEL make -s --no-print-directory \
		-C "$JOURNEY_ROOT" PG_CONFIG="$PG_CONFIG" with_llvm=no ${WERROR:+COPT=-Werror} "$@"
}

# Builds and installs below $1.
journey_build()
{
	local stage=$1

	[ -w "$JOURNEY_ROOT" ] ||
		journey_die "The source tree $JOURNEY_ROOT is not writable for $(id -un): copy it or clone it first."
	journey_make -j "$(nproc 2>/dev/null || echo 1)" all >&2 || {
		journey_say "the build failed; what the compiler said stands above"
		return 1
	}
	journey_make install DESTDIR="$stage" >/dev/null || return 1
	journey_give_back
	chmod -R a+rX "$stage"
}

# Root in someone else's tree gives what was made there to the owner of the
# tree, who could not rebuild it otherwise.
journey_give_back()
{
	[ "$(id -u)" -eq 0 ] && [ "$(stat -c %u "$JOURNEY_ROOT")" -ne 0 ] || return 0
	(cd "$JOURNEY_ROOT" &&
		find src build results regression.* journey.so journey--*.sql test/fuzz -user 0 \
			-exec chown -h --reference=. {} + 2>/dev/null)
	return 0
}

# The clang whose libFuzzer works, on stdout.  It and its runtime are an extra
# that the tests do without: only root or sudo without a password installs
# the runtime, and failing to is no error.
journey_fuzzing_clang()
{
	local clang version

	clang=$(journey_clang) || return 1
	if ! journey_can_fuzz "$clang"; then
		version=$("$clang" -dumpversion | cut -d . -f 1)
		if [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; then
			journey_apt_knows "libclang-rt-$version-dev" &&
				journey_install "libclang-rt-$version-dev"
		fi >&2
		journey_can_fuzz "$clang" || return 1
	fi
	echo "$clang"
}

# The plain clang, else the newest numbered one.
journey_clang()
{
	command -v clang && return
	find /usr/bin -name 'clang-[0-9]*' 2>/dev/null | grep -E '/clang-[0-9]+$' | sort -t - -k 2 -n | tail -n 1 | grep .
}

journey_can_fuzz()
{
	local out status

	out=$(mktemp)
	echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n); int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { (void) d; return (int) (n & 0); }' |
		"$1" -x c -fsanitize=fuzzer,address,undefined -o "$out" - >/dev/null 2>&1
	status=$?
	rm -f "$out"
	return $status
}

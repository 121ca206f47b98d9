# shellcheck shell=bash
# common.sh: what run, append and shapes have in common; sourced by them.
#
#   bench_begin NAME [PARAMETER=VALUE ..]   the generator, and a private server
#                                           with these parameters
#   bench_server_main                       the same as run and shapes want it
#   bench_customers                         how many customers EVENTS_N are
#
# KEEP=1 leaves server and raw events for the next run with the same numbers.
# PYTHON is the interpreter of the runner; peers are compared if it can import
# them (duckdb, chdb).

. build-aux/setup.sh
. build-aux/server.sh
PYTHON=${PYTHON:-python3}

# Megabytes of this machine, or 4096 where it cannot be told.
bench_memory_mb()
{
	awk '$1 == "MemTotal:" { mb = int($2 / 1024) } END { print mb ? mb : 4096 }' /proc/meminfo 2>/dev/null ||
		echo 4096
}

# The generator, and in BENCH_SUM what tells its version.
bench_generator()
{
	mkdir -p build/bench
	"${CC:-gcc}" -std=c11 -O2 -ffp-contract=off -o build/bench/generate test/bench/generate.c -lm
	BENCH_SUM=$(cksum <test/bench/generate.c | cut -d ' ' -f 1)
	export BENCH_SUM
}

bench_begin()
{
	local name=$1 parameter

	shift
	journey_setup build
	bench_generator
	trap 'exit 130' INT TERM
	if [ -n "${KEEP:-}" ]; then
		trap journey_server_stop EXIT
		journey_server_keep "bench-$name"
	else
		trap journey_server_remove EXIT
		journey_server_new "bench-$name"
	fi
	for parameter in "$@"; do
		psql -X -q -c "ALTER SYSTEM SET ${parameter%%=*} = '${parameter#*=}'"
	done
	journey_server_stop
	journey_server_start
}

# The server of run and shapes.
bench_server_main()
{
	local memory

	memory=$(bench_memory_mb)
	bench_begin main "shared_buffers=$((memory / 4 < 4096 ? memory / 4 : 4096))MB" \
		wal_level=minimal max_wal_senders=0 max_wal_size=16GB checkpoint_timeout=1h \
		autovacuum=off jit=off
}

# Customers who have EVENTS_N events together, 40 each on average.
bench_customers()
{
	echo $(((${EVENTS_N:-2000000} + 39) / 40))
}

# journey: build, test and try. `make help` lists the commands for people.
#
# The two that set up all they need on a fresh Debian or Ubuntu are
# `make demo` and `make test`; the rest is ordinary PGXS.

EXTENSION = journey
MODULE_big = journey

# The version lives in journey.control only.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" journey.control)

CORE_OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/core/*.c)))
PG_OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/pg/*.c)))
OBJS = $(CORE_OBJS) $(PG_OBJS)

INSTALL_PARTS = $(sort $(wildcard sql/[0-9][0-9]_*.sql))
DATA_built = journey--$(EXTVERSION).sql

# No -march and no fast-math, and no fused multiply-add either: the same input
# gives the same bytes on every machine.
PG_CPPFLAGS = -Isrc -DJOURNEY_EXTENSION_VERSION=\"$(EXTVERSION)\"
# The language is that of the server's headers: 19 was configured for what its
# compiler takes by default, and its macros need that.
PG_CFLAGS = $(if $(filter 15 16 17 18,$(MAJORVERSION)),-std=gnu11) -fvisibility=hidden -ffp-contract=off -Wextra -Wno-unused-parameter \
	-Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type
SHLIB_LINK = -lm

EXTRA_CLEAN = journey--$(EXTVERSION).sql build results regression.diffs regression.out

REGRESS = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=journey

.DEFAULT_GOAL = all

# PGXS names a PYTHON of its own; the benchmarks want the user's.
BENCH_PYTHON := $(or $(PYTHON),python3)

PG_CONFIG ?= pg_config
# Without a server-dev package there is no pgxs.mk; the targets that install
# packages must still run.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)

# Bitcode for the server's JIT is built where the server wants it and its
# compiler is there. It is an extra: nothing fails without it.
JOURNEY_CLANG := $(shell sed -n 's/^CLANG *= *//p' $(dir $(PGXS))../Makefile.global)
ifeq ($(shell command -v $(firstword $(JOURNEY_CLANG) clang) 2>/dev/null),)
override with_llvm = no
endif

include $(PGXS)
BITCODE_CFLAGS += -ffp-contract=off

# Objects that another server version or other flags made are made again.
BUILT_FOR = $(VERSION) $(CC) $(CFLAGS) $(CPPFLAGS)
build/flags: force-flags
	@mkdir -p build
	@echo '$(subst ','\'',$(BUILT_FOR))' | cmp -s - $@ || echo '$(subst ','\'',$(BUILT_FOR))' > $@
.PHONY: force-flags

# PGXS tracks no header dependencies.
$(OBJS): $(wildcard src/core/*.h src/pg/*.h) journey.control build/flags

else

all install installcheck:
	@echo "$(PG_CONFIG) has no PGXS: install postgresql-server-dev-NN, or pass PG_CONFIG=/path/to/pg_config." >&2
	@echo "(make demo and make test install what they need by themselves.)" >&2
	@exit 2
clean:
	rm -rf $(EXTRA_CLEAN) journey.so src/*/*.o

endif

journey--$(EXTVERSION).sql: $(INSTALL_PARTS) journey.control
	cat $(INSTALL_PARTS) > $@

# Targets check-core and fuzz-core: the engine alone, under sanitizers.
-include test/core/core.mk
ifneq ($(wildcard $(PGXS)),)
$(patsubst src/core/%.c,build/core-objects/%.o,$(CORE_SOURCES)): build/flags
$(patsubst src/core/%.c,build/fuzz-objects/%.o,$(CORE_SOURCES)): build/flags
endif

# Commands for people. The scripts read EVENTS, SUITES, ... from the
# environment, where make puts what stands on its command line.

help:
	@echo 'make demo      sets up what is missing, then answers on a bundled sample'
	@echo '    EVENTS=file.csv[.gz] COLUMNS=.. TZ=.. PATTERN=.. GOAL=.. REVENUE=..   ... on your own file'
	@echo 'make shell     psql on the server of the last demo'
	@echo 'make test      sets up what is missing, then runs all tests in a private server'
	@echo "    SUITES='check core fuzz regress pgtap docs demo t'   only these"
	@echo '    PGTAP=test/pgtap/funnel.sql                      only this file'
	@echo 'make, make install   build and install for the server of PG_CONFIG'
	@echo 'make installcheck    the golden tests on a running server'
	@echo 'make check-core      tests of the engine alone, under sanitizers'
	@echo 'make fuzz            fuzzers of the engine, FUZZ_SECONDS=60 each'
	@echo 'make bench           speed against plain SQL, and DuckDB and ClickHouse if installed; EVENTS_N=2000000 ROUNDS=5'
	@echo 'make bench-append    what a day of new events costs'
	@echo 'make bench-shapes    one huge customer, many small ones, growth, little memory'
	@echo 'make bench-reports   the aggregates over many journeys'
	@echo 'make realdata DIR=.. numbers on public data sets, if you have them'
	@echo 'make conformance DIR=..  answers of other engines, if you have them'
	@echo 'make docs-update     writes the real output into the examples of the documents'
	@echo 'make clean'
	@echo 'PG_CONFIG=/usr/lib/postgresql/17/bin/pg_config chooses the server for each of them.'

demo:
	@demo/run

shell:
	@demo/shell

test:
	@test/run

fuzz:
	@SUITES=fuzz FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) test/run

docs-update:
	@SUITES=docs DOCS_UPDATE=1 test/run

bench bench-append bench-shapes bench-reports: export PYTHON = $(BENCH_PYTHON)

bench:
	@test/bench/run

bench-append:
	@test/bench/append

bench-shapes:
	@test/bench/shapes

bench-reports:
	@test/bench/reports

conformance:
	@test/conformance/run

realdata:
	@if [ -x test/realdata/run ]; then test/realdata/run; \
	else echo 'realdata: test/realdata/run is not here; nothing to do'; fi

.PHONY: help demo shell test fuzz docs-update bench bench-append bench-shapes bench-reports realdata conformance check-core fuzz-core dbt doc

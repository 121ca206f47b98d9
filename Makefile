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
PG_CFLAGS = -std=gnu11 -fvisibility=hidden -ffp-contract=off -Wextra -Wno-unused-parameter \
	-Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type
SHLIB_LINK = -lm

EXTRA_CLEAN = journey--$(EXTVERSION).sql build results

REGRESS = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=journey

PG_CONFIG ?= pg_config
# Without a server-dev package there is no pgxs.mk; the targets that install
# packages must still run.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
endif

# PGXS tracks no header dependencies.
$(OBJS): $(wildcard src/core/*.h src/pg/*.h) journey.control

journey--$(EXTVERSION).sql: $(INSTALL_PARTS) journey.control
	cat $(INSTALL_PARTS) > $@

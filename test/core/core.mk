# The engine without a server: tests and fuzzers under ASan and UBSan.
# Included by the main Makefile; every test/core/*.c is one test program that
# prints TAP, every test/fuzz/*.c one fuzzer.  All products are under build/.

CLANG ?= clang-14
FUZZ_SECONDS ?= 20
# Set it to stop after so many inputs instead.
FUZZ_RUNS ?=

CORE_HEADERS = $(wildcard src/core/*.h test/core/*.h)
CORE_SOURCES = $(sort $(wildcard src/core/*.c))
CORE_TESTS = $(patsubst test/core/%.c,build/core/%,$(sort $(wildcard test/core/*.c)))
CORE_FUZZERS = $(patsubst test/fuzz/%.c,build/fuzz/%,$(sort $(wildcard test/fuzz/*.c)))

CORE_PG_LIBS = $(firstword $(wildcard $(addsuffix /libpgcommon.a,\
	$(shell $(PG_CONFIG) --pkglibdir) $(shell $(PG_CONFIG) --libdir)))) \
	$(firstword $(wildcard $(addsuffix /libpgport.a,\
	$(shell $(PG_CONFIG) --pkglibdir) $(shell $(PG_CONFIG) --libdir))))

CORE_CFLAGS = -std=gnu11 -g -DFRONTEND -DUSE_ASSERT_CHECKING -ffp-contract=off \
	-Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -fno-omit-frame-pointer \
	-fno-sanitize-recover=all -Isrc -Itest/core \
	-I$(shell $(PG_CONFIG) --includedir-server)
CORE_TEST_CFLAGS = $(CORE_CFLAGS) -O1 -fsanitize=address,undefined
CORE_FUZZ_CFLAGS = $(CORE_CFLAGS) -O1 -Wno-unused-function -Wno-ignored-attributes \
	-fsanitize=fuzzer-no-link,address,undefined

build/core-objects/%.o: src/core/%.c $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) -c $< -o $@

build/core-objects/core.a: $(patsubst src/core/%.c,build/core-objects/%.o,$(CORE_SOURCES))
	@rm -f $@
	ar rcs $@ $^

build/core/%: test/core/%.c $(CORE_HEADERS) build/core-objects/core.a
	@mkdir -p $(@D)
	$(CC) $(CORE_TEST_CFLAGS) $< build/core-objects/core.a $(CORE_PG_LIBS) -lm -o $@

build/fuzz-objects/%.o: src/core/%.c $(CORE_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(CORE_FUZZ_CFLAGS) -c $< -o $@

build/fuzz-objects/core.a: $(patsubst src/core/%.c,build/fuzz-objects/%.o,$(CORE_SOURCES))
	@rm -f $@
	ar rcs $@ $^

build/fuzz/%: test/fuzz/%.c $(CORE_HEADERS) build/fuzz-objects/core.a
	@mkdir -p $(@D)
	$(CLANG) $(CORE_FUZZ_CFLAGS) -fsanitize=fuzzer $< build/fuzz-objects/core.a \
		$(CORE_PG_LIBS) -lm -o $@

check-core: $(CORE_TESTS)
	prove -e '' $(CORE_TESTS)

# What a fuzzer finds new goes to build/; what is worth keeping is copied to
# test/fuzz/corpus by hand.  An input that fails is at the end of the log.  The
# seed is fixed, so that a short run fails for a change and not by chance;
# FUZZ_SEED=0 draws one.
fuzz-core: $(CORE_FUZZERS)
	@for fuzzer in $(notdir $(CORE_FUZZERS)); do \
		found=build/fuzz-found/$$fuzzer; \
		mkdir -p $$found test/fuzz/corpus/$$fuzzer; \
		if build/fuzz/$$fuzzer -seed=$(or $(FUZZ_SEED),1) $(if $(FUZZ_RUNS),-runs=$(FUZZ_RUNS),-max_total_time=$(FUZZ_SECONDS)) \
			-timeout=20 -artifact_prefix=$$found- $$found test/fuzz/corpus/$$fuzzer \
			>$$found.log 2>&1; \
		then echo "$$fuzzer: $$(grep -E '^Done [0-9]+ runs' $$found.log)"; \
		else tail -n 60 $$found.log; echo "$$fuzzer: failed, see $$found.log"; exit 1; fi; \
	done

.PHONY: check-core fuzz-core

# Recado's commands. `make help` lists them; CMakePresets.json has the builds behind them.
# Each installs what it misses (Debian packages with apt, the API pages with npm), then says what it does.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

PREFIX ?= /usr/local
DESTDIR ?=
UNIT_DIR ?= $(PREFIX)/lib/systemd/system

# One compiler a core, as far as memory reaches (1.2 GiB each).
JOBS ?= $(shell awk -v cores="$$(nproc)" '/MemAvailable/ {jobs = int($$2 / 1258291); \
          print (jobs < 1 ? 1 : jobs < cores ? jobs : cores)}' /proc/meminfo)
# Tests wait for timers rather than compute: two a core. The longest begin first (COST).
TEST_JOBS ?= $(shell echo $$((2 * $$(nproc))))

# Files are compiled several at a time, in half the time; UNITY=OFF compiles each by itself, for who edits much.
UNITY ?= ON
configure = cmake -DCMAKE_UNITY_BUILD=$(UNITY) --preset

export NINJA_STATUS = [%f/%t %es] 
binary := build/release/recado
stamps := build/stamps
micro_options := --benchmark_counters_tabular=true --benchmark_out=build/bench/micro.json --benchmark_out_format=json
units := recado.service recado.socket recado@.service recado-nodes.socket

# $(call step,TEXT,COMMANDS): says what is done, does it, says how long it took.
define step
@printf '==> %s\n' '$(1)'; start=$$SECONDS; { $(2); }; printf '    done in %s s\n' $$((SECONDS - start))
endef

.PHONY: build run test demo install uninstall format lint asan tsan chaos fuzz soak bench bench-micro bench-fairness bench-contacts bench-schedules flood clean distclean help

build: ## Build the release binary at build/release/recado (the default)
build: $(stamps)/packages-run $(stamps)/npm
	$(call step,Building the release: $(binary) ($(JOBS) jobs),$(configure) release >build/release-configure.log 2>&1 \
	  || { cat build/release-configure.log; exit 1; }; ninja -C build/release -j $(JOBS) recado)

run: ## Build, then serve on 127.0.0.1:8000 with a private Redis; webhooks to this machine are allowed
run: build
	@exec scripts/serve-locally.sh

demo: ## Build, then show in a few seconds what Recado is: delivery, lateness, a restart that loses nothing
demo: build
	@exec ./$(binary) demo

test: ## Build everything with assertions and run all tests
test: $(stamps)/packages-test $(stamps)/npm $(stamps)/npm-test
	$(call build_and_test,dev,,)

asan: ## The tests under AddressSanitizer and UndefinedBehaviorSanitizer
asan: $(stamps)/packages-test $(stamps)/npm $(stamps)/npm-test
	$(call build_and_test,asan,,)
	$(call test_from_outside,asan,end_to_end_test soak_test chaos_test,^(end_to_end|soak|chaos)/)

tsan: ## What has threads under ThreadSanitizer: base, io, net, and the binary from outside
tsan: $(stamps)/packages-test $(stamps)/npm
	$(call build_and_test,tsan,recado base_test io_test net_test,-R '^(base|io|net)/')
	$(call test_from_outside,tsan,end_to_end_test,^end_to_end/)

chaos: ## Faults at random for CHAOS_MINUTES=10, judged by an oracle; CHAOS_SEED=… runs the same again
chaos: $(stamps)/packages-test $(stamps)/npm
	$(call step,Building: preset dev$(comma) $(JOBS) jobs,$(configure) dev >build/dev-configure.log 2>&1 \
	  || { cat build/dev-configure.log; exit 1; }; ninja -C build/dev -j $(JOBS) chaos_test)
	@CHAOS_MINUTES=$${CHAOS_MINUTES:-10} build/dev/tests/chaos/chaos_test

flood: ## Registrations at twice what the machine can do: due messages on time, memory flat (FLOOD_SECONDS=20)
flood: build $(stamps)/packages-test $(stamps)/npm
	$(call step,Building the flood,$(configure) dev >build/dev-configure.log 2>&1 \
	  || { cat build/dev-configure.log; exit 1; }; ninja -C build/dev -j $(JOBS) flood)
	@build/dev/tests/load/flood

soak: ## Everything at once for SOAK_MINUTES=10 under AddressSanitizer: nothing lost, nothing leaked, memory flat
soak: $(stamps)/packages-test $(stamps)/npm
	$(call step,Building: presets asan and dev$(comma) $(JOBS) jobs,for preset in asan dev; do \
	  $(configure) $$preset >build/$$preset-configure.log 2>&1 || { cat build/$$preset-configure.log; exit 1; }; done; \
	  ninja -C build/asan -j $(JOBS) recado; ninja -C build/dev -j $(JOBS) soak_test)
	@RECADO_BINARY=$(CURDIR)/build/asan/recado SOAK_SECONDS=$$(($${SOAK_MINUTES:-10} * 60)) build/dev/tests/soak/soak_test

bench: ## Measure Recado beside its peers: BENCH_QUICK=1, BENCH_ROUNDS=3, BENCH_ONLY=registration,lateness,…
bench: $(stamps)/packages-bench $(stamps)/npm $(stamps)/npm-bench
	$(call build_bench,recado_bench bench_micro)
	@build/release/bench/recado_bench
	@[ -n "$${BENCH_ONLY-}" ] || build/release/bench/bench_micro $(micro_options)

bench-micro: ## Measure the parts alone: heap, parse, sign, RESP, time
bench-micro: $(stamps)/packages-bench $(stamps)/npm
	$(call build_bench,bench_micro)
	@mkdir -p build/bench && build/release/bench/bench_micro $(micro_options)

bench-fairness: ## Measure how much a dead, slow or flooded destination delays the others; fails at 100 ms (p99)
bench-fairness: $(stamps)/packages-test $(stamps)/npm
	$(call build_bench,bench_fairness)
	@build/release/bench/bench_fairness --gtest_brief=1

bench-contacts: ## Measure lists and searches over 100,000 contacts; fails at 50 ms (median)
bench-contacts: $(stamps)/packages-test $(stamps)/npm
	$(call build_bench,bench_contacts)
	@build/release/bench/bench_contacts --gtest_brief=1

bench-schedules: ## Measure a schedule's run over 100,000 contacts beside other messages; fails at 100 ms (p99)
bench-schedules: $(stamps)/packages-test $(stamps)/npm
	$(call build_bench,bench_schedules)
	@build/release/bench/bench_schedules --gtest_brief=1

# $(call build_bench,TARGETS)
define build_bench
$(call step,Building the benchmarks: preset release$(comma) $(JOBS) jobs,$(configure) release -DRECADO_BENCH=ON \
  >build/release-configure.log 2>&1 || { cat build/release-configure.log; exit 1; }; ninja -C build/release -j $(JOBS) $(1))
endef

fuzz: ## Search with libFuzzer for inputs that break a promise: FUZZ_SECONDS=60 a target
fuzz: $(stamps)/packages-fuzz $(stamps)/npm
	$(call step,Building the fuzz targets: preset fuzz$(comma) $(JOBS) jobs,$(configure) fuzz >build/fuzz-configure.log 2>&1 \
	  || { cat build/fuzz-configure.log; exit 1; }; ninja -C build/fuzz -j $(JOBS) tests/fuzz/all)
	@scripts/fuzz.sh

# $(call build_and_test,PRESET,TARGETS,CTEST_ARGUMENTS); no targets: all
define build_and_test
$(call step,Building the tests: preset $(1)$(comma) $(JOBS) jobs,$(configure) $(1) >build/$(1)-configure.log 2>&1 \
  || { cat build/$(1)-configure.log; exit 1; }; ninja -C build/$(1) -j $(JOBS) $(2))
$(call step,Testing: preset $(1),ctest --preset $(1) -j $(TEST_JOBS) --output-junit junit.xml $(3))
endef
# $(call test_from_outside,PRESET,TARGETS,TESTS): what starts the binary, built without sanitizers, starts PRESET's
define test_from_outside
$(call step,Building what starts the binary: preset dev$(comma) $(JOBS) jobs,$(configure) dev >build/dev-configure.log 2>&1 \
  || { cat build/dev-configure.log; exit 1; }; ninja -C build/dev -j $(JOBS) $(2))
$(call step,Testing build/$(1)/recado from outside,RECADO_BINARY=$(CURDIR)/build/$(1)/recado ctest --preset dev -j $(TEST_JOBS) \
  --output-junit $(CURDIR)/build/$(1)/outside.xml -R '$(3)')
endef
comma := ,

format: ## Format all C++ sources in place
format: $(stamps)/packages-lint
	$(call step,Formatting,git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs -r clang-format -i)

lint: ## Formatting, clang-tidy, shellcheck, man page, units: FILES="a.cpp b.cpp" restricts clang-tidy
lint: $(stamps)/packages-lint $(stamps)/npm
	@scripts/lint.sh $(FILES)

install: ## Install binary, units and man page (PREFIX=/usr/local, DESTDIR for packagers); undone by `make uninstall`
install:
	@test -x $(binary) || $(MAKE) build
	install -D -m 0755 $(binary) '$(DESTDIR)$(PREFIX)/bin/recado'
	install -d '$(DESTDIR)$(UNIT_DIR)' '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/doc/recado'
	for unit in $(units); do sed 's|/usr/local/bin/|$(PREFIX)/bin/|g' "systemd/$$unit" >"$(DESTDIR)$(UNIT_DIR)/$$unit"; \
	  chmod 0644 "$(DESTDIR)$(UNIT_DIR)/$$unit"; done
	install -m 0644 docs/recado.1 '$(DESTDIR)$(PREFIX)/share/man/man1/recado.1'
	install -m 0644 LICENSE '$(DESTDIR)$(PREFIX)/share/doc/recado/LICENSE'
	@[ -n '$(DESTDIR)' ] || printf '%s\n' 'To run it as a service: systemctl daemon-reload && systemctl enable --now recado'

uninstall: ## Remove what install put there; data in /var/lib/recado and settings in /etc/recado stay
	for unit in $(units); do rm -f "$(DESTDIR)$(UNIT_DIR)/$$unit"; done
	rm -f '$(DESTDIR)$(PREFIX)/bin/recado' \
	  '$(DESTDIR)$(PREFIX)/share/man/man1/recado.1' '$(DESTDIR)$(PREFIX)/share/doc/recado/LICENSE'
	rmdir --ignore-fail-on-non-empty '$(DESTDIR)$(PREFIX)/share/doc/recado' 2>/dev/null || true

clean: ## Remove all builds; the npm packages and unpacked ones stay, so that building again needs no network
	find build -mindepth 1 -maxdepth 1 ! -name 'npm*' ! -name packages -exec rm -rf {} + 2>/dev/null || true

distclean: ## Remove build/ whole
	rm -rf build

help: ## List these targets
	@awk -F ': ## ' '/^[a-z-]+: ## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# What was found installed is not looked for again until the list changes. One call of apt each, so the purposes add up.
$(stamps)/packages-run: purposes = build run npm
$(stamps)/packages-test: purposes = build run npm test
$(stamps)/packages-lint: purposes = build run npm test lint
$(stamps)/packages-fuzz: purposes = build run npm test fuzz
$(stamps)/packages-bench: purposes = build run npm test bench
$(stamps)/packages-%: third_party/packages.txt third_party/install-packages.sh
	@printf '==> Debian packages to %s\n' '$*'
	@third_party/install-packages.sh $(purposes)
	@mkdir -p $(@D) && touch $@

$(stamps)/npm: src/ui/package.json src/ui/package-lock.json third_party/install-npm-packages.sh
	@printf '==> npm packages of the API pages\n'
	@third_party/install-npm-packages.sh
	@mkdir -p $(@D) && touch $@

$(stamps)/npm-test: third_party/install-api-documents.sh
	@printf '==> API documents of the providers\n'
	@third_party/install-api-documents.sh
	@mkdir -p $(@D) && touch $@

$(stamps)/npm-bench: bench/peers/bullmq/package-lock.json third_party/install-npm-packages.sh
	@printf '==> npm packages of the benchmarks\n'
	@third_party/install-npm-packages.sh bench
	@mkdir -p $(@D) && touch $@

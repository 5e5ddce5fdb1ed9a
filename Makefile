# What a person types. `make help` tells.
JOBS ?= 2

help: ## this text
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: build build/dicomcast-sim ## all the set-up, then a backfill of sample studies into a simulated FHIR service
	@scripts/demo.sh build

build: setup-build ## build/dicomcast, optimised
	@cmake --preset release >build-configure.log || (cat build-configure.log; false)
	@rm -f build-configure.log
	cmake --build build -j$(JOBS) --target dicomcast

build/dicomcast-sim: build
	@cmake --build build -j$(JOBS) --target dicomcast-sim

check-format: setup-lint ## whether all sources have the form of .clang-format; changes nothing
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 --dry-run -Werror

check: check-format ## the format, and clang-tidy over all sources
	scripts/tidy.sh

test-quick: setup-test ## the unit tests, without other programs and without the slow ones
	@cmake --preset dev >/dev/null
	cmake --build build-dev-asan -j$(JOBS) --target test_conf test_mapping test_io test_simulators test_actors
	@printf '%s\n' conf mapping io simulators actors | xargs -P$(JOBS) -I@ sh -c 'build-dev-asan/tests/test_@ "~[bodies]~[packages]~[slow]" >build-dev-asan/test_@.log 2>&1 && echo "@: passed" || (cat build-dev-asan/test_@.log; false)'
	@tests/includes_test.sh && tests/names_test.sh

test: setup-test build build/dicomcast-sim build/dicomcast-simulation ## all the set-up, then every test: with sanitizers, fuzzers, validators and real peers
	@cmake --preset dev >/dev/null
	cmake --build build-dev-asan -j$(JOBS)
	ctest --test-dir build-dev-asan --output-on-failure --timeout 900 -j$(JOBS)

test-heavy: setup-test build build/dicomcast-sim ## the long runs on the program as shipped: 200,000 entries, memory, hundreds of kills
	@cmake --preset dev >/dev/null
	cmake --build build-dev-asan -j$(JOBS)
	DICOMCAST_HEAVY=1 DICOMCAST_BINARY=$(CURDIR)/build/dicomcast ctest --test-dir build-dev-asan --output-on-failure -R 'e2e|heavy' --timeout 3000

build/dicomcast-simulation: build
	@cmake --build build -j$(JOBS) --target dicomcast-simulation

SECONDS ?= 600
soak: setup-test build/dicomcast-simulation ## new seeds of the simulation, on two processes, for SECONDS (600)
	build/dicomcast-simulation --jobs 2 --keep-going --seconds $(SECONDS) --from $$(( $$(date +%s) * 1000 ))

bench: setup-test ## all the set-up, then the benchmarks: some minutes (BENCH=--quick: one; BENCH=--full: all 128 runs)
	@cmake --preset release -DDICOMCAST_BENCH=ON >/dev/null
	cmake --build build -j$(JOBS) --target dicomcast dicomcast-sim dicomcast-bench dicomcast-micro
	@mkdir -p bench/results
	build/dicomcast-micro --benchmark_out=bench/results/micro.json --benchmark_out_format=json
	build/dicomcast-bench $(BENCH)

test-e2e: setup-test build build/dicomcast-sim ## the real peers: a FHIR engine, Azure tables, tokens, Orthanc, faults
	@cmake --preset dev >/dev/null
	cmake --build build-dev-asan -j$(JOBS) --target test_io
	tests/e2e/setup.sh
	tests/e2e/node.sh tests/e2e/run.mjs

tsan: setup-test ## the unit tests that do not use CAF, with the thread sanitizer
	@cmake --preset tsan >/dev/null
	cmake --build --preset tsan -j$(JOBS)
	ctest --preset tsan -j$(JOBS)

gcc: setup-test ## everything built with the other compiler, and its unit tests
	@cmake --preset gcc >/dev/null
	cmake --build --preset gcc -j$(JOBS)
	ctest --preset gcc -j$(JOBS)

fuzz: setup-test ## each fuzzer for a minute, from its kept corpus on
	tests/fuzz/run.sh 60

format: setup-lint ## clang-format over all sources
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 -i

analyse: setup-lint ## clang's static analyser over all sources: an hour
	scripts/tidy.sh --analyse

setup-build:
	@scripts/setup.sh build test

setup-test:
	@scripts/setup.sh build test bench

setup-lint:
	@scripts/setup.sh build test lint

clean: ## removes what was built
	rm -rf build build-*

.PHONY: help demo build check check-format test-quick test test-heavy test-e2e tsan gcc fuzz bench format analyse setup-build setup-test setup-lint clean soak build/dicomcast-sim build/dicomcast-simulation

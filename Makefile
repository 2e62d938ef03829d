# Stator's front door, in the order in which a newcomer needs it. `make help` prints these lines.
#
# Every build tree stands under build/ (CMakePresets.json): build/ itself is the release, build/dev
# gcc with all tests, build/asan and build/fuzz clang with sanitizers. A target that has nothing to
# do does nothing: what apt must bring is looked up in dpkg's own list, and ninja knows the rest.

HOST = 127.0.0.1
PORT = 8000
DATA = ./stator-data
PREFIX = /usr/local
JOBS = $(shell nproc)

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test peers bench fuzz coverage soak tidy format lint install clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1	/p' Makefile | expand -t 18

run: build ## install what is missing, build, and serve on HOST:PORT with the data in DATA
	exec build/stator serve --host $(HOST) --port $(PORT) --data $(DATA)

build: need-run build/build.ninja ## the program alone: build/stator
	@cmake --build build --target stator

test: need-test trees ## every test: gcc and clang, sanitizers, fuzzers, real clients
	@scripts/test-all $(JOBS)

peers: need-peers build/dev/build.ninja ## the library against dynalite and DynamoDB Local
	@cmake --build build/dev
	@ctest --test-dir build/dev -C Peers -R '^peers/' --output-on-failure

bench: need-bench build/build.ninja ## the speed table of docs/performance.md, measured here
	@cmake --build build
	bench/run

fuzz: export FUZZ_SECONDS := $(or $(FUZZ_SECONDS),60)
fuzz: need-test build/fuzz/build.ninja ## every fuzzer for FUZZ_SECONDS=60, two at a time
	@cmake --build build/fuzz --target fuzzers
	@ctest --test-dir build/fuzz -j2 --output-on-failure

coverage: need-test build/fuzz/build.ninja build/fuzzcov/build.ninja
coverage: ## what the fuzzers have reached so far, into docs/fuzzing-coverage.md
	@cmake --build build/fuzz --target fuzz_seeds
	@cmake --build build/fuzzcov --target fuzzers
	@scripts/fuzz-coverage build/fuzz/fuzz build/fuzzcov/fuzz --write docs/fuzzing-coverage.md

soak: need-soak trees build/build.ninja ## an hour of load (SOAK_SECONDS=3600), crashes and more
	@cmake --build build
	@scripts/soak $(or $(SOAK_SECONDS),3600)

tidy: ## the house rules of tools/tidy, over the whole tree
	@tools/tidy/tidy

format: ## rewrite every C file with clang-format 14
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

lint: need-test build/dev/build.ninja ## clang-tidy over src (slow; .clang-tidy says what)
	@scripts/lint build/dev $(JOBS)

install: need-run build/build.ninja ## program, C library and manual pages under PREFIX=/usr/local
	@cmake --build build --target stator libstator
	@cmake --install build --prefix $(PREFIX)

clean: ## forget every build; data stays
	rm -rf build

# ---- behind the doors

.PHONY: need-run need-test need-peers need-bench need-soak trees
need-run need-test need-peers need-bench need-soak:
	@scripts/install-dependencies $(@:need-%=%)

build/build.ninja: | need-run
	@cmake --preset release

build/%/build.ninja: | need-test
	@cmake --preset $*

trees: build/dev/build.ninja build/asan/build.ninja build/fuzz/build.ninja
	@cmake --build build/dev
	@cmake --build build/asan
	@cmake --build build/fuzz --target fuzzers

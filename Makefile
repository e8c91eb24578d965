# SPDX-License-Identifier: Apache-2.0

PREFIX  ?= /usr/local
DESTDIR ?=

.DEFAULT_GOAL := build
.PHONY: build test demo bench bench-quick bench-front bench-packages soak profile lint fuzz install clean help heavy

build: ## build weir and weirload into bin/
	CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/...

test: ## everything CI runs: formatting, vet, race detector, allocations, fuzzing, real component libraries
	@scripts/test

demo: build ## start weir on a free port, drive it for some seconds, print what it did
	@scripts/with-weir scripts/demo

SOAK ?= 10m
soak: build ## mixed traffic for SOAK (10m), every stanza numbered and checked
	@scripts/with-weir sh -c 'bin/weirload soak -addr $$WEIR_ADDR -secret $$WEIR_SECRET -pid $$WEIR_PID -duration $(SOAK)'

bench: ## weir and its peers in turn, in rounds; results dated into bench/results
	go run ./bench/run -install -results bench/results

bench-quick: ## the same, shorter, with the peers that are installed; writes nothing
	go run ./bench/run -quick

bench-front: ## weir in front of Prosody, ejabberd and itself, with and without; dated into bench/results
	go run ./bench/front -results bench/results

bench-packages: ## the packages' own benchmarks, a short time each
	go test -run '^$$' -bench . -benchtime 100ms ./...

PROFILE ?= BenchmarkForward
PACKAGE ?= ./internal/session
profile: ## processor, allocation and lock profiles of one package benchmark, PROFILE in PACKAGE, into profile/
	@mkdir -p profile
	go test -run '^$$' -bench '$(PROFILE)' -benchtime 3s -o profile/test -cpuprofile profile/cpu.out \
		-memprofile profile/allocations.out -mutexprofile profile/locks.out $(PACKAGE)
	go tool pprof -top -nodecount 30 profile/test profile/cpu.out

heavy: ## memory, and speed beside a flood: minutes, and it wants the machine to itself
	WEIR_HEAVY=1 go test -count=1 -v -timeout 15m -run 'TestIdleMemory|TestStuckReceiverBeside|TestManyHalfStanzas' ./test/e2e

lint: ## golangci-lint with .golangci.yml, where it is installed
	golangci-lint run ./...

FUZZTIME ?= 60s
fuzz: ## each fuzz target for FUZZTIME (60s)
	@scripts/fuzz-targets | while read -r dir target; do \
		echo "== $$dir $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$dir" || exit 1; done

install: build ## install the binaries under PREFIX (/usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 bin/weir bin/weirload $(DESTDIR)$(PREFIX)/bin/

clean: ## remove what was built, and the cache of the tests
	rm -rf bin dist profile .cache

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# SPDX-License-Identifier: Apache-2.0

PREFIX  ?= /usr/local
DESTDIR ?=

.DEFAULT_GOAL := build
.PHONY: build test demo bench-quick soak lint fuzz install clean help

build: ## build weir and weirload into bin/
	go build -trimpath -o bin/ ./cmd/...

test: ## everything CI runs: formatting, vet, race detector, allocations, fuzzing, real component libraries
	@scripts/test

demo: build ## start weir on a free port, drive it for some seconds, print what it did
	@scripts/with-weir scripts/demo

SOAK ?= 10m
soak: build ## mixed traffic for SOAK (10m), every stanza numbered and checked
	@scripts/with-weir sh -c 'bin/weirload soak -addr $$WEIR_ADDR -secret $$WEIR_SECRET -pid $$WEIR_PID -duration $(SOAK)'

bench-quick: ## the packages' own benchmarks, a short time each
	go test -run '^$$' -bench . -benchtime 100ms ./...

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
	rm -rf bin dist .cache

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

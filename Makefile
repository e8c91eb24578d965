# SPDX-License-Identifier: Apache-2.0

PREFIX  ?= /usr/local
DESTDIR ?=
LDFLAGS ?=
# Where the binaries go, and what is made for others.
BIN     ?= bin
DIST    ?= dist
VERSION ?= $(shell contrib/version)
COMMIT  ?= $(shell git describe --always --dirty=+modified --abbrev=40 --exclude "*" 2>/dev/null)

.DEFAULT_GOAL := build
.PHONY: cluster-demo cluster-test build test demo bench bench-full bench-quick picture bench-front bench-cluster bench-tune bench-packages soak profile lint fuzz man install deb clean help heavy

build: ## build weir and weirload into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(VERSION) -X main.commit=$(COMMIT) $(LDFLAGS)" -o $(BIN)/ ./cmd/...

test: ## everything CI runs: formatting, vet, race detector, allocations, fuzzing, real component libraries
	@scripts/test

demo: build ## start weir on a free port, drive it for some seconds, print what it did
	@scripts/with-weir scripts/demo

SOAK ?= 10m
DRIVER ?= auto
soak: build ## mixed traffic for SOAK (10m) over DRIVER (auto, io_uring), every stanza numbered and checked
	@DRIVER=$(DRIVER) scripts/with-weir sh -c 'bin/weirload soak -addr $$WEIR_ADDR -secret $$WEIR_SECRET -pid $$WEIR_PID -duration $(SOAK)'

bench: ## weir and its peers in turn, in rounds; results dated into bench/results
	go run ./bench/run -install -results bench/results

bench-full: ## the same with longer runs and a third round, and what only a large machine can carry: half an hour
	go run ./bench/run -full -install -results bench/results

bench-quick: ## the same, shorter, with the peers that are installed; writes nothing
	go run ./bench/run -quick

bench-front: ## weir in front of Prosody, ejabberd and itself, with and without; dated into bench/results
	go run ./bench/front -results bench/results

cluster-demo: ## three nodes, load between them, one killed, and figures
	WEIR_CLUSTER_DEMO=1 go test -count=1 -run TestDemo ./test/cluster -v | grep -v '^\(=== \|---\|PASS\|ok\)'

cluster-test: ## nodes killed, frozen, cut off; claim races; minutes
	WEIR_CLUSTER=all go test -count=1 -timeout 20m ./internal/cluster/... ./test/cluster

bench-cluster: ## what a cluster of three nodes on this machine costs; dated into bench/results
	go run ./bench/cluster -results bench/results

bench-tune: ## weir's own settings against each other: loops, drivers, accept_balance, options; dated into bench/results
	go run ./bench/tune -results bench/results all

bench-packages: ## the packages' own benchmarks, a short time each
	go test -run '^$$' -bench . -benchtime 100ms ./...

picture: ## the README's picture of the latest results, light and dark; needs chromium
	go run ./bench/picture -results bench/results -o docs/benchmark

PROFILE ?= BenchmarkForward
PACKAGE ?= ./internal/session
profile: ## processor, allocation and lock profiles of one package benchmark, PROFILE in PACKAGE, into profile/
	@mkdir -p profile
	go test -run '^$$' -bench '$(PROFILE)' -benchtime 3s -o profile/test -cpuprofile profile/cpu.out \
		-memprofile profile/allocations.out -mutexprofile profile/locks.out $(PACKAGE)
	go tool pprof -top -nodecount 30 profile/test profile/cpu.out

heavy: ## memory, speed beside a flood, what scrapes cost: minutes, and it wants the machine to itself
	WEIR_HEAVY=1 go test -count=1 -v -timeout 30m -run 'TestIdleMemory|TestStuckReceiverBeside|TestManyHalfStanzas|TestScrape|TestAdminCost' ./test/e2e

lint: ## golangci-lint with .golangci.yml, where it is installed
	golangci-lint run ./...

FUZZTIME ?= 60s
TAGS     ?=
fuzz: ## each fuzz target for FUZZTIME (60s), of the build with TAGS (purego, xmlscan_safe)
	@scripts/fuzz-targets | while read -r dir target; do \
		echo "== $$dir $$target"; go test $(if $(TAGS),-tags $(TAGS)) -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$dir" || exit 1; done

# The host's own Go, whatever is built for: it runs what it has built.
HOSTGO := env -u GOOS -u GOARCH CGO_ENABLED=0 go

man: ## manual pages and completions into dist/share, made of the code and docs/CONFIG.md
	@rm -rf $(DIST)/share
	@mkdir -p $(DIST)/share/man/man1 $(DIST)/share/man/man5 $(DIST)/share/bash-completion/completions \
		$(DIST)/share/zsh/vendor-completions $(DIST)/share/fish/vendor_completions.d
	@$(HOSTGO) build -trimpath -o $(DIST)/host/ ./cmd/... ./scripts/manpage
	@for program in weir weirload; do \
		$(DIST)/host/$$program man >$(DIST)/share/man/man1/$$program.1 && \
		$(DIST)/host/$$program completion bash >$(DIST)/share/bash-completion/completions/$$program && \
		$(DIST)/host/$$program completion zsh >$(DIST)/share/zsh/vendor-completions/_$$program && \
		$(DIST)/host/$$program completion fish >$(DIST)/share/fish/vendor_completions.d/$$program.fish || exit 1; done
	@$(DIST)/host/manpage <docs/CONFIG.md >$(DIST)/share/man/man5/weir.toml.5

install: build man ## install binaries, manual pages, completions and the systemd unit under PREFIX (/usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share $(DESTDIR)$(PREFIX)/share/doc/weir/examples \
		$(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 755 $(BIN)/weir $(BIN)/weirload $(DESTDIR)$(PREFIX)/bin/
	cp -r $(DIST)/share/. $(DESTDIR)$(PREFIX)/share/
	install -m 644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/weir/
	sed -i 's|(\.\./configs/|(examples/|g' $(DESTDIR)$(PREFIX)/share/doc/weir/*.md
	install -m 644 configs/* $(DESTDIR)$(PREFIX)/share/doc/weir/examples/
	sed 's|/usr/bin/|$(PREFIX)/bin/|' contrib/systemd/weir.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/weir.service
	install -m 644 contrib/systemd/weir.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/weir.conf

deb: ## a Debian package into dist/, with dpkg-deb
	@rm -rf $(DIST)/root
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(DIST))/root PREFIX=/usr BIN=$(DIST)/bin LDFLAGS="-s -w" >/dev/null
	@VERSION=$(VERSION) contrib/debian/build $(DIST)/root $(DIST)

clean: ## remove what was built, and the cache of the tests
	rm -rf $(BIN) $(DIST) profile .cache

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

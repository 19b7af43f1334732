# Rollcall. `make` lists the verbs. Each of them installs what it lacks (see
# build/setup.sh) and does nothing twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN     := build/bin
CACHE   := build/cache
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

# Tests are built like releases: one compilation serves both, and what is tested
# is what is shipped.
export GOFLAGS := $(filter-out -trimpath,$(GOFLAGS)) -trimpath

WINDOW_TAGS := desktop,production,webkit2_41
TEST_TAGS   := integration,window,keychain
ifeq ($(shell uname -s),Darwin)
export CGO_LDFLAGS := -framework UniformTypeIdentifiers
endif

# --- verbs ---------------------------------------------------------------------

.PHONY: help demo test build cli gen bench start volume fuzz soak screens clean
help: ## This list.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | column -t -s '|'

demo: ## Build, and open the window on made-up tenants and people.
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname -s)" = Darwin ]; then \
		$(MAKE) --no-print-directory build; \
		exec $(BIN)/rollcall demo; \
	else \
		echo "There is no display here: this is the demo without its window."; \
		$(MAKE) --no-print-directory cli; \
		exec $(BIN)/rollcall-cli demo --headless; \
	fi

build: assets ## The program with its window: build/bin/rollcall.
	@build/setup.sh window
	CGO_ENABLED=1 go build -tags $(WINDOW_TAGS) -ldflags '$(LDFLAGS)' -o $(BIN)/rollcall .

cli: assets ## The program without a window, one static file: build/bin/rollcall-cli.
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o $(BIN)/rollcall-cli .
	@if [ "$$(uname -s)" = Linux ] && ldd $(BIN)/rollcall-cli >/dev/null 2>&1; then \
		echo "$(BIN)/rollcall-cli is not static"; exit 1; \
	fi

gen: tools ## Write the generated Go again: templ and sqlc.
	cd frontend && ../$(TOOLS)/templ generate -log-level error
	$(TOOLS)/sqlc generate

STAGES := setup fmt vet lint drift modules unit race integration keychain browser window cross
test: ## Everything that the project is held to.
	@build/stages.sh $(STAGES)

bench: ## Times and ratios at 100,000 accounts, and of the window's start.
	go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./...
	@if [ "$$(uname -s)" = Linux ]; then $(MAKE) --no-print-directory start; fi

start: build
	@build/setup.sh display
	go test -tags window -run '^$$' -bench Start -benchtime 1x ./test/window

volume: ## Time and memory of files of 200 MB: more than ten minutes.
	ROLLCALL_VOLUME=1 go test -run '^$$' -bench Volume -benchtime 1x -timeout 60m ./app

FUZZ := 30s
fuzz: ## Every fuzzer for FUZZ=30s, one after the other.
	@build/fuzz.sh $(FUZZ)

SOAK := 10000
soak: ## Fault storms, SOAK=10000 of each kind from ROLLCALL_STORM_SEED on, and a kill at every point: hours.
	ROLLCALL_STORMS=$(SOAK) go test -count=1 -timeout 0 -run '^(TestStorm|TestKilledAtEveryPoint|TestKilledWhileUpgrading|TestEveryQuirk)' ./app

screens: cli build test/browser/$(INSTALLED) ## The pictures in docs/screens.
	@build/setup.sh browser display
	SHOTS=$(CURDIR)/docs/screens node test/browser/screens.mjs
	SHOTS=$(CURDIR)/docs/screens go test -count=1 -tags window ./test/window

clean: ## Remove everything that was built or fetched into the tree.
	rm -rf $(BIN) $(CACHE) $(addsuffix /node_modules,$(NPM))
	find frontend/dist -mindepth 1 ! -name placeholder.txt -delete

# --- what the verbs stand on ---------------------------------------------------

NPM := frontend test/browser test/peers/scimmy

# npm writes this file last.
INSTALLED := node_modules/.package-lock.json
$(addsuffix /$(INSTALLED),$(NPM)): %/$(INSTALLED): %/package.json %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The stylesheet and the icons depend on what the templates use.
ASSET_SOURCES := $(wildcard frontend/*.mjs frontend/*.templ frontend/css/* frontend/js/* frontend/img/* frontend/*.go)
.PHONY: assets peers tools
assets: frontend/dist/app.css
frontend/dist/app.css: frontend/$(INSTALLED) $(ASSET_SOURCES)
	npm run build --prefix frontend --silent
	@touch $@

peers: test/peers/scimmy/$(INSTALLED)

# The pinned tools, compiled once for each state of their pins: sqlc takes
# minutes, and half of that without cgo and without optimisation.
TOOLS := $(CACHE)/tools/$(shell cat tools.mod tools.sum | git hash-object --stdin | cut -c1-12)
GOTOOL := CGO_ENABLED=0 go build -modfile=tools.mod
tools: $(TOOLS)/templ $(TOOLS)/sqlc $(TOOLS)/staticcheck
$(TOOLS)/templ:
	$(GOTOOL) -o $@ github.com/a-h/templ/cmd/templ
$(TOOLS)/sqlc:
	$(GOTOOL) -gcflags='all=-N -l' -ldflags='-s -w' -o $@ github.com/sqlc-dev/sqlc/cmd/sqlc
$(TOOLS)/staticcheck:
	$(GOTOOL) -o $@ honnef.co/go/tools/cmd/staticcheck

# --- stages of make test, each a verb of its own -------------------------------

.PHONY: setup fmt vet lint drift modules unit race integration keychain browser window cross vuln tidy
setup: assets peers tools test/browser/$(INSTALLED)
	@build/setup.sh test

fmt: $(TOOLS)/templ
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs -r ls 2>/dev/null | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	$(TOOLS)/templ fmt -fail -prettier-command '' frontend/*.templ

vet:
	go vet ./...
	go vet -tags $(TEST_TAGS) ./test/... ./app/secrets ./scim
	go vet -tags $(WINDOW_TAGS) .
	cd test/peers/elimity && go vet ./...

lint: $(TOOLS)/staticcheck
	$(TOOLS)/staticcheck -tags $(TEST_TAGS) ./...
	cd test/peers/elimity && $(CURDIR)/$(TOOLS)/staticcheck ./...

drift: tools
	@build/drift.sh $(TOOLS)

modules:
	@build/modules.sh

unit:
	go test -timeout 30m ./...

# The detector watches our own code and what it calls. SQLite's own, translated C,
# is some 26 times slower when watched and is left out; -short keeps the volume
# out. The driver above it has to be watched: it shares sync.Map's code with
# everybody, and an unwatched copy of that makes races where there are none.
race:
	@build/setup.sh race
	CGO_ENABLED=1 go test -race -short -timeout 40m -gcflags='modernc.org/sqlite/lib=-race=false' $$(go list ./... | grep -v /test/arch)

integration: cli peers
	go test -count=1 -timeout 30m -tags integration ./test/job ./test/peers
	go test -count=1 -timeout 30m -tags integration -run Peers ./scim

# A keychain of its own for this one test run, unlocked with an empty password.
keychain:
	@build/setup.sh keychain
	@home=$$(mktemp -d); trap 'rm -rf "$$home"' EXIT; \
	cache=$$(go env GOCACHE) mods=$$(go env GOMODCACHE); \
	HOME=$$home XDG_DATA_HOME=$$home/data XDG_RUNTIME_DIR=$$home GOCACHE=$$cache GOMODCACHE=$$mods \
	dbus-run-session -- bash -c 'printf "\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null; \
		go test -count=1 -tags keychain -run Keychain -v ./app/secrets'

browser: cli peers test/browser/$(INSTALLED)
	@build/setup.sh browser
	npm test --prefix test/browser --silent

window: build cli
	@build/setup.sh display
	go test -count=1 -tags window -v ./test/window

# That it compiles and links is the question; without optimisation it takes half
# the time. Windows gets its window, macOS only the terminal commands: its
# window needs a Mac. The other kind of Mac: make cross MACS=amd64
MACS := arm64
CROSS := CGO_ENABLED=0 go build -gcflags='all=-N -l' -o /dev/null
cross: assets
	GOOS=windows GOARCH=amd64 $(CROSS) -tags desktop,production .
	for arch in $(MACS); do GOOS=darwin GOARCH=$$arch $(CROSS) .; done

# Not a gate: its data cannot be had everywhere.
vuln:
	@if command -v govulncheck >/dev/null; then govulncheck ./...; \
	else echo "govulncheck is not installed; nothing was checked"; fi

tidy:
	go mod tidy -e
	cd test/peers/elimity && go mod tidy -e

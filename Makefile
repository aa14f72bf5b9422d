# Visavis. `make run` and `make test` do all the set-up they need; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
BIN := bin/visavis
NODE_OK = node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: setup-run build ## build Visavis and start it with its own PostgreSQL, the simulator and a demo bank
	@exec ./$(BIN) demo

.PHONY: build
build: ## build bin/visavis (web pages included; Go alone is enough)
	@mkdir -p bin
	$(GO) build -o $(BIN) ./cmd/visavis

.PHONY: test
test: setup-test ## vet, staticcheck, race tests on a real PostgreSQL, web checks, the story in Chromium
	@scripts/test

.PHONY: bench
bench: setup-test ## print the benchmarks' ratios against floors measured in the same run
	@scripts/bench

.PHONY: campaign
campaign: setup-test ## the proof of campaigns: 10,000 calls over a carrier that misbehaves, two kill -9 (make test runs it with 300)
	VISAVIS_CAMPAIGN_CALLS=$${VISAVIS_CAMPAIGN_CALLS:-10000} $(GO) test -count=1 -timeout 20m -v -run TestKillDuringCampaign ./cmd/visavis

.PHONY: web
web: ## type-check, test and rebuild the web pages into web/dist (Node >= 20.19)
	cd web && npm ci --no-audit --no-fund && npm run generate && npm run check && npm run build

.PHONY: generate
generate: ## regenerate the server's and the pages' types from httpapi/openapi.yaml
	$(GO) generate ./httpapi
	@if $(NODE_OK); then cd web && npm ci --no-audit --no-fund && npm run generate; else echo "web types: NOT RUN (needs Node >= 20.19)"; fi

.PHONY: screenshots
screenshots: setup-test ## take the pictures in docs/screenshots from the running product
	VISAVIS_SCREENSHOTS=$(CURDIR)/docs/screenshots $(GO) test -count=1 -run 'TestStoryInChromium' ./cmd/visavis

.PHONY: clean
clean: ## remove what was built; data/ (recordings, the demo's database) stays
	rm -rf bin web/node_modules

.PHONY: setup-run
setup-run:
	@scripts/setup run

.PHONY: setup-test
setup-test:
	@scripts/setup test

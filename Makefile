# Everything a newcomer needs; 'make help' lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

TIER := quick
program := .build/release/gpt2-gpu
server := .build/release/gpt2-gpu-server
# What is installed.
staged := .build/dist/bin/gpt2-gpu
PREFIX := /usr/local
DESTDIR :=
# What the program is made of. Folders count: their time changes when a file goes.
sources := $(shell find Package.swift Sources Kernels Models -not -path '*/__pycache__*')

.PHONY: help demo build serve build-all test lint docs setup stage install uninstall package clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s  %s\n", $$1, $$2 }' Makefile

demo: setup build ## Set up, build, and write five texts with the demo model.
	@$(program) generate "My dream is" -n 5
	@echo "This was the demo model, a toy that knows nothing but Shakespeare. Another: $(program) generate --model FOLDER"

build: $(program) ## Set up and build the program in .build/release.

# The time stamp spares asking SwiftPM, which takes seconds to find that nothing is to be done.
$(program): $(sources) .ci/build
	@.ci/setup
	@.ci/build gpt2-gpu
	@touch $@

serve: build $(server) ## Build the server as well, which 'gpt2-gpu serve' goes on as.
	@echo "Start it: $(program) serve"

build-all: serve ## Build all programs.

# A program of its own, since with what it stands on a first build takes nearly twice as long.
$(server): $(sources) .ci/build
	@.ci/setup
	@.ci/build gpt2-gpu-server
	@touch $@

test: ## Set up and run the tests, but for those that take long; all with TIER=all.
	@.ci/test $(TIER)

lint: ## Check the style of the code.
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

docs: ## Build the library's documentation, with warnings as errors.
	@# Where the tests have built what it needs.
	GPT2_GPU_OPTIMIZED=1 swift package --scratch-path .build/tests --disable-sandbox generate-documentation --target GPT2 --warnings-as-errors

stage: $(staged) ## Build what 'make install' installs: then root needs no Swift.

$(staged): $(program) $(server) .ci/stage README.md LICENSE
	@.ci/stage

install: $(staged) ## Install for machines without Swift too: PREFIX=/usr/local, DESTDIR=.
	@.ci/install "$(DESTDIR)$(PREFIX)"

uninstall: ## Take away what 'make install' installed, with the same PREFIX and DESTDIR.
	@.ci/install --remove "$(DESTDIR)$(PREFIX)"

package: $(staged) ## Build a .tar.gz, and a Debian package, in .build/packages.
	@.ci/package

setup: ## Install what is missing to build and run, on Debian or Ubuntu.
	@.ci/setup

clean: ## Remove what was built.
	rm -rf .build

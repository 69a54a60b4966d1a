# Everything a newcomer needs; 'make help' lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

TIER := quick
program := .build/release/gpt2-gpu
# What the program is made of. Folders count: their time changes when a file goes.
sources := $(shell find Package.swift Sources Kernels Models -not -path '*/__pycache__*')

.PHONY: help demo build test lint docs setup clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' Makefile

demo: build ## Set up, build, and write five texts with the demo model.
	@$(program) generate "My dream is" -n 5
	@echo "This was the demo model, a toy that knows nothing but Shakespeare. Another: $(program) generate --model FOLDER"

build: $(program) ## Set up and build the program in .build/release.

# The time stamp spares asking SwiftPM, which takes seconds to find that nothing is to be done.
$(program): $(sources) | setup
	swift build --configuration release --product gpt2-gpu
	@touch $@

test: ## Set up and run the tests, but for those that take long; all with TIER=all.
	@.ci/test $(TIER)

lint: ## Check the style of the code.
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

docs: ## Build the library's documentation, with warnings as errors.
	swift package --disable-sandbox generate-documentation --target GPT2 --warnings-as-errors

setup: ## Install what is missing to build and run, on Debian or Ubuntu.
	@.ci/setup

clean: ## Remove what was built.
	rm -rf .build

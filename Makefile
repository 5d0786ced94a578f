# Orderwire: `make run` shows it, `make test` proves it. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
ORDERS ?= examples/orders.jsonl
.DEFAULT_GOAL := help

.PHONY: help setup setup-dev run test check lint types clean
help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## Make .venv and .venv-engine from the pinned, hashed requirements
	@$(PYTHON) tools/setup.py run

setup-dev:
	@$(PYTHON) tools/setup.py dev

lint: setup-dev  ## ruff, import-linter, cfn-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/cfn-lint appsync/template.yaml

types: setup-dev  ## mypy strict
	$(BIN)/mypy .
	$(BIN)/mypy --python-executable .venv-engine/bin/python --config-file localcloud/engine/mypy.ini localcloud/engine

clean:  ## Remove what the set-up and the runs have made
	rm -rf .venv .venv-engine .local build .mypy_cache .ruff_cache .pytest_cache

# Seawall's commands. `make help` lists them.
SHELL := /bin/bash
VENV ?= .venv
PY := $(VENV)/bin/python
OUT ?= demo-out
export SEAWALL_VENV := $(VENV)

.PHONY: help demo test soak check bench train serve setup setup-dev lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: setup ## run the whole loop on the bundled application
	@$(VENV)/bin/seawall demo --out $(OUT)

test: setup-dev ## run every test, real parts included
	@SEAWALL_SOAK_SECONDS=60 $(PY) -m pytest -n 2 -q

soak: setup-dev ## ten minutes of mixed load on two replicas
	@SEAWALL_SOAK_SECONDS=600 $(PY) -m pytest -q -s -o faulthandler_timeout=0 tests/gateway/test_gateway_soak.py

check: setup-dev ## lint, types, layers
	@$(PY) -m ruff check src tests benchmarks scripts training
	@$(PY) -m ruff format --check src tests benchmarks scripts training
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

bench: setup-dev ## measure, beside the limits
	@$(PY) -m benchmarks

train: ## train the guard's models anew: make train DATA=FOLDER (see training/README.md)
	@scripts/train.sh $(DATA)

serve: setup ## keep the demo gateway running
	@$(VENV)/bin/seawall demo serve --out $(OUT)

lock: ## renew the lock files from pyproject.toml (needs uv on the path)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --upgrade -q -o requirements-dev.lock
	@uv pip compile pyproject.toml -c requirements-dev.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade -q -o requirements.lock

setup: ## set up to run
	@scripts/setup.sh run

setup-dev: ## set up to develop and test
	@scripts/setup.sh dev

clean: ## remove what was built
	rm -rf $(VENV) demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis

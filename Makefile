# `make rehearse` and `make test` need nothing before them: both set up what they use.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
BIN := .venv/bin
UV = $(shell command -v uv || echo build/tools/uv/bin/uv)
UV_VERSION := 0.13.9
READY := .venv/.ready
POSTGRES := build/tools/postgresql/.ready
CHECKOV := build/tools/checkov
RELADIFF := build/tools/reladiff
COSMIC_RAY := build/tools/cosmic-ray
# Four processes more than cores: much of the time is waiting for Terraform and for databases. Of
# two cores, six took 20 minutes for what took four 22.
WORKERS = $(shell expr $$($(BIN)/python -c 'import os; print(os.cpu_count() or 1)') + 4)
COMPILE_PINS = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
COMPILE = $(COMPILE_PINS) pyproject.toml

# Many containers set it; each of hundreds of processes would compile anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE
export CHECKPOINT_DISABLE := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

.PHONY: help setup rehearse test test-fast coverage lint policy format faults mutants bench requirements schemas clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

rehearse: setup ## Move a payment system to AWS and back, and prove that nothing was lost (ARGUMENTS='--rows 50000 --rate 20')
	$(BIN)/payshift rehearse $(ARGUMENTS)

test: lint ## Run everything that CI runs (ARGUMENTS='-k fence' for a part, WORKERS=0 for one process)
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGUMENTS)

test-fast: setup ## Run the layers that need no database, Terraform or local environment
	$(BIN)/pytest -m 'not slow' $(ARGUMENTS)

coverage: setup ## Run tests (ARGUMENTS='-m "not slow"' for a part) and tell which lines and branches they reach
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  --cov --cov-report=term --cov-report=html:build/coverage/html --cov-report=json:build/coverage/coverage.json $(ARGUMENTS)

lint: setup ## Check style, types, the direction of imports, and the workflows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --python-executable $(CHECKOV)/bin/python --package policies
	$(BIN)/lint-imports
	$(BIN)/actionlint
	$(BIN)/zizmor --offline --pedantic --quiet .github/workflows
	$(BIN)/payshift check

policy: setup ## Judge every workspace of production by checkov's checks and ours
	$(BIN)/payshift policy --environment production $(ARGUMENTS)

format: setup ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(READY) $(POSTGRES) $(CHECKOV)/.ready $(RELADIFF)/.ready ## Make .venv, the PostgreSQL server, checkov and reladiff; seconds when nothing changed

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "payshift needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 …" >&2; exit 2; }
	@if ! command -v uv >/dev/null && [ ! -x build/tools/uv/bin/uv ]; then \
	  echo "bootstrapping uv $(UV_VERSION)"; \
	  $(PYTHON) -m venv build/tools/uv || \
	    { echo "Python's venv module is missing: install it (Debian: python3-venv) or install uv" >&2; exit 2; }; \
	  build/tools/uv/bin/python -m pip install --quiet uv==$(UV_VERSION); \
	fi
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(POSTGRES): $(READY) $(wildcard app/local/node/*.json)
	$(BIN)/python -m app.local.postgres.install
	@touch $@

$(CHECKOV)/.ready: $(READY) requirements/policy.txt
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(CHECKOV)
	$(UV) pip sync --quiet --python $(CHECKOV)/bin/python --require-hashes requirements/policy.txt
	@touch $@

$(RELADIFF)/.ready: $(READY) requirements/bench.txt
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(RELADIFF)
	$(UV) pip sync --quiet --python $(RELADIFF)/bin/python --require-hashes requirements/bench.txt
	@touch $@

$(COSMIC_RAY)/.ready: $(READY) requirements/mutants.txt
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(COSMIC_RAY)
	$(UV) pip sync --quiet --python $(COSMIC_RAY)/bin/python --require-hashes requirements/mutants.txt
	@touch $@

requirements: ## Compile the hashed pins of every group
	$(COMPILE) --extra deliver --output-file requirements/deliver.txt
	$(COMPILE) --extra synth --extra deliver --output-file requirements/synth.txt
	$(COMPILE_PINS) --group functions --output-file requirements/functions.txt
	$(COMPILE) --extra synth --extra deliver --extra functions --extra local --extra dev --output-file requirements/dev.txt
	$(COMPILE_PINS) --group policy --output-file requirements/policy.txt
	$(COMPILE_PINS) --group bench --output-file requirements/bench.txt
	$(COMPILE_PINS) --group mutants --output-file requirements/mutants.txt

schemas: setup ## Write what is generated: schemas of the phase files, API description, runbook
	$(BIN)/payshift check --write-schemas
	$(BIN)/payshift openapi --write
	$(BIN)/payshift runbook --environment production

faults: setup ## Try every fault at every step of a handover; prints the matrix, writes build/faults.json
	$(BIN)/python -m tests.migration.faults $(ARGUMENTS)

mutants: setup $(COSMIC_RAY)/.ready ## Make small errors in pure modules, one at a time (ONLY=group for a part): a test must see each
	$(BIN)/python -m tests.mutants --tool $(COSMIC_RAY)/bin/cosmic-ray $(ONLY) $(ARGUMENTS)

bench: setup ## Measure (ONLY=name for one) and judge; ARGUMENTS=--table shows what is known, --record keeps it
	$(BIN)/python -m bench $(ONLY) $(ARGUMENTS)

clean: ## Remove what the build made; keeps .venv
	rm -rf build cdktf.out

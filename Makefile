.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-slow test-spark test-external check fix docs samples bench lock

PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("riskstrat needs Python 3.11 or later: make PYTHON=python3.12 setup") if sys.version_info < (3, 11) else None'
	@echo "Installing what riskstrat needs to run into .venv (about 190 MB of packages, 770 MB unpacked)."
	@.ci/install requirements.lock $(PYTHON)
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	@echo "Installing what tests, checks and docs need into .venv (about 90 MB of packages more)."
	@.ci/install requirements-dev.lock
	@touch $@

setup: .venv/ready  ## Make the environment in .venv: what running needs

setup-dev: .venv/ready-dev  ## Add what tests, checks and docs need

demo:  ## Run a whole month on 10,000 synthetic people, into demo/
	@echo "Step 1 of 4: make the Python environment in .venv, unless it is there already"
	@$(MAKE) --no-print-directory --silent setup
	@.ci/demo

test: setup-dev  ## Run the whole test suite
	$(BIN)/python -m pytest

test-slow: setup-dev  ## Run the long tests as a whole; some need Chromium or LibreOffice and are skipped without
	$(BIN)/python -m pytest -m slow

test-spark: setup-dev  ## Run the specs on PySpark too (needs Java and: .venv/bin/pip install -e '.[spark]')
	SPARK_LOCAL_IP=127.0.0.1 $(BIN)/python -m pytest -m spark

test-external: setup-dev  ## Run against public extracts in ../shared, where they are
	$(BIN)/python -m pytest tests/external -m 'not spark' -rs

check: setup-dev  ## Lint, types, layers, the manual; changes no source file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check
	$(BIN)/zensical build --strict

fix: setup-dev  ## Let ruff correct what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup-dev  ## Write the generated pages of the manual and build it into build/docs
	$(BIN)/python -m docs.generate
	$(BIN)/zensical build --strict
	@echo "Open build/docs/index.html"

samples: setup  ## Make data/samples again
	rm -rf data/samples/extracts data/samples/truth.parquet
	$(BIN)/riskstrat synth data/samples --patients 2000 --seed 2026 --gzip

bench: setup-dev  ## Measure accuracy against the ceiling, and speed against DuckDB alone
	$(BIN)/python benchmarks/ceiling.py
	$(BIN)/python benchmarks/feature_build.py
	$(BIN)/python benchmarks/ingest.py

UV_LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml

lock:  ## Resolve the pins again (needs uv)
	$(UV_LOCK) --group build --output-file requirements.lock
	$(UV_LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

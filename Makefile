.DEFAULT_GOAL := help
.PHONY: help setup demo test test-spark test-external check fix docs samples bench lock

PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("riskstrat needs Python 3.11 or later") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

setup: .venv/ready  ## Make the environment in .venv from the lock file

demo: setup  ## Run the main job on data/samples into demo/
	@test -f demo/study.toml || { mkdir -p demo && cp -R data/samples/extracts demo/ && $(BIN)/riskstrat init demo --quiet; }
	$(BIN)/riskstrat run --study demo

test: setup  ## Run the whole test suite
	$(BIN)/python -m pytest

test-spark: setup  ## Run the specs on PySpark too (needs Java and: .venv/bin/pip install -e '.[spark]')
	SPARK_LOCAL_IP=127.0.0.1 $(BIN)/python -m pytest -m spark

test-external: setup  ## Run against public extracts in ../shared, where they are
	$(BIN)/python -m pytest tests/external -m 'not spark' -rs

check: setup  ## Lint, types, layers, generated docs; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check --check-fail-msg='make docs writes it again' README.md

fix: setup  ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup  ## Write the generated sections of README.md
	$(BIN)/cog -r README.md

samples: setup  ## Make data/samples again
	rm -rf data/samples/extracts data/samples/truth.parquet
	$(BIN)/riskstrat synth data/samples --patients 2000 --seed 2026 --gzip

bench: setup  ## Measure accuracy against the ceiling, and speed against DuckDB alone
	$(BIN)/python benchmarks/ceiling.py
	$(BIN)/python benchmarks/feature_build.py
	$(BIN)/python benchmarks/ingest.py

lock:  ## Resolve the pins again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --group dev pyproject.toml -o requirements.lock

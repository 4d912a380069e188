# One command for each thing a contributor does. All that is needed: python3 (3.11 or newer), git, OpenSSH, make.
#
#   make demo        play a whole release story on real models, in ./demo-registry (or make demo DIR=elsewhere)
#   make test        the tests
#   make check       all that must hold before a change is merged: format, lint, types, layers, tests with coverage
#   make mutation    switch each rule off, one at a time, and see a test turn red
#   make test-mlflow the tests against a real MLflow server, in an environment of its own (850 MB)
#   make fuzz        fuzz the readers of hostile bytes for FUZZ_SECONDS each
#   make bench       the benchmarks and their bars
#   make contention  16 writers with 25 promotions each at one branch, some of them killed; a quarter of an hour
#   make clean       remove the environment and what tools left behind

PYTHON ?= python3
VENV ?= .venv
MLFLOW_VENV ?= .venv-mlflow
DIR ?= demo-registry
JOBS ?= 2
FUZZ_SECONDS ?= 60
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-mlflow check static coverage mutation fuzz bench contention clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed-demo
	@$(BIN)/registry demo "$(DIR)"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --ignore=tests/benchmarks

test-mlflow: $(VENV)/.installed-dev $(MLFLOW_VENV)/.installed
	TEST_MLFLOW="$(abspath $(MLFLOW_VENV))/bin/mlflow" $(BIN)/python -m pytest tests/mlflow

check: static coverage

static: $(VENV)/.installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

coverage: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --ignore=tests/benchmarks --cov --cov-report=term:skip-covered

mutation: $(VENV)/.installed-dev
	$(BIN)/python -m tests.rules.mutation

fuzz: $(VENV)/.installed-fuzz
	$(BIN)/python -m tests.fuzz.targets yaml $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.targets sshsig $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.targets sshsig_inside $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.targets public_key $(FUZZ_SECONDS)

bench: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/benchmarks --ignore=tests/benchmarks/test_contention.py -s

contention: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/benchmarks/test_contention.py -s

clean:
	rm -rf "$(VENV)" "$(MLFLOW_VENV)" build dist .coverage .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The environment is made once, and filled again only when the project's own description changes.

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1);" \
			"name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "$(PYTHON) cannot make environments; Debian and Ubuntu have that apart: apt install python3-venv" >&2; \
		exit 1; }
	$(PYTHON) -m venv "$(VENV)"
	$(PIP) install 'pip>=25.1'
	@touch $@

$(VENV)/.installed-demo: pyproject.toml $(VENV)/.made
	$(PIP) install --editable '.[demo]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.made
	$(PIP) install --editable '.[demo]' --group dev
	@touch $@ $(VENV)/.installed-demo

$(VENV)/.installed-fuzz: pyproject.toml $(VENV)/.installed-dev
	$(PIP) install --editable '.[demo]' --group dev --group fuzz
	@touch $@

# A server to test against, which brings a hundred packages: kept apart from what is developed with.
$(MLFLOW_VENV)/.installed:
	$(PYTHON) -m venv "$(MLFLOW_VENV)"
	$(MLFLOW_VENV)/bin/python -m pip --disable-pip-version-check --quiet install 'mlflow>=3.1'
	@touch $@

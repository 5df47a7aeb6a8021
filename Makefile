# Two commands do all the set-up: `make demo` and `make test`. Both need Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
# The machine's own certificates where it has some, so that a company's proxy is trusted as it is elsewhere.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),true,false)
SYNC := $(UV) sync --quiet --frozen --inexact --compile-bytecode
# aioboto3 needs an older boto3 than the rest is tested with, so its tests have an environment of their own.
ASYNC_TESTS := tests/test_guard_async.py tests/test_guard_async_loop.py

.PHONY: demo test lint format bench mutants schema screenshots clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.run-time
	@$(BIN)/bursar demo

test: $(VENV)/.development $(VENV)/.async
	$(BIN)/pytest -n auto $(PYTEST_OPTIONS)
	$(VENV)/async/bin/python -m pytest $(ASYNC_TESTS)

lint: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=.github/actions/review $(BIN)/mypy --strict .github/actions/review/*.py
	$(BIN)/lint-imports

format: $(VENV)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.development
	$(BIN)/python -m tests.bench

mutants: $(VENV)/.development
	$(BIN)/python -m tests.mutants

schema: $(VENV)/.run-time
	$(BIN)/bursar schema -o planner/schema/scenario.schema.json
	$(BIN)/bursar schema policies -o planner/schema/bursar.schema.json

screenshots: $(VENV)/.development
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Bursar needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.11" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.run-time: pyproject.toml uv.lock | $(UV)
	@$(SYNC) --no-dev
	@touch $@

$(VENV)/.development: pyproject.toml uv.lock | $(UV)
	@$(SYNC) --all-extras
	@touch $@ $(VENV)/.run-time

$(VENV)/.async: pyproject.toml uv.lock | $(UV)
	@UV_PROJECT_ENVIRONMENT=$(VENV)/async $(SYNC) --python $(BIN)/python --no-default-groups --group async
	@touch $@

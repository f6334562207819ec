# `make demo` starts the assistant on the demo shop, `make test` proves the program. Both install what they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PORT ?= 8000

.PHONY: help install models demo test check format proofs clean
.DEFAULT_GOAL := help

help: ## shows the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

install: .venv/installed ## makes .venv from the lock

models: install ## fetches and checks the pinned weights
	$(BIN)/shop-assistant fetch-models

demo: models ## builds the demo shop and serves it (PORT=8000)
	$(BIN)/shop-assistant --shop demo build --quick
	$(BIN)/shop-assistant --shop demo serve --port $(PORT) --build-behind

check: install ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: check models ## check, and all tests
	$(BIN)/pytest -n 2 --dist worksteal

format: install ## formats and sorts imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

proofs: models ## the long measures
	$(BIN)/pytest tests -m proof -s

clean: ## removes what was made, but not the weights
	rm -rf .venv build dist *.egg-info demo/var

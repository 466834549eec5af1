# Every command of the project. `make` lists them; `make setup` is called by the others and does nothing the second time.
# Choose another interpreter with PYTHON=python3.13, give arguments with ARGS="--orders 5000 --exit".

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := $(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --universal --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lock chaos bench clean

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## make the virtual environment and fetch the embedded Kafka

# The stamp is written last, so an interrupted set-up is done again.
$(READY): requirements/dev.txt pyproject.toml streams/broker/jars.lock
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or say make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Millrace needs Python 3.11 or newer; $(PYTHON) is %d.%d. Say make PYTHON=..." % sys.version_info[:2] or 0)'
	@$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m streams.broker fetch
	@touch $@

demo: setup ## the whole shop on a real Kafka, one worker killed, every invariant checked
	@$(BIN)/millrace demo $(ARGS)

test: setup ## every test; a part of them with ARGS=tests/unit
	@$(BIN)/pytest -q --durations=10 $(ARGS)

check: setup ## format, lint, types, and who imports whom
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy streams agents tables
	$(BIN)/lint-imports

format: setup ## format, and mend what the linter can mend
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format .

lock: setup ## pin again: Python packages (*.in to *.txt), Kafka's jars, and the peers of benchmarks
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(BIN)/python -m streams.broker lock
	$(BIN)/python -m benchmarks.peers.lock

chaos: setup ## kill workers and brokers, hurt disks, clocks and lines: over 200 kills, then the verdict
	@$(BIN)/millrace chaos $(ARGS)

bench: setup ## the keyed count beside its peers; others with ARGS="latency --runs 1"
	@$(BIN)/millrace bench $(or $(ARGS),keyed-count)

clean: ## remove what make and the tools made; Kafka's jars stay in the user's cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

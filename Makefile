# make app and make test need Python 3.11 or newer and nothing else: everything goes into .venv.

PORT ?= 8501
ARGS ?=
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11

VENV := .venv
BIN := $(VENV)/bin
PEERS := benchmarks/.venv
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help app test test-long bench bench-100m venv lint format sample screens clean

help: ## List what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/make \1 | \2/p' Makefile | while IFS='|' read -r target says; do \
		printf '%-16s%s\n' "$$target" "$$says"; done

app: $(VENV)/runtime ## Load new exports, then show the dashboard at http://127.0.0.1:8501 (PORT=8502 for another port)
	@$(BIN)/prodops refresh
	@exec $(BIN)/prodops serve --port $(PORT)

test: lint ## Check everything: style, types, layers, then the tests (ARGS="-k funnel" for some of them)
	@$(BIN)/python -m pytest $(ARGS)

test-long: lint ## The same with the slow tests
	@$(BIN)/python -m pytest -m "long or not long" $(ARGS)

bench: $(VENV)/dev $(PEERS)/ready ## Measure speed beside other engines at 10 M events, and reading 400 metrics (minutes)
	@$(BIN)/python -m benchmarks.run --events 10000000 $(ARGS)
	@$(BIN)/python benchmarks/definitions.py

bench-100m: $(VENV)/dev $(PEERS)/ready ## The same at 100 M events (an hour, 30 GB of disk)
	@$(BIN)/python -m benchmarks.run --events 100000000 --runs 2 --no-texts $(ARGS)

lint: $(VENV)/dev ## Check style, types and layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/dev ## Format the code and fix what can be fixed safely
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

sample: $(VENV)/runtime ## Write the sample exports in data/ again
	@$(BIN)/python data/generate.py

screens: $(VENV)/dev ## Take the pictures of the README again, from the sample
	@$(BIN)/prodops refresh
	@$(BIN)/python scripts/screenshots.py . docs/screens 'overview=/' 'overview-dark=/:dark' 'phone=/@390' \
		'feature=/feature?feature=search' 'feature-dark=/feature?feature=search:dark' \
		'feature-phone=/feature?feature=search@390' 'compare=/compare' 'metrics=/metrics' 'events=/events' \
		'health=/health' 'learn=/learn' 'differs=/differs' 'try=/new?start=search_zero_result_rate'

venv: $(VENV)/dev ## Make .venv with the prodops command and the tools
	@echo "$(BIN)/prodops is ready"

clean: ## Remove .venv, caches and build output; the warehouse stays
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two marks, because the dashboard does without the tools: the first `make app` is a third faster.
$(VENV)/runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing prodops-metrics into $(VENV) (once; about half a minute) ..."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing prodops-metrics and the tools into $(VENV) (once; about a minute) ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/runtime $@

$(PEERS)/ready: benchmarks/requirements.txt | $(BIN)/python
	@echo "Installing the engines to compare with into $(PEERS) (once; a minute or two) ..."
	@$(BIN)/python -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	@touch $@

$(BIN)/python:
	@found=; for candidate in $(PYTHONS); do \
		"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
		found="$$candidate"; \
		"$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1 || continue; \
		echo "Making $(VENV) with $$("$$candidate" --version)"; \
		exec "$$candidate" -m venv --clear $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found cannot make virtual environments: install its venv module (Debian, Ubuntu: python3-venv)."; \
	else \
		echo "Python 3.11 or newer is needed and was not found. Name one with: make PYTHON=/path/to/python"; \
	fi >&2; exit 1

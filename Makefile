# Each target installs what it needs: a machine with Python 3.11, pip and make is enough.

PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# `make run` uses the package as users install it, without the development tools.
RUN_VENV := .venv-run
PIP_INSTALL = pip install --quiet --disable-pip-version-check
QUICK := not slow and not cluster and not timing and not network

.PHONY: help run test check format logs docs report browser bench fuzz versions lowest clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(RUN_VENV)/installed ## scan the sample logs and show the table
	$(RUN_VENV)/bin/findrobots scan data/logs -o robots.parquet
	$(RUN_VENV)/bin/findrobots show robots.parquet

test: $(INSTALLED) ## run the quick tests, on all cores
	FINDROBOTS_TEST_FORKS=1 $(BIN)/pytest -m "$(QUICK)" --hypothesis-profile=quick -n auto

# Where no browser can be had, the tests of the report page say so and are skipped.
check: $(INSTALLED) ## check format, lint, imports, types and spelling, then run all tests with coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/codespell
	-$(MAKE) --no-print-directory browser
	$(BIN)/pytest --cov

format: $(INSTALLED) ## format the code and fix what the linter can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

logs: $(INSTALLED) ## write the sample logs again
	$(BIN)/python data/generate.py
	$(BIN)/python data/site.py

docs: $(INSTALLED) ## write the generated pages and pictures of docs/
	$(BIN)/python docs/generate_reference.py
	$(BIN)/python docs/generate_man.py
	$(BIN)/python docs/draw_layers.py

report: $(INSTALLED) browser ## write a report page of the sample logs, and its picture in docs/
	mkdir -p build
	$(BIN)/findrobots audit data/logs --robots data/robots.txt --lists data/lists --report build/report.html
	$(BIN)/python docs/draw_report.py build/report.html

browser: $(VENV)/browser/chromium ## install a headless Chromium and axe-core, which the tests of the report page use

bench: $(INSTALLED) ## measure findrobots and other tools, and write docs/explanation/performance.md
	$(BIN)/$(PIP_INSTALL) --constraint $(CONSTRAINTS) --editable '.[bench]'
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.audits

FUZZ_SECONDS ?= 20
fuzz: $(INSTALLED) ## fuzz the reader, the parsers, blocks and show, each for FUZZ_SECONDS (20)
	$(BIN)/$(PIP_INSTALL) --constraint $(CONSTRAINTS) --editable '.[fuzz]'
	$(BIN)/python -m fuzz reader $(FUZZ_SECONDS)
	$(BIN)/python -m fuzz parsers $(FUZZ_SECONDS)
	$(BIN)/python -m fuzz blocks $(FUZZ_SECONDS)
	$(BIN)/python -m fuzz show $(FUZZ_SECONDS)

VERSIONS ?= 3.11 3.12 3.13 3.14
versions: ## run the quick tests on every Python of VERSIONS (3.11 to 3.14) that is installed
	@set -e; for version in $(VERSIONS); do \
		found=; \
		for python in python$$version "$$HOME"/.pyenv/versions/$$version.*/bin/python; do \
			if "$$python" -c '' 2>/dev/null; then found=$$python; break; fi; \
		done; \
		echo "Python $$version: $${found:-not installed, skipped}"; \
		if [ "$$found" ]; then \
			$(MAKE) --no-print-directory test PYTHON="$$found" VENV=.venv-$$version; \
		fi; \
	done

lowest: ## run the quick tests with the lowest versions that pyproject.toml declares
	@$(MAKE) --no-print-directory test VENV=.venv-lowest CONSTRAINTS=constraints-lowest.txt

clean: ## remove what the other targets made
	rm -rf .venv .venv-* build robots robots.parquet *.egg-info pipeline/*.egg-info
	rm -rf .coverage* .*_cache .hypothesis

$(INSTALLED): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(PIP_INSTALL) --constraint $(CONSTRAINTS) --editable '.[dev]'
	touch $@

$(VENV)/browser/chromium: tests/browser/package.json tests/browser/unpack.js | $(INSTALLED)
	$(BIN)/python tests/browser/install.py $(VENV)/browser
	touch $@

$(RUN_VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(RUN_VENV)
	$(RUN_VENV)/bin/$(PIP_INSTALL) --constraint constraints.txt --editable .
	touch $@

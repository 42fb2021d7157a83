# What a newcomer and CI run; each target installs what it needs into .venv.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: run test check format logs bench fuzz clean

run: $(INSTALLED) ## scan the sample logs and show the table
	$(BIN)/findrobots scan data/logs -o robots.parquet
	$(BIN)/findrobots show robots.parquet

test: $(INSTALLED) ## run the tests
	$(BIN)/pytest

check: $(INSTALLED) ## formatter, linter, types, and the tests with coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --cov

format: $(INSTALLED) ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

logs: $(INSTALLED) ## write the sample logs anew
	$(BIN)/python data/generate.py

bench: $(INSTALLED) ## measure against the peers, and write docs/explanation/performance.md
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks

FUZZ_SECONDS ?= 20
fuzz: $(INSTALLED) ## look for bytes that break a law, so many seconds for each fuzzer
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python -m fuzz reader $(FUZZ_SECONDS)
	$(BIN)/python -m fuzz parsers $(FUZZ_SECONDS)
	$(BIN)/python -m fuzz show $(FUZZ_SECONDS)

clean:
	rm -rf .venv build robots robots.parquet *.egg-info .coverage* .*_cache .hypothesis

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

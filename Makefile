# The only two commands a newcomer needs: make demo, make test.
# They need Python 3.11 or newer, git and make; the rest they install into .venv.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test bench format clean

demo: .venv/ready
	$(BIN)/digest demo

# Compiled once, and not by each of the many programs that the tests start.
test: .venv/ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m compileall -q digest
	$(BIN)/python -m pytest -n 3 -rs

bench: .venv/ready-test
	$(BIN)/python benchmarks/path.py
	$(BIN)/python benchmarks/pull.py
	$(BIN)/python benchmarks/sources.py
	$(BIN)/python benchmarks/crowd.py
	$(BIN)/python benchmarks/planning.py
	$(BIN)/python benchmarks/compose.py
	$(BIN)/python benchmarks/delivery.py
	$(BIN)/python benchmarks/least.py
	$(BIN)/python benchmarks/page.py

format: .venv/ready-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv digest-demo digest-preview build dist .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.11 demo")'
	$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

.venv/ready-test: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

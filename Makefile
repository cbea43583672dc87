# Everything runs in .venv, made here with python3 alone: `make demo`, `make test`.
PYTHON ?= python3
BIN := .venv/bin
SETUP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: demo test lint bench clean

demo: .venv/.installed
	$(BIN)/rebalance inspect sample_data/orders.csv --target fraud
	$(BIN)/rebalance resample sample_data/orders.csv --target fraud --technique smote -o balanced.csv
	$(BIN)/rebalance train-eval sample_data/orders.csv --target fraud

test: lint
	$(BIN)/python -m pytest

lint: .venv/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.developed
	$(BIN)/python $(SETUP) '.[bench]'
	$(BIN)/python benchmarks/run.py --write benchmarks/RESULTS.md

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python $(SETUP) .
	touch $@

.venv/.developed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python $(SETUP) '.[dev]'
	touch $@ .venv/.installed

clean:
	rm -rf .venv balanced.csv

# make serve and make test do all set-up on a machine with Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
STORE := .store
CONTENT := $(shell find ontology graph queries -type f)

.PHONY: install serve test test-all soak lint lock schema clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Communiqué needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

serve: $(STORE)/filled
	$(BIN)/communique serve --store $(STORE)

# Made anew when the content has changed, beside the old one, so that a fault leaves the old one standing.
$(STORE)/filled: .venv/installed $(CONTENT)
	@rm -rf $(STORE).new
	$(BIN)/communique load --store $(STORE).new
	@touch $(STORE).new/filled
	@rm -rf $(STORE) && mv $(STORE).new $(STORE)

test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not longer"

# What is slow; one at a time, since it measures.
test-all: install
	$(BIN)/python -m pytest -m slow -s

# Attacks, crowds and OpenAPI for as long as told: make soak SECONDS=600 ROUNDS=20 EXAMPLES=500 SEED=7
SECONDS ?= 120
ROUNDS ?= 5
EXAMPLES ?= 100
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
soak: install
	COMMUNIQUE_SEED=$(SEED) COMMUNIQUE_SOAK_SECONDS=$(SECONDS) COMMUNIQUE_SOAK_ROUNDS=$(ROUNDS) COMMUNIQUE_SOAK_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -s -m soak

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What editors complete and check report files by.
schema: install
	$(BIN)/python -c 'from communique.report import json_schema; print(json_schema(), end="")' > ontology/report.schema.json

# The lock holds hashes for every platform and names no host.
lock: install
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv $(STORE) $(STORE).new dist

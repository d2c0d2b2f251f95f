# make serve and make test do all set-up on a machine with Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
STORE := .store
CONTENT := $(shell find ontology graph queries -type f)

.PHONY: install web serve test test-all screenshots stores stores-table bench soak lint release lock schema clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Communiqué needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@if $(BIN)/python service/web/hatch_build.py lacks-node; then \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r service/web/node.lock || \
	  echo "There is no Node, so the explorer's scripts will not be built; pages work without them" >&2; fi
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The explorer's scripts, made anew when their sources have changed.
web: install
	@$(BIN)/python service/web/hatch_build.py || true

serve: web $(STORE)/filled
	$(BIN)/communique serve --store $(STORE)

# Made anew when the content has changed, beside the old one, so that a fault leaves the old one standing.
$(STORE)/filled: .venv/installed $(CONTENT)
	@rm -rf $(STORE).new
	$(BIN)/communique load --store $(STORE).new
	@touch $(STORE).new/filled
	@rm -rf $(STORE) && mv $(STORE).new $(STORE)

test: web
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not later and not slow and not longer"

# The rest: what takes long, two beside each other; then what measures or needs other servers, one at a time.
test-all: web
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "later and not slow and not longer"
	$(BIN)/python -m pytest -m slow -s

# PNGs of each page, in both schemes, wide and narrow: make screenshots ONLY="/attacks /ns"
screenshots: web
	PYTHONPATH=tests $(BIN)/python -m browser.shots .screenshots $(ONLY)

# Other people's stores, which slow tests start: needs Maven and npm; Virtuoso is Debian's virtuoso-opensource-7.
STORES := .stores
stores: $(STORES)/java/fetched $(STORES)/node/fetched $(STORES)/owlapi/fetched

$(STORES)/java/fetched: tests/stores/pom.xml tests/stores/SHA256SUMS
	@mkdir -p $(@D)
	mvn -q -B -f tests/stores/pom.xml dependency:copy -Dout=$(CURDIR)/$(@D)
	cd $(@D) && sha256sum --quiet --check $(CURDIR)/tests/stores/SHA256SUMS
	@touch $@

# The OWL API, whose profile checker is the referee of ours.
$(STORES)/owlapi/fetched: tests/owlapi/pom.xml tests/owlapi/SHA256SUMS
	@mkdir -p $(@D)
	mvn -q -B -f tests/owlapi/pom.xml dependency:copy-dependencies -Dout=$(CURDIR)/$(@D)
	cd $(@D) && sha256sum --quiet --check $(CURDIR)/tests/owlapi/SHA256SUMS
	@touch $@

$(STORES)/node/fetched: tests/stores/package.json tests/stores/package-lock.json
	@mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# How long each named query takes on each engine: make stores-table TRIPLES=100000 ONLY="fuseki virtuoso"
stores-table: install stores
	PYTHONPATH=tests $(BIN)/python -m stores.table --triples $(or $(TRIPLES),0) $(ONLY)

# Beside other stores, on a made world: make bench TRIPLES="100000 1000000 10000000" ONLY="reads writes" BENCH="--seconds 5"
# Needs Debian's wrk; of the other stores, those that are there. Parts add up in bench.json, and in the page.
bench: install
	$(BIN)/communique bench --triples $(or $(TRIPLES),100000) $(if $(ONLY),--only $(ONLY)) --page service/BENCHMARK.md $(BENCH)

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
	@if command -v npm >/dev/null; then $(BIN)/python service/web/hatch_build.py check; fi

# The ontology's present version becomes a published one, which never changes again.
ROOT ?= .
release:
	@cd $(ROOT)/ontology && version=$$(sed -n 's/^  owl:versionInfo "\([0-9.]*\)" ;$$/\1/p' core.ttl) && cd versions && \
	  if [ -e $$version.ttl ]; then echo "$$version is published already; give core.ttl a new version" >&2; exit 1; fi && \
	  mkdir $$version && cp ../schemes.ttl ../shapes.ttl ../alignments.ttl ../context.jsonld $$version/ && \
	  cp ../core.ttl $$version.ttl && sha256sum $$version.ttl $$version/* >> SHA256SUMS && echo "$$version published"

# What editors complete and check report files by.
schema: install
	$(BIN)/python -c 'from communique.report import json_schema; print(json_schema(), end="")' > ontology/report.schema.json

# The lock holds hashes for every platform and names no host.
lock: install
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv $(STORE) $(STORE).new dist

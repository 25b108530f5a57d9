# Needs python3 (3.11 or newer), make and a Python package index; everything else is installed into .venv.
#
# PYTHON is python3, unless that was compiled without optimization, as version managers do, and the system has one that
# was: it takes a third less time for everything.
IS_OPTIMIZED := import sys, sysconfig; sys.exit("--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""))
IS_USABLE := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell python3 -c '$(IS_OPTIMIZED)' 2>/dev/null && echo python3 \
	|| { /usr/bin/python3 -c '$(IS_USABLE)' 2>/dev/null && echo /usr/bin/python3 || echo python3; })
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(BIN)/uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --universal --quiet

.PHONY: help run test check bench scale faults simulate clients lint format migrations-check sentences release-dump pictures sbom audit lock clean

help:
	@echo "make run               start BlitzRocket with its own PostgreSQL (PORT, DATA_DIR, DATABASE_URL, SERVER=granian)"
	@echo "make test              run the whole test suite on a PostgreSQL of its own (ARGS='-k record')"
	@echo "make check             everything that a release needs, and a summary (ARGS=--short; see CONTRIBUTING.md)"
	@echo "make bench             measure the record call beside its peers (ARGS=--quick; see docs/performance.md)"
	@echo "make scale             measure calls and pages with up to 5,000,000 purchases (see docs/performance.md)"
	@echo "make faults            kill and starve a service under load, and compare what is stored (ARGS=--short; see docs/reliability.md)"
	@echo "make simulate          two weeks of a shop in minutes, with crashes, beside a model (ARGS=--short; see docs/reliability.md)"
	@echo "make clients           try examples, generated clients and handlers for stores (needs curl, node 20.19+, npm, php-cli, php-curl)"
	@echo "make lint              ruff, ruff format, mypy, import-linter, hadolint"
	@echo "make format            let ruff put the code into its form"
	@echo "make migrations-check  is there a model change without its migration?"
	@echo "make sentences         print every text of the screens, to read them against the rules (ARGS=--texts)"
	@echo "make release-dump      store a database of this version, which later versions upgrade (see CONTRIBUTING.md)"
	@echo "make pictures          make the pictures of README and docs again (needs chromium); ARGS=--all: of every page, in .pictures"
	@echo "make sbom              write what production installs to blitzrocket.sbom.json (CycloneDX)"
	@echo "make audit             ask for known weaknesses of what production installs (needs an index with advisories)"
	@echo "make lock              compile pyproject.toml into requirements*.txt again"
	@echo "make clean             remove .venv and caches, never your data"

run: $(VENV)/run-installed
	$(BIN)/python -m blitzrocket.devserver

# In several processes, each with a PostgreSQL of its own; a file's tests stay together. See tests/workers.py.
# Tests start several hundred processes: none of them compiles our code anew.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/dev-installed
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(ARGS)

# Each step is a target of this file.
check: $(VENV)/dev-installed
	@$(BIN)/python -m tests.check $(ARGS)

# On a PostgreSQL of its own. Figures count where nothing else runs on the machine.
bench: $(VENV)/bench-installed
	$(BIN)/python -m bench $(ARGS)

# On a PostgreSQL of its own, with 20 GB of data in /var/tmp for the largest size, or in the --folder of ARGS.
scale: $(VENV)/bench-installed
	$(BIN)/python -m bench.scale $(ARGS)

# On a PostgreSQL of its own. As root, or where this user may mount file systems, its disk gets full too.
faults: $(VENV)/dev-installed
	$(BIN)/python -m faults $(ARGS)

# On a PostgreSQL of its own. ARGS='--seed 7' does the same again.
simulate: $(VENV)/dev-installed
	$(BIN)/python -m tests.simulation $(ARGS)

# What others call the API with. Besides curl, node and npm, and PHP with its curl extension, it needs the npm registry.
clients: $(VENV)/dev-installed
	REQUIRE_CLIENTS=1 $(BIN)/python -m pytest tests/blitzrocket/api/test_clients.py tests/blitzrocket/api/test_store_handlers.py $(ARGS)

lint migrations-check sentences: export SECRET_KEY = unused
lint migrations-check sentences: export ALLOWED_HOSTS = localhost
lint migrations-check sentences: export DATABASE_URL = postgresql:///unused
lint: $(VENV)/dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: $(VENV)/dev-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sentences: $(VENV)/dev-installed
	@$(BIN)/python manage.py list_sentences $(ARGS)

migrations-check: $(VENV)/dev-installed
	$(BIN)/python manage.py makemigrations --check --dry-run

# Once for each version, before it is published.
release-dump: $(VENV)/dev-installed
	$(BIN)/python -m tests.releases.make

# Needs chromium; Django's settings are read for the helpers of the tests, not for the service in the pictures.
pictures: $(VENV)/dev-installed
	SECRET_KEY=pictures ALLOWED_HOSTS=localhost DATABASE_URL=postgresql:///unused $(BIN)/python -c \
		'import django, os; os.environ["DJANGO_SETTINGS_MODULE"] = "blitzrocket.settings"; django.setup(); \
		from tests.browser.pictures import main; main(*"$(ARGS)".split())'

lock: $(VENV)/dev-installed
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra embedded --output-file requirements-run.txt
	$(LOCK) --extra embedded --extra dev --output-file requirements-dev.txt
	$(LOCK) --extra embedded --extra bench --constraint requirements-dev.txt --output-file requirements-bench.txt

# Of what production installs, in the CycloneDX format.
sbom: $(VENV)/dev-installed
	$(BIN)/uv tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.txt --output-reproducible --of JSON -o blitzrocket.sbom.json

# Needs an index with a database of advisories.
audit: $(VENV)/dev-installed
	$(BIN)/uv tool run --from pip-audit==2.10.1 pip-audit --requirement requirements.txt --require-hashes --disable-pip --strict

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp is written only when its install went through, so that an interrupted one is done again.
$(VENV)/run-installed: requirements-run.txt | $(VENV)/made
	@echo "Installing what BlitzRocket needs (a minute on the first run) ..."
	@$(BIN)/python blitzrocket/devserver/install.py $<
	@touch $@

$(VENV)/dev-installed: requirements-dev.txt | $(VENV)/made
	@echo "Installing what BlitzRocket and its tests need (a minute on the first run) ..."
	@$(BIN)/python blitzrocket/devserver/install.py $<
	@touch $@ $(VENV)/run-installed

$(VENV)/bench-installed: requirements-bench.txt | $(VENV)/made
	@echo "Installing what the benchmark needs (a minute on the first run) ..."
	@$(BIN)/python blitzrocket/devserver/install.py $<
	@touch $@ $(VENV)/run-installed

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "BlitzRocket needs Python 3.11 or newer; choose one with: make PYTHON=/path/to/python3")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Everything a person or CI runs. `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 5  # on two cores: most tests wait for a while, for a socket or a clock

.PHONY: help demo demo-aws demo-gcp setup setup-dev test check soak fuzz peers lint format docs translations screenshots bench mutants
.PHONY: wheel clean

help:
	@echo 'make demo         a broken practice server on this machine, and the wizard on it'
	@echo 'make demo-aws     the same on a practice AWS: ssh just sits there (Linux)'
	@echo 'make demo-gcp     the same on a practice Google Cloud (Linux)'
	@echo 'make setup        a virtual environment in .venv with sshwizard'
	@echo 'make test         install what the tests need, and run all of them'
	@echo 'make check        format, lint, types, layers, documents, translations, pictures, and the tests'
	@echo 'make soak         kill five hundred changes in the middle, and look what is left'
	@echo 'make fuzz         a million hostile inputs for every reader (nightly; COUNT=1000 for a few)'
	@echo 'make peers        the tests against programs that must be there already (gcloud)'
	@echo 'make docs         write docs/causes.md and docs/sshwizard.1 anew'
	@echo 'make translations take new sentences into the catalogues of other languages'
	@echo 'make screenshots  write the pictures in screenshots/ anew'
	@echo 'make wheel        build sdist and wheel into dist/, to install elsewhere'
	@echo 'make bench        every benchmark as one table (BENCH=--quick: what takes a minute at most)'
	@echo 'make mutants      put small wrongs into the code, and see whether its tests notice them'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'sshwizard needs Python 3.11 or newer. Name one: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo 'The venv module is missing. On Debian: apt-get install python3-venv'; rm -rf $(VENV); exit 1; }

$(VENV)/.ready: $(BIN)/python pyproject.toml
	@echo 'Setting up .venv (once) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.ready-dev: $(BIN)/python pyproject.toml
	@echo 'Setting up .venv with the tools for development (once) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.ready

setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

# Exit status 1 means "a cause was found", which is what a demo is for.
demo: $(VENV)/.ready
	@$(BIN)/sshwizard lab open-key || [ $$? -eq 1 ] || [ $$? -eq 130 ]
	@echo 'The next one, on a cloud that runs on this machine (Linux): make demo-aws, make demo-gcp'

$(VENV)/.ready-lab: $(VENV)/.ready
	@echo 'Adding the practice AWS to .venv (once) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[lab]'
	@touch $@

demo-aws: $(VENV)/.ready-lab
	@$(BIN)/sshwizard lab closed-security-group || [ $$? -eq 1 ] || [ $$? -eq 130 ]

$(VENV)/.ready-gcp: $(VENV)/.ready
	@echo 'Adding what asks Google Cloud to .venv (once) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[gcp]'
	@touch $@

demo-gcp: $(VENV)/.ready-gcp
	@$(BIN)/sshwizard lab wrong-network-tag || [ $$? -eq 1 ] || [ $$? -eq 130 ]

test: $(VENV)/.ready-dev
	@sh scripts/test-setup.sh
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: lint test

soak: $(VENV)/.ready-dev
	$(BIN)/python tests/crash.py 500

COUNT ?= 70000  # for each of the readers: a million together
fuzz: $(VENV)/.ready-dev
	$(BIN)/python tests/fuzz/fuzz.py $(COUNT)

peers: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q -m peer

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/docs.py --check
	$(BIN)/python scripts/fragments.py --check
	$(BIN)/python scripts/translations.py --check
	$(BIN)/python scripts/screenshots.py --check
	$(BIN)/python scripts/story.py --check
	$(BIN)/python scripts/browser.py --check

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.ready-dev
	$(BIN)/python scripts/docs.py
	$(BIN)/python scripts/fragments.py

translations: $(VENV)/.ready-dev
	$(BIN)/python scripts/translations.py --update --count

screenshots: $(VENV)/.ready-dev
	$(BIN)/python scripts/screenshots.py
	$(BIN)/python scripts/story.py

wheel: $(VENV)/.ready-dev
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .

bench: $(VENV)/.ready-dev
	$(BIN)/python benchmarks/table.py $(BENCH)

SAMPLE ?= 60  # mutants of each room
mutants: $(VENV)/.ready-dev
	nice -n 10 $(BIN)/python scripts/mutants.py --sample $(SAMPLE)

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

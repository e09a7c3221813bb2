# Myna: the verbs of the project. `make demo` speaks, `make test` tests; both set up what they need.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python3.14,\
	$(shell $(name) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $(name))))
ARGS ?=
SIDE_BY_SIDE ?= -n logical --maxprocesses 4 --dist worksteal

VENV := .venv
BIN := $(VENV)/bin
CLIENTS := $(basename $(notdir $(wildcard requirements/clients/*.txt)))
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation
PINNED := $(INSTALL) --require-hashes

.PHONY: demo test check format bench clients similarity lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/.runtime
	@$(BIN)/myna say "Hello! I am Myna. I speak right here on your computer, with no key and no network." -o hello.wav

test: $(VENV)/.test clients check
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@! grep -rnE '://|--(extra-)?index-url|--find-links|--trusted-host|file:' requirements tests/clients/javascript/*.json \
		|| { echo "requirement files name packages, never where to get them: run 'make lock'"; exit 1; }

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test $(if $(filter cartesia-4.2.0,$(CLIENTS)),.venvs/cartesia-4.2.0/.ready)
	$(BIN)/python -m bench $(ARGS)

# The official clients, each in an environment of its own: they need library versions that exclude each other.
clients: $(CLIENTS:%=.venvs/%/.ready) $(if $(shell command -v npm),.venvs/cartesia-js/.ready)

# What `make bench ARGS=cloning` compares voices with; large, and needs a C compiler.
similarity: .venvs/similarity/.ready

# Renew every pin and its hashes from the .in files and pyproject.toml.
LOCK = .venvs/lock/bin/uv pip compile --quiet --upgrade --no-config --universal --fork-strategy fewest \
	--python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: .venvs/lock/.ready
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	for file in build lock test $(CLIENTS:%=clients/%); do \
		$(LOCK) requirements/$$file.in -o requirements/$$file.txt || exit 1; done
	$(LOCK) requirements/similarity.in --override requirements/similarity-overrides.in -o requirements/similarity.txt

clean:
	rm -rf $(VENV) .venvs hello.wav build dist bench/results .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find src tests bench examples -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# Stamps: each is renewed when a file that it was made from is newer.

$(VENV)/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml
	@$(call create,$(VENV))
	@echo "Installing Myna into $(VENV) (once; a minute or two) ..."
	@$(BIN)/python $(PINNED) -r requirements/build.txt
	@$(BIN)/python $(PINNED) -r requirements/runtime.txt
	@$(BIN)/python $(INSTALL) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	@echo "Installing the test tools into $(VENV) ..."
	@$(BIN)/python $(PINNED) -r requirements/test.txt
	@touch $@

.venvs/lock/.ready: requirements/lock.txt
.venvs/cartesia-%/.ready: requirements/clients/cartesia-%.txt
	@$(install_alone)
.venvs/openai-%/.ready: requirements/clients/openai-%.txt
	@$(install_alone)
.venvs/lock/.ready:
	@$(install_alone)
.venvs/similarity/.ready: requirements/similarity.txt requirements/build.txt
	@$(call create,$(@D))
	@echo "Installing a speaker encoder into $(@D) ..."
	@$(@D)/bin/python $(PINNED) -r requirements/build.txt
	@$(@D)/bin/python $(PINNED) -r $< && touch $@

# Optional: its tests skip where it cannot be had.
.venvs/cartesia-js/.ready: tests/clients/javascript/package-lock.json
	@echo "Installing cartesia-js into $(@D) ..."
	@rm -rf $(@D) && mkdir -p $(@D) && cp $(<D)/package.json $< $(@D) && cd $(@D) \
		&& npm ci --silent --no-audit --no-fund || rm -rf node_modules
	@touch $@

define install_alone
$(call create,$(@D)); echo "Installing $(notdir $(@D)) into $(@D) ..."; \
$(@D)/bin/python $(PINNED) -r $< && touch $@
endef

# $(call create,DIR): a virtual environment in DIR, made anew unless its Python runs.
define create
test -n "$(PYTHON)" || { \
	echo "Myna needs Python 3.11 or newer with venv: install it (on Debian: python3 and python3-venv) or name it: make PYTHON=/path/to/python3.11"; exit 1; }; \
"$(PYTHON)" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "$(PYTHON) is older than 3.11 or lacks venv: name another with make PYTHON=/path/to/python3.11"; exit 1; }; \
$(1)/bin/python -c pass 2>/dev/null || { rm -rf $(1); "$(PYTHON)" -m venv $(1); } || exit 1
endef

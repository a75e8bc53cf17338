# Protometer: every target sets up what it needs; a second run starts in seconds.

SHELL := bash
PYTHON ?= python3
DAYS ?= 1
BIN := .venv/bin
READY := .venv/.ready
NODE := $(shell command -v npm 2>/dev/null)
WASM := $(if $(NODE),host_tools/wasm/node_modules/.ready,)
STRANGER := $(if $(NODE),host_tools/interop/node_modules/.ready,)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint trace trace-mutants fuzz interop interop-mqtt soak soak-han soak-money soak-calendars powercut size frozen perf wear bundle \
  flash boards picture clean

help: ## Show this list.
	@echo "Protometer targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(WASM) $(STRANGER) ## Install what the other targets need into .venv and node_modules.

$(READY): requirements.lock pyproject.toml
	@echo "== Python packages into .venv (once, a minute or two)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Protometer needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv
	@set -o pipefail; $(BIN)/python -m pip install --disable-pip-version-check \
	  --progress-bar off --require-hashes -r requirements.lock 2>&1 | tee .venv/pip.log | \
	  awk '/^(Collecting|Installing|Success|ERROR)/' || \
	  { echo "pip failed: all that it said is in .venv/pip.log"; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps \
	  --no-build-isolation -e .
	@touch $@

host_tools/wasm/node_modules/.ready: host_tools/wasm/package-lock.json
	@echo "== MicroPython wasm into host_tools/wasm/node_modules"
	@cd host_tools/wasm && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

host_tools/interop/node_modules/.ready: host_tools/interop/package-lock.json
	@echo "== An independent Zigbee stack into host_tools/interop/node_modules"
	@cd host_tools/interop && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

demo: $(READY) ## Play a household's winter day, DAYS=7 for a week.
	@$(BIN)/protometer demo --days $(DAYS)

test: setup ## Run the whole test suite on all cores.
	@$(BIN)/python -m tests.samples
	@$(BIN)/python -m tests.exclusions
	@$(BIN)/pytest -n auto -q --cov --cov-report=term:skip-covered

lint: setup ## Check style, import rules, duplicates, and that every module compiles.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PYTHONPATH=firmware $(BIN)/lint-imports
	@$(BIN)/pylint --disable=all --enable=duplicate-code --min-similarity-lines=10 \
	  --ignore-imports=y --ignore-docstrings=y firmware/protometer host_tools
	@printf '%s\n' ESME GSME IHD PPMID CH | xargs -P 2 -I ROLE \
	  $(BIN)/protometer bundle --role ROLE --out build/lint/ROLE > /dev/null
	@$(BIN)/protometer boards > /dev/null

trace: $(READY) ## Write docs/conformance.md: which tests show which requirement; fails on gaps.
	@$(BIN)/python -m tests.trace $(TRACE)

trace-mutants: $(READY) ## Disable behaviours one by one; the tests that claim them must fail.
	@$(BIN)/python -m tests.trace.mutants

fuzz: setup ## Fuzz every decoder, draw for every use case, lose and cut every message, in full.
	@PROTOMETER_FULL=1 $(BIN)/pytest -n auto -q tests/fuzz tests/gbcs/test_every_use_case.py \
	  tests/han/test_tunneling.py tests/roles/test_ppmid_gas.py

interop: setup ## Have our meters join the network of a Zigbee stack that we did not write.
	@$(BIN)/pytest -q -m interop tests/interop

interop-mqtt: setup ## Have energy and power arrive on MQTT by zigbee2mqtt, which this installs.
	@cd host_tools/interop/mqtt && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
	@$(BIN)/pytest -q -m interop_mqtt tests/interop

powercut: $(READY) ## Cut the power after every octet written, turn every bit; under 20 minutes.
	@$(BIN)/protometer powercut

wear: $(READY) ## Play ten years of a meter's writes on every board; some 20 minutes.
	@$(BIN)/protometer wear

soak: setup ## Run the demonstration's week on wasm32 and watch its heap.
	@$(BIN)/pytest -q -m soak

soak-money: $(READY) ## Play 100,000 random streams of events: money is conserved, as modelled.
	@PYTHONPATH=firmware:host_tools/shim/cpython $(BIN)/python -m tests.soak money 100000

soak-calendars: $(READY) ## Compare 100,000 random calendars with independent oracles.
	@PYTHONPATH=firmware:host_tools/shim/cpython $(BIN)/python -m tests.soak calendars 100000

soak-han: $(READY) ## Play a week of a home on its own network, on a lossy air, with fifty restarts.
	@PYTHONPATH=.:firmware:host_tools/shim/cpython $(BIN)/python -m tests.han.soak_home

size: setup ## Print the size budget: .mpy octets by package, live heap by role.
	@$(BIN)/protometer size

frozen: $(READY) ## Freeze the firmware and print its live heap: make frozen MICROPYTHON=~/micropython.
	@$(BIN)/protometer frozen $(or $(MICROPYTHON),$(error say MICROPYTHON=folder of its source))

perf: setup ## Print estimated RP2040 times by counted primitives, unix times beside them.
	@$(BIN)/protometer perf

bundle: $(READY) ## Compile what one ROLE needs: make bundle ROLE=ESME.
	@$(BIN)/protometer bundle --role $(or $(ROLE),$(error say which: make bundle ROLE=ESME))

flash: $(READY) ## Flash a board: make flash BOARD=pico ROLE=ESME PORT=/dev/ttyACM0.
	@$(BIN)/protometer flash --board $(or $(BOARD),$(error say BOARD=pico)) \
	  --role $(or $(ROLE),$(error say ROLE=ESME)) --port $(or $(PORT),$(error say PORT=/dev/ttyACM0)) \
	  $(if $(NETWORK),--network $(NETWORK)) $(if $(LINES),--lines)

boards: $(READY) ## Check every board file.
	@$(BIN)/protometer boards

picture: $(READY) ## Draw the picture of the README from the demonstration.
	@$(BIN)/protometer picture

clean: ## Remove what was built, but not what was installed.
	rm -rf build .pytest_cache .ruff_cache .hypothesis .import_linter_cache

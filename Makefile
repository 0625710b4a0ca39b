# Needs only make and Python 3.11 or newer: every target sets up .venv by itself when it is missing or out of date.
# `make help` lists the targets; the variables below can be set on the command line, as in `make run PORT=8080`.
# On Linux, PyPI's torch brings gigabytes of CUDA along. For a CPU build, add
#   PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=
CONFIG ?= initializer
DATA ?=
VALIDATION ?=
START ?=
OUT ?= runs/last
PROCESSES ?= 1
FUZZ_REQUESTS ?= 3400
FUZZ_FILES ?= 5000
PIP_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Not compiling thousands of modules that are never imported halves the time.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile $(PIP_FLAGS) -c constraints.txt

.DEFAULT_GOAL := run
.PHONY: help run test check train load bench fuzz page browser-test

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)$$/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-13s %s\n", $$1, $$2}'

run: $(VENV)/.runtime $(VENV)/.page  ## start the service (HOST=0.0.0.0 PORT=8080 to listen elsewhere)
	$(BIN)/hmr serve --host $(HOST) --port $(PORT)

test: $(VENV)/.development $(VENV)/.page  ## run the tests (ARGS="-k camera" for some of them)
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.development  ## lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

browser-test: $(VENV)/.browser page  ## test the page in a headless Chromium (Debian's: apt-get install chromium)
	$(BIN)/python -m pytest tests/browser $(ARGS)

page: | $(BIN)/python  ## bundle the page's 3D view and the API documentation from npm
	service/page/setup.sh $(abspath $(BIN))/python
	@touch $(VENV)/.page

fuzz: $(VENV)/.development  ## send thousands of generated requests and files (FUZZ_REQUESTS=3000 FUZZ_FILES=5000)
	HMR_FUZZ_REQUESTS=$(FUZZ_REQUESTS) HMR_FUZZ_FILES=$(FUZZ_FILES) $(BIN)/python -m pytest tests/fuzz -s $(ARGS)

load: $(VENV)/.runtime  ## put a running service under load (ARGS="--clients 64 --seconds 20 --port 8000")
	$(BIN)/python examples/load.py $(ARGS)

bench: $(VENV)/.runtime  ## time fits on this machine, and append the result to bench-history.jsonl
	$(BIN)/hmr bench --history bench-history.jsonl $(ARGS)

# Several processes share each batch by torchrun.
TRAIN = $(if $(filter-out 1,$(PROCESSES)),$(BIN)/torchrun --standalone --nproc-per-node $(PROCESSES) -m model.train,$(BIN)/hmr train)
GIVEN = --config $(CONFIG) $(DATA:%=--data %) $(VALIDATION:%=--validation %) $(START:%=--from %) --out $(OUT)

train: $(VENV)/.training  ## meta-train (DATA="a.npz b.npz" VALIDATION=val.npz CONFIG=unrolled START=runs/earlier OUT=runs/last PROCESSES=2)
	$(TRAIN) $(if $(DATA),$(GIVEN)) $(ARGS)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python found: install Python 3.11 or newer, or set PYTHON=/path/to/it"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is missing or older than 3.11: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Each stamp says that its extras are installed as pyproject.toml and constraints.txt have them.
$(VENV)/.runtime: EXTRAS =
$(VENV)/.training: EXTRAS = [train]
$(VENV)/.development: EXTRAS = [smpl,build,train,dev]
$(VENV)/.browser: EXTRAS = [smpl,build,train,dev,browser]

$(VENV)/.runtime $(VENV)/.training $(VENV)/.development $(VENV)/.browser: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing hmr-lsr1$(EXTRAS) into $(VENV): a few minutes the first time"
	$(INSTALL) -e '.$(EXTRAS)'
	@touch $@

# Without a registry the service runs without its 3D view, and the page says so. It is tried once, not at each start.
PAGE_SOURCES := $(wildcard service/page/*.json service/page/*.mjs service/page/viewer/*.js)
$(VENV)/.page: $(PAGE_SOURCES) | $(BIN)/python
	@service/page/setup.sh $(abspath $(BIN))/python \
		|| echo "The page will have no 3D view, as it could not be bundled; \"make page\" tries again"
	@touch $@

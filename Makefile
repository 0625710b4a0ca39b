# Needs only make and Python 3.11 or newer: every target sets up .venv by itself when it is missing or out of date.
#   make run     start the service          (HOST=0.0.0.0 PORT=8080 to listen elsewhere)
#   make test    run the tests              (ARGS="-k camera" for some of them)
#   make check   lint, formatting and types
#   make train   meta-train the weights     (DATA="poses.npz more.npz" VALIDATION=val.npz CONFIG=unrolled
#                START=runs/earlier OUT=runs/last PROCESSES=2, or ARGS for `hmr train` as it is)
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
PIP_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Not compiling thousands of modules that are never imported halves the time.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile $(PIP_FLAGS) -c constraints.txt

.DEFAULT_GOAL := run
.PHONY: run test check train

run: $(VENV)/.runtime
	$(BIN)/hmr serve --host $(HOST) --port $(PORT)

test: $(VENV)/.development
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Several processes share each batch by torchrun.
TRAIN = $(if $(filter-out 1,$(PROCESSES)),$(BIN)/torchrun --standalone --nproc-per-node $(PROCESSES) -m model.train,$(BIN)/hmr train)
GIVEN = --config $(CONFIG) $(DATA:%=--data %) $(VALIDATION:%=--validation %) $(START:%=--start %) --out $(OUT)

train: $(VENV)/.training
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

$(VENV)/.runtime $(VENV)/.training $(VENV)/.development: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing hmr-lsr1$(EXTRAS) into $(VENV): a few minutes the first time"
	$(INSTALL) -e '.$(EXTRAS)'
	@touch $@

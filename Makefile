# From a bare clone each target makes its own .venv: `make quick`, `make released`, `make test`.
PYTHON ?= python3
CORES  ?= all
VENV   := .venv
BIN    := $(VENV)/bin
PINNED := --quiet --no-compile -c constraints.txt

.PHONY: help setup demo quick released narrow paper test test-cluster test-faults test-faults-demo
.PHONY: lint clean

help:
	@echo "make demo       the whole workflow on a synthetic sky, offline, in minutes"
	@echo "make quick      real data, released weights, few passes: tables and figures, in minutes"
	@echo "make released   the same with the paper's 360 passes"
	@echo "make narrow     the equivariant paper's networks, narrow, trained on a CPU"
	@echo "make paper      everything retrained (needs a GPU)"
	@echo "make test       lint, types, every test"
	@echo "make test-cluster   a real Slurm and what may go wrong there (needs one, or root to install it)"
	@echo "make test-faults    kills, full disks, wrong bytes, hostile files: ten minutes, writes docs/reliability.md"
	@echo "make test-faults-demo   the whole demo on one core, and killed again and again: half an hour"
	@echo "make setup      only the environment in $(VENV)"
	@echo "make clean      remove $(VENV) (never data or results)"

setup: $(VENV)/.done

# Descriptor 9 holds a lock for as long as this Snakemake lives. Nobody else holds it, so what lies in
# .snakemake/locks was left by a killed one. Without flock(1), as on macOS: `snakemake --unlock`.
quick released demo narrow paper: setup
	@mkdir -p .snakemake; exec 9> .snakemake/make.lock; if ! command -v flock > /dev/null; then :; \
	elif ! flock --nonblock 9; then echo "make: another make runs the workflow in this folder" >&2; exit 1; \
	elif [ -n "$$(ls .snakemake/locks 2> /dev/null)" ]; then $(BIN)/snakemake --quiet all --unlock; fi; \
	exec $(BIN)/snakemake --cores $(CORES) $@

# One thread a process: the tests run side by side.
test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

test-cluster: $(VENV)/.done-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/workflow/test_slurm.py -m "slurm or slurm_faults"

# What `make test` has a short part of. Each kind of fault has a number of tries: together ten minutes of 2 cores.
test-faults: $(VENV)/.done-dev
	OMP_NUM_THREADS=1 HYPOTHESIS_PROFILE=faults $(BIN)/python -m pytest tests/faults -n 2 --dist worksteal \
	  --thorough --reliability docs/reliability.md

test-faults-demo: $(VENV)/.done-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/faults/test_whole_demo.py --whole-demo \
	  --reliability docs/reliability-demo.md

lint: $(VENV)/.done-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/mypy

# Byte code is written here once, on all cores: some systems forbid writing it at import, and then every
# job would compile its libraries again. Files that are examples of broken code make compileall complain.
$(VENV)/.done: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "radiogaze needs Python 3.11 or later; say which with make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PINNED) -r requirements.txt
	-@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib src > /dev/null 2>&1
	@touch $@

$(VENV)/.done-dev: $(VENV)/.done requirements-dev.txt requirements-cluster.txt
	$(BIN)/python -m pip install $(PINNED) -r requirements-dev.txt -r requirements-cluster.txt
	-@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib > /dev/null 2>&1
	@touch $@

clean:
	rm -rf $(VENV)

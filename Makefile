# Each target makes .venv first if it is missing, so that `make quick` works in a bare clone.
PYTHON ?= python3
CORES  ?= all
VENV   := .venv
BIN    := $(VENV)/bin
PINNED := --quiet --no-compile -c constraints.txt

.PHONY: help setup demo quick released retrained own shipped labels doubt paper controls test test-cluster test-faults test-faults-demo
.PHONY: lint docs gpu-check clean

help:
	@echo "make demo               the whole workflow on a synthetic sky, offline, in minutes"
	@echo "make quick              the gating paper from its released weights, few passes, in minutes"
	@echo "make released           the same with the paper's 360 passes"
	@echo "make retrained          the networks of both papers, retrained on a CPU: days of one core"
	@echo "make own                a network of our own beside retrained ones in cross-validation: a day of one core"
	@echo "make shipped            the three networks that radiogaze classify uses, retrained: half an hour of 2 cores"
	@echo "make labels             how many labels the network of our own needs: six hours of one core"
	@echo "make doubt              networks that are uncertain in different ways: four and a half hours of one core"
	@echo "make paper              every network of both papers retrained (needs a GPU)"
	@echo "make controls           the networks that the equivariant paper lacks (needs a GPU)"
	@echo "make test               lint, types, every test"
	@echo "make test-cluster       the workflow on a real Slurm, with faults (as root; installs Slurm if missing)"
	@echo "make test-faults        kills, full disks, wrong bytes: ten minutes, writes docs/reliability.md"
	@echo "make test-faults-demo   the whole demo, killed again and again: half an hour"
	@echo "make gpu-check          the tests and the speed of training on this machine's GPU, writes docs/gpu.md"
	@echo "make docs               the documentation as a site, in build/site"
	@echo "make setup              only the environment in $(VENV)"
	@echo "make clean              remove $(VENV), never data or results"

setup: $(VENV)/.done

# File descriptor 9 holds a lock as long as this Snakemake runs. If the lock is free, a file in .snakemake/locks
# was left by a killed Snakemake. Without flock(1), e.g. on macOS, call `snakemake --unlock` after a kill.
# A terminal shows progress; the text of every job is in .snakemake/log, and here where it is no terminal.
quick released demo retrained own shipped labels doubt paper controls: setup
	@mkdir -p .snakemake; exec 9> .snakemake/make.lock; if ! command -v flock > /dev/null; then :; \
	elif ! flock --nonblock 9; then echo "make: another make runs the workflow in this folder" >&2; exit 1; \
	elif [ -n "$$(ls .snakemake/locks 2> /dev/null)" ]; then $(BIN)/snakemake --quiet all --unlock; fi; \
	exec $(BIN)/snakemake --cores $(CORES) $$([ ! -t 2 ] || echo --logger rich) $@

# One thread for each process, because the tests run in parallel.
test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

test-cluster: $(VENV)/.done-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/workflow/test_slurm.py -m "slurm or slurm_faults"

# `make test` injects a few faults of each kind, this target all: ten minutes of 2 cores.
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

gpu-check: $(VENV)/.done-dev
	$(BIN)/python benchmarks/gpu.py

docs: $(VENV)/.done-docs
	$(BIN)/mkdocs build --strict

# Byte code is written here once, on all cores. Some systems forbid writing it at import, and then every job
# would compile its libraries again. compileall fails on libraries' examples of broken code; that is ignored.
$(VENV)/.done: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "radiogaze needs Python 3.11 or later; name one: make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PINNED) -r requirements.txt
	-@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib src > /dev/null 2>&1
	@touch $@

$(VENV)/.done-dev: $(VENV)/.done requirements-dev.txt requirements-cluster.txt
	$(BIN)/python -m pip install $(PINNED) -r requirements-dev.txt -r requirements-cluster.txt
	-@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib > /dev/null 2>&1
	@touch $@

$(VENV)/.done-docs: $(VENV)/.done requirements-docs.txt
	$(BIN)/python -m pip install $(PINNED) -r requirements-docs.txt
	@touch $@

clean:
	rm -rf $(VENV)

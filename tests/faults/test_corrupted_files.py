"""Bits flipped, files cut short or missing, in everything that one step hands to another."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from trees import MAIN, RESULTS, Tree, cut, flip

from processes import call

SEED = 21
CORRUPTED = "Corrupted files"
RUN = f"results/demo/gating/{MAIN}/seed-0"
SKY = "resources/datasets/synthetic-demo-mirabest"
# A round corrupts files of one stage; those that they are made from stay whole.
ROUNDS = {
    "cutouts": (f"{SKY}/images.npz", f"{SKY}/catalogue.csv"),
    "trainings": (f"{RUN}/model.safetensors", f"{RUN}/result.json", f"{RUN}/history.csv"),
    "list of sources": (f"{RUN}/misclassified.csv",),
    "results": (
        *(f"{RUN}/{name}.npz" for name in ("logits", "attention", "examples", "grad_cam")),
        f"{RUN}/misclassified.npz",
        f"results/demo/gating/{MAIN}/architecture.json",
    ),
}


def errors(tree: Tree) -> list[str]:
    """The error lines of the jobs, none of which may end in a traceback."""
    assert "Traceback" not in tree.log
    return [line for line in tree.log.splitlines() if line.startswith("radiogaze: error:")]


@pytest.mark.parametrize("kind", ROUNDS)
def test_a_corrupted_intermediate_is_refused_and_made_again(finished, thorough, ledger, kind):
    """Nothing is made from it; it is moved aside, and the next run ends like the reference run."""
    if not thorough and kind != "results":
        pytest.skip("part of make test-faults")
    tree, reference = finished
    names = [name for name in ROUNDS[kind] if name in reference]
    files = ", ".join(Path(name).name for name in names)
    rng = random.Random(f"{SEED}{kind}")  # noqa: S311
    for name in names:
        corrupt = rng.choice([flip, cut])
        how = "a bit flipped" if corrupt is flip else "cut short"
        ledger.tried(CORRUPTED, f"{kind}: {how}", note=f"of {files}: refused, made again")
        corrupt(tree.folder / name, rng)
    assert tree.run() != 0
    lines = errors(tree)
    # a job stops at its first; the other outputs of the step that made it are made again with it
    moved = [name for name in names if (tree.folder / f"{name}.changed").is_file()]
    assert moved
    for name in moved:
        assert any(f"{name}: is not what radiogaze" in line for line in lines), (name, lines)
    tree.check(reference)
    ledger.recovered()


def test_silent_corruption_is_found(finished, ledger):
    """The modification time stays, as on a failing disk: ``verify`` names every file."""
    rng = random.Random(SEED)  # noqa: S311
    tree, reference = finished
    fault = "a bit flipped in any result of a finished campaign, its time kept"
    files = [name for name in reference if not name.endswith(".provenance.json")]
    for name in files:
        path = tree.folder / name
        stat = path.stat()
        ledger.tried(CORRUPTED, fault, note="named by `radiogaze verify`")
        flip(path, rng)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    command = Path(sys.executable).with_name("radiogaze")
    done = call(command, "verify", *RESULTS, cwd=tree.folder)
    assert [name for name in files if f"output changed: {name}:" not in done.stdout] == []
    ledger.recovered()


@pytest.mark.usefixtures("at_length")
def test_inputs_that_vanish_while_jobs_run(tree, reference, ledger):
    """The next run makes them again."""
    for name in ("images.npz", "model.safetensors", "catalogue.csv"):
        process = tree.start()
        while process.poll() is None and not (found := sorted(tree.folder.rglob(name))):
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        for path in found:
            ledger.tried(CORRUPTED, f"{name} removed while jobs run")
            path.unlink()
        process.wait(timeout=300)
        errors(tree)
    tree.check(reference)
    ledger.recovered()

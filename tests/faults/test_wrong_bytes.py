"""Bits flipped, files cut short or gone, in everything that one step hands to another."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from trees import MAIN, RESULTS, Tree

SEED = 21
RUN = f"results/demo/gating/{MAIN}/seed-0"
SKY = "resources/datasets/synthetic-demo-mirabest"
# What is made from what: a round spoils files that stand side by side, and what they are made from
# is whole.
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


def flip(path: Path, moments: random.Random) -> None:
    """Flip one bit of a file in place."""
    data = bytearray(path.read_bytes())
    data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
    path.write_bytes(data)


def cut(path: Path, moments: random.Random) -> None:
    """Cut a file short."""
    os.truncate(path, moments.randrange(path.stat().st_size))


SPOILT = {flip: "a bit flipped", cut: "cut short"}


def errors(tree: Tree) -> list[str]:
    """The error lines of the jobs; a traceback is none."""
    assert "Traceback" not in tree.log
    return sorted({line for line in tree.log.splitlines() if line.startswith("radiogaze: error:")})


@pytest.mark.parametrize("kind", ROUNDS)
def test_a_spoilt_intermediate_is_refused_and_made_anew(finished, thorough, ledger, kind):
    """Nothing is made from it; it is moved aside, and the next run ends as if nothing had been."""
    if not thorough and kind in ("cutouts", "trainings"):
        pytest.skip("part of make test-faults")
    tree, undisturbed = finished
    names = [name for name in ROUNDS[kind] if name in undisturbed]
    moments = random.Random(f"{SEED}{kind}")  # noqa: S311
    done: Counter[str] = Counter()
    for name in names:
        spoil = moments.choice([flip, cut])
        spoil(tree.folder / name, moments)
        done[SPOILT[spoil]] += 1
    assert tree.run() != 0
    said = errors(tree)
    # A job stops at the first; what the same step wrote beside it is made anew with it.
    moved = [name for name in names if (tree.folder / f"{name}.changed").is_file()]
    assert moved
    for name in moved:
        assert any(f"{name}: is not what radiogaze" in line for line in said), (name, said)
    assert tree.run() == 0, tree.log
    assert tree.digests() == undisturbed
    files = ", ".join(Path(name).name for name in names)
    for what, count in done.items():
        ledger("Wrong bytes", f"{kind}: {what}", count, count, f"of {files}: refused, made anew")


def test_what_rots_without_a_trace_is_found(finished, ledger):
    """The time of change stays as it was, as on a disk that rots: ``verify`` names every file."""
    moments = random.Random(SEED)  # noqa: S311
    tree, undisturbed = finished
    files = [name for name in undisturbed if not name.endswith(".provenance.json")]
    for name in files:
        path = tree.folder / name
        stat = path.stat()
        flip(path, moments)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    said = verify(tree.folder)
    missed = [name for name in files if f"output changed: {name}:" not in said]
    assert not missed
    ledger(
        "Wrong bytes",
        "a bit flipped in any result of a finished campaign, its time kept",
        len(files),
        len(files) - len(missed),
        "named by `radiogaze verify`",
    )


def verify(folder: Path) -> str:
    """What ``radiogaze verify`` says of all results."""
    command = [str(Path(sys.executable).with_name("radiogaze")), "verify", *RESULTS]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.usefixtures("at_length")
def test_inputs_that_vanish_midway(tree, undisturbed, ledger):
    """While jobs are at work on them; the next run makes them again."""
    lost: list[str] = []
    for wanted in ("images.npz", "model.safetensors", "catalogue.csv"):
        process = tree.start()
        while process.poll() is None and not (there := sorted(tree.folder.rglob(wanted))):
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        for path in there:
            path.unlink()
            lost.append(wanted)
        process.wait(timeout=300)
        errors(tree)
    assert tree.run() == 0, tree.log
    assert tree.digests() == undisturbed
    names = ", ".join(sorted(set(lost)))
    ledger("Wrong bytes", "an input removed while jobs run", len(lost), len(lost), names)

"""A new version of a step reruns what depends on its results, and nothing else does (dry runs)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from copies import copy_workflow

# Of the demo's rules: those that no training changes, and those that each does.
UNTRAINED = {"synthesise", "describe"}
TRAINED = {"evaluate", "attend", "attend_examples", "misclassify", "grad_cam"}
# In a dry run's list of jobs, but no job of ours.
SUMS = {"total", "demo", "report"}
VERSIONS = "provenance/versions.py"


class Finished:
    """A copy of the workflow and of its library, whose demo has run as far as Snakemake knows."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        copy_workflow(root, folder, "src")
        lines = self.snakemake("--summary", "demo").splitlines()[1:]
        self.rules = {line.split("\t")[0]: line.split("\t")[2] for line in lines}
        for name in self.rules:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("stands for a result")
        self.snakemake("--touch", "--forceall", "demo")

    def snakemake(self, *arguments: str) -> str:
        """Run the real Snakemake with the copy's library, and return what it prints."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("snakemake")), "--cores", "1", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder / "src"), "RADIOGAZE_MIRROR": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def reruns(self) -> dict[str, int]:
        """How many jobs of each rule a dry run announces, but for the page that shows all."""
        said = self.snakemake("-n", "demo")
        found = re.findall(r"^(\w+) +(\d+)$", said.partition("Reasons:")[0], re.MULTILINE)
        return {rule: int(count) for rule, count in found if rule not in SUMS}

    @contextmanager
    def changed(self, file: str, old: str, new: str) -> Iterator[None]:
        """Change a module of the copy's library for a while."""
        path = self.folder / "src/radiogaze" / file
        before = path.read_text("utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), "utf-8")
        yield
        path.write_text(before, "utf-8")


@pytest.fixture(scope="module")
def demo(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return Finished(root, tmp_path_factory.mktemp("finished"))


def test_an_edit_without_a_new_version_reruns_nothing(demo: Finished) -> None:
    with (
        demo.changed("augmentation/transform.py", "MAX_SHIFT = 2", "MAX_SHIFT = 1 + 1"),
        demo.changed("training/engine.py", '"""Train the seeds', '"""Train all the seeds'),
    ):
        assert demo.reruns() == {}


def test_a_new_version_of_the_tables_writes_the_tables_again(demo: Finished) -> None:
    with demo.changed(VERSIONS, '"tabulate": 1', '"tabulate": 2'):
        assert demo.reruns() == {"tabulate": 12 + 2}


def test_a_new_version_of_the_training_trains_everything_again(demo: Finished) -> None:
    with demo.changed(VERSIONS, '"train": 1', '"train": 2'):
        reruns = demo.reruns()
    models = dict.fromkeys(("train", "train_with_checkpoints"), 0)
    for name, rule in demo.rules.items():
        if Path(name).name == "model.safetensors":
            models[rule] += 1
    assert {rule: reruns[rule] for rule in models} == models
    assert min(models.values()) > 0
    assert set(reruns) >= TRAINED
    assert not set(reruns) & UNTRAINED

"""A campaign in a folder of its own, to inject faults into: a small one, or the whole demo."""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

from copies import WORKFLOW

MAIN = "mirabest-range-ft-3g"
FIGURES = ("fig01", "fig04", "fig08", "fig14", "gradcam", "learning_curve")
# The shortest way to a figure and a table, by way of a training.
FEW = ("figures/demo/gating/fig08.png", "paper_tables/demo/gating/table10.csv")
ALL = (
    *(f"figures/demo/gating/{name}.png" for name in FIGURES),
    "paper_tables/demo/gating/table04.csv",
    "paper_tables/demo/gating/table10.csv",
    f"results/demo/report/explorer/gating/{MAIN}/seed-0.js",
)
# What differs between any two runs: the seconds that jobs took, and the digests of those files.
_TIMES = (
    "timing.csv",
    "history.csv.provenance.json",
    "model.safetensors.provenance.json",
    "index.html.provenance.json",
)
_COST = re.compile(rb'<section aria-labelledby="cost">.*?</section>', re.DOTALL)
RESULTS = ("resources", "results", "figures", "paper_tables")


class Tree:
    """A copy of the workflow.

    Parameters
    ----------
    root
        The repository.
    folder
        Where the copy is made, if it is not there.
    targets
        What its runs are asked for.
    small
        Whether its demo has one variant, few cutouts and a short training.
    """

    def __init__(
        self, root: Path, folder: Path, targets: tuple[str, ...] = FEW, small: bool = True
    ) -> None:
        self.folder = folder
        self.targets = targets
        self.umask = -1
        self._limit = 300 if small else 1800  # seconds, beyond which a run hangs
        if not folder.is_dir():
            folder.mkdir(parents=True)
            for name in WORKFLOW:
                (folder / name).symlink_to(root / name)
            if small:
                self._shrink(root)

    def _shrink(self, root: Path) -> None:
        """Make the demo small."""
        for name in ("config.yaml", "experiments"):
            (self.folder / name).unlink()
        (self.folder / "experiments").mkdir()
        for file in (root / "experiments").iterdir():
            (self.folder / "experiments" / file.name).write_text(file.read_text())
        recipes = self.folder / "experiments/recipes.yaml"
        tiny = {"batch": 4, "passes": 1, "epochs": 3, "validation_passes": 2}
        found = yaml.safe_load(recipes.read_text())
        recipes.write_text(yaml.safe_dump({**found, "tiny": {**found["modern"], **tiny}}))
        sheet = self.folder / "experiments/demo.tsv"
        header, *rows = (line.split("\t") for line in sheet.read_text().splitlines())
        row = dict(zip(header, next(row for row in rows if row[0] == MAIN), strict=True))
        row |= {"size": "56", "recipe": "tiny", "tables": "6,7,8,9"}
        sheet.write_text("\t".join(header) + "\n" + "\t".join(row.values()) + "\n")
        config = yaml.safe_load((root / "config.yaml").read_text())
        demo = config["campaigns"]["demo"]
        demo["cutouts"] = {"train": 20, "test": 20}
        demo["gating"] |= {"passes": 1, "misclassify_passes": 1, "examples": [0, 10]}
        del demo["equivariant"]
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start Snakemake as the leader of a group of its own, printing to ``run.log``."""
        command = Path(sys.executable).with_name("snakemake")
        given = arguments or self.targets
        cores = () if "--cores" in given else ("--cores", "2")
        with (self.folder / "run.log").open("ab") as log:
            return subprocess.Popen(
                # Python leaves an ignored SIGINT ignored, and a background shell ignores it
                ["env", "--default-signal=INT", str(command), *cores, *given],
                cwd=self.folder,
                env={**os.environ, "RADIOGAZE_MIRROR": "", "OMP_NUM_THREADS": "1", **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=self.umask,
            )

    def run(self, *arguments: str, **environment: str) -> int:
        """Run Snakemake to its end and return its status."""
        (self.folder / "run.log").unlink(missing_ok=True)
        return self.start(*arguments, **environment).wait(timeout=self._limit)

    def unlock(self) -> None:
        """Do what a user does after Snakemake was killed."""
        assert self.start("--unlock").wait(timeout=60) == 0, self.log

    def check(self, reference: dict[str, str]) -> None:
        """Run to the end; the results must be those of the reference run, with nothing beside."""
        assert self.run() == 0, self.log
        assert self.digests() == reference
        # those of a Snakemake that was killed alone may outlive the next one
        psutil.wait_procs([job for job, _ in self.jobs()], timeout=60)
        assert not (found := self.leftovers()), found

    def check_whole(self, reference: dict[str, str]) -> None:
        """All results that are there must be those of the reference run, none a part of one."""
        found = self.digests().items()
        assert not [name for name, digest in found if reference.get(name) != digest]

    def remove_results(self) -> None:
        """Make room for another run."""
        for name in RESULTS:
            shutil.rmtree(self.folder / name)

    @property
    def log(self) -> str:
        """What Snakemake has printed."""
        return (self.folder / "run.log").read_text("utf-8", "replace")

    def jobs(self) -> list[tuple[psutil.Process, str]]:
        """The processes of ``radiogaze`` that work in this tree, and their verbs."""
        found = []
        for process in psutil.process_iter():
            try:
                command = process.cmdline()
                here = Path(process.cwd()) == self.folder.resolve()
            except (psutil.Error, OSError):
                continue
            if here and len(command) > 2 and Path(command[1]).name == "radiogaze":
                found.append((process, command[2]))
        return found

    def digests(self) -> dict[str, str]:
        """The digests of all results by name, but for files that contain times."""
        files = (path for name in RESULTS for path in (self.folder / name).rglob("[!.]*"))
        return {
            str(path.relative_to(self.folder)): _digest(path)
            for path in sorted(files)
            if path.is_file() and path.name not in _TIMES and ".changed" not in path.suffixes
        }

    def leftovers(self) -> list[str]:
        """Files that no run may leave behind: temporary ones, states, hidden sidecars."""
        files = (path for name in (*RESULTS, "state") for path in (self.folder / name).rglob("*"))
        return [
            str(path.relative_to(self.folder))
            for path in files
            if path.is_file() and (path.name.startswith(".") or "state/" in str(path))
        ]


def _digest(path: Path) -> str:
    """The digest of a file; of a report without the section about the jobs' times."""
    content = path.read_bytes()
    if path.name == "index.html":
        content, found = _COST.subn(b"", content)
        assert found == 1, path
    return hashlib.sha256(content).hexdigest()


def kill_group(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """Send a signal to Snakemake and all its jobs."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(timeout=60)


def flip(path: Path, rng: random.Random) -> None:
    """Flip one bit of a file in place."""
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def cut(path: Path, rng: random.Random) -> None:
    """Cut a file short."""
    os.truncate(path, rng.randrange(path.stat().st_size))

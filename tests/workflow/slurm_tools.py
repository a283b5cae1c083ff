"""A real Slurm of two nodes on this machine, and a campaign small enough to be trained on it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from filelock import FileLock

from copies import copy_workflow

CAMPAIGN = "tiny"
# Variant -> epochs. The network without gates, because it trains fastest, and slowly enough that
# most epochs improve: where a resumed training goes on must be able to show in its model.
VARIANTS = {"brief": 1, "lasting": 6}
CELLS = {"size": "80", "tables": "6,7,9"}
LEARNT = {"learning_rate": 1e-4, "dropout": 0.5, "passes": 1, "validation_passes": 2}
RESULTS = f"results/{CAMPAIGN}/gating/{{variant}}/seed-0"
MODEL = f"{RESULTS}/model.safetensors"
TRAINING = "train_with_checkpoints"  # the rule of the first seed
LOG = f"logs/{TRAINING}/{CAMPAIGN}/gating/{{variant}}/seed-0.log"
# What a training gives that depends on nothing but its settings.
REPRODUCIBLE = ("model.safetensors", "history.csv", "result.json", "stages/5.safetensors")
# The nodes have no real GPU: jobs ask for one, and compute on the CPU. Checks come often.
OPTIONS = (
    *("--workflow-profile", "profiles/slurm", "--config", "device=cpu"),
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"),
    *("--set-resources", f"{TRAINING}:gpu=1", f"{TRAINING}:runtime=10*attempt"),
)


@dataclass(frozen=True)
class SlurmJob:
    """A job as Slurm records it."""

    comment: str
    state: str
    partition: str
    node: str
    limit: str
    asked: str
    restarts: str
    memory: str


class Cluster:
    """The cluster, brought up and down by a script that is not part of the project."""

    def __init__(self, script: Path, folder: Path) -> None:
        self._script, self._folder = script, folder

    def run(self, step: str) -> subprocess.CompletedProcess[str]:
        """Do one step of the script: install, up or down."""
        return subprocess.run(
            ["bash", str(self._script), step],
            # finished jobs stay to be looked at
            env={
                **os.environ,
                "SLURM_LOCAL_DIR": str(self._folder),
                "SLURM_MINJOBAGE": "3600",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def jobs(self) -> dict[int, SlurmJob]:
        """All jobs so far, finished ones too."""
        fields = (
            "JobID Comment State Partition NodeList TimeLimit tres-per-job RestartCnt tres-alloc"
        )
        columns = ",".join(f"{name}:|" for name in fields.split())  # each ends with a bar
        text = _output("squeue", "--all", "--states=all", "--noheader", "-O", columns)
        found = {}
        for line in text.splitlines():
            number, *cells, allocated = (
                cell.strip() for cell in line.strip().removesuffix("|").split("|")
            )
            memory = re.search(r"mem=(\w+)", allocated)
            found[int(number)] = SlurmJob(*cells, memory[1] if memory else "")
        return found

    def job_of(self, variant: str) -> int:
        """The newest job that trains a variant."""
        names = {number: job.comment for number, job in self.jobs().items()}
        return max(number for number, name in names.items() if name.endswith(f"_{variant}_seed-0"))

    def control(self, *arguments: str) -> str:
        """Give an administrator's order."""
        return _output("scontrol", *arguments)

    def cancel(self, number: int) -> None:
        """Cancel a job, as anybody may."""
        _output("scancel", str(number))

    def restart_controller(self, pause: float) -> None:
        """Take the controller away for some seconds."""
        pid = int((self._folder / "run/slurmctld.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not _runs(pid), "the controller to stop")
        time.sleep(pause)
        _output("slurmctld", "-f", "/etc/slurm/slurm.conf")
        wait_until(lambda: "is UP" in _output("scontrol", "ping"), "the controller to answer")


@contextmanager
def running(script: Path, folder: Path) -> Iterator[Cluster]:
    """Bring the cluster up; skip, with the reason, where this machine cannot have it."""
    if not script.is_file():
        pytest.skip(f"no {script}: it brings up a Slurm on this machine")
    if find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("no snakemake-executor-plugin-slurm: pip install -r requirements-cluster.txt")
    if os.geteuid() != 0:
        pytest.skip("not root: Slurm's daemons are started by hand here")
    cluster = Cluster(script, folder)
    # one at a time on a machine: its configuration has a fixed place
    with FileLock(Path(tempfile.gettempdir(), "radiogaze-slurm.lock")):
        if shutil.which("slurmctld") is None and cluster.run("install").returncode != 0:
            pytest.skip("Slurm cannot be installed here; run apt-get update first")
        try:
            up = cluster.run("up")
            if up.returncode != 0:
                pytest.skip(f"Slurm does not come up here: {(up.stderr or up.stdout)[-300:]}")
            yield cluster
        finally:
            cluster.run("down")


class Copy:
    """A copy of the workflow with the tiny campaign."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        copy_workflow(root, folder)
        config, demo = folder / "config.yaml", folder / "experiments/demo.tsv"
        campaign: dict[str, Any] = yaml.safe_load(config.read_text())["campaigns"]["demo"]
        campaign |= {"seeds": 1, "cutouts": {"train": 60, "test": 20}}
        campaign["gating"]["sheet"] = "experiments/tiny.tsv"
        campaign.pop("equivariant", None)
        text = yaml.safe_dump({CAMPAIGN: campaign})
        config.write_text(config.read_text() + "".join(f"  {line}\n" for line in text.splitlines()))
        header, *rows = (line.split("\t") for line in demo.read_text().splitlines())
        ungated = next(row for row in rows if row[0] == "mirabest-fc-0g")
        sheet, file = [header], folder / "experiments/recipes.yaml"
        recipes = yaml.safe_load(file.read_text())
        for name, epochs in VARIANTS.items():
            own = {**CELLS, "variant": name, "recipe": name}
            recipes[name] = {**recipes["published-gating"], **LEARNT, "epochs": epochs}
            sheet.append([own.get(column, cell) for column, cell in zip(header, ungated)])  # noqa: B905
        file.write_text(yaml.safe_dump(recipes))
        lines = ["\t".join(row) for row in sheet]
        (folder / "experiments/tiny.tsv").write_text("\n".join(lines) + "\n")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the real Snakemake here; what it prints goes to the file `output`."""
        command = [str(Path(sys.executable).with_name("snakemake")), *arguments]
        with (self.folder / "output").open("w") as file:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=file, stderr=subprocess.STDOUT, text=True
            )

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Wait for it; its status and all that it printed."""
        return process.wait(240), (self.folder / "output").read_text()

    def run(self, *arguments: str) -> tuple[int, str]:
        """Start it and wait for it."""
        return self.finish(self.start(*arguments))

    def found(self, variant: str) -> dict[str, bytes]:
        """What the training of a variant gave, byte for byte."""
        results = self.folder / RESULTS.format(variant=variant)
        return {name: (results / name).read_bytes() for name in REPRODUCIBLE}

    def end_all(self) -> None:
        """End what still runs here: nothing cleans up on a node that is down."""
        for process in psutil.process_iter():
            if _is_in(process, self.folder):
                process.kill()

    def pause_training(self, variant: str) -> psutil.Process:
        """Wait until a training has done an epoch, and halt it there."""
        log = self.folder / LOG.format(variant=variant)
        wait_until(lambda: log.is_file() and "epoch 0" in log.read_text(), f"{variant} to train")
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if command[1:4] and command[2:4] == ["train", variant] and _is_in(process, self.folder):
                process.suspend()
                return process
        raise AssertionError(f"{variant}: nothing trains it")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 150) -> None:
    """Look again and again, but not for ever."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.2)


def _is_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder
    except psutil.Error:
        return False


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout

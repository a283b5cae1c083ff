"""A dry run changes no file, and the settings that it is given are those that it plans with."""

import json
import os
import re
import time
from pathlib import Path

import yaml


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Time of change and content of every file, but for Snakemake's own notes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
        if ".snakemake" not in path.parts or "locks" in path.parts
    }


def test_a_dry_run_writes_and_deletes_nothing(snakemake, copy):
    later = copy / "results/quick/gating/mirabest-fc-0g/released/metrics.json"
    state = copy / "state/demo/gating/mirabest-fc-0g/seed-0/1.json"
    lock = copy / ".snakemake/locks/0.output.lock"
    for path in (later, state, lock):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    os.utime(later, (time.time() + 86400,) * 2)
    before = tree(copy)
    assert str(lock.relative_to(copy)) in before
    done = snakemake("-n", "quick", "demo", RADIOGAZE_MIRROR="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(copy) == before


def test_the_report_is_made_with_the_settings_that_snakemake_was_given(snakemake, copy):
    config = yaml.safe_load((copy / "config.yaml").read_text())
    mine = {"mine": {**config["campaigns"]["quick"], "seed": 7321}}
    (copy / "other.yaml").write_text(yaml.safe_dump({"campaigns": mine}))
    page = "results/mine/report/index.html"
    done = snakemake("-n", "-p", page, "--configfile", "other.yaml", RADIOGAZE_MIRROR="")
    assert done.returncode == 0, done.stdout + done.stderr
    (settings,) = re.findall(r"radiogaze report --campaign mine --settings '(.*?)'", done.stdout)
    assert json.loads(settings) == mine["mine"]

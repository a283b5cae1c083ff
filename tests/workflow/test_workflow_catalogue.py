"""The Snakemake workflow catalogue can list the workflow, and other workflows can use it."""

import re
import shutil
import sys
from pathlib import Path

import yaml

from copies import copy_workflow
from processes import call


def test_the_criteria_of_standardised_usage_are_met(root):
    assert "rule all:" in (root / "workflow/Snakefile").read_text()
    assert list((root / "workflow/rules").glob("*.smk"))
    assert (root / "config/README.md").is_file()
    assert {"snakemake", "workflow"} <= set(
        re.findall(r"\w+", (root / "README.md").read_text().lower())
    )
    usage = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment"}
    stack = usage["software-stack-deployment"]
    rules = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    assert stack["conda"] == ("conda:" in rules)
    assert stack["report"] == bool(re.search(r"\breport\(", rules))


def test_the_documented_module_plans_a_figure_and_a_table(root, tmp_path):
    (tmp_path / "radiogaze").mkdir()
    copy_workflow(root, tmp_path / "radiogaze")
    for name in ("config.yaml", "experiments"):
        shutil.move(tmp_path / "radiogaze" / name, tmp_path / name)
    (text,) = re.findall(r"```python\n(.*?)```", (root / "config/README.md").read_text(), re.DOTALL)
    (tmp_path / "Snakefile").write_text(text)
    targets = ("figures/quick/gating/fig04.png", "paper_tables/quick/gating/table05.csv")
    snakemake = Path(sys.executable).with_name("snakemake")
    done = call(snakemake, "-n", "-p", *targets, cwd=tmp_path, RADIOGAZE_MIRROR="")
    assert done.returncode == 0, done.stdout + done.stderr
    planned = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))
    assert (planned["figure"], planned["tabulate"]) == ("1", "1")
    assert "--sheet experiments/gating.tsv" in done.stdout
    manifests = re.findall(r"--manifest (\S+)", done.stdout)
    assert manifests
    assert [path for path in manifests if not (tmp_path / path).is_file()] == []

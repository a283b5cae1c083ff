"""What an edit of the library reruns: dry runs of a finished demo in a copy of the tree."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copies import copy_workflow
from radiogaze.campaigns.plan import FIGURE_3_SOURCE
from radiogaze.data.store import save_cutouts
from radiogaze.provenance.versions import VERSIONS
from training_tools import few_cutouts

# Ten edits that change no result: a file of the library, old text, new text.
HARMLESS = (
    ("augmentation/transform.py", "MAX_SHIFT = 2", "# of 150\nMAX_SHIFT = 2"),
    ("augmentation/counter_rng.py", '"""Counter-based random', '"""Counter-based pseudo-random'),
    ("training/engine.py", "_work(", "_train_all("),
    ("training/state.py", "another training is at work", "another process trains"),
    ("training/progress.py", "goes on at epoch", "continues at epoch"),
    ("evaluation/resampling.py", "fewest", "smallest"),
    ("data/splits.py", "\nimport numpy", "\n\nimport numpy"),
    ("models/gates.py", '"""Attention gates (', '"""The attention gates ('),
    ("errors.py", " = 4000, ", " = 3900, "),
    ("cli/train.py", "no GPU found: training", "no GPU: training"),
)
SHIFT = ("augmentation/transform.py", "MAX_SHIFT = 2", "MAX_SHIFT = 3")
BUMP = ("provenance/versions.py", '"train": ', '"train": 1')  # 1 becomes 11

# Parameters of single rules that their commands have not.
ALSO_DECIDES = {
    "figure": ["style=STYLE.read_text(),"],
    "report": ["templates=[sha256_of(path) for path in TEMPLATES],"],
    "tabulate": ["rows=rows_of_table,"],
    "train": ["recipe=recipe_of,"],
}


class Copy:
    """A copy of the repository whose library is edited."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        copy_workflow(root, folder, "src", "tests", "pyproject.toml")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text everywhere in a module of the library."""
        path = self.folder / "src/radiogaze" / file
        before = path.read_text("utf-8")
        assert old in before, f"{file}: no {old} to edit"
        path.write_text(before.replace(old, new), "utf-8")

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start Python with the copy's library."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": "src", "RADIOGAZE_MIRROR": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str, str]:
        """Run it to its end: status, what it printed, what it said on standard error."""
        process = self.start(*command)
        out, errors = process.communicate(timeout=240)
        return process.returncode, out, errors

    def snakemake(self, *arguments: str) -> str:
        """Run the real Snakemake."""
        status, out, errors = self.run("-m", "snakemake", "--cores", "1", *arguments)
        assert status == 0, out + errors
        return out

    def outputs(self) -> list[dict[str, str]]:
        """Every output of the demo, with its rule and what Snakemake would do with it."""
        head, *lines = self.snakemake("--summary", "demo").splitlines()
        names = head.split("\t")
        return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]

    def record(self) -> tuple[int, str]:
        """Run the golden test of the training; record its results if their version is new."""
        test = ["tests/golden/test_golden.py", "-k", "train", "--record"]
        return self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *test)[:2]


@pytest.fixture(scope="module")
def demo(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy whose demo has run, by the records of Snakemake."""
    copy = Copy(root, tmp_path_factory.mktemp("finished"))
    for output in copy.outputs():
        path = copy.folder / output["output_file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("some result")
    copy.snakemake("--touch", "--forceall", "demo")
    return copy


def test_every_rule_has_the_parameters_that_no_command_has(root: Path) -> None:
    """Without them its results would stay when the library, the sheet or a pin has changed."""
    text = "".join(path.read_text("utf-8") for path in (root / "workflow/rules").glob("*.smk"))
    rule = r"^rule (\w+):\n(.*?)(?=^\S|\Z)"  # `use rule` inherits the parameters that it lacks
    verbs = set()
    for name, body in re.findall(rule, text, re.MULTILINE | re.DOTALL):
        command = body.partition("    shell:")[2]
        verb = re.search(r"radiogaze ([a-z-]+)", command)
        if verb is None:  # `ship` copies
            continue
        verbs.add(verb[1])
        needed = [f'version=VERSIONS["{verb[1]}"],' if verb[1] in VERSIONS else "pins="]
        needed += ["pins="] if "--manifest" in command else []
        needed += ["row=row_of,"] if "{wildcards.variant} --sheet" in command else []
        needed += ALSO_DECIDES.get(name, [])
        assert not [parameter for parameter in needed if parameter not in body], name
    assert verbs >= {*VERSIONS}


def test_a_pin_and_a_recipe_rerun_the_jobs_that_are_made_by_them(snakemake, copy) -> None:
    runs = ("doubt/gating/zoom-ivon", "labels/gating/fixmatch-36", "doubt/gating/zoom")
    folder = "0709Exp1-range_norm-MiraBestNOHYBRIDAdam-AGRadGalNetft-5e-05"
    pinned = {"datasets": "mirabest", "weights": f"{folder},26", "first_images": FIGURE_3_SOURCE}
    by_pin = ["resources/archives/mirabest.archive", "resources/datasets/mirabest/images.npz"]
    by_pin += ["resources/datasets/mirabest/catalogue.csv", f"resources/weights/{folder}/26.pt"]
    by_pin += [f"resources/first/{FIGURE_3_SOURCE}.fits"]
    names = ("model.safetensors", "result.json", "history.csv")
    models = [f"results/{run}/seed-1/{name}" for run in runs for name in names]
    others = ["resources/archives/frdeep.archive", f"resources/weights/{folder}/13.pt"]
    for path in (*by_pin, *models, *others):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).touch()
    targets = [*by_pin, *models, *others]
    snakemake("--touch", "--forceall", *targets, RADIOGAZE_MIRROR="")
    for table, begins in pinned.items():
        path = copy / f"workflow/reference/{table}.csv"
        lines = path.read_text().splitlines(keepends=True)
        edited = [
            re.sub("[0-9a-f]{64}", "0" * 64, x) if x.startswith(f"{begins},") else x for x in lines
        ]
        path.write_text("".join(edited))
    path = copy / "experiments/recipes.yaml"
    text = path.read_text()
    for old, new in (
        ("prior_scale: 0.3", "prior_scale: 0.4"),
        ("threshold: 0.9", "threshold: 0.8"),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    summary = snakemake("--summary", *targets, RADIOGAZE_MIRROR="").stdout.splitlines()
    changed = {line.split("\t")[0] for line in summary if "\tparams changed\t" in line}
    assert changed == {*by_pin, *models[:6]}


def test_ten_harmless_edits_rerun_nothing(demo: Copy) -> None:
    for edit in HARMLESS:
        demo.edit(*edit)
    assert {output["plan"] for output in demo.outputs()} == {"no update"}


def test_the_device_reruns_nothing_and_the_precision_the_report(demo: Copy) -> None:
    config = demo.folder / "config.yaml"
    text = config.read_text("utf-8")
    chosen = text.replace("  demo:\n", "  demo:\n    precision: bf16\n")
    for content, rerun in ((text, set()), (chosen, {"report"})):
        config.write_text(content.replace("device: auto", "device: cuda"), "utf-8")
        plans = [(output["rule"], output["plan"]) for output in demo.outputs()]
        assert {rule for rule, plan in plans if plan != "no update"} == rerun
    config.write_text(text, "utf-8")


def test_a_comment_in_the_recipes_remakes_the_table_that_counts_by_them(demo: Copy) -> None:
    recipes = demo.folder / "experiments/recipes.yaml"
    text = recipes.read_text("utf-8")
    recipes.write_text(f"{text}# a comment\n", "utf-8")
    pending = {output["output_file"] for output in demo.outputs() if output["plan"] != "no update"}
    of_rules = {path for path in pending if not path.startswith("results/demo/report")}
    assert of_rules == {f"paper_tables/demo/gating/table05.{end}" for end in ("csv", "md", "tex")}
    recipes.write_text(text, "utf-8")


def test_rules_that_use_another_one_rerun_with_it(demo: Copy) -> None:
    """Their parameters that are not listed are those of the other one."""
    versions = demo.folder / "src/radiogaze/provenance/versions.py"
    text = versions.read_text("utf-8")
    versions.write_text(re.sub(r'("attend(-examples)?": \d+)', r"\g<1>0", text), "utf-8")
    plans = {(output["rule"], output["plan"]) for output in demo.outputs()}
    versions.write_text(text, "utf-8")
    for rule in ("attend", "attend_rotations", "attend_examples", "attend_examples_as_trained"):
        assert {plan for name, plan in plans if name == rule} == {"update pending"}, rule


def test_a_changed_constant_needs_a_new_version_and_then_retrains_everything(demo: Copy) -> None:
    demo.edit(*SHIFT)
    status, out = demo.record()
    assert status == 1, out
    assert 'raise VERSIONS["train"] in src/radiogaze/provenance/versions.py' in out
    demo.edit(*BUMP)
    status, out = demo.record()
    assert status == 0, out
    plans: dict[str, set[str]] = {}
    for output in demo.outputs():
        plans.setdefault(output["rule"], set()).add(output["plan"])
    for rule in ("train", "train_with_checkpoints", "evaluate", "attend", "misclassify"):
        assert plans[rule] == {"update pending"}
    assert plans["synthesise"] == plans["describe"] == {"no update"}


def test_a_saved_state_is_refused_by_another_version_only(root: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    copy = Copy(root, tmp_path / "copy")
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    save_cutouts(few_cutouts(), images, catalogue)
    command = ["-c", "from radiogaze.cli import main; main()", "train", "lenet", "--device=cpu"]
    command += [f"--images={images}", f"--catalogue={catalogue}"]
    command += ["--sheet=tests/golden/sheets/networks.tsv", "--epochs=2"]
    command += ["--recipes=tests/golden/sheets/recipes.yaml"]
    command += ["--passes=40", "--validation-passes=1", "--state=state", "--out=out"]
    stopped = copy.start(*command, "--save-every=1")
    while not list(copy.folder.glob("state/seed-0/*.json")) and stopped.poll() is None:
        time.sleep(0.01)
    stopped.send_signal(signal.SIGTERM)
    _, errors = stopped.communicate(timeout=60)
    assert stopped.returncode == 128 + signal.SIGTERM, errors
    for edit in (*HARMLESS, BUMP):
        copy.edit(*edit)
    status, _, errors = copy.run(*command)
    assert status == 1
    assert len(errors.splitlines()) == 1
    assert errors.endswith(
        f"saved by a training with version {VERSIONS['train']}, this one has 1{VERSIONS['train']};"
        " delete state/seed-0 or choose another --state\n"
    )
    copy.edit(BUMP[0], BUMP[2], BUMP[1])
    status, _, errors = copy.run(*command)
    assert status == 0, errors
    assert "continues at epoch" in errors

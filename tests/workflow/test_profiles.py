"""The profiles plan the same DAG on every engine."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from processes import call

ENGINES = ("slurm", "generic", "kubernetes")
# Schedulers have these; rules ask for gpu, mem_mb, runtime and threads.
SCHEDULER_WORDS = r"slurm|sbatch|squeue|qsub|slurm_partition|kubernetes|\bgres\b|\bretries\b"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_dry_run_plans_every_training_and_needs_no_gpu_to_plan_it(engine, snakemake, copy):
    plugin = {"generic": "cluster_generic"}.get(engine, engine)
    if find_spec(f"snakemake_executor_plugin_{plugin}") is None:
        pytest.skip(f"no snakemake-executor-plugin-{plugin.replace('_', '-')} is installed")
    options = ["--workflow-profile", f"profiles/{engine}"]
    if engine == "kubernetes":  # a volume with the repository's own inputs, as in docs/cluster.md
        for name in _copied_to_the_volume(copy):
            shutil.copytree(copy / name, copy / "volume" / name)
        options += ["--default-storage-prefix", str(copy / "volume")]
    done = snakemake(*options, "-n", "paper", RADIOGAZE_MIRROR="")
    assert done.returncode == 0, done.stdout + done.stderr
    campaign = yaml.safe_load((copy / "config.yaml").read_text())["campaigns"]["paper"]
    sheets = [value["sheet"] for value in campaign.values() if isinstance(value, dict)]
    variants = sum(len((copy / sheet).read_text().splitlines()) - 1 for sheet in sheets)
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))
    assert int(jobs["train_with_checkpoints"]) == variants
    assert int(jobs["train"]) == (campaign["seeds"] - 1) * variants


def _copied_to_the_volume(root: Path) -> list[str]:
    (names,) = re.findall(r"^cp -r (.+) /radiogaze/$", (root / "docs/cluster.md").read_text(), re.M)
    return names.split()


def test_the_volume_of_kubernetes_has_all_that_is_read_of_the_repository(root):
    rules = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    inputs = "".join(re.findall(r"^    input:\n((?: {8}.+\n)+)", rules, re.MULTILINE))
    named = re.findall(r"^([A-Z0-9_]+) = (.+/.+)$", rules, re.MULTILINE)
    paths = [path for name, path in named if re.search(rf"\b{name}\b", inputs)]
    folders = {"{REFERENCE}": "workflow", "../../docs": "docs", '"experiments/': "experiments"}
    needed = {next(folder for part, folder in folders.items() if part in path) for path in paths}
    assert {*_copied_to_the_volume(root)} == needed


def test_rules_know_no_scheduler(root):
    for path in (root / "workflow/Snakefile", *(root / "workflow").rglob("*.smk")):
        assert not re.findall(SCHEDULER_WORDS, path.read_text(), re.IGNORECASE), path


def test_downloads_are_no_jobs_of_a_cluster_whose_nodes_seldom_have_a_network(root):
    (local,) = re.findall(
        r"^localrules:\n((?: +\w+,\n)+)", (root / "workflow/Snakefile").read_text(), re.MULTILINE
    )
    rules = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    fetching = re.findall(r"^rule (fetch_\w+):", rules, re.MULTILINE)
    assert len(fetching) == rules.count('"radiogaze fetch-') == 3
    assert {*fetching} <= {*re.findall(r"\w+", local)}


def test_grouped_rules_exist_and_every_group_has_a_size(root):
    profile = yaml.safe_load((root / "profiles/slurm/config.yaml").read_text())
    groups = dict(entry.split("=") for entry in profile["groups"])
    sizes = dict(entry.split("=") for entry in profile["group-components"])
    text = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    assert set(groups) <= set(re.findall(r"^rule (\w+):", text, re.MULTILINE))
    assert set(groups.values()) == set(sizes)


@pytest.fixture
def generic(root, tmp_path):
    """Call a script of the generic profile where a scheduler's command is one that we give."""

    def run(script: str, *arguments: str, **commands: str) -> subprocess.CompletedProcess[str]:
        for name, body in commands.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)
        # of the machine's own commands only those of the scripts, not its scheduler
        for name in ("bash", "env", "mkdir"):
            if not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(Path("/bin", name))
        path = root / "profiles/generic" / script
        return call(path, *arguments, cwd=tmp_path, PATH=str(tmp_path))

    return run


TRAINING = ("train", "2", "4000", "1440", "1", "job.sh")


def test_the_generic_profile_asks_each_scheduler_in_its_own_words(generic):
    slurm = generic("submit", *TRAINING, sbatch='echo "$@"').stdout
    assert "--cpus-per-task=2 --mem=4000M --time=1440 --gpus=1 --partition=gpu job.sh" in slurm
    light = generic("submit", "figure", "1", "500", "30", "0", "job.sh", sbatch='echo "$@"').stdout
    assert "gpu" not in light


def test_the_generic_profile_submits_to_pbs_and_names_a_missing_scheduler(generic):
    none = generic("submit", *TRAINING)
    assert (none.returncode, none.stderr) == (1, "submit: neither sbatch nor qsub is found\n")
    pbs = generic("submit", *TRAINING, qsub='echo "$@"').stdout
    assert "-l select=1:ncpus=2:mem=4000mb:ngpus=1 -l walltime=24:00:00 job.sh" in pbs


SILENT = "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"
LOST = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1"
ENDED = 'echo "job_state = F"; echo "Exit_status = {}"'


@pytest.mark.parametrize(
    ("scheduler", "said", "answer"),
    [
        ("squeue", "echo RUNNING", "running"),
        ("squeue", "echo COMPLETED", "success"),
        ("squeue", "echo TIMEOUT", "failed"),
        ("squeue", SILENT, "running"),
        ("squeue", LOST, "failed"),
        ("qstat", ENDED.format(0), "success"),
        ("qstat", ENDED.format(271), "failed"),
        ("qstat", 'echo "job_state = Q"', "running"),
        ("qstat", "exit 153", "failed"),
    ],
)
def test_the_state_of_a_job_in_the_words_of_snakemake(generic, scheduler, said, answer):
    assert generic("status", "7", **{scheduler: said}).stdout == f"{answer}\n"

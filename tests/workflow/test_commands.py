"""Commands have the settings of their campaign, and what distinguishes one rule from another."""

import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from copies import copy_workflow
from processes import call

OWN, DOUBT, DEMO = "results/own/gating/zoom", "results/doubt/gating", "results/demo"
PRIMARY = "mirabest-range-ft-3g"
PAIR = "--position 1 --position 13"
SETS = (
    "validation hybrid frdeep half-size double-size noise-5 noise-20 source-removed pixels-shuffled"
    " blobs pruned"
)
# An output -> the command that writes it, without the names of files.
COMMANDS = {
    f"{OWN}/fold-3/metrics.json": "evaluate zoom --fold 3 --passes 301 --seed 302 --order file"
    " --order single",
    f"{OWN}/seed-1/metrics.json": "evaluate zoom --passes 301 --seed 302 --order file"
    " --order single",
    f"{OWN}/fold-3/symmetries/metrics.json": "evaluate zoom --fold 3 --symmetries --passes 8"
    " --seed 302 --order file",
    "results/own/gating/cross_validation/seeds.csv": "cross-validate --first zoom",
    f"{OWN}/familiarity.npz": "familiarity",
    f"{OWN}-frdeep/familiarity.npz": "familiarity",
    f"{DOUBT}/zoom/seed-1/dropout/metrics.json": "evaluate zoom --dropout 0.3 --passes 401"
    " --seed 402 --order file",
    f"{DOUBT}/zoom/seed-1/dropout/probe.npz": "probe zoom --dropout 0.3 --passes 403 --seed 402 "
    + " ".join(f"--set {name}" for name in SETS.split()),
    f"{DOUBT}/zoom-bayes-t1/seed-1/probe.npz": "probe zoom-bayes-t1 --passes 403 --seed 402"
    " --set validation",
    f"{DEMO}/gating/{PRIMARY}/seed-1/attention.npz": f"attend {PRIMARY} --passes 512 --seed 502",
    f"{DEMO}/equivariant/attention/seed-1/attention.npz": "attend attention --passes 522 --seed 502"
    " --resize plain",
    f"{DEMO}/equivariant/attention/seed-1/attention_rotations.npz": "attend attention"
    " --passes 522 --seed 502 --resize plain --rotations",
    f"{DEMO}/gating/{PRIMARY}/seed-0/examples.npz": f"attend-examples {PRIMARY} --device cpu"
    f" {PAIR}",
    f"{DEMO}/gating/{PRIMARY}/seed-0/examples_as_trained.npz": f"attend-examples {PRIMARY}"
    f" --device cpu {PAIR} --scaling network",
    f"{DEMO}/equivariant/attention/seed-0/examples.npz": "attend-examples attention --device cpu"
    " --position 2 --position 11 --resize plain",
    f"{DEMO}/gating/{PRIMARY}/seed-0/misclassified.csv": f"misclassify {PRIMARY} --passes 513"
    " --seed 502",
    f"{DEMO}/gating/{PRIMARY}/seed-0/misclassified.npz": f"attend-examples {PRIMARY} --device cpu"
    " --scaling unit",
    f"{DEMO}/gating/{PRIMARY}/seed-0/grad_cam.npz": f"grad-cam {PRIMARY} --device cpu {PAIR}",
    f"{DEMO}/gating/{PRIMARY}/seed-0/gaze.csv": f"gaze {PRIMARY} --seed 502 --sources 14",
    "paper_tables/demo/gating/table01.csv": "tabulate 01 --paper gating --campaign demo --banner"
    " synthetic sky --no-verdicts",
    "paper_tables/quick/gating/table01.csv": "tabulate 01 --paper gating --campaign quick",
    "figures/demo/gating/figA1.pdf": "figure figA1 --paper gating --banner synthetic sky",
    "figures/quick/gating/figA1.pdf": "figure figA1 --paper gating",
}
SHIPPED = "results/own/shipped/zoom"


def without_files(command: str) -> str:
    """A command without what names files, and without the options that take them."""
    words = shlex.split(command.partition(" > ")[0])
    files = {index for index, word in enumerate(words) if "/" in word}
    return " ".join(word for index, word in enumerate(words) if not {index, index + 1} & files)


@pytest.fixture(scope="module")
def planned(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workflow whose settings are numbers that occur nowhere else, and what a dry run prints."""
    copy = tmp_path_factory.mktemp("planned")
    copy_workflow(root, copy)
    path = copy / "config.yaml"
    config = yaml.safe_load(path.read_text())
    own, doubt, demo = (config["campaigns"][name] for name in ("own", "doubt", "demo"))
    config["orders"] = ["file", "single"]
    own.update(seeds=3, cross_validation=1, seed=302)
    own["gating"].update(passes=301)
    doubt.update(seeds=2, seed=402)
    doubt["gating"].update(passes=401)
    doubt["gating"]["doubt"].update(passes=403)
    demo.update(seed=502)
    demo["gating"].update(attention_passes=512, misclassify_passes=513, gaze_sources=14)
    demo["gating"].update(examples=[1, 13])
    demo["equivariant"].update(attention_passes=522, examples=[2, 11])
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    targets = [*COMMANDS, f"{DOUBT}/doubt/families.csv", f"{SHIPPED}/calibration.json"]
    command = (Path(sys.executable).with_name("snakemake"), "--cores", "1", "-n", "-p", *targets)
    done = call(*command, cwd=copy, timeout=300, RADIOGAZE_MIRROR="")
    assert done.returncode == 0, done.stdout + done.stderr
    return copy, done.stdout


def find_command(printed: str, verb: str, target: str) -> str:
    """The one command with this verb that writes a file, or into its folder."""
    names = {target, str(Path(target).parent)}
    found = re.findall(rf"radiogaze ({verb} .*)", printed)
    (command,) = (command for command in found if names & {*command.split()})
    return command


def test_commands_have_the_settings_of_their_campaign_and_the_files_of_their_run(planned):
    found = {}
    for target, expected in COMMANDS.items():
        command = find_command(planned[1], expected.partition(" ")[0], target)
        found[target] = without_files(command)
        if run := re.match(r"results/.*/(seed|fold)-\d+/", target):
            files = re.findall(r"results/\S+", command)
            assert not [path for path in files if not path.startswith(run[0])]
    assert found == COMMANDS


def test_what_is_unlike_is_fitted_to_what_each_network_was_trained_on(planned):
    for variant, dataset in (("zoom", "mirabest"), ("zoom-frdeep", "frdeep")):
        folder = f"results/own/gating/{variant}"
        command = find_command(planned[1], "familiarity", f"{folder}/familiarity.npz")
        assert f"--features {folder}/seed-0/features/{dataset}.npz" in command


def test_uncertain_networks_are_compared_with_their_backbone_and_the_first_temperature(planned):
    command = find_command(planned[1], "doubt", f"{DOUBT}/doubt/families.csv")
    families = ("dropout", "ensemble", "bayes", "bayes-laplace", "ivon")
    pairs = [f"zoom-{name}:zoom" for name in families]
    pairs += [f"ag-cnn-{name}:ag-cnn" for name in families if name != "bayes-laplace"]
    pairs += [f"zoom-bayes{name}:zoom-bayes-t1" for name in ("-t01", "-t001", "")]
    assert re.findall(r"--compare (\S+)", command) == pairs
    assert re.findall(r"--ensemble (\S+)", command) == ["zoom", "ag-cnn"]
    temperatures = ["zoom-bayes-t1=1", "zoom-bayes-t01=0.1", "zoom-bayes-t001=0.01"]
    assert re.findall(r"--temperature (\S+)", command) == [*temperatures, "zoom-bayes=0.001"]
    run = f"{DOUBT}/zoom/seed-0"
    for kind in ("logits", "predictions", "probe"):  # with dropout that stays on, and without
        assert f" --{kind} zoom-dropout/seed-0={run}/dropout/{kind}." in command
        assert f" --{kind} zoom/seed-0={run}/{kind}." in command


def test_what_is_shipped_are_copies_of_the_three_first_seeds(planned):
    copy, printed = planned
    (command,) = re.findall(r"\(set -- .*", printed)
    names = [f"seed-{number}/model.safetensors" for number in range(3)]
    names += ["calibration.json", "familiarity.npz"]
    for name in names:
        for folder in (OWN, SHIPPED):
            (copy / folder / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / OWN / name).write_text(name)
    (copy / "logs/ship/own").mkdir(parents=True)
    assert call("sh", "-c", command, cwd=copy).returncode == 0
    assert [(copy / SHIPPED / name).read_text() for name in names] == names

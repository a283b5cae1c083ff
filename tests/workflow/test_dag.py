"""What the DAG holds, and how it answers to a typo."""

import os
import re

import pytest
import yaml

from processes import call


def jobs(output: str) -> dict[str, int]:
    """The job counts of a dry run."""
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)}


def test_quick_holds_everything_and_released_the_same(snakemake):
    for campaign, others in (("quick", 0), ("released", 1)):
        found = jobs(snakemake("-n", campaign, RADIOGAZE_MIRROR="").stdout)
        assert found.pop("total") == 167 + 6 * others
        assert found == {
            "fetch_dataset": 2,
            "fetch_weights": 26,  # 22 models, and four earlier epochs of the primary one
            "prepare": 2,
            "evaluate": 22,
            "attend": 21,
            "attend_examples": 23,
            "attend_misclassified": 1,
            "misclassify": 1,
            "grad_cam": 1,
            # of every normalisation and aggregation, and where all sources are scored the others
            "gaze": 16 + 5 * others,
            "describe": 1,
            "figure": 23,  # without Figure 3, whose image is in no archive
            "tabulate": 22 + others,
            "explore": 4,  # of the four normalisations
            "report": 1,
            campaign: 1,
        }


def test_other_explanations_are_scored_in_released_alone_and_shown_beside_the_maps(snakemake):
    for campaign, attributed in (("quick", 0), ("released", 4)):
        commands = snakemake("-np", campaign, RADIOGAZE_MIRROR="").stdout
        assert len(re.findall(r"radiogaze gaze .* --attributions", commands)) == attributed
        assert len(re.findall(r"radiogaze explore .* --gaze results/", commands)) == 4


_ARCHIVE = {"fetch_dataset": 1, "prepare": 1}
_FIGURE = {**_ARCHIVE, "fetch_weights": 1, "figure": 1, "total": 5}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("figures/quick/gating/figA1.png", {"figure": 1, "total": 1}),
        ("figures/quick/gating/fig04.png", {**_FIGURE, "attend_examples": 1}),
        (
            "figures/quick/gating/fig07.png",
            {**_FIGURE, "fetch_weights": 5, "attend_examples": 5, "total": 13},
        ),
        ("figures/quick/gating/fig09.png", {**_FIGURE, "attend": 1}),
        ("paper_tables/quick/gating/table01.md", {"tabulate": 1, "total": 1}),
        ("paper_tables/quick/gating/table04.md", {**_ARCHIVE, "tabulate": 1, "total": 3}),
        (
            "figures/demo/gating/learning_curve_mirabest-sigmoid-ft-3g.png",
            {"synthesise": 1, "train_with_checkpoints": 1, "train": 1, "figure": 1, "total": 4},
        ),
    ],
)
def test_a_figure_or_table_asks_for_what_it_needs_alone(snakemake, target, expected):
    assert jobs(snakemake("-n", target, RADIOGAZE_MIRROR="").stdout) == expected


def test_training_the_paper_without_a_gpu_is_refused_with_what_it_would_cost(snakemake, copy):
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("device: auto", "device: cpu"))
    refused = snakemake("-n", "paper", RADIOGAZE_MIRROR="")
    assert refused.returncode == 1
    errors = [line for line in refused.stderr.splitlines() if "radiogaze: error:" in line]
    assert len(errors) == 1
    assert re.search(r"no GPU here; .* about \d+ hours .*; run .*make demo", errors[0])
    config.write_text(config.read_text().replace("allow_cpu: false", "allow_cpu: true"))
    allowed = jobs(snakemake("-n", "paper", RADIOGAZE_MIRROR="").stdout)
    variants = 23 + 8
    assert (allowed["train_with_checkpoints"], allowed["train"]) == (variants, 4 * variants)
    # the controls, and the eight networks that they are controls of, which are the paper's
    allowed = jobs(snakemake("-n", "controls", RADIOGAZE_MIRROR="").stdout)
    assert (allowed["train_with_checkpoints"], allowed["train"]) == (33 + 8, 4 * (33 + 8))


def test_finished_networks_are_not_removed_to_train_them_again_without_a_gpu(snakemake, copy):
    config, recipes = copy / "config.yaml", copy / "experiments/recipes.yaml"
    config.write_text(config.read_text().replace("device: auto", "device: cpu"))
    run = copy / "results/paper/gating/mirabest-range-ft-3g/seed-1"
    target = str((run / "metrics.json").relative_to(copy))
    cutouts = copy / "resources/datasets/mirabest"
    data = [cutouts / name for name in ("images.npz", "catalogue.csv")]
    networks = [run / name for name in ("model.safetensors", "result.json", "history.csv")]
    evaluated = [run / name for name in ("metrics.json", "predictions.csv", "logits.npz")]
    for path in (*data, *networks, *evaluated):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    touched = snakemake("--touch", "--forceall", target, RADIOGAZE_MIRROR="")
    assert touched.returncode == 0, touched.stderr
    assert "Nothing to be done" in snakemake(target, RADIOGAZE_MIRROR="").stderr
    text = recipes.read_text()
    assert text.count("  passes: 72\n") == 1
    recipes.write_text(text.replace("  passes: 72\n", "  passes: 73\n"))
    for again in (target, networks[0].relative_to(copy)):
        refused = snakemake(str(again), RADIOGAZE_MIRROR="")
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        assert re.search(
            r"^radiogaze: error: results/paper/\S+/model.safetensors: would be removed and trained"
            r" again, in all 1 finished networks, but there is no GPU here",
            refused.stderr,
            re.MULTILINE,
        )
    assert all(path.exists() for path in (*networks, *evaluated))
    assert not list((copy / ".snakemake").glob("locks/*"))


def test_a_campaign_trains_in_its_precision_on_a_gpu_alone(snakemake, copy):
    model = "results/demo/gating/mirabest-range-ft-3g/seed-1/model.safetensors"
    config = copy / "config.yaml"
    text = config.read_text()
    chosen = text.replace("  demo:\n", "  demo:\n    precision: bf16\n")
    for content, device, expected in (
        (text, "cuda", ["tf32"]),
        (chosen, "cuda", ["bf16"]),
        (chosen, "cpu", []),
    ):
        config.write_text(content.replace("device: auto", f"device: {device}"))
        printed = snakemake("-n", "-p", model, RADIOGAZE_MIRROR="").stdout
        assert re.findall(r"--precision (\w+)", printed) == expected, device


def test_what_the_package_holds_is_made_of_thirteen_trainings(snakemake):
    whole, shipped = (
        jobs(snakemake("-n", name, RADIOGAZE_MIRROR="").stdout) for name in ("own", "shipped")
    )
    assert whole["train"] + whole["train_with_checkpoints"] == 220
    assert whole["figure"] == 4
    assert shipped["train"] + shipped["train_with_checkpoints"] == 13
    assert (shipped["evaluate_symmetries"], shipped["ship"]) == (10, 1)
    assert (shipped["features"], shipped["familiarity"]) == (1, 1)


def test_what_is_unlike_the_training_sources_is_fitted_to_those_of_the_campaign(snakemake, copy):
    path = copy / "config.yaml"
    text = path.read_text().replace("    originals: own\n", "")  # labels, of other data
    path.write_text(text.replace("  own:\n", "  own:\n    dataset: mine\n"))
    mine = copy / "resources/datasets/mine"
    mine.mkdir(parents=True)
    (mine / "images.npz").touch()
    rows = ["one,train"] + [f"{n},test" for n in range(100)]
    (mine / "catalogue.csv").write_text("\n".join(["source_name,split", *rows]))
    done = snakemake("-n", "-p", "results/own/gating/zoom/familiarity.npz", RADIOGAZE_MIRROR="")
    assert jobs(done.stdout) == {
        "train_with_checkpoints": 1,
        "features": 1,
        "familiarity": 1,
        "total": 3,
    }
    assert "--features results/own/gating/zoom/seed-0/features/mine.npz" in done.stdout


def test_a_network_is_trained_again_when_its_row_or_its_recipe_changes(snakemake, copy):
    """By parameters of the rule: neither the sheet nor the recipes are among its inputs."""
    run = "results/demo/equivariant/lenet/seed-1"
    data = "resources/datasets/synthetic-demo-mirabest"
    names = ("model.safetensors", "result.json", "history.csv")
    model, *_ = made = [f"{run}/{name}" for name in names]
    for path in (*made, f"{data}/images.npz", f"{data}/catalogue.csv"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).touch()
    snakemake("--touch", "--forceall", model, RADIOGAZE_MIRROR="")
    row = "lenet\tmirabest\tlenet\tnone\t1\t{}\t56"
    for name, old, new in (
        ("demo_equivariant.tsv", row.format(5), row.format(7)),
        ("recipes.yaml", "learning_rate: 0.003", "learning_rate: 0.002"),
    ):
        path = copy / "experiments" / name
        text = path.read_text()
        path.write_text(text.replace(old, new, 1))
        assert path.read_text() != text
        found = jobs(snakemake("-n", model, RADIOGAZE_MIRROR="").stdout)
        assert found == {"train": 1, "total": 1}, name
        path.write_text(text)


def test_few_labels_start_from_what_they_name_and_share_all_labels_with_own(snakemake):
    found = jobs(snakemake("-n", "labels", RADIOGAZE_MIRROR="").stdout)
    assert found["train"] + found["train_with_checkpoints"] == 233 + 10  # of all labels, own's
    names = ("evaluate", "features", "synthesise", "disjoin", "label_efficiency", "figure")
    assert [found[name] for name in names] == [223, 22, 1, 1, 1, 1]
    run = "results/labels/gating/{}/seed-1/model.safetensors"
    printed = snakemake("-n", "-p", run.format("synthetic-36"), RADIOGAZE_MIRROR="").stdout
    assert "--seed 1 --start results/labels/gating/pre-synthetic " in printed
    assert jobs(printed)["train"] == 2
    printed = snakemake("-n", "-p", run.format("fixmatch-frdeep-36"), RADIOGAZE_MIRROR="").stdout
    assert "--unlabelled-images resources/datasets/frdeep-disjoint/images.npz" in printed


def test_a_dry_run_of_retrained_prints_what_its_trainings_cost(snakemake):
    printed = snakemake("-n", "retrained", RADIOGAZE_MIRROR="").stdout
    found = jobs(printed)
    (line,) = [line for line in printed.splitlines() if "trainings in all" in line]
    trainings = found["train"] + found["train_with_checkpoints"]
    assert f"Campaign retrained: {trainings} trainings in all: about " in line
    assert re.search(r"about \d,\d{3} minutes \(\d+ hours\) of one CPU core and \d\.\d GB", line)
    assert "not measured" not in line
    assert found["tabulate"] == 23 + 4
    assert "trainings in all" not in snakemake("-n", "demo", RADIOGAZE_MIRROR="").stdout


@pytest.mark.parametrize(
    ("sheet", "least", "most"), [("gating", 500, 900), ("retrained_gating", 1, 4)]
)
def test_a_campaign_of_ones_own_prints_what_its_trainings_cost(snakemake, copy, sheet, least, most):
    path = copy / "config.yaml"
    retrained = yaml.safe_load(path.read_text())["campaigns"]["retrained"]
    gating = {**retrained["gating"], "sheet": f"experiments/{sheet}.tsv"}
    mine = {"mine": {**retrained, "gating": gating, "seeds": 1, "cross_validation": 0}}
    del mine["mine"]["equivariant"]
    (copy / "other.yaml").write_text(yaml.safe_dump({"campaigns": mine}))
    page = "results/mine/report/index.html"
    done = snakemake("-n", page, "--configfile", "other.yaml", RADIOGAZE_MIRROR="")
    (hours,) = re.findall(r"Campaign mine: .* \((\d+) hours\) of one CPU core", done.stderr)
    assert least < int(hours) < most


def test_the_demo_runs_every_rule_but_the_fetching(snakemake):
    found = jobs(snakemake("-n", "demo", RADIOGAZE_MIRROR="").stdout)
    assert not [rule for rule in found if rule.startswith("fetch")]
    assert found["train_with_checkpoints"] == 22 + 3
    assert found["train"] == 4 + 3  # a second seed of Table 7 and of the equivariant paper
    assert found["evaluate"] == 22 + 3 + 4 + 3


def test_a_typo_in_config_is_one_line_with_key_and_choices(snakemake, copy):
    path = copy / "config.yaml"
    text = path.read_text()
    wrong = {
        text.replace("device: auto", "device: gpu"): 'device: found "gpu", allowed: auto, cpu',
        text.replace(
            "experiments/gating.tsv", "experiments/my sheet.tsv"
        ): 'sheet: found "experiments/my',
        text.replace(
            "  demo:\n", "  demo:\n    precision: fp64\n"
        ): 'precision: found "fp64", allowed:',
        text.replace("[file, ", "["): 'found ["shuffled", "single"], expected file among them',
        re.sub(
            "  released:\n.*?(?=  # everything)",
            "  released: {sky: published, weights: released, seed: 0}\n",
            text,
            flags=re.DOTALL,
        ): "expected a key gating or a key equivariant",
        text.replace("mirror:", "miror:"): "unknown key miror; allowed: mirror, device",
    }
    for content, message in wrong.items():
        path.write_text(content)
        done = snakemake("-n", "quick")
        assert done.returncode == 1
        assert "config.yaml: " in done.stdout + done.stderr
        assert message in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_a_typo_in_the_sheet_names_row_and_column(snakemake, copy):
    path = copy / "experiments/gating.tsv"
    path.write_text(path.read_text().replace("\tdeepsup\t", "\tdeep\t", 1))
    done = snakemake("-n", "quick")
    assert done.returncode == 1
    expected = 'row 7 (mirabest-range-deepsup-3g): aggregation: found "deep", allowed: none, mean'
    assert expected in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_campaign_of_ones_own(snakemake, copy):
    path = copy / "config.yaml"
    quick = yaml.safe_load(path.read_text())["campaigns"]["quick"]
    mine = yaml.safe_dump(
        {"mine": {**quick, "seed": 7, "gating": {**quick["gating"], "passes": 2}}}
    )
    path.write_text(path.read_text() + "".join(f"  {line}\n" for line in mine.splitlines()))
    done = snakemake("-n", "-p", "paper_tables/mine/gating/table06.md")
    assert "--passes 2 --seed 7" in done.stdout


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "figures/quick/gating/fig99.png",
            "figures/quick/gating: no fig99; there are: fig01, fig02",
        ),
        ("figures/quick/gating/learning_curve_x.png", "no learning_curve_x; there are: fig01"),
        (
            "paper_tables/quick/gating/table99.md",
            "paper_tables/quick/gating: no table 99; there are: 01",
        ),
        (
            "paper_tables/own/gating/table07.md",
            "paper_tables/own/gating: no table 07; there are: 03, 04, 05, calibration",
        ),
        ("paper_tables/yours/gating/table06.md", "config.yaml: campaigns: no yours; it has: quick"),
        (
            "paper_tables/quick/equivariant/table01.md",
            "config.yaml: campaigns.quick: nothing of the equivariant paper; it has: gating",
        ),
    ],
)
def test_an_unknown_figure_or_table_is_one_line_with_the_known(snakemake, target, expected):
    done = snakemake("-n", target, RADIOGAZE_MIRROR="")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("radiogaze: error: ")
    assert expected in done.stderr.splitlines()[-1]
    assert not re.search("Traceback|Exception", done.stdout + done.stderr)


@pytest.mark.parametrize("campaign", ["released", "retrained"])
def test_a_campaign_goes_on_from_the_archive_of_its_evaluations(campaign, root, copy, snakemake):
    """By the commands of docs/reproduction; the weights that it lacks are not missed."""
    archive = root / f"docs/reproduction/{campaign}/evaluations.tar.xz"
    call("tar", "-xmJf", archive, cwd=copy, timeout=60)
    finished = [str(path.relative_to(copy)) for path in copy.glob("results/*/*/*/*/metrics.json")]
    for dataset in ("mirabest", "frdeep"):
        prepared = [f"datasets/{dataset}/{name}" for name in ("images.npz", "catalogue.csv")]
        for name in (f"archives/{dataset}.archive", *prepared):
            path = copy / "resources" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (0, 0))  # fetched and prepared before
    done = snakemake("-n", *finished, RADIOGAZE_MIRROR="")
    assert "Nothing to be done" in done.stdout + done.stderr
    (copy / finished[0]).unlink()
    assert jobs(snakemake("-n", *finished, RADIOGAZE_MIRROR="").stdout)["evaluate"] == 1

"""Uncertainty measures, shifted images, pruning, and the verbs probe and doubt."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from click.testing import CliRunner
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from figure_tools import doubt_tables
from radiogaze.campaigns.campaign import plan_campaigns
from radiogaze.campaigns.doubt import DoubtPlan, compares_doubt
from radiogaze.cli import cli
from radiogaze.data.shifts import SHIFTS, shift
from radiogaze.data.store import save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation import doubt, uncertainty
from radiogaze.evaluation.families import collect
from radiogaze.evaluation.probe import write_probe
from radiogaze.models import build
from radiogaze.models.posterior import attach_posterior, posterior_of
from radiogaze.models.pruning import MAGNITUDE, SIGNAL_TO_NOISE, prune
from radiogaze.tables import doubt as tables_doubt
from radiogaze.tables.inputs import TableInputs
from training_tools import ROOT, few_cutouts, small_job

COUNT = 160


def test_the_area_under_the_risk_curve_is_that_of_every_order_of_ties():
    doubts = np.array([0.1, 0.3, 0.3, 0.3, 0.6])
    errors = np.array([0.0, 1.0, 0.0, 0.0, 1.0])
    areas = []
    for middle in itertools.permutations((1, 2, 3)):
        order = [0, *middle, 4]
        risks = [errors[order[:kept]].mean() for kept in range(1, 6)]
        areas.append(np.mean(risks))
    assert uncertainty.area_under_risk(doubts, errors) == pytest.approx(np.mean(areas))
    assert uncertainty.risk_curve(doubts, errors)[-1] == pytest.approx(errors.mean())


def test_passes_that_disagree_have_mutual_information_and_passes_that_agree_have_none():
    p = np.array([[0.0, 0.5, 0.01], [1.0, 0.5, 0.01]])
    found = uncertainty.measure_uncertainty(p)
    assert found.entropy[:2] == pytest.approx([np.log(2)] * 2)
    assert found.mutual_information == pytest.approx([np.log(2), 0, 0], abs=1e-12)
    assert found.spread == pytest.approx([0.5, 0, 0])


def test_the_auroc_is_that_of_scikit_learn_and_its_interval_knows_the_numbers():
    rng = np.random.default_rng(0)
    high, low = rng.integers(2, 9, (1, 30)).astype(float), rng.integers(0, 7, (1, 50)).astype(float)
    truth = np.repeat([1, 0], [30, 50])
    found = uncertainty.rank_above(high, low)
    expected = roc_auc_score(truth, np.concatenate([high[0], low[0]]))
    assert found.value == pytest.approx(expected)
    few = uncertainty.rank_above(high[:, :8], low[:, :10])
    assert few.high - few.low > 1.5 * (found.high - found.low)


def test_a_permutation_test_sees_a_paired_difference():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    theirs = rng.random(60) * 10
    difference, p = uncertainty.compare_means(theirs + 0.1 + rng.random(60) / 10, theirs, labels)
    assert p < 0.001
    assert 0.1 < difference.low < difference.value < difference.high < 0.2
    assert uncertainty.compare_means(theirs, theirs, labels)[1] == 1
    assert uncertainty.compare_means(rng.random(60), rng.random(60), labels)[1] > 0.01
    # differences that cancel, but for the order of their sum
    thirds = np.tile([1 / 3, -1 / 3, 2 / 3, -2 / 3], 15)
    assert uncertainty.compare_means(thirds + theirs, theirs, labels)[1] == 1


@pytest.fixture(scope="module")
def images():
    return few_cutouts(60).images


def test_shifts_do_what_their_names_say(images):
    lit = (images > 0).sum()
    found = {name: shift(images, name, 0) for name in SHIFTS}
    for name, shifted in found.items():
        assert (shifted.dtype, shifted.shape) == (np.uint8, images.shape)
        assert np.array_equal(shifted, shift(images, name, 0))
    assert (found["half-size"] > 0).sum() == pytest.approx(lit / 4, rel=0.3)
    assert (found["double-size"] > 0).sum() == pytest.approx(lit * 4, rel=0.3)
    assert found["source-removed"].max() == 0  # these sources are all near the centre
    for own, other in zip(images, found["pixels-shuffled"], strict=True):
        assert np.array_equal(np.sort(own, axis=None), np.sort(other, axis=None))
    scatter = [found[name][images == 0].astype(float) for name in ("noise-5", "noise-20")]
    assert scatter[1].std() == pytest.approx(4 * scatter[0].std(), rel=0.1)
    areas = (found["blobs"] > 0).sum((1, 2))
    assert (found["blobs"].max((1, 2)) > 150).all()
    assert areas.max() > 4 * areas.min()


def test_pruning_takes_the_weights_of_lowest_rank():
    torch.manual_seed(0)
    network = build(small_job().variant)
    weights = {n: p for n, p in network.named_parameters() if p.ndim > 1}
    flat = torch.cat([w.detach().flatten() for w in weights.values()])
    half = {name: torch.full_like(w, -3.0) for name, w in weights.items()}
    first = next(iter(weights))
    half[first] += 20  # no signal in all this noise
    attach_posterior(network, {name: value.detach() for name, value in half.items()})
    by_size = prune(network, MAGNITUDE, 0.3)
    left = torch.cat([p.detach().flatten() for p in by_size.parameters() if p.ndim > 1])
    limit = flat.abs().quantile(0.3)
    assert torch.equal(left != 0, flat.abs() > limit)
    fraction = weights[first].numel() / len(flat)
    copy = prune(network, SIGNAL_TO_NOISE, fraction)
    pruned = dict(copy.named_parameters())
    assert not pruned[first].any()
    left = {name: log_sd.exp() for name, log_sd in posterior_of(copy).items()}
    assert not left[first].any()  # no draw of the weights brings them back
    assert all(bool((left[n] == half[n].exp()).all()) for n in half if n != first)
    assert all(bool((pruned[n] == w).all()) for n, w in weights.items() if n != first)


def write(folder, name, margin, sets, labels, first=0):
    """Write what evaluate and probe give of a network with these logit margins, [passes, N]."""
    folder = folder / name
    folder.mkdir(parents=True)

    def pair(margin):
        return np.stack([np.zeros_like(margin), margin], -1).astype(np.float32)

    index = first + np.arange(len(labels))
    np.savez(folder / "logits.npz", index=index, logits_file=pair(margin))
    pd.DataFrame(
        {
            "index": index,
            "order": "file",
            "class": np.where(labels == 1, "FRII", "FRI"),
            "confidence": np.where(index % 4, "certain", "uncertain"),
        }
    ).to_csv(folder / "predictions.csv", index=False)
    found = {key: pair(v) if key.startswith("logits") else v for key, v in sets.items()}
    write_probe(found, folder / "probe.npz")
    return {kind: folder / kind for kind in ("logits.npz", "predictions.csv", "probe.npz")}


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Two seeds of a good network, which doubts what it should; two of one that is too sure."""
    folder = tmp_path_factory.mktemp("networks")
    rng = np.random.default_rng(1)
    labels = np.arange(COUNT) // 2 % 2
    sign, hard = 2 * labels - 1, np.arange(COUNT) % 4 == 0
    validation = np.arange(50) % 2
    given = {}
    for family, sure in (("good", 1.0), ("sure", 40.0)):
        for seed in range(2):
            size = np.where(hard, rng.normal(0, 0.5, COUNT), 2.5)
            margin = sure * (sign * size + rng.normal(0, 0.3, (6, COUNT)))
            known = (2 * validation - 1) * 1.5 + rng.normal(0, 1.3, 50)
            sets = {
                "logits_validation": sure * known[None],
                "labels_validation": validation,
                "logits_hybrid": sure * rng.normal(0, 0.2, (3, 9)),
                "logits_noise-20": sure * rng.normal(0, 0.2, (3, COUNT)),
                "logits_magnitude-0": margin[:2],
                **{f"logits_magnitude-{n}": margin[:2] for n in (10, 20, 30, 40, 50, 60, 70, 80)},
                **{f"logits_magnitude-{n}": -margin[:2] for n in (90, 95)},
            }
            given[f"{family}/seed-{seed}"] = write(folder, f"{family}-{seed}", margin, sets, labels)
    return given


def families(networks, ensembles=("sure",)):
    by_kind = [
        {name: files[kind] for name, files in networks.items()}
        for kind in ("logits.npz", "predictions.csv", "probe.npz")
    ]
    return collect(*by_kind, ensembles)


def test_a_network_that_is_too_sure_is_found_out(networks):
    found = families(networks)
    rows = doubt.summarise(found).set_index("family")
    good, sure, ensemble = (rows.loc[name] for name in ("good", "sure", "sure-ensemble"))
    assert good["nll"] < sure["nll"]
    assert sure["nll_scaled"] < sure["nll"] - 0.1
    assert ensemble["nll"] < sure["nll"]
    assert (good["networks"], ensemble["networks"]) == (2, 1)
    assert good["error_low"] <= good["error"] <= good["error_high"]
    tests = doubt.compare(found, [("sure", "good"), ("sure-ensemble", "good")])
    nll = tests[(tests["family"] == "sure") & (tests["measure"] == "nll")].iloc[0]
    assert nll["difference_low"] > 0
    assert nll["p"] <= nll["p_holm"] < 0.05
    groups = doubt.rank_groups(found).set_index(["family", "group", "measure"])
    assert groups.loc[("good", "uncertain", "entropy"), "auroc"] > 0.9
    noise = groups.loc[("good", "noise-20", "entropy")]
    assert (noise["auroc_low"] > 0.5, noise["score"] < noise["score_against"]) == (True, True)
    alone = {name: files for name, files in networks.items() if name != "good/seed-1"}
    only = doubt.rank_groups(families(alone)).set_index(["family", "group", "measure"])
    each = [only.loc[("good", "noise-20", "entropy"), "auroc"]]
    each += [2 * noise["auroc"] - each[0]]  # the mean of two seeds is known, and one of them
    assert [noise["auroc_lowest"], noise["auroc_highest"]] == pytest.approx(sorted(each))
    assert noise["auroc_lowest"] < noise["auroc_highest"]
    pruned = doubt.prune_rows(found).set_index(["family", "percent"])
    assert pruned.loc[("good", 80), "error_rise"] == 0
    assert pruned.loc[("good", 90), "error_rise_low"] > 0.5


def test_the_numbers_of_a_family_are_means_over_its_networks_by_hand(networks):
    """Area under the risk curve, spread of the error, and a temperature of the validation."""
    labels, errors, areas, losses = np.arange(COUNT) // 2 % 2, [], [], []
    for files in (networks["good/seed-0"], networks["good/seed-1"]):
        p = expit(np.diff(np.load(files["logits.npz"])["logits_file"])[..., 0]).mean(0)
        wrong = (p > 0.5) != labels
        kept = np.cumsum(wrong[np.argsort(-abs(p - 0.5))])  # the surest first
        areas.append((kept / np.arange(1, COUNT + 1)).mean())
        errors.append(wrong.mean())
        known = np.diff(np.load(files["probe.npz"])["logits_validation"][0])[:, 0]
        towards = known * (2 * (np.arange(50) % 2) - 1)
        temperatures = np.exp(np.linspace(-3, 3, 6001))
        fits = np.log1p(np.exp(-towards / temperatures[:, None])).mean(1)
        scaled = logit(p) / temperatures[fits.argmin()]
        losses.append(np.log1p(np.exp(-(2 * labels - 1) * scaled)).mean())
    row = doubt.summarise(families(networks)).set_index("family").loc["good"]
    assert row["aurc"] == pytest.approx(np.mean(areas))
    assert row["error_sd"] == pytest.approx(np.std(errors, ddof=1))
    assert errors[0] != errors[1]
    assert row["nll_scaled"] == pytest.approx(np.mean(losses), rel=1e-4)


def test_fewer_passes_make_no_group_less_uncertain(networks, tmp_path):
    """The test sources as a group of three passes in place of six, which are the same ones."""
    given = {}
    for number, name in enumerate(name for name in networks if name.startswith("good")):
        test = np.load(networks[name]["logits.npz"])["logits_file"]
        path = tmp_path / f"{number}.npz"
        write_probe({"logits_noise-20": test[:3]}, path)
        given[name] = {**networks[name], "probe.npz": path}
    groups = doubt.rank_groups(families(given, ("good",)))
    noise = groups[groups["group"] == "noise-20"]
    assert noise["auroc"].tolist() == pytest.approx([0.5] * 6)  # of the family and its ensemble


def test_a_pruned_network_without_numbers_leaves_its_row_empty(networks, tmp_path):
    """As the AG-CNN does: a gate without weights scores all positions alike, and its range is 0."""
    sets = dict(np.load(networks["good/seed-1"]["probe.npz"]))
    sets["logits_magnitude-80"][0, 3] = np.nan
    write_probe(sets, tmp_path / "probe.npz")
    given = {**networks["good/seed-1"], "probe.npz": tmp_path / "probe.npz"}
    pruned = doubt.prune_rows(families({**networks, "good/seed-1": given}))
    empty = pruned[pruned["error"].isna()]
    assert empty[["family", "percent"]].to_numpy().tolist() == [["good", 80]]
    assert empty[["error_high", "nll", "error_rise"]].isna().all(axis=None)


def test_a_group_without_numbers_has_no_auroc(networks, tmp_path):
    """Not one in which the source counts as less uncertain than every other."""
    sets = dict(np.load(networks["good/seed-1"]["probe.npz"]))
    sets["logits_noise-20"][0, 3] = np.nan
    write_probe(sets, tmp_path / "probe.npz")
    given = {
        **networks,
        "good/seed-1": {**networks["good/seed-1"], "probe.npz": tmp_path / "probe.npz"},
    }
    groups = doubt.rank_groups(families(given))
    empty = groups[groups["auroc"].isna()]
    assert set(zip(empty["family"], empty["group"], strict=True)) == {("good", "noise-20")}
    assert empty[["auroc_high", "auroc_lowest", "score"]].isna().all(axis=None)


def test_logits_that_are_no_numbers_give_none(networks, tmp_path):
    """A source without a number would leave the mean, and count as the rarest in the test."""
    sets = dict(np.load(networks["good/seed-1"]["probe.npz"]))
    sets["logits_validation"][0, 3] = np.nan
    write_probe(sets, tmp_path / "probe.npz")
    given = dict(networks["good/seed-1"])
    unvalidated = {**networks, "good/seed-1": {**given, "probe.npz": tmp_path / "probe.npz"}}
    rows = doubt.summarise(families(unvalidated)).set_index("family")
    assert rows["nll_scaled"].isna().to_dict() == {
        "good": True,
        "sure": False,
        "sure-ensemble": False,
    }
    tested = dict(np.load(given["logits.npz"]))
    tested["logits_file"][0, 3] = np.nan
    np.savez(tmp_path / "logits.npz", **tested)
    broken = {**networks, "good/seed-1": {**given, "logits.npz": tmp_path / "logits.npz"}}
    with pytest.raises(RadiogazeError, match=r"logits\.npz: .*one that is no finite number"):
        families(broken)


def test_networks_of_other_sources_or_splits_are_refused(networks, tmp_path):
    other = write(tmp_path, "other", np.zeros((2, 6)), {}, np.arange(6) % 2)
    with pytest.raises(RadiogazeError, match="other test sources than good/seed-0"):
        families({**networks, "other/seed-0": other})
    with pytest.raises(RadiogazeError, match="--ensemble best: there are: good, sure"):
        families(networks, ("best",))
    labels = np.arange(COUNT) // 2 % 2
    sets = {"logits_validation": np.zeros((1, 2)), "labels_validation": np.array([0, 1])}
    moved = write(tmp_path, "moved", np.zeros((2, COUNT)), {}, labels, first=4)
    with pytest.raises(RadiogazeError, match="other test sources than good/seed-0"):
        families({**networks, "moved/seed-0": moved})
    third = write(tmp_path, "third", np.zeros((2, COUNT)), sets, labels)
    with pytest.raises(RadiogazeError, match="other validation sources each; train them on one"):
        families({**networks, "sure/seed-2": third})


def test_sources_are_known_by_their_index_and_sets_shared_by_an_ensemble(networks, tmp_path):
    given = {name: dict(files) for name, files in networks.items()}
    mixed = pd.read_csv(given["good/seed-0"]["predictions.csv"]).sample(frac=1, random_state=0)
    given["good/seed-0"]["predictions.csv"] = tmp_path / "mixed.csv"
    mixed.to_csv(tmp_path / "mixed.csv", index=False)
    sets = dict(np.load(given["sure/seed-1"]["probe.npz"]))
    del sets["logits_hybrid"]
    given["sure/seed-1"]["probe.npz"] = tmp_path / "probe.npz"
    write_probe(sets, tmp_path / "probe.npz")
    found, plain = families(given), families(networks)
    assert np.array_equal(found.certain, plain.certain)
    groups = doubt.rank_groups(found)
    assert set(groups[groups["family"] == "sure-ensemble"]["group"]) == {"uncertain", "noise-20"}


def test_from_training_to_the_tables(tmp_path):
    """Train with a posterior, evaluate, probe, compare; wrong names are one line."""
    cutouts = few_cutouts(40)
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    confidence = np.where(np.arange(len(cutouts.catalogue)) % 3, "certain", "uncertain")
    table = cutouts.catalogue.assign(confidence=confidence)
    save_cutouts(type(cutouts)(cutouts.images, table), images, catalogue)
    sheet = ROOT / "experiments/doubt.tsv"
    data = [f"--sheet={sheet}", f"--images={images}", f"--catalogue={catalogue}"]
    call = ["train", "zoom-bayes", *data, "--epochs=1", "--passes=1", "--validation-passes=1"]
    run(*call, f"--state={tmp_path}/state", f"--out={tmp_path}")
    folder = tmp_path / "seed-0"
    network = ["zoom-bayes", *data, f"--weights={folder}/model.safetensors", "--passes=2"]
    network += [f"--training={folder}/result.json"]
    outputs = [f"--metrics={folder}/metrics.json", f"--predictions={folder}/predictions.csv"]
    run("evaluate", *network, *outputs, f"--logits={folder}/logits.npz", "--order=file")
    sets = ["--set=validation", "--set=blobs", "--set=pruned"]
    run("probe", *network, *sets, f"--out={folder}/probe.npz")
    names = ("logits", "predictions", "probe")
    files = dict(zip(names, ("logits.npz", "predictions.csv", "probe.npz"), strict=True))
    given = [f"--{name}=zoom-bayes/seed-0={folder}/{files[name]}" for name in names]
    run("doubt", *given, f"--out={tmp_path}/out")
    assert "p_holm" in pd.read_csv(tmp_path / "out/comparisons.csv")  # which has no row
    groups = pd.read_csv(tmp_path / "out/groups.csv")
    assert set(groups["group"]) == {"blobs"}  # one uncertain source is not ranked
    pruned = pd.read_csv(tmp_path / "out/pruning.csv")
    assert set(pruned["order"]) == {MAGNITUDE, SIGNAL_TO_NOISE}

    for arguments, message in (
        (
            ["probe", *network, "--set=moon", "--out=x"],
            "--set moon: unknown; there are: validation",
        ),
        (["probe", *network, "--set=frdeep", "--out=x"], "expected --frdeep-images"),
        (["probe", *network, "--set=hybrid", "--out=x"], "--set hybrid: found no image of it"),
        (["doubt", *given, "--compare=a", "--out=x"], "--compare a: expected FAMILY:REFERENCE"),
        (["doubt", *given, "--compare=a:b", "--out=x"], "--compare a: there are: zoom-bayes"),
    ):
        refused = CliRunner().invoke(cli, arguments)
        assert message in str(refused.exception)


def run(*arguments):
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_tables_show_what_was_found_with_intervals_and_corrected_p_values(tmp_path):
    tables = doubt_tables()
    given = {}
    for name, table in tables.items():
        given[name] = tmp_path / f"{name}.csv"
        table.to_csv(given[name], index=False)
    inputs = TableInputs(sheet={}, reference={}, doubt=given)
    cells = tables_doubt.build("doubt", inputs).cells
    cell = next(c for c in cells if (c.variant, c.metric) == ("zoom-bayes-t1", "nll"))
    row = tables["families"].set_index("family").loc["zoom-bayes-t1"]
    assert (cell.ours, cell.low, cell.high) == tuple(row[["nll", "nll_low", "nll_high"]])
    assert {c.ours for c in cells if c.metric == "nll_p"} == {0.02}
    assert not any(c.metric == "ece_scaled" for c in cells)  # not in these tables
    groups = tables_doubt.build("doubt_groups", inputs).cells
    assert {c.block for c in groups} >= {"AUROC of the entropy", "Score"}
    tables["groups"].assign(auroc=np.nan).to_csv(given["groups"], index=False)  # no finite logits
    assert not tables_doubt.build("doubt_groups", inputs).cells
    with pytest.raises(RadiogazeError, match="give --doubt groups=PATH"):
        tables_doubt.build("doubt_groups", TableInputs(sheet={}, reference={}))


def test_the_plan_names_every_network_and_test(root):
    settings = yaml.safe_load((root / "config.yaml").read_text())["campaigns"]
    settings = {name: settings[name] for name in ("doubt", "own")}  # without released weights
    plan = plan_campaigns(settings, [])["doubt"].paper("gating")
    doubts = DoubtPlan(plan)
    names = [need.name for need in doubts.needs if need.option == "probe"]
    assert len(names) == len(set(names)) == 24 + 6
    assert "zoom-dropout/seed-2" in names
    assert "zoom-bayes-t1/seed-1" not in names
    families = {name.partition("/")[0] for name in names} | {"zoom-ensemble", "ag-cnn-ensemble"}
    assert {name for pair in doubts.pairs for name in pair} <= families
    assert doubts.sets("zoom-bayes-t1") == ("validation",)
    assert "pruned" in doubts.sets("ag-cnn-ivon")
    assert not compares_doubt(plan_campaigns(settings, [])["own"].paper("gating"))
    wrong = {**settings["doubt"]["gating"]}
    wrong["doubt"] = {**wrong["doubt"], "temperatures": ["zoom", "moon"]}
    plan = dataclasses.replace(plan, settings={**settings["doubt"], "gating": wrong})
    with pytest.raises(RadiogazeError, match=r"experiments/doubt.tsv: no variant moon"):
        DoubtPlan(plan)

"""What the verb doubt finds of networks, from their logits."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation import doubt
from radiogaze.evaluation.families import collect
from radiogaze.evaluation.probe import write_probe

COUNT = 160


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

import dataclasses
from itertools import product
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from gaze_tools import five_cutouts, network, small_variant
from skimage.transform import resize

import rounding
from cutout_tools import cutouts_of
from radiogaze.attention.aggregate import GroupMeans, aggregate_attention, full_turn
from radiogaze.attention.examples import (
    MapSettings,
    extract_examples,
    maps_and_logits,
    rows_at,
)
from radiogaze.attention.extract import attention_network, scale
from radiogaze.attention.gaze import best_and_worst, score_maps
from radiogaze.attention.resize import mean_map, to_cutout
from radiogaze.attention.storage import Aggregate, Examples, load, save
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.misclassified import (
    compare_with_paper,
    find_misclassified,
    letters,
    read_lettered,
)
from radiogaze.evaluation.predict import EvaluationSettings
from radiogaze.files.atomic import write_frame
from radiogaze.models import AGCNN, load_released
from radiogaze.models.gates import MAP_NORMALISATIONS, MIN_MAX_NORMALISATIONS
from radiogaze.models.view import FRAMINGS
from radiogaze.terms import RESIZES

MAIN = "mirabest-range-ft-3g"


@pytest.fixture(scope="module")
def sheet(root) -> dict[str, Variant]:
    return load_sheet(root / "experiments/gating.tsv")


@pytest.fixture(scope="module")
def main(sheet) -> Variant:
    return sheet[MAIN]


@pytest.fixture(scope="module")
def released(mirror, main) -> AGCNN:
    return load_released(mirror / "weights" / main.released_file)


@pytest.fixture
def few() -> Cutouts:
    """Eight random test cutouts: five FRI (two uncertain), three FRII (one uncertain)."""
    confidences = ["certain"] * 3 + ["uncertain"] * 2 + ["certain"] * 2 + ["uncertain"]
    images = np.random.default_rng(0).integers(0, 256, (8, 150, 150), dtype=np.uint8)
    return cutouts_of(images, [0, 0, 1, 3, 3, 5, 5, 7], confidences)


@pytest.mark.parametrize("side", [37, 75, 150])
def test_zero_border_is_the_published_resize(side):
    maps = torch.randn(2, 1, side, side, dtype=torch.float64)
    expected = [
        resize(m.numpy(), (150, 150), order=1, mode="constant", cval=0, preserve_range=True)
        for m in maps[:, 0]
    ]
    assert np.abs(to_cutout(maps, FRAMINGS[150]).numpy() - np.stack(expected)).max() < 1e-12


@pytest.mark.parametrize(
    ("size", "halvings", "resize"),
    [
        (size, halvings, resize)
        for size, halvings, resize in product(FRAMINGS, range(4), RESIZES)
        if resize == "plain" or size % 2**halvings == 0  # others are stretched, as published
    ],
)
def test_maps_lie_where_the_pixels_are_that_they_were_pooled_from(size, halvings, resize):
    """A ramp survives means over pixels, and bilinear resizing."""
    framing = FRAMINGS[size]
    ramp = torch.arange(150.0, dtype=torch.float64)
    maps = F.avg_pool2d(F.pad(ramp.expand(1, 1, 150, 150), [framing.margin] * 4), framing.binning)
    for _ in range(halvings):
        maps = F.avg_pool2d(maps, 2)
    inside = slice(32, -32)  # no cell with a part of the frame or of what an odd side leaves over
    expected = ramp[inside].expand(86, 86)
    across, down = to_cutout(maps, framing, resize), to_cutout(maps.mT, framing, resize)
    assert (across[0, inside, inside] - expected).abs().max() < 1e-9
    assert (down[0, inside, inside].mT - expected).abs().max() < 1e-9
    assert torch.equal(mean_map([maps, maps], framing, resize), across)


def test_scalings_are_those_of_the_published_figures():
    image = torch.tensor([[[0, 255]]], dtype=torch.uint8)
    ends = {name: scale(image, name).flatten().tolist() for name in ("network", "raw", "unit")}
    assert ends == {"network": [-1, 1], "raw": [0, 255], "unit": [0, 1]}


@pytest.mark.parametrize("name", [*MAP_NORMALISATIONS, *MIN_MAX_NORMALISATIONS])
def test_many_images_at_once_give_the_maps_of_one_at_a_time(name):
    torch.manual_seed(0)
    model = AGCNN(normalisation=name).eval()
    inputs = torch.rand(3, 1, 150, 150) * torch.tensor([0.2, 1, 2]).view(3, 1, 1, 1)
    maps, logits = maps_and_logits(attention_network(model, "x"), inputs)
    with torch.inference_mode():
        for number, image in enumerate(inputs):
            one = image[None]
            found = torch.cat([gate[number].flatten() for gate in maps])[None]
            assert rounding.Rounding(model, one, rounding.maps).allows(found)
            assert rounding.Rounding(model, one).allows(logits[number][None])


def test_released_maps_are_the_references(released, main, mirabest, fixtures):
    reference = np.load(fixtures / "reference_outputs" / f"{main.released_folder}.npz")
    first = dict.fromkeys(reference["att_source_index"].tolist(), "")
    found = extract_examples(main, released, mirabest, first, MapSettings(), {})
    named = {f"att{number}_b1": gate for number, gate in enumerate(found.gates, start=1)}
    for name, maps in {"att_mean_b1": found.maps, **named}.items():
        assert np.abs(maps - reference[name]).max() < 1e-4
    raw = extract_examples(main, released, mirabest, {8: "", 92: ""}, MapSettings("raw"), {})
    assert np.abs(raw.maps - reference["att_mean_raw255"]).max() < 1e-4
    # the peaks that the paper's Section 5.1 quotes as 0.98 and 0.74
    assert raw.maps.max((1, 2)) == pytest.approx([0.98473, 0.74271], abs=1e-3)
    assert raw.classes.tolist() == ["FRI", "FRII"]


def test_aggregate_of_released_weights_has_the_published_means(released, main, mirabest):
    found = aggregate_attention(main, released, mirabest, MapSettings(), 0, range(1), {})
    peaks = {name: found.images[found.index(name)].max() for name in ("FRI", "FRII")}
    assert peaks == pytest.approx({"FRI": 0.375, "FRII": 0.26}, abs=0.06)  # 100 passes: 0.003
    counts = dict(zip(found.groups.tolist(), found.counts.tolist(), strict=True))
    assert (counts["FRI"], counts["FRII"]) == (74, 79)
    assert (counts["FRI-certain"], counts["FRII-uncertain"]) == (49, 24)
    assert counts["FRI-as-FRI"] + counts["FRI-as-FRII"] == 74


def test_aggregate_is_the_mean_of_single_maps(main, few):
    """One pass by hand: the network's own maps, image by image; predictions by class batches."""
    from radiogaze.augmentation import transform as augment

    torch.manual_seed(1)
    model = AGCNN(gates=2).eval()
    index = torch.arange(8)
    images = augment.apply(torch.from_numpy(few.images), augment.draw(3, 0, 2, index))
    inputs = augment.to_network_input(images)
    with torch.inference_mode():  # so that a batch of both classes gives one source another class
        by_class = torch.cat([model(inputs[:5]), model(inputs[5:])])
        margins = torch.stack([by_class, model(inputs)]).diff(dim=2)[..., 0]
    tipping = margins[:, margins.diff(dim=0).abs().argmax()].mean()
    model.readout.combined.bias.data[0] += tipping
    found = aggregate_attention(main, model, few, MapSettings(), 3, [2], {})
    with torch.inference_mode():
        singles = [model.attention_maps(image[None]) for image in inputs]
        called = torch.cat([model(inputs[:5]), model(inputs[5:])]).argmax(1)
    maps = torch.stack([mean_map(maps, FRAMINGS[150])[0] for maps in singles])
    expected = {
        "FRI": [0, 1, 2, 3, 4],
        "FRII": [5, 6, 7],
        "FRI-uncertain": [3, 4],
        "FRI-as-FRII": [n for n in range(5) if called[n] == 1],
        "FRII-as-FRI": [n for n in (5, 6, 7) if called[n] == 0],
    }
    for group, members in expected.items():
        place = found.index(group)
        assert np.abs(found.maps[place] - maps[members].mean(0).numpy()).max() < 1e-4, group
        assert np.abs(
            found.images[place] - images[members].double().mean(0).numpy() / 255
        ).max() < (1e-6)
        assert found.counts[place] == len(members)
        gate = torch.stack([singles[n][0][0, 0] for n in members]).mean(0)
        assert np.abs(found.gates[0][place] - gate.numpy()).max() < 1e-4


def test_a_source_is_moved_by_its_index_in_the_test_file(main, few):
    transforms = Mock(side_effect=full_turn(1))
    behind_a_hybrid = cutouts_of(few.images[:3], [8, 0, 5])
    model = AGCNN(gates=1).eval()
    aggregate_attention(main, model, behind_a_hybrid, MapSettings(), 0, range(1), {}, transforms)
    assert transforms.call_args.args[1].tolist() == [1, 2]


def test_group_means_skip_passes_without_members():
    means = GroupMeans(["all", "some", "never"])
    values = np.array([[[1.0]], [[3.0]]])
    means.add(np.array([[1, 1], [1, 0], [0, 0]], dtype=bool), {"x": values})
    means.add(np.array([[1, 1], [0, 0], [0, 0]], dtype=bool), {"x": values * 10})
    assert means.present.tolist() == [True, True, False]
    assert means.means("x").ravel().tolist() == [11.0, 1.0]
    assert means.counts.tolist() == [4, 1, 0]


def test_stored_files_come_back_and_are_the_same_bytes(tmp_path, main, few):
    torch.manual_seed(0)
    model = AGCNN(gates=1).eval()
    examples = extract_examples(main, model, few, {6: "B", 1: "A"}, MapSettings(), {"seed": 0})
    aggregate = aggregate_attention(main, model, few, MapSettings(), 0, range(2), {"seed": 0})
    for stored in (examples, aggregate):
        paths = [tmp_path / f"{name}.npz" for name in ("a", "b")]
        for path in paths:
            save(stored, path)
        assert paths[0].read_bytes() == paths[1].read_bytes()
        back = load(paths[0], type(stored))
        assert np.array_equal(back.maps, stored.maps)
        assert len(back.gates) == 1
        assert back.about["provenance"] == {"seed": 0}
    assert examples.names.tolist() == ["source6", "source1"]
    assert examples.letters.tolist() == ["B", "A"]
    assert back.about["passes"] == 2
    with pytest.raises(RadiogazeError, match=r"a\.npz: expected an \.npz with names"):
        load(paths[0], Examples)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"no such file; make it with radiogaze attend$"),
        (b"PK\x03\x04 cut off", r"a\.npz: expected an .npz with groups"),
    ],
)
def test_faulty_files_are_one_line(tmp_path, content, message):
    if content is not None:
        (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(RadiogazeError, match=message):
        load(tmp_path / "a.npz", Aggregate)


@pytest.mark.parametrize(
    ("gates", "sources", "message"),
    [
        (0, {0: ""}, "has no attention gates"),
        (1, {8: ""}, "position 8: the test file has 8 sources"),
        (1, {}, "the list is empty"),
    ],
)
def test_what_has_no_maps_is_refused(main, few, gates, sources, message):
    with pytest.raises(RadiogazeError, match=message):
        extract_examples(main, AGCNN(gates=gates).eval(), few, sources, MapSettings(), {})


def test_singular_normalisation_is_one_line(main, few):
    model = AGCNN(gates=1).eval()
    torch.nn.init.zeros_(model.gates[0].psi.weight)  # every score the same: 0 / 0
    with pytest.raises(RadiogazeError, match="maps of gate 1 are not finite"):
        extract_examples(main, model, few, {0: ""}, MapSettings(), {})


def test_sources_of_table_10_are_found(released, main, mirabest, root, tmp_path):
    plan = EvaluationSettings(("file",), 16, 0)
    table = find_misclassified(main, released, mirabest, plan, range(2))
    table = compare_with_paper(table, root / "workflow/reference/table10.csv")
    printed = table[table["paper"] != ""]
    assert printed["position"].tolist() == [2, 26, 53, 56, 65, 67, 71, 138]
    assert printed["paper"].tolist() == list("ABCDEFGH")
    assert (printed["letter"] != "").sum() >= 6  # of two passes; of 1,000 all eight
    write_frame(table, tmp_path / "table.csv")
    assert set(read_lettered(tmp_path / "table.csv")) == set(
        table["position"][table["letter"] != ""]
    )


def test_sources_of_a_split_of_ones_own_are_known_by_their_index_in_the_test_file():
    """Two batches of five, of each of which some are tested: positions in the batch are twofold."""
    five = five_cutouts()
    both = pd.concat([five.catalogue, five.catalogue], ignore_index=True)
    split = np.where(np.isin(np.arange(10), [1, 2, 5, 6, 8]), "test", "train")
    names = [f"source{number}" for number in range(10)]
    cutouts = Cutouts(
        np.concatenate([five.images, five.images[:, ::-1]]),
        both.assign(index=range(10), source_name=names, split=split),
    )
    variant = small_variant()
    settings = EvaluationSettings(orders=("file",), batch=16, seed=0)
    table = find_misclassified(variant, network(variant), cutouts, settings, range(1))
    assert table["source_name"].tolist() == ["source1", "source2", "source5", "source6", "source8"]
    found = rows_at(cutouts, table["position"].tolist())
    assert found["source_name"].tolist() == table["source_name"].tolist()
    scored, _ = score_maps(variant, network(variant), cutouts, seed=0)
    assert set(best_and_worst(scored)) <= set(table["position"])


def test_without_a_lettered_source_the_worst_one_is_shown(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("position,letter,misclassification_rate\n3,,0.2\n5,,0.6\n7,,0.1\n")
    assert read_lettered(table) == {5: "–"}
    expected = "expected the columns position, letter, misclassification_rate, found "
    for text, found in (
        ("position,letter\n3,\n", "no 'misclassification_rate'"),
        ("position,letter,misclassification_rate\n3,,often\n", "could not convert .*'often'"),
    ):
        table.write_text(text)
        with pytest.raises(RadiogazeError, match=expected + found):
            read_lettered(table)
    assert letters(np.array([True, False, True])) == ["A", "", "B"]
    assert letters(np.ones(703, bool))[25:28] + letters(np.ones(703, bool))[-1:] == [
        *("Z", "AA", "AB"),
        "AAA",
    ]


def test_all_passes_count(main, few):
    """A model that always predicts FRII is wrong on every FRI in every pass."""
    model = AGCNN(gates=1).eval()
    torch.nn.init.zeros_(model.readout.combined.weight)
    model.readout.combined.bias.data = torch.tensor([0.0, 1.0])
    variant = dataclasses.replace(main, gates=1)
    table = find_misclassified(variant, model, few, EvaluationSettings(("file",), 4, 0), range(2))
    assert table["misclassified"].tolist() == [2] * 5 + [0] * 3
    assert table["letter"].tolist() == [*"ABCDE", "", "", ""]


def test_reference_of_table_10_lies_at_the_printed_positions(root, mirabest):
    from astropy.coordinates import SkyCoord

    rows = pd.read_csv(root / "workflow/reference/table10.csv")
    names = mirabest.catalogue.set_index("source_name").loc[rows["source_name"]]
    printed = SkyCoord(rows["ra"].tolist(), rows["dec"].tolist())
    ours = SkyCoord(names["ra_deg"].to_numpy(), names["dec_deg"].to_numpy(), unit="deg")
    assert printed.separation(ours).arcsec.max() < 3

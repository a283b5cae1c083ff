"""The rows of the equivariant paper's sheet: sizes of their networks, recipes, layers."""

import pytest

from radiogaze.campaigns.variants import load_sheet
from radiogaze.errors import RadiogazeError
from radiogaze.models import build, count_parameters
from radiogaze.models.describe import describe


@pytest.fixture(scope="module")
def sheet(root):
    return load_sheet(root / "experiments/equivariant_controls.tsv")


@pytest.mark.parametrize(
    ("variant", "parameters"),
    [
        ("lenet", 2_641_506),
        ("attention", 251_687),
        ("c4-attention", 429_609),
        ("c8-attention", 842_505),
        ("d4-attention", 842_505),
        # Trunk 1,652,230 (66 + 2 x 825,792 weights, 580 of batch norm), gates and head 16,067.
        ("c16-attention", 1_668_297),
        ("d8-attention", 1_668_297),
        ("d16-attention", 3_319_881),
        ("c4-attention-compute-matched", 30_429),
        ("c8-attention-compute-matched", 15_322),
        ("attention-7x7", 477_047),
        ("attention-9x9", 777_527),
        ("lenet-sp-certain", 2_501_346),
    ],
)
def test_the_sheets_networks_have_the_published_numbers_of_parameters(sheet, variant, parameters):
    assert count_parameters(build(sheet[variant])) == parameters


def test_parameter_matched_networks_are_within_five_per_cent_of_attention(sheet):
    matched = [row for name, row in sheet.items() if name.endswith("parameter-matched")]
    assert len(matched) == 6
    for row in matched:
        assert abs(count_parameters(build(row)) / 251_687 - 1) < 0.05


def test_the_published_rows_train_as_published(sheet):
    published = [row for row in sheet.values() if row.tables == ("1",)]
    assert len(published) == 8
    for row in published:
        assert (row.recipe, row.split) == ("published-equivariant", "published-42")
        assert (row.pixel_scaling, row.augmentation) == ("standardised", "flip-rotate-scale")
        assert (row.size, row.width_divisor, row.kernel) == (150, "1", 5)


def test_its_layers_are_described_and_others_refused(sheet):
    rows = describe(sheet["d4-attention-compute-matched"])["network"]
    names = [row["operation"] for row in rows]
    assert names[1] == "[5 × 5] D4 Conv. + ReLU + BNorm"
    assert rows[-1]["parameters"] == 15_322
    with pytest.raises(RadiogazeError, match="lenet: cannot be drawn"):
        describe(sheet["lenet"])

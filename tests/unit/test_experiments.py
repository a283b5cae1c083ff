from dataclasses import asdict, fields, replace

import pytest

from radiogaze.augmentation.transform import SCHEMES
from radiogaze.campaigns.combinations import MIN_MAX
from radiogaze.campaigns.recipes import load_recipes
from radiogaze.campaigns.variants import Variant, find_variant, load_sheet
from radiogaze.data.splits import SHUFFLES
from radiogaze.data.subsets import SUBSETS
from radiogaze.errors import RadiogazeError
from radiogaze.files.schema import load_schema
from radiogaze.models.agcnn import POOLINGS, UNIT_ORDERS
from radiogaze.models.aggregation import AGGREGATIONS, HEADS
from radiogaze.models.gates import MAP_NORMALISATIONS, MIN_MAX_NORMALISATIONS
from radiogaze.models.registry import ARCHITECTURES
from radiogaze.models.steerable import Group
from radiogaze.models.view import FRAMINGS, PIXEL_SCALINGS


@pytest.fixture
def edited(root, tmp_path):
    """The gating sheet with one replacement."""

    def edit(old: str, new: str):
        text = (root / "experiments/gating.tsv").read_text()
        assert old in text
        path = tmp_path / "sheet.tsv"
        path.write_text(text.replace(old, new, 1))
        return path

    return edit


def test_the_sheet_holds_the_papers_variants(root):
    sheet = load_sheet(root / "experiments/gating.tsv")
    count = {table: sum(table in v.tables for v in sheet.values()) for table in "6789"}
    assert count == {"6": 4, "7": 4, "8": 16, "9": 4}
    main = sheet["mirabest-range-ft-3g"]
    assert main.tables == ("6", "7", "9")
    assert (main.recipe, sheet["frdeep-classic"].recipe) == (
        "published-gating",
        "published-gating-classic",
    )
    assert sheet["frdeep-classic"].released_file is None


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("\tsoftmax\t", "\tsoftmaxx\t", ["normalisation", '"softmaxx"', "softmax, sigmoid, range"]),
        ("\tpublished-gating\t", "\tPublished\t", ["recipe", "a name of a recipe"]),
        ("mirabest-fc-0g\t", "none\t", ["a variant is called none"]),
        ("\ttables", "\ttable", ["unknown key table", "tables"]),
        ("\thead\t", "\tseeds\t", ["no column head; expected: variant, dataset"]),
        ("mirabest-fc-0g", "mirabest-range-ft-2g", ["mirabest-range-ft-2g stands twice"]),
        ("mirabest-fc-0g\tmirabest", "mirabest-fc-0g", ["row 21", "another number of cells"]),
        ("5e-05\t26", "5e-05\tnone", ["released_folder and released_epoch must be given together"]),
        ("ft\trelu", "ft\tnone", ["head is none", "relu or linear"]),
        ("ag-cnn\t0", "ag-cnn\tnone", ["mirabest-fc-0g", "gates is none"]),
        ("ag-cnn\t0\tnone", "ag-cnn\t0\tsoftmax", ["expected none for ag-cnn without gates"]),
        ("deepsup\tnone", "deepsup\tlinear", ["head is linear, expected none for aggregation"]),
        ("classic-cnn\tnone", "classic-cnn\t3", ["gates is 3, expected none for classic-cnn"]),
    ],
)
def test_a_typo_names_row_column_and_what_is_allowed(edited, old, new, parts):
    path = edited(old, new)
    with pytest.raises(RadiogazeError) as caught:
        load_sheet(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_an_unknown_variant_is_answered_with_the_known_ones(root):
    with pytest.raises(RadiogazeError, match=r"no variant nonsense; it has: frdeep-classic, "):
        find_variant(root / "experiments/gating.tsv", "nonsense")


def test_the_schema_allows_what_the_library_knows():
    assert tuple(MIN_MAX_NORMALISATIONS) == MIN_MAX
    columns = load_schema("experiments")["properties"]
    known = {
        "dataset": SUBSETS,
        "architecture": ARCHITECTURES,
        "normalisation": ["none", *MAP_NORMALISATIONS, *MIN_MAX_NORMALISATIONS],
        "aggregation": ["none", *AGGREGATIONS],
        "head": ["none", *HEADS],
        "unit_order": UNIT_ORDERS,
        "size": map(str, FRAMINGS),
        "pixel_scaling": PIXEL_SCALINGS,
        "augmentation": SCHEMES,
        "split": SHUFFLES,
        "pooling": POOLINGS,
    }
    for column, values in known.items():
        assert set(columns[column]["enum"]) == set(values), column
    for name in columns["group"]["enum"][1:]:
        assert Group.named(name).name == name.upper()


def test_a_sheet_without_the_newer_columns_is_the_gating_papers(root):
    main = load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]
    assert (main.group, main.kernel, main.width_divisor, main.size) == (None, 3, "1", 150)
    assert (main.pixel_scaling, main.augmentation) == ("symmetric", "rotate-scale-shift")
    assert main.split == "seed"


@pytest.mark.parametrize(
    ("variant", "column", "cell", "expected"),
    [
        ("d8-attention", "group", "none", "group is none, expected a group such as c8"),
        ("attention", "group", "c4", "group is c4, expected none for ag-cnn"),
        ("attention", "width_divisor", "group", "width_divisor is group, expected a number"),
        ("lenet", "width_divisor", "2", "width_divisor is 2, expected 1 for lenet"),
        ("d8-attention", "width_divisor", "0", "a positive number"),
        ("lenet", "pooling", "mean", "pooling is mean, expected sum for lenet"),
        ("lenet-sp-certain", "size", "152", "size is 152, expected 150 for lenet-sp"),
        ("lenet-sp-certain", "kernel", "7", "kernel is 7, expected 5 for lenet-sp"),
        ("c4-attention", "unit_order", "bn_relu", "unit_order is bn_relu, expected relu_bn"),
        ("c4-attention", "scope", "none", "scope is none"),
    ],
)
def test_cells_of_the_equivariant_sheet_that_do_not_fit(
    root, tmp_path, variant, column, cell, expected
):
    header, *rows = (root / "experiments/equivariant_controls.tsv").read_text().splitlines()
    cells = next(row.split("\t") for row in rows if row.startswith(f"{variant}\t"))
    cells[header.split("\t").index(column)] = cell
    path = tmp_path / "sheet.tsv"
    path.write_text("\n".join([header, "\t".join(cells), ""]))
    with pytest.raises(RadiogazeError) as caught:
        load_sheet(path)
    message = str(caught.value)
    assert variant in message
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("paper", "sheet"), [("gating", "gating"), ("equivariant", "equivariant_controls")]
)
def test_what_is_retrained_differs_from_the_published_row_in_few_columns(root, paper, sheet):
    """Only in what the recipe needs to learn, and in the size of its input."""
    published = load_sheet(root / f"experiments/{sheet}.tsv")
    allowed = {"size", "scope", "pooling", "head", "recipe", "split", "pixel_scaling"}
    allowed |= {"released_folder", "released_epoch", "tables"}
    rows = load_sheet(root / f"experiments/retrained_{paper}.tsv")
    for name in published.keys() & rows.keys():
        row = rows[name]
        theirs = asdict(published[name])
        differing = {column for column, value in asdict(row).items() if value != theirs[column]}
        assert differing <= allowed | {"seeds"}, name
        # hours of training each; D8 has folds
        wide = name.endswith("-parameter-matched") and name != "d8-attention-parameter-matched"
        assert (row.recipe, row.seeds) == ("modern", 3 if wide else None)
    controls = {name: row for name, row in rows.items() if name not in published}
    folds = controls.pop("mirabest-uniform-ft-3g", None)  # of a question that folds decide
    assert folds is None or (folds.seeds is None and not folds.tables)
    assert {row.seeds for row in controls.values()} == {3}
    assert not any(row.tables for row in controls.values())


def test_a_control_of_the_size_changes_the_size_alone_and_of_the_recipe_what_was_published(root):
    rows = load_sheet(root / "experiments/retrained_gating.tsv")
    rows |= load_sheet(root / "experiments/retrained_equivariant.tsv")
    sizes = [row for name, row in rows.items() if name.endswith("-150px")]
    assert len(sizes) == 3
    for row in sizes:
        original = rows[row.variant.removesuffix("-150px")]
        assert replace(row, size=80).deciding == original.deciding | {"variant": row.variant}
        assert (row.size, row.recipe) == (150, original.recipe)
    published = load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]
    recipes = load_recipes(root / "experiments/recipes.yaml")
    for name, rate in (("published-short", 1), ("published-short-fast", 100)):
        row = rows[f"mirabest-range-ft-3g-{name}"]
        assert row.deciding == published.deciding | {"variant": row.variant, "size": 80}
        recipe, theirs = recipes[row.recipe], recipes[published.recipe]
        assert recipe.learning_rate == pytest.approx(rate * theirs.learning_rate)
        budget = ("passes", "epochs", "validation_passes")
        kept = {key: getattr(theirs, key) for key in ("name", "learning_rate", *budget)}
        assert replace(recipe, **kept) == theirs
        assert all(getattr(recipe, key) == getattr(recipes["modern"], key) for key in budget)


def test_the_control_without_attention_is_the_primary_model_with_uniform_maps(root):
    rows = load_sheet(root / "experiments/retrained_gating.tsv")
    control, primary = rows["mirabest-uniform-ft-3g"], rows["mirabest-range-ft-3g"]
    changed = {"variant": control.variant, "normalisation": "uniform", "scope": None}
    assert asdict(replace(control, tables=primary.tables)) == asdict(primary) | changed


def test_what_decides_a_result_is_not_where_it_is_shown_nor_what_is_at_its_default(root):
    row = load_sheet(root / "experiments/retrained_gating.tsv")["mirabest-range-ft-3g"]
    moved = replace(row, tables=("6",), recipe="modern-small", seeds=3)
    assert moved.deciding == row.deciding
    assert replace(row, size=150).deciding != row.deciding
    assert replace(row, kernel=5).deciding == row.deciding | {"kernel": 5}


def test_every_column_decides_but_where_a_variant_is_shown_and_how_it_learns(root):
    """What decides is a parameter of the workflow's rules: other cells rerun their jobs."""
    row = load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]
    silent = {"tables", "recipe", "seeds", "released_folder", "released_epoch"}
    for name in (field.name for field in fields(Variant)):
        other = replace(row, **{name: "another"})
        assert (other.deciding == row.deciding) == (name in silent), name

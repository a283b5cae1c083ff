"""Tables 4 and 5: how many sources, counted in the catalogues."""

from collections import Counter

from radiogaze.campaigns.recipes import find_recipe, load_recipes
from radiogaze.errors import RadiogazeError
from radiogaze.files.packaged import packaged_table
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.terms import CLASSES

_Rows = list[dict[str, str]]

# Table 4: class, confidence, morphology; fewer words count more sources. Hybrids have one
# morphology, which the paper does not name.
_KINDS = (
    "FRI",
    "FRI certain standard",
    "FRI certain wide-angle-tail",
    "FRI certain head-tail",
    "FRI uncertain standard",
    "FRI uncertain wide-angle-tail",
    "FRII",
    "FRII certain standard",
    "FRII certain double-double",
    "FRII uncertain standard",
    "hybrid",
    "hybrid certain",
    "hybrid uncertain",
)
_HEADINGS = {"sources": "No.", "label": "MiraBest label"}
# Table 5: the data set's name in the paper and in the sheet, then the words of each row; the last
# row is of all sources
_SETS = {
    "FR-DEEP": ("frdeep", ("FRI", "FRII", "")),
    "MiraBest": (
        "mirabest",
        ("FRI certain", "FRI uncertain", "FRII certain", "FRII uncertain", ""),
    ),
}
_SPLITS = {
    "total_augmented": "Total*",
    "total": "Total",
    "train": "Train",
    "validation": "Validation",
    "test": "Test",
}
# A fifth of the training sources validates (paper, Section 4.3).
_VALIDATION_DIVISOR = 5
_EXPECTED = (
    "Total* is Total times the augmented passes of one training epoch. The training and"
    " validation sets are split at random, so their numbers for a class are expectations;"
    " the totals are exact."
)


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 4 (``"04"``) or 5 (``"05"``).

    Raises
    ------
    RadiogazeError
        If a catalogue is missing, or a variant's recipe.
    """
    if number == "04":
        return Content(tuple(_labels(inputs)))
    return Content(tuple(_splits(inputs)), (_EXPECTED,))


def _labels(inputs: TableInputs) -> list[Cell]:
    rows = inputs.catalogue("mirabest")
    cells = []
    for kind in _KINDS:
        chosen = _choose(rows, kind)
        found: dict[str, int | str] = {"sources": len(chosen)}
        if " " in kind:
            found["label"] = _label(chosen)
        for metric, ours in found.items():
            paper = inputs.reference.find("4", kind, metric)
            anchor = "table-4" if paper else "double-doubles"
            heading = _HEADINGS[metric]
            cells.append(Cell("mirabest", metric, kind, kind, heading, ours, paper, anchor))
    return cells


def _splits(inputs: TableInputs) -> list[Cell]:
    cells = []
    for title, (dataset, kinds) in _SETS.items():
        binary = [r for r in inputs.catalogue(dataset) if r["class"] in CLASSES]
        passes = _passes(inputs, dataset)
        for kind in kinds:
            group, found = kind or "Total", _divide(_choose(binary, kind), passes, whole=not kind)
            name = f"{title} {group}"
            for metric, ours in found.items():
                paper, heading = inputs.reference.get("5", name, metric), _SPLITS[metric]
                cells.append(Cell(dataset, metric, group, name, heading, ours, paper, "table-5"))
    return cells


def _divide(rows: _Rows, passes: int, *, whole: bool) -> dict[str, int | float]:
    """Count the subsets of some sources, which may be the ``whole`` data set."""
    splits = Counter(row["split"] for row in rows)
    train = splits["train"]
    # The code takes the whole part of a fifth of all training sources.
    validation = train // _VALIDATION_DIVISOR if whole else train / _VALIDATION_DIVISOR
    counts = (len(rows) * passes, len(rows), train - validation, validation, splits["test"])
    return dict(zip(_SPLITS, counts, strict=True))


def _choose(rows: _Rows, kind: str) -> _Rows:
    """Return the sources of a class, confidence and morphology, as far as ``kind`` has them."""
    words = kind.split()
    columns = ("class", "confidence", "morphology")[: len(words)]
    return [row for row in rows if [row[column] for column in columns] == words]


def _label(rows: _Rows) -> int | str:
    """Return the one MiraBest label of some sources, or a text where there is not one."""
    labels = sorted({row["label"] for row in rows})
    if len(labels) == 1 and labels[0].isdigit():
        return int(labels[0])
    return " and ".join(labels) or "none"


def _passes(inputs: TableInputs, dataset: str) -> int:
    """Return the fewest augmented passes that the sheet trains with on a data set."""
    path = inputs.recipes or packaged_table("recipes.yaml")
    recipes = load_recipes(path)
    rows = [row for row in inputs.sheet.values() if row.dataset == dataset]
    passes = [find_recipe(recipes, row.recipe, path).passes for row in rows]
    if not passes:
        raise RadiogazeError(f"Table 5: no variant of the experiment sheet uses {dataset}")
    return min(passes)

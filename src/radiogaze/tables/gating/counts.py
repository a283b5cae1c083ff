"""Tables 4 and 5: how many sources, counted in the catalogues."""

from collections import Counter

from radiogaze.errors import RadiogazeError
from radiogaze.tables.cells import Cell, Content
from radiogaze.tables.inputs import TableInputs
from radiogaze.terms import CLASSES

_Row = dict[str, str]

# Table 4: class, confidence, morphology; fewer words count more sources. Hybrids have one
# morphology, which the paper does not name.
_KINDS = (
    ("FRI",),
    ("FRI", "certain", "standard"),
    ("FRI", "certain", "wide-angle-tail"),
    ("FRI", "certain", "head-tail"),
    ("FRI", "uncertain", "standard"),
    ("FRI", "uncertain", "wide-angle-tail"),
    ("FRII",),
    ("FRII", "certain", "standard"),
    ("FRII", "certain", "double-double"),
    ("FRII", "uncertain", "standard"),
    ("hybrid",),
    ("hybrid", "certain"),
    ("hybrid", "uncertain"),
)
# Table 5: the data set's name in the paper and in the sheet, then the words of each row
_SETS = {
    "FR-DEEP": ("frdeep", (("FRI",), ("FRII",), ())),
    "MiraBest": (
        "mirabest",
        (
            ("FRI", "certain"),
            ("FRI", "uncertain"),
            ("FRII", "certain"),
            ("FRII", "uncertain"),
            (),
        ),
    ),
}
_SPLITS = {
    "total_augmented": "Total*",
    "total": "Total",
    "train": "Train",
    "validation": "Validation",
    "test": "Test",
}
# A fifth of the training sources validates (paper, section 4.3).
_VALIDATION_DIVISOR = 5


def build(number: str, inputs: TableInputs) -> Content:
    """Build Table 4 (``"04"``) or 5 (``"05"``).

    Raises
    ------
    RadiogazeError
        If a catalogue is missing.
    """
    return _table_4(inputs) if number == "04" else _table_5(inputs)


def _table_4(inputs: TableInputs) -> Content:
    rows = inputs.catalogue("mirabest")
    cells = []
    for kind in _KINDS:
        name = " ".join(kind)
        chosen = [row for row in rows if _is(row, kind)]
        found: dict[str, int | str] = {"sources": len(chosen)}
        if len(kind) > 1:
            found["label"] = _label(chosen)
        for metric, ours in found.items():
            paper = inputs.reference.find("4", name, metric)
            anchor = "table-4" if paper else "double-doubles"
            heading = {"sources": "No.", "label": "MiraBest label"}[metric]
            cells.append(Cell("mirabest", metric, name, name, heading, ours, paper, anchor))
    return Content(tuple(cells))


def _table_5(inputs: TableInputs) -> Content:
    cells = []
    for title, (dataset, kinds) in _SETS.items():
        binary = [r for r in inputs.catalogue(dataset) if r["class"] in CLASSES]
        passes = _passes(inputs, dataset)
        for kind in kinds:
            group = " ".join(kind) or "Total"
            found = _divide([row for row in binary if _is(row, kind)], passes, whole=not kind)
            for metric, ours in found.items():
                name = f"{title} {group}"
                paper = inputs.reference.get("5", name, metric)
                heading = _SPLITS[metric]
                cells.append(Cell(dataset, metric, group, name, heading, ours, paper, "table-5"))
    return Content(
        tuple(cells),
        (
            "Total* is Total times the augmented passes of one training epoch. The training and"
            " validation sets are drawn at random, so their numbers for a class are expectations;"
            " the totals are exact.",
        ),
    )


def _divide(rows: list[_Row], passes: int, *, whole: bool) -> dict[str, int | float]:
    """Count the subsets of some sources; ``whole`` says that they are all of their data set."""
    splits = Counter(row["split"] for row in rows)
    train, test = splits["train"], splits["test"]
    # The code takes the whole part of a fifth of all training sources.
    validation = train // _VALIDATION_DIVISOR if whole else train / _VALIDATION_DIVISOR
    return {
        "total_augmented": len(rows) * passes,
        "total": len(rows),
        "train": train - validation,
        "validation": validation,
        "test": test,
    }


def _is(row: _Row, kind: tuple[str, ...]) -> bool:
    """Tell whether a source is of a class, confidence and morphology."""
    found = (row["class"], row["confidence"], row["morphology"])
    return found[: len(kind)] == kind


def _label(rows: list[_Row]) -> int | str:
    """Return the one MiraBest label of some sources, or a text where there is not one."""
    labels = sorted({row["label"] for row in rows})
    if len(labels) == 1 and labels[0].isdigit():
        return int(labels[0])
    return " and ".join(labels) or "none"


def _passes(inputs: TableInputs, dataset: str) -> int:
    """Return the fewest augmented passes that the sheet trains with on a data set."""
    passes = [v.passes for v in inputs.sheet.values() if v.dataset == dataset]
    if not passes:
        raise RadiogazeError(f"Table 5: no variant of the experiment sheet uses {dataset}")
    return min(passes)

"""Equivariance errors on disk, written and read without torch."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from radiogaze.files.atomic import atomic_path
from radiogaze.files.reading import reading
from radiogaze.files.rows import read_rows

# Seven significant digits: float32 has no more.
_FORMAT = ".7g"
_WORDS = {"": None, "True": True, "False": False}


@dataclass(frozen=True)
class EquivarianceMeasurement:
    """What one transform of the input does to a network beyond what it should.

    Attributes
    ----------
    size
        Side of the network's input, pixels.
    padded
        Whether blank background was added so that the size halves three times without a remainder.
    angle
        Of the rotation, degrees.
    mirrored
        Whether the image was mirrored instead of rotated.
    sources
        Over how many test sources.
    logits
        Root mean square change of the difference of the two logits, over the standard deviation
        of that difference among the sources. None where all sources have the same.
    changed
        Fraction of sources whose predicted class changes.
    map_rms, map_max
        Root mean square and largest difference between the map of the transformed image and the
        transformed map, inside the disc; maps go from 0 to 1. None without gates.
    """

    size: int
    padded: bool
    angle: float
    mirrored: bool
    sources: int
    logits: float | None
    changed: float
    map_rms: float | None
    map_max: float | None


_NAMES = [field.name for field in fields(EquivarianceMeasurement)]


def write_errors(errors: Sequence[EquivarianceMeasurement], path: Path) -> None:
    """Write errors as CSV, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    rows = [{k: _text(v) for k, v in asdict(error).items()} for error in errors]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _NAMES, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_errors(path: Path) -> list[EquivarianceMeasurement]:
    """Read what :func:`write_errors` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing or something else.
    """
    with reading(path, f"the columns {', '.join(_NAMES)}", "equivariance"):
        rows = read_rows(path, ",")
        return [EquivarianceMeasurement(**{n: _value(row[n]) for n in _NAMES}) for row in rows]


def summarise(errors: Sequence[EquivarianceMeasurement]) -> list[str]:
    """Describe for each size the largest errors of quarter turns."""
    lines = []
    for size in dict.fromkeys(error.size for error in errors):
        turns = [e for e in errors if e.size == size and e.angle % 90 == 0 and not e.mirrored]
        found = {
            "logits change by up to {:.2g} of their spread": [error.logits for error in turns],
            "maps by up to {:.2g}": [error.map_max for error in turns],
        }
        known = {text: [v for v in values if v is not None] for text, values in found.items()}
        parts = [text.format(max(values)) for text, values in known.items() if values]
        lines.append(f"{size} pixels, quarter turns: {', '.join(parts) or 'not measured'}")
    return lines


def _text(value: float | bool | None) -> object:
    return format(value, _FORMAT) if isinstance(value, float) else value


def _value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if text.isdecimal() else float(text)

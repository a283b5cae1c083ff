"""Equivariance errors on disk, written and read without torch."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from radiogaze.files.atomic import atomic_path
from radiogaze.files.reading import reading
from radiogaze.files.rows import read_rows

# Seven significant digits: float32 has no more.
_FORMAT = ".7g"


@dataclass(frozen=True)
class EquivarianceError:
    """What one transform of the input does to a network beyond what it should.

    Attributes
    ----------
    size
        Side of the network's input, pixels.
    padded
        Whether empty sky was added so that the size halves three times without a remainder.
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
        Share of sources whose predicted class changes.
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


_NAMES = [field.name for field in fields(EquivarianceError)]


def write_errors(errors: Sequence[EquivarianceError], path: Path) -> None:
    """Write errors as CSV, whole or not at all.

    Raises
    ------
    RadiogazeError
        If the file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _NAMES, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: _text(v) for k, v in asdict(error).items()} for error in errors)


def read_errors(path: Path) -> list[EquivarianceError]:
    """Read what :func:`write_errors` wrote.

    Raises
    ------
    RadiogazeError
        If the file is missing or something else.
    """
    with reading(path, f"the columns {', '.join(_NAMES)}", "equivariance"):
        return [_error(row) for row in read_rows(path, ",")]


def summarise(errors: Sequence[EquivarianceError]) -> list[str]:
    """Say for each size what the worst quarter turn does."""
    lines = []
    for size in dict.fromkeys(error.size for error in errors):
        quarter = [
            error
            for error in errors
            if error.size == size and error.angle % 90 == 0 and not error.mirrored
        ]
        worst = [max(_known(getattr(e, name) for e in quarter)) for name in ("logits", "map_max")]
        lines.append(
            f"{size} pixels, quarter turns: logits change by up to {worst[0]:.2g} of their"
            f" spread, maps by up to {worst[1]:.2g}"
        )
    return lines


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None] or [float("nan")]


def _text(value: float | bool | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else format(value, _FORMAT)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _error(row: dict[str, str]) -> EquivarianceError:
    for name in ("padded", "mirrored"):
        if row[name] not in ("True", "False"):
            raise ValueError(f"{name} {row[name]}")
    return EquivarianceError(
        size=int(row["size"]),
        padded=row["padded"] == "True",
        angle=float(row["angle"]),
        mirrored=row["mirrored"] == "True",
        sources=int(row["sources"]),
        logits=_number(row["logits"]),
        changed=float(row["changed"]),
        map_rms=_number(row["map_rms"]),
        map_max=_number(row["map_max"]),
    )
